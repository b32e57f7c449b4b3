"""What the preview holds that it should not: pending jobs, production's names and keys in any text, hooks that would
call out, ciphertexts nobody can read; and whether the planner knows its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from masker.companion.doctor.verdict import Verdict, ok, red, told
from masker.names import ColumnName, TableName
from masker.postgres.connect import connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.marker import find_marker
from masker.queries import queries
from masker.settings import Settings
from masker.sides import Side

_SQL = queries(__name__)

#: Tables of jobs, and what is pending in them where not every row is.
_PENDING = {
    "delayed_jobs": None,
    "good_jobs": "finished_at",
    "que_jobs": "finished_at",
    "solid_queue_ready_executions": None,
    "solid_queue_scheduled_executions": None,
    "solid_queue_claimed_executions": None,
    "solid_queue_blocked_executions": None,
    "solid_queue_recurring_tasks": None,
}

#: How keys of services begin that work for whoever holds them.
_LIVE_KEYS = (
    r"\m(sk|rk)_live_[0-9A-Za-z]{16,}|\mAKIA[0-9A-Z]{16}\M|\mxox[abps]-[0-9A-Za-z-]{10,}|\mgh[pousr]_[0-9A-Za-z]{36}"
    r"|\mAIza[0-9A-Za-z_-]{35}|\mSG\.[0-9A-Za-z_-]{16,}\.|-----BEGIN [A-Z ]*PRIVATE KEY"
)

#: What Active Record Encryption writes.
_ENVELOPE = r'^\{"p":".*"iv":".*"at":"'

_CALLS_OUT = r"(^|_)(webhook|callback|hook|endpoint)(_|s_|$)|_webhook$"

#: Hosts that nobody has.
_HARMLESS = r"^https?://([\w.-]+\.)?(example(\.(com|net|org|jp))?|invalid|test|localhost)(:\d+)?(/|$)"

_SHOWN = 6


@dataclass(frozen=True, slots=True)
class _Sought:
    """A condition on a text, in which ``{text}`` is the column; *what* its rows hold. *of_masked*: masked columns are
    looked at, too; only columns whose *names* match are."""

    what: str
    condition: LiteralString
    value: str
    remedy: str
    of_masked: bool = True
    names: str | None = None


def contents(settings: Settings, *, names: Sequence[str], seconds: float) -> Iterator[Verdict]:
    """All of the preview's texts, jobs, indexes and statistics. *names* are production's hosts and buckets; each table
    has *seconds*."""
    with (
        connect(parse_url(settings.target, Side.TARGET)) as conn,
        server_errors(Side.TARGET, "its rows were looked at"),
    ):
        yield from _jobs(conn)
        yield from _texts(conn, names, seconds)
        yield from _planner(conn)


def _jobs(conn: psycopg.Connection) -> Iterator[Verdict]:
    found: list[str] = []
    for schema, name, columns in conn.execute(_SQL["jobs"], [list(_PENDING)]).fetchall():
        until = _PENDING[name]
        of_until = until is not None and until in columns
        pending = sql.SQL(" WHERE {} IS NULL").format(sql.Identifier(until or "")) if of_until else sql.SQL("")
        query = sql.SQL("SELECT count(*) FROM {}{}").format(sql.Identifier(schema, name), pending)
        row = conn.execute(query).fetchone()
        if row and row[0]:
            found.append(f"{TableName(schema, name)} {row[0]:,}")
    if found:
        yield red(
            "jobs",
            f"a worker of the preview would do what production has yet to do: {', '.join(found)}",
            "rules: {rows: none} of these tables",
        )
    else:
        yield ok("jobs", "no job is pending")


def _texts(conn: psycopg.Connection, names: Sequence[str], seconds: float) -> Iterator[Verdict]:
    marker = find_marker(conn)
    listed: Any = marker.record.get("masked") if marker is not None else None
    masked = {(schema, table, column) for schema, table, columns in listed or () for column in columns}
    sought = list(_sought(names))
    counts: dict[str, list[str]] = {each.what: [] for each in sought}
    late: list[str] = []
    for schema, name, columns in conn.execute(_SQL["columns"]).fetchall():
        table = TableName(schema, name)
        asked = [
            (each, column)
            for each in sought
            for column in columns
            if (each.of_masked or (schema, name, column) not in masked)
            and (each.names is None or re.search(each.names, column))
        ]
        if not asked:
            continue
        try:
            with conn.transaction():
                conn.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(int(seconds * 1000))))
                row = conn.execute(_count(table, asked)).fetchone() or ()
        except psycopg.errors.QueryCanceled:
            late.append(str(table))
            continue
        for (each, column), count in zip(asked, row, strict=True):
            if count:
                counts[each.what].append(f"{ColumnName(table, column)} {count:,}")
    for each in sought:
        found = counts[each.what]
        if found:
            more = f" and {len(found) - _SHOWN} columns more" if len(found) > _SHOWN else ""
            yield red("texts", f"{each.what}: {', '.join(found[:_SHOWN])}{more}", each.remedy)
    if late:
        yield red(
            "texts",
            f"not looked through within {seconds:.0f} s each: {', '.join(late[:_SHOWN])}",
            "doctor.seconds in masker.yml gives them more",
        )
    if any(counts.values()) or late:
        return
    if names:
        yield ok(
            "texts", "no text of the preview holds a live key, a name of production's or a link that would be called"
        )
    else:
        yield told(
            "texts",
            "no text of the preview holds a live key or a link that would be called; production's hosts are not known",
            "doctor.hosts in masker.yml names them",
        )


def _sought(names: Sequence[str]) -> Iterator[_Sought]:
    # A mask may make what looks like a key and is none.
    yield _Sought("keys that work", "{text} ~ {value}", _LIVE_KEYS, "mask: api_key", of_masked=False)
    yield _Sought(
        "production's ciphertexts, which the preview cannot read",
        "{text} ~ {value}",
        _ENVELOPE,
        "a mask for these attributes, or null",
        of_masked=False,
    )
    yield _Sought(
        "links that would be called",
        "{text} ~ '^https?://' AND {text} !~ {value}",
        _HARMLESS,
        "mask: url",
        names=_CALLS_OUT,
    )
    for name in names:
        yield _Sought(
            f"production's name {name}", "strpos({text}, {value}) > 0", name, "mask: url, or a rule that rewrites it"
        )


def _count(table: TableName, asked: Sequence[tuple[_Sought, str]]) -> sql.Composed:
    counts = []
    for each, column in asked:
        text = sql.SQL("{}::text").format(sql.Identifier(column))
        condition = sql.SQL(each.condition).format(text=text, value=sql.Literal(each.value))
        counts.append(sql.SQL("count(*) FILTER (WHERE {})").format(condition))
    return sql.SQL("SELECT {} FROM ONLY {}").format(
        sql.SQL(", ").join(counts), sql.Identifier(table.schema, table.name)
    )


def _planner(conn: psycopg.Connection) -> Iterator[Verdict]:
    invalid = [name for (name,) in conn.execute(_SQL["invalid"]).fetchall()]
    unknown = [name for (name,) in conn.execute(_SQL["unknown"]).fetchall()]
    if invalid:
        yield red("planner", f"indexes that are not valid: {', '.join(invalid[:_SHOWN])}", "REINDEX INDEX …")
    if unknown:
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        yield red("planner", f"tables the planner knows nothing of: {', '.join(unknown[:_SHOWN])}{more}", "ANALYZE")
    if not invalid and not unknown:
        yield ok("planner", "all indexes are valid, and the planner knows all tables")
