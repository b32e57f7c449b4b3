"""Columns that hold keys of several classes, and texts that hold keys, looked at beforehand: what follows nothing is
counted, and never shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg
from psycopg import sql

from masker.at_once import taken_back
from masker.catalog.types import TypeClass
from masker.errors import Problem
from masker.masks.permute import GLOBAL_ID, NUMBER, Permute
from masker.names import TableName
from masker.postgres.errors import server_errors
from masker.ruleset.types import ColumnDecision, TableDecision
from masker.sides import Side

_COUNTS = "SELECT count(*), count(DISTINCT {what}) FROM {rows} WHERE {key} IS NOT NULL AND {unknown}"


def probe_classes(
    conn: psycopg.Connection, decisions: Mapping[TableName, TableDecision], side: Side
) -> Iterator[Problem]:
    """A problem for each column of *decisions* that holds what cannot follow: classes that nobody knows, texts that are
    no keys."""
    for name, decision in decisions.items():
        for found in decision.columns.values() if decision.table.has_storage and decision.rows != "none" else ():
            rule = getattr(found.rule, "of", found.rule)
            if isinstance(rule, Permute) and (rule.classes is not None or rule.other == "error"):
                yield from _of_column(conn, name, found, rule, side)


def _of_column(
    conn: psycopg.Connection, name: TableName, found: ColumnDecision, rule: Permute, side: Side
) -> Iterator[Problem]:
    kind = found.column.type
    rows, column = sql.Identifier(name.schema, name.name), sql.Identifier(found.column.name)
    key: sql.Composable = column
    if kind.element is not None:
        rows = sql.SQL("ONLY {}, unnest({}) AS e(k)").format(rows, column)  # type: ignore[assignment]
        key = sql.SQL("e.k")
        kind = kind.element
    else:
        rows = sql.SQL("ONLY {}").format(rows)  # type: ignore[assignment]
    subject = f"{name}.{found.column.name}"
    of = sql.SQL("{}::text").format(key)
    is_global = rule.classes is not None and rule.type is None
    if rule.classes is not None:
        what: sql.Composable = (
            sql.SQL("(regexp_match({}, {}))[2]").format(of, sql.Literal(GLOBAL_ID))
            if rule.type is None
            else sql.SQL("{}::text").format(sql.Identifier(rule.type))
        )
        unknown = sql.SQL("{what} <> ALL ({names})" if is_global else "({what} IS NULL OR {what} <> ALL ({names}))")
        count, classes = _ask(
            conn, rows, key, what, unknown.format(what=what, names=sql.Literal(sorted(rule.classes))), side
        )
        if count:
            shown = rule.type or f"split_part({found.column.name}, '/', 4)"
            no_class = " or none" if not is_global else ""
            yield Problem(
                subject,
                f"{count:,} rows refer to {classes:,} classes{no_class} that nobody knows",
                f"add them to `facts:`, or to `classes:` of the reference; {shown} shows them",
                found.position,
            )
    if rule.other == "error" and kind.kind is TypeClass.TEXT:
        form = GLOBAL_ID if is_global else NUMBER
        no_key = sql.SQL("{} <> '' AND {} !~ {}").format(of, of, sql.Literal(form))
        count, _ = _ask(conn, rows, key, key, no_key, side)
        if count:
            yield Problem(
                subject,
                f"{count:,} of its texts hold no key, and nothing says what becomes of them",
                'write `other: "null"` in the reference, or `other: keep` if nothing personal is among them',
                found.position,
            )


def _ask(
    conn: psycopg.Connection,
    rows: sql.Composable,
    key: sql.Composable,
    what: sql.Composable,
    unknown: sql.Composable,
    side: Side,
) -> tuple[int, int]:
    query = sql.SQL(_COUNTS).format(what=what, rows=rows, key=key, unknown=unknown)
    # Taken back, so that a snapshot's session does not go on holding locks on the tables.
    with server_errors(side, "it was asked what its columns refer to"):
        (((rows_found, classes),),) = taken_back(conn, [query])
    return int(rows_found), int(classes)
