"""What a server says of locks, conflicts, cancelling and databases in use, provoked on a real one: told with what to
do, never with a row."""

from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import pytest

from masker.errors import MaskerError
from masker.postgres.deadlocks import execute_past_deadlocks
from masker.postgres.errors import server_errors
from masker.sides import Side
from tests.servers import Server, database_of

_TABLE = "CREATE TABLE t (id int PRIMARY KEY, note text); INSERT INTO t VALUES (1, 'canary'), (2, 'canary')"


def _lock_not_available(one: psycopg.Connection, other: psycopg.Connection) -> None:
    one.execute("BEGIN; LOCK TABLE t")
    other.execute("SET lock_timeout = '50ms'; SELECT * FROM t WHERE note = 'canary'")


def _serialization(one: psycopg.Connection, other: psycopg.Connection) -> None:
    other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM t")
    one.execute("UPDATE t SET note = 'canary two'")
    other.execute("UPDATE t SET note = 'canary three'")


def _deadlock(one: psycopg.Connection, other: psycopg.Connection) -> None:
    one.execute("SET deadlock_timeout = '10s'; BEGIN; UPDATE t SET note = 'canary a' WHERE id = 1")
    other.execute("SET deadlock_timeout = '50ms'; BEGIN; UPDATE t SET note = 'canary b' WHERE id = 2")
    threading.Thread(target=one.execute, args=("UPDATE t SET note = 'canary c' WHERE id = 2",)).start()
    other.execute("SELECT pg_sleep(0.5); UPDATE t SET note = 'canary d' WHERE id = 1")


def _cancelled(one: psycopg.Connection, other: psycopg.Connection) -> None:
    pid = other.info.backend_pid
    threading.Timer(0.2, lambda: one.execute("SELECT pg_cancel_backend(%s)", [pid])).start()
    other.execute("SELECT pg_sleep(20), note FROM t WHERE note = 'canary'")


def _in_use(one: psycopg.Connection, other: psycopg.Connection) -> None:
    other.execute(f'ALTER DATABASE "{one.info.dbname}" RENAME TO canary'.encode())


def _of_another_kind(one: psycopg.Connection, other: psycopg.Connection) -> None:
    one.execute(
        "ALTER TABLE t RENAME TO canary_t; CREATE VIEW t AS SELECT * FROM canary_t; ALTER TABLE canary_t RENAME TO o"
    )
    other.execute("TRUNCATE t")


@pytest.mark.parametrize(
    ("provoke", "state", "hints"),
    [
        (_lock_not_available, "55P03", ("another session holds a lock on it", "another session holds a lock on it")),
        (
            _serialization,
            "40001",
            ("a follower ended it to go on replaying", "another session was at work on the same rows; run again"),
        ),
        (
            _deadlock,
            "40P01",
            ("a follower ended it to go on replaying", "another session was at work on the same tables"),
        ),
        (_cancelled, "57014", ("somebody cancelled it", "somebody cancelled it")),
        (
            _of_another_kind,
            "42809",
            ("it is of another kind than it was taken for", "it is of another kind than it was taken for"),
        ),
        (_in_use, "55006", ("sessions are at work with it: end them", "sessions are at work with it: end them")),
    ],
)
def test_states_of_a_server_are_told_with_what_to_do(
    preview: Server,
    provoke: Callable[[psycopg.Connection, psycopg.Connection], None],
    state: str,
    hints: tuple[str, str],
) -> None:
    url = preview.create_database()
    with preview.connect(url) as one, preview.connect("postgres" if provoke is _in_use else url) as other:
        one.execute(_TABLE)
        with pytest.raises(psycopg.Error) as raised:
            provoke(one, other)
    for side, hint in zip((Side.SOURCE, Side.TARGET), hints, strict=True):
        with pytest.raises(MaskerError) as told, server_errors(side, "rows were read"):
            raise raised.value
        error = told.value
        assert (error.sqlstate, error.exit_code) == (state, 5 if side is Side.SOURCE else 6)
        assert error.message.startswith(f"{side}: ")
        assert error.hint is not None
        assert error.hint.startswith(hint)
        assert "canary" not in " ".join(error.lines()).replace(database_of(url), "")


def test_a_statement_that_a_deadlock_has_ended_is_made_once_more(preview: Server) -> None:
    url = preview.create_database()
    with preview.connect(url) as one, preview.connect(url) as other:
        one.execute("CREATE TABLE t (id int PRIMARY KEY, made int); INSERT INTO t VALUES (1, 0), (2, 0)")
        one.execute("SET deadlock_timeout = '10s'; BEGIN; UPDATE t SET made = made + 1 WHERE id = 1")
        rival = threading.Timer(0.2, one.execute, args=("UPDATE t SET made = made + 1 WHERE id = 2; COMMIT",))
        rival.start()
        other.execute("SET deadlock_timeout = '50ms'")
        both = (
            "UPDATE t SET made = made + 10 WHERE id = 2; SELECT pg_sleep(0.5); UPDATE t SET made = made + 10 WHERE"
            " id = 1"
        )
        execute_past_deadlocks(other, both.encode())
        rival.join()
        assert other.execute("SELECT array_agg(made) FROM t").fetchone() == ([11, 11],)
