"""A harbour of its own for every test, a preview that a full copy has filled, and what a full copy would make of it
now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.executable import Done, run
from tests.servers import Server

_HERE = Path(__file__).parent
RULES = _HERE / "harbour.yml"
KEY = {"HARBOUR_KEY": "a key for tests that is long enough, really"}

_NUMBER = count(1)

_TABLES = """
SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relkind IN ('r', 'm') AND c.relnamespace =
'public'::regnamespace ORDER BY 1
"""


@dataclass(frozen=True, kw_only=True)
class Harbour:
    """A *source* and the preview *target* on servers of the tests, with *rules*."""

    production: Server
    preview: Server
    source: str
    target: str
    rules: Path

    def copy(self, *more: str, target: str | None = None, publish: str = "delta") -> Done:
        """A run that begins with the marker there is."""
        into = target or self.target
        return run(
            "copy", "--source", self.source, "--target", into, "--rules", self.rules, "--publish", publish,
            "--key-env", "HARBOUR_KEY", "--confirm", into.rsplit("/", 1)[1], *more, env=KEY,
        )  # fmt: skip

    def change(self, *statements: str) -> None:
        """Each a transaction of production."""
        _execute(self.source, statements)

    def test(self, *statements: str) -> None:
        """Each a transaction of somebody who tests on the preview."""
        _execute(self.target, statements)

    def expect_equal_to_a_full_copy(self) -> None:
        """Value by value, sequences included."""
        other = self.preview.url(f"full{next(_NUMBER)}")
        self.copy(target=other, publish="swap").expect(0)
        assert contents(self.target) == contents(other)

    def expect_delta(self, *words: str) -> None:
        """A run that writes changes alone, and what that has to come to."""
        done = self.copy()
        done.expect(0, "bringing what has changed", *words)
        assert "everything is copied" not in done.err, done.err
        self.expect_equal_to_a_full_copy()


def contents(url: str) -> dict[str, Any]:
    """A digest of every table's rows, and what each sequence has come to."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET timezone = 'UTC'")
        found: dict[str, Any] = {}
        for (name,) in conn.execute(_TABLES).fetchall():
            found[name] = conn.execute(
                f"SELECT count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM ONLY {name} AS t".encode()
            ).fetchone()
        for schema, name in conn.execute("SELECT schemaname, sequencename FROM pg_sequences ORDER BY 1, 2").fetchall():
            found[name] = conn.execute(f'SELECT last_value, is_called FROM "{schema}"."{name}"'.encode()).fetchone()
    return found


@pytest.fixture(scope="session")
def harbour_template(production_server: Server) -> Iterator[str]:
    with production_server.forgetting():
        url = production_server.create_database(name="harbour_template")
        _execute(url, (_HERE / "harbour.sql").read_text().split(";\n"))
        yield url


@pytest.fixture
def harbour(production: Server, preview: Server, harbour_template: str, tmp_path: Path) -> Harbour:
    """Just after a full copy."""
    source = production.create_database(template="harbour_template")
    number = next(_NUMBER)
    rules = tmp_path / "harbour.yml"
    rules.write_text(RULES.read_text())
    found = Harbour(
        production=production, preview=preview, source=source, target=preview.url(f"harbour{number}"), rules=rules
    )
    found.copy().expect(0, "everything is copied: there is no preview yet")
    return found


def _execute(url: str, statements: Any) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        for statement in statements:
            conn.execute(statement.encode())
