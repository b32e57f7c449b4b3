"""Indexes over expressions: what is too slow to be looked through is asked for less, and what cannot be asked is said
to be left out; neither is said to have passed."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest

from masker.findings import Finding, Findings, Outcome
from masker.postgres.connect import connect, parse_url
from masker.sides import Side
from masker.verify.indexed import check_indexed

#: Calls of ``slow`` up to a number take longer than any attempt may, in whatever transaction they are.
_SLOW = """
CREATE SEQUENCE calls;
CREATE TABLE t (id integer PRIMARY KEY, doc text) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT i, 'd' || i FROM generate_series(1, 300) i;
CREATE FUNCTION slow(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
  BEGIN IF nextval('public.calls') <= {calls} THEN PERFORM pg_sleep(30); END IF; RETURN n * 2; END $$;
SELECT setval('calls', 1000);
CREATE INDEX t_slow ON t (slow(id));
ANALYZE t;
SELECT setval('calls', 1, false);
"""


def _found(database: str, statements: str) -> list[Finding]:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(statements.encode())
    with closing(connect(parse_url(database, Side.TARGET))) as session:
        return [*check_indexed(session, "sample", each_ms=3_000)]


@pytest.mark.parametrize(("calls", "outcome"), [(1, Outcome.PASSED), (2, Outcome.NOT_RUN)])
def test_an_index_that_is_too_slow_is_asked_for_less_and_then_not_run(
    database: str, calls: int, outcome: Outcome
) -> None:
    (found,) = _found(database, _SLOW.replace("{calls}", str(calls)))
    assert (found.outcome, found.is_good) == (outcome, outcome is Outcome.PASSED), found


def test_an_index_that_cannot_be_asked_is_left_out(database: str) -> None:
    """One of two alike, which the server never chooses."""
    twins = "CREATE TABLE t (doc text); CREATE INDEX ON t (lower(doc)); CREATE INDEX ON t (lower(doc))"
    passed, left_out = sorted(_found(database, twins), key=lambda found: found.outcome, reverse=True)
    assert (passed.outcome, left_out.outcome, left_out.is_good) == (Outcome.PASSED, Outcome.LEFT_OUT, True)
    assert left_out.detail == "not looked through: the server finds its rows otherwise"
    both = Findings((passed, left_out))
    assert (both.are_good, str(both)) == (True, "1 checks passed, 0 failed, 0 not run, 1 left out")
    assert not Findings((left_out,)).are_good, "nothing was checked"
