"""Thousands of expressions: what goes to the server for each has the value that the server reads in the text itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

import pytest
import sqlglot
from sqlglot import exp

from masker.masks.own_sql import moment
from masker.masks.sql.bindings import Instant, SessionBindings, derive
from masker.masks.sql.expressions import column
from masker.masks.sql.judge import judge
from masker.masks.sql.judged import ExpressionError, Moment, Named
from masker.masks.sql.verbatim import assembled, render
from masker.postgres.connect import apply_settings
from masker.tables.for_trees import for_trees
from tests.expressions import COLUMNS, SCHEMA, Expressions
from tests.postgres.masking import Masking
from tests.servers import Server, ServersByMajor

_SEED, _AT_ONCE = 20_240_229, 1_000

#: Values with their types row by row, or the error. A word for the current time is the transaction's for the one and
#: the run's for the other.
_OUTCOME = """
CREATE FUNCTION pg_temp.outcome(expression text) RETURNS text LANGUAGE plpgsql AS $_$
DECLARE found text;
BEGIN
  EXECUTE 'SELECT string_agg(coalesce(pg_typeof(v)::text || '' '' || v::text, ''NULL''), ''|'') FROM (SELECT ('
  || expression || E'\\n) AS v FROM public.t AS original ORDER BY id) AS r' INTO found;
  RETURN found;
EXCEPTION WHEN OTHERS THEN RETURN 'error ' || SQLSTATE;
END $_$
"""


@dataclass(frozen=True, slots=True)
class Compared:
    """How the expressions ended (``refused``, ``values``, ``errors``, ``for trees``), and those that came out
    otherwise."""

    counts: Counter[str]
    differing: list[str]


def _compared(masking: Masking, written: Iterable[str], rendered: Callable[[exp.Expression], str] = render) -> Compared:
    counts: Counter[str] = Counter()
    differing: list[str] = []
    with masking.conn.transaction():
        row = masking.conn.execute("SELECT now()::text").fetchone()
        instant, bindings = Instant(row[0] if row else ""), SessionBindings()

        def stand_in(what: Named | Moment) -> exp.Expression:
            return column(what.column) if isinstance(what, Named) else moment(what, bindings, instant)

        pairs: list[tuple[str, str]] = []

        def compare() -> None:
            apply_settings(masking.conn, derive(b"", bindings.used))
            asked = "SELECT pg_temp.outcome(w), pg_temp.outcome(s) FROM unnest(%s::text[], %s::text[]) AS x(w, s)"
            found = masking.conn.execute(asked, [[w for w, _ in pairs], [s for _, s in pairs]]).fetchall()
            for (text, sent), (expected, outcome) in zip(pairs, found, strict=True):
                counts["errors" if expected.startswith("error") else "values"] += 1
                if outcome != expected:
                    differing.append(f"{text!r}: {expected}\n  {sent!r}: {outcome}")
            pairs.clear()

        for text in written:
            try:
                sent = rendered(assembled(judge(text, COLUMNS), stand_in))
            except ExpressionError:
                counts["refused"] += 1
                continue
            pairs.append((text, sent))
            if (spelled := for_trees(sent)) not in {sent, None}:
                counts["for trees"] += 1
                pairs.append((text, str(spelled)))
            if len(pairs) >= _AT_ONCE:  # a session that reads may not be idle for long
                compare()
        compare()
    return Compared(counts, differing)


@contextmanager
def _opened(server: Server) -> Iterator[Masking]:
    with Masking(server.create_database()) as masking:
        masking.run(*SCHEMA.strip().split(";\n"))
        masking.conn.execute(_OUTCOME)
        yield masking


@pytest.mark.parametrize("count", [4_000, pytest.param(20_000, marks=pytest.mark.slow)])
def test_what_is_sent_has_the_value_of_what_was_written(production_server: Server, count: int) -> None:
    with production_server.forgetting(), _opened(production_server) as masking:
        found = _compared(masking, islice(Expressions(_SEED), count))
    assert found.differing == []
    assert found.counts["refused"] < count * 0.05, found.counts
    assert found.counts["values"] > count * 0.9, found.counts
    assert found.counts["for trees"] > count * 0.01, found.counts


@pytest.mark.parametrize("major", [15, 18])
def test_so_it_is_with_other_servers(servers_by_major: ServersByMajor, major: int) -> None:
    with _opened(servers_by_major[major]) as masking:
        found = _compared(masking, islice(Expressions(_SEED + major), 1_500))
    assert found.differing == []
    assert found.counts["values"] > 900, found.counts


_INTERVALS = {
    "interval '1 quarter'": None,
    "interval '1 qtr'": None,
    "interval '2 quarters ago'": None,
    "interval '1 fortnight'": None,
    "interval '1 decade 1 week'": "10 years 7 days",
    "interval '3 days ago'": "-3 days",
    "interval '1 day 12:00:00'": "1 day 12:00:00",
    "interval '2 days' + '1 day'::interval": "3 days",
    "interval(0) '1.5 seconds'": "00:00:02",
    "interval '1 century -1 millennium'": "-900 years",
    "interval '1-2'": "1 year 2 mons",
    "interval '90' minute": "01:30:00",
    "interval 'P1Q'": None,
    "- interval '1 mon' - interval '1 day'": "-1 mons -1 days",
}


def test_texts_of_intervals_mean_what_is_written(production_server: Server) -> None:
    with production_server.forgetting(), _opened(production_server) as masking:
        assert _compared(masking, _INTERVALS).differing == []
        for written, value in _INTERVALS.items():
            sent = render(assembled(judge(written, COLUMNS), lambda what: column(what.column)))  # type: ignore[union-attr]
            row = masking.conn.execute("SELECT pg_temp.outcome(%s)", [sent]).fetchone()
            assert row is not None
            assert row[0] == (f"interval {value}|" * 3).rstrip("|") if value else row[0].startswith("error 22007"), (
                written
            )


def test_another_reader_s_rendering_is_seen(production_server: Server) -> None:
    """The comparison has teeth: written anew by an SQL library, some of the same expressions come out otherwise."""

    def anew(expression: exp.Expression) -> str:
        try:
            return sqlglot.transpile(render(expression), read="postgres", write="postgres")[0]
        except sqlglot.errors.SqlglotError:
            return render(expression)

    with production_server.forgetting(), _opened(production_server) as masking:
        found = _compared(masking, islice(Expressions(_SEED), 600), anew)
    assert len(found.differing) > 5
    assert any("ago" in text or "day" in text for text in found.differing)
