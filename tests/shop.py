"""A small Rails shop: the source of end-to-end tests, its rules, and looks at what became of it.

``visits`` is the largest table and is read first on one lane; ``plans`` is the smallest and is read last, as it is, so
that a lock on it holds a run where a test wants it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.executable import Done, Started, eventually, run, start
from tests.servers import Server, database_of

SCHEMA = """
CREATE TYPE order_state AS ENUM ('cart', 'paid', 'sent');
CREATE TABLE users (
  id bigserial PRIMARY KEY, email varchar NOT NULL, name varchar(40), phone varchar(20),
  encrypted_password varchar NOT NULL,
  role varchar NOT NULL DEFAULT 'member', created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX index_users_on_email ON users (email);
CREATE TABLE orders (
  id bigserial PRIMARY KEY, user_id bigint NOT NULL CONSTRAINT fk_orders_user REFERENCES users,
  code varchar(24) NOT NULL UNIQUE,
  shipping_name varchar(40), note text, state order_state NOT NULL DEFAULT 'cart',
  total integer NOT NULL CHECK (total >= 0),
  CONSTRAINT note_is_short CHECK (length(note) < 60)
);
CREATE INDEX index_orders_on_user_id ON orders (user_id);
CREATE TABLE visits (id bigserial PRIMARY KEY, user_id bigint, page text NOT NULL, seconds integer NOT NULL);
CREATE INDEX index_visits_on_page ON visits (page);
CREATE TABLE plans (id integer PRIMARY KEY, title text NOT NULL, price integer NOT NULL);
CREATE VIEW paid_orders AS SELECT id, user_id, total FROM orders WHERE state <> 'cart';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.total := NEW.total; RETURN NEW; END $$;
CREATE TRIGGER touch_orders BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
"""

USERS, ORDERS, VISITS, PLANS = 200, 400, 30_000, 5

_ROWS = f"""
INSERT INTO users (email, name, phone, encrypted_password)
SELECT 'canary-' || i || '@shop.test', 'Canary Name ' || i, '090-1234-' || lpad(i::text, 4, '0'), '$2a$12$canary' || i
FROM generate_series(1, {USERS}) i;
INSERT INTO orders (user_id, code, shipping_name, note, state, total)
SELECT 1 + i % {USERS}, 'canary-code-' || i, 'Canary Name ' || 1 + i % {USERS}, CASE WHEN i % 3 > 0 THEN 'canary note '
|| i END,
       (ARRAY['cart', 'paid', 'sent'])[1 + i % 3]::order_state, i
FROM generate_series(1, {ORDERS}) i;
INSERT INTO visits (user_id, page, seconds) SELECT 1 + i % {USERS}, '/canary/page/' || i || repeat('/canary', 12),
i % 90 FROM generate_series(1, {VISITS}) i;
INSERT INTO plans SELECT i, 'canary plan ' || i, i * 100 FROM generate_series(1, {PLANS}) i;
ANALYZE;
"""

RULES = """\
version: 1
locale: en_US
tables:
  users:
    columns:
      email: email
      name: {mask: full_name, scope: person}
      phone: phone
      encrypted_password: password
      role: keep
  orders:
    columns:
      code: token
      shipping_name: {mask: full_name, by: user_id, scope: person}
      note: lorem
  visits:
    columns:
      page: keep
  plans:
    columns:
      title: keep
"""

#: What the live preview holds before a run: another schema, so that nothing of it can be taken for the copy.
_LIVE = """
CREATE TABLE settled (id integer PRIMARY KEY, word text NOT NULL);
INSERT INTO settled SELECT i, 'canary live ' || i FROM generate_series(1, 100) i;
"""

_STATE = """
SELECT (SELECT oid FROM pg_database WHERE datname = current_database())::text || ' ' || (SELECT md5(string_agg(id
|| word, ',' ORDER BY id)) FROM settled)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A source with rows, a live preview and rules, and masker on them."""

    production: Server
    preview: Server
    source: str
    target: str
    rules: Path

    @property
    def database(self) -> str:
        """The target's name."""
        return database_of(self.target)

    def arguments(self, command: str, *more: str | Path) -> list[str | Path]:
        """The command line of *command* on both databases; what *more* says again wins."""
        given: list[str | Path] = [*command.split()]
        for flag, value in (("--source", self.source), ("--target", self.target), ("--rules", self.rules)):
            given += [] if flag in more else [flag, value]
        if command == "copy" and "--confirm" not in more:
            given += ["--confirm", self.database]
        return [*given, *more]

    def copy(self, *more: str | Path, timeout: float = 60) -> Done:
        return run(*self.arguments("copy", *more), timeout=timeout)

    def start_copy(self, *more: str | Path, env: Mapping[str, str] | None = None, cold: bool = False) -> Started:
        return start(*self.arguments("copy", *more), env=env, cold=cold)

    def verify(self, *more: str | Path) -> Done:
        return run(*self.arguments("verify", *more))

    def plan(self, *more: str | Path) -> Done:
        return run(*self.arguments("plan copy", *more))

    def write_rules(self, old: str, new: str) -> str:
        """Replace *old* in the rules; the place ``file:line:column`` at which *new* now begins."""
        before, found, after = RULES.partition(old)
        assert found, f"{old!r} is not in the rules"
        self.rules.write_text(before + new + after)
        return f"{self.rules}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"

    def live_state(self) -> str:
        """A digest of the live preview, its oid included."""
        with self.preview.connect(self.target) as conn:
            return str(one(conn, _STATE))

    def shadows(self) -> set[str]:
        """Databases of runs on this target: shadows, replaced and kept ones."""
        return {name for name in self.preview.databases() if name.startswith(f"{self.database}__masker_")}

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """Require that the live preview is afterwards what it was, with nothing of a run beside it."""
        before = self.live_state()
        yield
        assert self.live_state() == before
        assert self.shadows() == set()

    def expect_masked(self, database: str | None = None) -> None:
        """Require that the target holds every row, and no original in a masked column."""
        with self.preview.connect(database or self.target) as conn:
            counts = conn.execute(
                "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM orders), (SELECT count(*) FROM visits),"
                " (SELECT count(*) FROM plans)"
            ).fetchone()
            assert counts == (USERS, ORDERS, VISITS, PLANS)
            left = one(
                conn,
                "SELECT (SELECT count(*) FROM users u WHERE concat(email, name, encrypted_password) ~* 'canary' OR"
                " phone ~ '^090-1234-') + (SELECT count(*) FROM orders o WHERE concat(code, shipping_name, note) ~*"
                " 'canary')",
            )
            assert left == 0
            assert one(conn, "SELECT count(*) FROM visits WHERE page LIKE '/canary/%'") == VISITS

    @contextmanager
    def stalled(self, *more: str | Path) -> Iterator[tuple[Started, psycopg.Connection]]:
        """A copy on one lane that waits for ``plans`` after all other tables, and the session whose open transaction
        locks it."""
        with closing(psycopg.connect(self.source)) as holder, self.start_copy("--workers", "1", *more) as started:
            eventually(lambda: self._has_begun() or started.process.poll() is not None)
            holder.execute("LOCK TABLE plans IN ACCESS EXCLUSIVE MODE")
            eventually(lambda: bool(self.waiting()) or started.process.poll() is not None)
            assert started.process.poll() is None, started.wait()
            yield started, holder

    @contextmanager
    def stalled_on_target(self, *more: str | Path) -> Iterator[tuple[Started, Callable[[], None]]]:
        """A copy that waits for a table of its shadow, and what lets it go on."""
        with self.start_copy(*more) as started:
            eventually(lambda: bool(self.shadows()) or started.process.poll() is not None)
            (shadow,) = self.shadows()
            with closing(self.preview.connect(shadow)) as holder:
                eventually(lambda: one(holder, "SELECT to_regclass('public.visits') IS NOT NULL") is True)
                holder.execute("BEGIN")
                holder.execute("LOCK TABLE visits IN SHARE UPDATE EXCLUSIVE MODE")
                yield started, holder.rollback

    def _has_begun(self) -> bool:
        """Whether a run has written its first to the target: a shadow, or the marker of ``direct``."""
        if self.shadows():
            return True
        with self.preview.connect(self.target) as conn:
            return one(conn, "SELECT to_regclass('masker.run') IS NOT NULL") is True

    def waiting(self) -> list[int]:
        """Process ids of masker's sessions on the source that wait for a lock of somebody else; the guard waits for the
        keeper's."""
        with self.production.connect(self.source) as conn:
            rows = conn.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'masker%' AND wait_event_type = 'Lock'"
                " AND wait_event <> 'advisory' AND datname = current_database()"
            ).fetchall()
        return [int(pid) for (pid,) in rows]

    def sessions(self) -> int:
        """masker's sessions on both servers that have to do with these databases."""
        found = 0
        for server, database in ((self.production, database_of(self.source)), (self.preview, self.database)):
            with server.connect() as conn:
                found += int(
                    str(
                        one(
                            conn,
                            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'masker%%' AND datname"
                            " LIKE %s",
                            database + "%",
                        )
                    )
                )
        return found


def fill_shop(url: str) -> None:
    """Create the shop's tables and rows in an empty database."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(SCHEMA.encode())
        conn.execute(_ROWS.encode())


def fill_live(url: str) -> None:
    """What stands in the preview before the first run."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(_LIVE.encode())


def one(conn: psycopg.Connection, query: str, *values: object) -> object:
    """The one value that *query* gives."""
    row = conn.execute(query.encode(), values or None).fetchone()
    assert row is not None
    return row[0]
