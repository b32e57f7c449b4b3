"""``masker mask`` of a preview that publishes: what the server would refuse in the middle is known before anything is
changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.executable import Done, Started, eventually, run, start
from tests.servers import Server, database_of
from tests.shop import one

_SCRIPT = """
CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, city text);
INSERT INTO users SELECT n, 'canary' || n || '@corp.test', 'c' || n % 3 FROM generate_series(1, 200) AS n;
CREATE TABLE orders (id integer, user_id integer REFERENCES users ON DELETE CASCADE);
INSERT INTO orders SELECT n, n FROM generate_series(1, 200) AS n;
CREATE TABLE marks (id integer, order_id integer, user_id integer REFERENCES users ON DELETE SET NULL);
"""

_KEY = ("--key-env", "MASKER_TEST_KEY")
_ENV = {"MASKER_TEST_KEY": "a key for tests that is long enough, really"}

_IDENTITIES = """SELECT string_agg(relname || ' ' || relreplident::text, ', ' ORDER BY relname) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""


class Published:
    """A preview made by the script above and *more*, which publishes, and rules for its users."""

    def __init__(self, server: Server, folder: Path, more: str) -> None:
        self.server = server
        self.target = server.create_database()
        self.rules = folder / "rules.yml"
        self.execute(_SCRIPT + more)

    def decide(self, rules: str) -> None:
        self.rules.write_text(f"version: 1\nundecided: keep\ntables:\n{rules}")

    def execute(self, script: str) -> None:
        with psycopg.connect(self.target, autocommit=True) as conn:
            conn.execute(script.encode())

    def answer(self, query: str) -> object:
        with self.server.connect(self.target) as conn:
            return one(conn, query)

    def arguments(self, *more: str) -> list[str | Path]:
        to = ("--target", self.target, "--rules", self.rules, "--confirm", database_of(self.target))
        return ["mask", *to, "--first", "--no-source", "--terminate", *_KEY, *more]

    def mask(self, *more: str) -> Done:
        return run(*self.arguments(*more), env=_ENV)

    def start(self, *more: str) -> Started:
        return start(*self.arguments(*more), env=_ENV)

    def is_untouched(self) -> bool:
        return bool(
            self.answer(
                "SELECT to_regclass('masker.run') IS NULL AND count(*) = 200 FROM users WHERE email ~ 'corp.test$'"
            )
        )


#: What refers to users of which some are deleted.
_OTHERS = "  orders: {rows: user_id > 20}\n  marks: {columns: {user_id: null}}\n"

_BATCHES = "  users: {strategy: batches, columns: {email: email}}\n"


def test_a_list_of_columns_without_the_key_is_refused_before_anything(production: Server, tmp_path: Path) -> None:
    place = Published(production, tmp_path, "CREATE PUBLICATION told FOR TABLE users (email, city)")
    identities = place.answer(_IDENTITIES)
    refused = (
        "rules.yml:4:.*users: every UPDATE of it is refused .*: the publication told sends .*replica identity DEFAULT",
        "leave out `strategy: batches`, or .*ALTER PUBLICATION .told. SET",
    )
    place.decide(_BATCHES)
    place.mask().expect(3, *refused)
    run("plan", "mask", "--target", place.target, "--rules", place.rules).expect(3, *refused)
    place.decide(f"  users: {{rows: id > 20, columns: {{email: email}}}}\n{_OTHERS}")
    place.mask().expect(3, "users: every DELETE of it is refused")
    assert place.is_untouched()

    place.decide(_BATCHES)
    place.execute("ALTER PUBLICATION told SET (publish = 'insert')")
    place.mask().expect(0)
    assert place.answer(_IDENTITIES) == identities


