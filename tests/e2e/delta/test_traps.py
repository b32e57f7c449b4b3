"""What the age of rows does not tell: a full copy is made, and says why; or all rows are compared."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from masker.verify.gate import sealed
from tests.e2e.delta.conftest import KEY, Harbour, contents
from tests.executable import eventually, run, start


def test_what_ages_do_not_tell_is_copied_whole(harbour: Harbour) -> None:
    # A column of the same name and another content: no row was written for that.
    harbour.change("ALTER TABLE lights DROP COLUMN name", "ALTER TABLE lights ADD COLUMN name text DEFAULT 'the same'")
    harbour.copy().expect(0, "everything is copied: .*lights is another table than the run before has read")
    # Tables that have changed places.
    harbour.change(
        "ALTER TABLE links RENAME TO l", "CREATE TABLE links (a bigint, b bigint, PRIMARY KEY (a, b))",
        "INSERT INTO links SELECT a, b FROM l", "DROP TABLE l",
    )  # fmt: skip
    harbour.copy().expect(0, "everything is copied: .*links is another table")
    # Somebody has changed what the preview is made of.
    harbour.test("ALTER TABLE crews ADD CONSTRAINT testers CHECK (name <> 'x')")
    harbour.copy().expect(0, "everything is copied: the preview's schema is not production's any more: ")
    # A tester has rolled a migration back and made it again: the column is as it was, and nothing stands in it.
    harbour.test("ALTER TABLE visits DROP COLUMN who", "ALTER TABLE visits ADD COLUMN who text")
    harbour.copy().expect(0, "everything is copied: columns of the preview were made anew")
    # It is asked for.
    done = harbour.copy("--full")
    done.expect(0, "copying 11 tables")
    assert "everything is copied" not in done.err
    # A marker that somebody has written.
    harbour.test("UPDATE masker.run SET record = jsonb_set(record, '{since,preview}', '\"99999999\"')")
    harbour.copy().expect(0, "everything is copied: the marker of run .* was sealed with another key, or altered")
    # Deployed on both sides: rows of a table without a key may be neither changed nor deleted from there on.
    for deploy in (harbour.change, harbour.test):
        deploy("CREATE PUBLICATION warehouse FOR ALL TABLES")
    harbour.copy().expect(0, "everything is copied: weather is published, and its rows may not be changed or deleted")
    harbour.expect_equal_to_a_full_copy()


def test_a_change_that_no_age_shows_is_found_and_everything_copied(harbour: Harbour) -> None:
    """As after a restore that keeps the server's name and timeline: the transactions that have written its rows are
    those that the run before takes for its past. Here the preview's are, by a marker that says so and is sealed."""
    harbour.change("UPDATE ships SET note = 'canary' WHERE id = 5")
    harbour.test("UPDATE ships SET name = 'spoilt' WHERE id = 4")
    plan = ("plan", "copy", "--source", harbour.source, "--target", harbour.target, "--rules", harbour.rules)
    for publish, words in (
        ("delta", "written will be what has changed since run .*: 1 rows of production, 1 of the preview"),
        ("swap", "only what has changed would be written: 1 rows of .*; a full copy moves [0-9,]{3,} rows"),
    ):
        run(*plan, "--publish", publish, "--key-env", "HARBOUR_KEY", env=KEY).expect(0, words)
    # Neither some rows nor the age of any would tell: all are compared, for production's server was started since, or
    # it is the seventh time.
    for change in ({"started": "another time"}, {"deltas": 6}):
        harbour.test("UPDATE ships SET name = 'spoilt' WHERE id = 4")
        _take_for_its_own(harbour, change)
        harbour.copy().expect(
            0, "everything is copied: what was written did not prove right: proof: ships.*", "published"
        )
    harbour.expect_equal_to_a_full_copy()


def _take_for_its_own(harbour: Harbour, change: dict[str, Any]) -> None:
    """Have the marker say that all that was written on the preview so far is masker's, and *change*."""
    with harbour.preview.connect(harbour.target.rsplit("/", 1)[1]) as conn:
        state, record = conn.execute("SELECT state, record FROM masker.run").fetchone() or ("", {})
        record.pop("seal")
        record["since"] |= {"preview": str(int(record["since"]["preview"]) + 1_000), **change}
        whole = sealed(conn, record, state, next(iter(KEY.values())).encode())
        conn.execute("UPDATE masker.run SET record = %s", [json.dumps(whole)])
        for _ in range(1_000):
            conn.execute("SELECT pg_current_xact_id()")


def test_killed_before_it_is_done_the_preview_is_as_it_was(harbour: Harbour) -> None:
    before = contents(harbour.target)
    harbour.change("UPDATE ships SET note = 'canary killed' WHERE id < 900")
    database = harbour.target.rsplit("/", 1)[1]
    # Somebody has read a view and does not end, so that the run waits when all is written and proved.
    with harbour.preview.connect(database) as tester:
        tester.execute("BEGIN")
        tester.execute("SELECT FROM flags")
        with start(*_delta(harbour), env=KEY) as started:
            eventually(lambda: _waits_for_a_view(harbour))
            assert started.kill().code < 0
        eventually(lambda: not _waits_for_a_view(harbour))
        with start(*_delta(harbour), env=KEY) as started:
            eventually(lambda: _waits_for_a_view(harbour))
            started.interrupt()
            started.wait().expect(130, f"{database} is as it was")
        tester.execute("ROLLBACK")
    assert contents(harbour.target) == before
    harbour.expect_delta()


def test_a_tester_who_has_read_a_view_and_then_writes_does_not_end_the_run(harbour: Harbour) -> None:
    """One of the two has to give way: the run holds the table that the tester writes to, the tester the view."""
    harbour.change("UPDATE ships SET flag = 'gr' WHERE id < 50")
    database = harbour.target.rsplit("/", 1)[1]
    with harbour.preview.connect(database) as tester, ThreadPoolExecutor(1) as another:
        # It never finds out by itself.
        tester.execute("SET deadlock_timeout = '1min'")
        tester.execute("BEGIN")
        tester.execute("SELECT FROM flags")
        with start(*_delta(harbour), env=KEY) as started:
            eventually(lambda: _waits_for_a_view(harbour))
            writing = another.submit(tester.execute, "UPDATE ships SET name = 'x' WHERE id = 1")
            with pytest.raises(psycopg.errors.QueryCanceled):
                writing.result()
            tester.execute("ROLLBACK")
            started.wait().expect(0, "bringing what has changed")
    harbour.expect_equal_to_a_full_copy()


def _delta(harbour: Harbour) -> tuple[str | Path, ...]:
    """The command line of a delta."""
    return (
        "copy", "--source", harbour.source, "--target", harbour.target, "--rules", harbour.rules, "--publish", "delta",
        "--key-env", "HARBOUR_KEY", "--confirm", harbour.target.rsplit("/", 1)[1],
    )  # fmt: skip


def _waits_for_a_view(harbour: Harbour) -> bool:
    with harbour.preview.connect(harbour.target.rsplit("/", 1)[1]) as conn:
        row = conn.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'flags'::regclass AND mode ="
            " 'AccessExclusiveLock'"
        ).fetchone()
        return bool(row and row[0])
