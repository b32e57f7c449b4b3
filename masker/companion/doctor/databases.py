"""Production, the preview and what makes one of the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import psycopg

from masker.catalog.read import read_catalog
from masker.companion.doctor.verdict import Verdict, ok, red, told
from masker.companion.publishing import ways_to_publish
from masker.copy.prepare import prepared
from masker.copy.staging import require_shown
from masker.delta.foresee import as_full, foresee
from masker.postgres.connect import connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.marker import find_marker
from masker.postgres.protection import read_protections
from masker.ruleset.decided import otherwise_decided
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from masker.settings import Settings
from masker.sides import Side
from masker.stages import BeforePublishing
from masker.verify.gate import gate_problem

_AGE = "SELECT now() - at FROM masker.run"

#: Columns shown in one sentence.
_SHOWN = 5


def protection(settings: Settings) -> Iterator[Verdict]:
    """Whether production carries the mark that keeps masker from writing to it."""
    source = parse_url(settings.source, Side.SOURCE)
    with connect(source) as conn:
        marks = read_protections(conn, source.database)
    if marks:
        yield ok("production", f"{source.database} is {marks[0]}")
    else:
        yield red(
            "production",
            f"{source.database} carries no mark against being written to",
            'MASKER_TARGET="$PRODUCTION_DATABASE_URL" masker protect',
        )


def plan(settings: Settings, *, looks: bool = False) -> Iterator[Verdict]:
    """All that a copy looks at before it begins: rights, connections, extensions, pg_dump, rules, identity; of a delta
    the full copy that stands in for it. *looks*: a migration or a hook looks at the database before it is published."""
    whole = as_full(settings)
    require_shown(whole, BeforePublishing(lambda _: None, looks=looks))
    with prepared(whole) as ready:
        tables, notes = len(ready.plan.tables), list(ready.plan.notes)
        server, masked = ready.catalog.server, ready.plan.masked_columns
        if settings.publish == "delta":
            notes += foresee(ready, settings)
    yield ok(
        "copy",
        f"{tables} tables of {server.database} (PostgreSQL {server.major}) could be copied to"
        f" {parse_url(settings.target, Side.TARGET).database} by {whole.publish}, {masked} columns masked:"
        f" roles, rights,"
        " connections, extensions, pg_dump and rules fit",
    )
    if settings.publish == "direct":
        yield from _better(settings, looks=looks)
    for note in notes:
        yield told("copy", f"{note.subject}: {note.text}")


def _better(settings: Settings, *, looks: bool) -> Iterator[Verdict]:
    """Whether a preview that is emptied and filled could be replaced instead."""
    if looks and as_full(replace(settings, publish="delta")).publish == "schema":
        return
    ways = ways_to_publish(parse_url(settings.target, Side.TARGET))
    if not ways.hindered:
        yield told(
            "copy",
            "the preview is empty while a refresh goes on; nothing keeps it from being replaced when all is verified",
            f"publish: {'swap' if ways.may_create_databases else 'schema'} in masker.yml, or delta with a key",
        )


def gate(settings: Settings, max_age: timedelta | None) -> Iterator[Verdict]:
    """The preview's marker, its age, and whether the rules still say what it was made by."""
    target = parse_url(settings.target, Side.TARGET)
    with connect(target) as conn, server_errors(Side.TARGET, "its marker was looked at"):
        marker = find_marker(conn)
        problem = gate_problem(conn, marker, settings.key)
        if problem is not None or marker is None:
            yield red("gate", problem or "it carries no marker", "masker refresh")
            return
        age = _age(conn)
        catalog = read_catalog(conn)
    yield ok("gate", f"{target.database} was masked and verified by run {marker.run}")
    if max_age is not None and age > max_age:
        yield red("age", f"{shown_age(age)}, expected at most {shown_age(max_age)}", "masker refresh")
    else:
        yield ok("age", f"the preview is {shown_age(age)} old")
    if settings.rules and "decided" in marker.record:
        rules = read_rules(settings.rules, settings.schema)
        changed = otherwise_decided(marker.record["decided"], resolve(rules, catalog, in_place=True))
        if changed:
            more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
            yield red(
                "rules",
                f"the preview was made by other rules: {', '.join(changed[:_SHOWN])}{more} are decided otherwise now",
                "masker refresh",
            )
        else:
            yield ok("rules", "the preview was made by the rules as they are")


def _age(conn: psycopg.Connection) -> timedelta:
    row = conn.execute(_AGE).fetchone()
    return row[0] if row else timedelta()


def shown_age(age: timedelta) -> str:
    """In words.

    >>> shown_age(timedelta(days=2, hours=5)), shown_age(timedelta(minutes=3))
    ('2 days', '3 minutes')
    """
    seconds = age.total_seconds()
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {unit}{'s' if number != 1 else ''}"
    return "less than a minute"


def further(settings: Settings) -> Iterator[Verdict]:
    """What can be said of a further database before it is filled."""
    yield from protection(settings)
    yield from plan(replace(settings, confirm=None))
