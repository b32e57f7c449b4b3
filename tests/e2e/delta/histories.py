"""Random histories of a harbour: what an application and its testers write, in transactions of every kind."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import psycopg

#: Statements with one number in them, by what they write to.
_WRITES = (Path(__file__).parent / "histories.sql").read_text().split(";\n")
#: What moves rows about and changes none of them.
_ASIDE = (
    "VACUUM {t}",
    "VACUUM FREEZE {t}",
    "VACUUM FULL {t}",
    "CLUSTER {t} USING {t}_pkey; ALTER TABLE {t} SET WITHOUT CLUSTER",
    "ANALYZE {t}",
    "SELECT nextval('owners_id_seq')",
)


class History:
    """Writes to *url* by *chance*. Some transactions stay open until :meth:`end`."""

    def __init__(self, url: str, chance: random.Random) -> None:
        self._chance = chance
        self._url = url
        self._plain = psycopg.connect(url, autocommit=True)
        self._open: list[psycopg.Connection] = []

    def go_on(self, transactions: int) -> None:
        """So many more of them."""
        for _ in range(transactions):
            self._step()

    def leave_open(self) -> None:
        """One that has written and not ended yet."""
        conn = psycopg.connect(self._url)
        conn.execute(f"INSERT INTO links VALUES ({self._chance.randrange(10**6, 10**7)}, 0)".encode())
        self._open.append(conn)

    def end(self) -> None:
        """End what is open, well or not."""
        for conn in self._open:
            (conn.commit if self._chance.random() < 0.7 else conn.rollback)()
            conn.close()
        self._open = []

    def close(self) -> None:
        self.end()
        self._plain.close()

    def _step(self) -> None:
        if self._chance.random() < 0.1 and not self._open:
            for statement in self._chance.choice(_ASIDE).split("; "):
                self._plain.execute(statement.format(t=self._chance.choice(("owners", "lights", "links"))).encode())
            return
        self._plain.execute("BEGIN")
        for statement in self._statements():
            self._plain.execute("SAVEPOINT one")
            try:
                self._plain.execute(statement.encode())
            except psycopg.errors.IntegrityError:
                self._plain.execute("ROLLBACK TO one")
                continue
            self._plain.execute("ROLLBACK TO one" if self._chance.random() < 0.2 else "RELEASE one")
        self._plain.execute("ROLLBACK" if self._chance.random() < 0.15 else "COMMIT")

    def _statements(self) -> Iterator[str]:
        for _ in range(self._chance.randint(1, 4)):
            yield self._chance.choice(_WRITES).format(n=self._chance.randrange(1, 10**6))