def test_what_keys_do_beside_is_refused_before_anything(production: Server, tmp_path: Path) -> None:
    """To the table itself whose rows are deleted, and to one whose rows another key deletes."""
    place = Published(
        production,
        tmp_path,
        "CREATE TABLE own (id integer PRIMARY KEY, above integer REFERENCES own ON DELETE SET NULL);"
        " INSERT INTO own SELECT n FROM generate_series(1, 9) AS n; ALTER TABLE marks ADD first_user integer REFERENCES"
        " users ON DELETE CASCADE; ALTER TABLE own REPLICA IDENTITY FULL; ALTER TABLE marks REPLICA IDENTITY FULL;"
        " CREATE PUBLICATION told FOR TABLE own (id), marks (id) WITH (publish = 'update')",
    )
    place.decide("  own: {rows: id > 5}\n")
    place.mask().expect(3, "rules.yml:4:.*own: every UPDATE of it is refused")
    place.decide(
        "  users: {rows: id > 20}\n  orders: {rows: user_id > 20}\n  marks: {rows: user_id > 20 AND first_user > 20}\n"
    )
    place.mask().expect(3, "rules.yml:4:.*marks: every UPDATE of it is refused")
    assert place.is_untouched()

    place.execute("ALTER PUBLICATION told SET (publish = 'insert')")
    place.mask().expect(0)
    assert place.answer("SELECT count(*) FROM users") == 180


def test_an_identity_that_is_gone_is_refused_before_anything(production: Server, tmp_path: Path) -> None:
    place = Published(
        production,
        tmp_path,
        "CREATE UNIQUE INDEX pair ON users (id, email); ALTER TABLE users REPLICA IDENTITY USING INDEX pair;"
        " DROP INDEX pair; CREATE PUBLICATION told FOR ALL TABLES",
    )
    place.decide(_BATCHES)
    place.mask().expect(3, "replica identity is an index that is gone", "REPLICA IDENTITY DEFAULT")
    assert place.is_untouched()
    place.decide("  users: {columns: {email: email}}\n")
    place.mask().expect(0)


def test_a_killed_run_leaves_what_the_next_one_restores(production: Server, tmp_path: Path) -> None:
    """A row filter reads what the replica identity does not hold, and a foreign key acts on tables that have none."""
    place = Published(
        production,
        tmp_path,
        "CREATE UNIQUE INDEX told ON users (id, email); ALTER TABLE users REPLICA IDENTITY USING INDEX told;"
        " CREATE PUBLICATION told FOR TABLE users WHERE (city <> 'x'), orders, marks",
    )
    identities = place.answer(_IDENTITIES)
    place.decide(f"  users: {{strategy: batches, rows: id > 20, columns: {{email: email}}}}\n{_OTHERS}")
    with place.start("--batch-rows", "20", "--throttle", "20") as started:
        started.wait_for("masking ")  # until then a look would count as another session, and be ended
        eventually(lambda: _some_done(place) or started.process.poll() is not None)
        killed = started.kill()
    assert killed.code == -9, killed.err
    assert place.answer("SELECT relreplident::text FROM pg_class WHERE oid = 'users'::regclass") == "f"

    place.mask("--batch-rows", "20").expect(0, "going on")

    assert place.answer(_IDENTITIES) == identities
    assert place.answer("SELECT count(*) FROM users WHERE email ~ 'corp.test$'") == 0
    assert place.answer("SELECT count(*) FROM orders") == 180


def _some_done(place: Published) -> bool:
    if place.answer("SELECT to_regclass('masker.batch') IS NULL"):
        return False
    return bool(place.answer("SELECT bool_or(state = 'done') AND bool_or(state = 'waiting') FROM masker.batch"))


@pytest.fixture
def subscribed(production: Server, tmp_path: Path) -> Iterator[Published]:
    place = Published(
        production,
        tmp_path,
        "CREATE SUBSCRIPTION heard CONNECTION 'host=localhost port=1' PUBLICATION told WITH (connect = false,"
        " slot_name = NONE)",
    )
    yield place
    place.execute("ALTER SUBSCRIPTION heard DISABLE; DROP SUBSCRIPTION heard")


def test_a_subscription_that_would_bring_rows_is_refused(subscribed: Published) -> None:
    subscribed.decide(_BATCHES)
    subscribed.mask().expect(0)
    subscribed.execute("ALTER SUBSCRIPTION heard SET (slot_name = 'heard'); ALTER SUBSCRIPTION heard ENABLE")
    plan = run("plan", "mask", "--target", subscribed.target, "--rules", subscribed.rules)
    plan.expect(0, "subscription heard", "it writes what it is sent, unmasked")
    subscribed.mask("--again").expect(
        9, r"it subscribes to another database \(heard\)", "ALTER SUBSCRIPTION heard DISABLE"
    )
    subscribed.execute("ALTER SUBSCRIPTION heard DISABLE; ALTER SUBSCRIPTION heard SET (slot_name = NONE)")
