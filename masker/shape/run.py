"""A preview's shape compared with production's, from settings to a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from masker.catalog.read import read_catalog
from masker.catalog.types import Catalog
from masker.errors import CatalogMismatch, RuleErrors, UsageError
from masker.findings import Outcome
from masker.notes import Note
from masker.postgres.connect import connect, parse_url, require_alive
from masker.postgres.errors import ServerFault, server_errors
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from masker.ruleset.types import RuleSet
from masker.settings import Settings, ShapeOptions
from masker.shape.ask import analyze, most_expensive, plan, read_numbers, require_owner, settle, those_there
from masker.shape.compare import compare, stale
from masker.shape.numbers import Numbers
from masker.shape.plans import Node, relations
from masker.shape.queries import Planned, compare_plans
from masker.shape.report import Compared, Part, Report
from masker.shape.scope import Scope, scope
from masker.shape.texts import Query, queries_of_file, query_of_statistics
from masker.sides import Side
from masker.verify.guard import guard_statistics

_STATISTICS = "pg_stat_statements"

#: Why texts of it are passed over, by what the server calls that.
_NO_QUERY = "they are no queries, or none any more without their values"
_HIDDEN = "the role may not see them; GRANT pg_read_all_stats TO it"
_PASSED = {
    "42501": "the role may not plan them, which for UPDATE, DELETE and INSERT takes the right to do that",
    "57014": "they took longer than --source-timeout to plan",
}

#: How often the preview is analyzed: one sample alone calls some plans different that are not.
_ROUNDS = 3


def compare_shape(settings: Settings, options: ShapeOptions) -> Report:
    """How like production the target's planner sees its rows.

    The target's statistics are made anew, three times; the source is only read, each statement bounded by *options*.
    Raises UsageError, RuleErrors, CatalogMismatch, SourceError, TargetError or Refused.
    """
    source, target = parse_url(settings.source, Side.SOURCE), parse_url(settings.target, Side.TARGET)
    ruleset = read_rules(settings.rules, settings.schema)
    asked = _read_queries(options.queries) if options.queries is not None else ()
    bounded = {"statement_timeout": str(int(options.source_timeout_s * 1000))}
    # ANALYZE is allowed in a transaction that only reads; whatever a query's functions would write is not.
    with (
        connect(source, settings=bounded) as production,
        connect(target, settings={"default_transaction_read_only": "on"}) as preview,
    ):
        guard_statistics(production, preview, target)
        with server_errors(Side.SOURCE, "its catalog was read"):
            catalog = read_catalog(production)
        _require_equal_majors(catalog, preview)
        compared = _scope(ruleset, catalog)
        analyzed = those_there(
            preview, [*compared.analyzed, *(view.name for view in catalog.materialized_views if view.is_populated)]
        )
        require_owner(preview, analyzed)
        settle(production, preview)
        masked = {name: list(columns) for name, columns in compared.tables.items()}
        with server_errors(Side.SOURCE, "its statistics were read"):
            numbers = read_numbers(production, masked)
        if options.top is not None:
            plans, passed = _top(production, options.top, catalog)
        else:
            plans, passed = [_planned(production, query) for query in asked], ()
        rounds: list[Numbers] = []
        for _ in range(_ROUNDS):
            analyze(preview, analyzed)
            with server_errors(Side.TARGET, "its statistics were read"):
                rounds.append(read_numbers(preview, masked))
            plans = [_again(preview, each) for each in plans]
        require_alive(production, Side.SOURCE, "the shape was compared")
        require_alive(preview, Side.TARGET, "its shape was compared")
    told = [*compare(compared, numbers, rounds)]
    off = {
        c.subject: c.hint
        for c in reversed(told)
        if isinstance(c, Compared) and c.part is Part.COLUMNS and not c.is_good and c.hint
    }
    told += [compare_plans(each, compared, off) for each in plans]
    if options.top is not None and not plans:
        detail = "it has no query on the application's tables that can be planned"
        told.append(
            Compared(part=Part.PLANS, subject=_STATISTICS, measure="plan", outcome=Outcome.NOT_RUN, detail=detail)
        )
    notes = [*stale(compared, numbers, is_standby=catalog.server.in_recovery), *passed]
    if not plans and options.top is None:
        notes.append(
            Note(
                subject="plans", text="none was compared: give the application's queries by --queries FILE, or --top N"
            )
        )
    return Report(
        source=source.database,
        target=target.database,
        compared=tuple(c for c in told if isinstance(c, Compared)),
        left_out=(*compared.left_out, *(n for n in told if isinstance(n, Note))),
        notes=tuple(notes),
    )


def _read_queries(path: Path) -> Sequence[Query]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = (
            "is not UTF-8"
            if isinstance(error, UnicodeDecodeError)
            else f"cannot be read ({(error.strerror or 'no reason given').lower()})"
        )
        raise UsageError(
            f"{path}: it {why}", hint="--queries names a file of SQL, the statements divided by semicolons"
        ) from None
    found, problems = queries_of_file(text, str(path))
    if problems:
        count = len(problems)
        hint = "\n".join(str(problem) + (f"\n    {problem.hint}" if problem.hint else "") for problem in problems)
        raise UsageError(f"{path}: {count} problem{'s' if count != 1 else ''}", hint=hint, problems=problems)
    return found


def _require_equal_majors(catalog: Catalog, preview: psycopg.Connection) -> None:
    here, there = catalog.server.major, preview.info.server_version // 10000
    if here != there:
        raise CatalogMismatch(
            f"versions: the source is PostgreSQL {here}, the target {there}, and two planners make two plans of one"
            " query",
            hint="compare the shape on a preview of production's major version",
        )


def _scope(ruleset: RuleSet, catalog: Catalog) -> Scope:
    resolution = resolve(ruleset, catalog)
    if resolution.problems:
        raise RuleErrors(resolution.problems)
    return scope(resolution, catalog)


@dataclass(frozen=True, slots=True)
class _Why:
    """Why a side makes no plan of a query, and what it calls that."""

    text: str
    sqlstate: str = ""


def _plan(conn: psycopg.Connection, query: Query, side: Side) -> Node | _Why:
    """The shape of its plan; why there is none, where that is the query's fault. Raises SourceError or TargetError
    where the server is gone."""
    try:
        found = plan(conn, query)
    except ServerFault as fault:
        if fault.is_connection or conn.closed:
            raise fault.to_error(side, "a query was planned") from None
        state = f" (SQLSTATE {fault.sqlstate})" if fault.sqlstate else ""
        return _Why(f"the {side} makes no plan of it: {fault.text}{state}", fault.sqlstate)
    return found or _Why(f"the {side} has no row that a value of it is to be taken from, or NULL there")


def _planned(production: psycopg.Connection, query: Query) -> Planned:
    found = _plan(production, query, Side.SOURCE)
    return (
        Planned(query=query, source=None, why_not=found.text)
        if isinstance(found, _Why)
        else Planned(query=query, source=found)
    )


def _again(preview: psycopg.Connection, planned: Planned) -> Planned:
    """It with one more round of the preview."""
    if planned.source is None or planned.why_not:
        return planned
    found = _plan(preview, planned.query, Side.TARGET)
    if isinstance(found, _Why):
        return replace(planned, rounds=(), why_not=found.text)
    return replace(planned, rounds=(*planned.rounds, found))


def _top(production: psycopg.Connection, count: int, catalog: Catalog) -> tuple[list[Planned], Sequence[Note]]:
    """The *count* queries on tables of the application that took the most time, and what was passed over on the way."""
    found: list[Planned] = []
    passed: Counter[str] = Counter()
    for number, text, entries in most_expensive(production):
        if len(found) == count:
            break
        query = query_of_statistics(text, f"query {number}") if number is not None else None
        if query is None:
            passed[_NO_QUERY if number is not None else _HIDDEN] += entries
            continue
        made = _plan(production, query, Side.SOURCE)
        if isinstance(made, _Why):
            passed[_PASSED.get(made.sqlstate, _NO_QUERY if made.sqlstate[:2] == "42" else made.text)] += 1
        elif any(name in catalog.tables for name in relations(made)):
            found.append(Planned(query=query, source=made))
    notes = [
        Note(subject=_STATISTICS, text=f"{number:,} of its texts were passed over: {why}")
        for why, number in passed.items()
    ]
    if len(found) < count:
        notes.append(
            Note(
                subject=_STATISTICS,
                text=f"it has {len(found):,} queries on the application's tables, {count:,} were wanted",
            )
        )
    return found, notes
