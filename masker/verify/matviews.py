"""Materialized views: filled, and with what their own query says, where a query says one thing only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.findings import Finding, Outcome
from masker.names import TableName, quote
from masker.postgres.errors import ServerFault
from masker.postgres.own_settings import own_settings
from masker.queries import queries
from masker.tables.digest import row_digest

_SQL = queries(__name__)

#: Aggregates whose result does not depend on the order of rows, if what they add up are no floating-point numbers.
_ORDERLESS = [
    "count",
    "sum",
    "avg",
    "min",
    "max",
    "bool_and",
    "bool_or",
    "every",
    "bit_and",
    "bit_or",
    "bit_xor",
    "var_pop",
    "var_samp",
    "variance",
    "stddev",
    "stddev_pop",
    "stddev_samp",
]

#: Functions of the server that go by settings alone: as a view is compared under those it was filled under, they say
#: the same twice.
_BY_SETTINGS = [
    "array_to_json", "array_to_string", "array_to_tsvector", "concat", "concat_ws", "date", "date_part", "date_trunc",
    "extract", "format", "generate_series", "json_build_array", "json_build_object", "jsonb_build_array",
    "jsonb_build_object", "phraseto_tsquery", "plainto_tsquery", "quote_literal", "quote_nullable", "row_to_json",
    "time", "timestamp", "timestamptz", "timetz", "timezone", "to_char", "to_date", "to_json", "to_jsonb", "to_number",
    "to_timestamp", "to_tsquery", "to_tsvector", "websearch_to_tsquery",
]  # fmt: skip
_COMPARED_BY_SETTINGS = (
    r"^(date|timestamp|timestamptz)_(cmp|eq|ge|gt|le|lt|ne)_(date|timestamp|timestamptz)$"
    r"|^timestamptz_(mi|pl)_interval$|^interval_pl_timestamptz$"
)

#: The materialized views, their queries, and why a query may say something else the next time, read from its tree and
#: those of the views it reads: functions that are not immutable and go by more than settings, whatever depends on the
#: order of rows.
_VIEWS = _SQL["views"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredView:
    """A materialized view. *columns* are names with names of base types; *unjudged* says why its query need not give
    the same twice."""

    name: TableName
    is_filled: bool
    query: str
    columns: tuple[tuple[str, str], ...]
    unjudged: str | None

    def digest_sql(self, rows: str) -> str:
        """SQL of how many *rows* (a FROM item of these columns, named c0, c1, …) there are and the sum of their
        digests."""
        values = [_value(f"c{at}", kind, at) for at, (_, kind) in enumerate(self.columns)]
        inner = ", ".join(f"{value} AS d{at}" for at, value in enumerate(values))
        total = row_digest([f"d{at}" for at in range(len(values))], "0")
        return f"SELECT concat(count(*), ' ', sum({total}::numeric)) FROM (SELECT {inner} FROM {rows}) AS each_"  # noqa: S608

    @property
    def _names(self) -> str:
        return ", ".join(f"c{at}" for at in range(len(self.columns)))

    @property
    def stored_sql(self) -> str:
        columns = ", ".join(f"{quote(name)} AS c{at}" for at, (name, _) in enumerate(self.columns))
        return self.digest_sql(f"(SELECT {columns} FROM {self.name.sql}) AS stored")  # noqa: S608

    @property
    def queried_sql(self) -> str:
        return self.digest_sql(f"({self.query.rstrip().rstrip(';')}) AS queried({self._names})")

    @property
    def differing_sql(self) -> str:
        """SQL of whether any row is in one of the two and not as often in the other, for values that are equal and look
        different."""
        stored, queried = (
            f"SELECT * FROM {self.name.sql}",  # noqa: S608
            f"SELECT * FROM ({self.query.rstrip().rstrip(';')}) AS queried",  # noqa: S608
        )
        return f"SELECT EXISTS (({stored} EXCEPT ALL {queried}) UNION ALL ({queried} EXCEPT ALL {stored}))"


def read_views(conn: psycopg.Connection) -> list[StoredView]:
    """The materialized views of *conn*'s database, extensions' left out."""
    found = conn.execute(
        _VIEWS.encode(),
        {
            "hidden": list(HIDDEN_SCHEMAS),
            "orderless": _ORDERLESS,
            "by_settings": _BY_SETTINGS,
            "compared_by_settings": _COMPARED_BY_SETTINGS,
        },
    ).fetchall()
    return [
        StoredView(
            name=TableName(schema, name),
            is_filled=filled,
            query=query,
            columns=tuple((c, t) for c, t in columns),
            unjudged=why,
        )
        for schema, name, filled, query, columns, why in found
    ]


def view_contents(conn: psycopg.Connection) -> dict[str, str]:
    """What each filled materialized view holds: how many rows and the sum of their digests. Costs reading them."""
    return {str(view.name): _one(conn, view.stored_sql) for view in read_views(conn) if view.is_filled and view.columns}


def check_views(conn: psycopg.Connection, among: frozenset[TableName] | None = None) -> Iterator[Finding]:
    """Whether each materialized view (*among* some, or of all) holds what its query says now. Of one whose query need
    not say the same twice, that this was not compared. Costs running their queries."""
    for view in read_views(conn):
        name = str(view.name)
        if not view.is_filled or (among is not None and view.name not in among):
            continue  # as on the source, or a finding of the schema's
        if view.unjudged or not view.columns:
            yield Finding(
                check="views",
                subject=f"{name} is filled",
                outcome=Outcome.LEFT_OUT,
                detail=f"not compared with its query: {view.unjudged or 'it has no columns'}",
            )
            continue
        try:
            # What goes by settings goes by those that the view was filled under.
            with own_settings(conn):
                stale = _is_stale(conn, view)
        except psycopg.Error as error:
            yield Finding(
                check="views",
                subject=name,
                outcome=Outcome.NOT_RUN,
                detail=f"the server could not answer: {ServerFault.from_error(error).text}",
            )
            continue
        yield Finding(
            check="views",
            subject=name,
            outcome=Outcome.FAILED if stale else Outcome.PASSED,
            detail="it does not hold what its query says" if stale else "",
        )


def _is_stale(conn: psycopg.Connection, view: StoredView) -> bool:
    return _one(conn, view.stored_sql) != _one(conn, view.queried_sql) and _differs(conn, view)


def _differs(conn: psycopg.Connection, view: StoredView) -> bool:
    """Look again by the types' own equality, where they have one: a group is named by any of its equal values."""
    try:
        with conn.transaction():
            row = conn.execute(view.differing_sql.encode()).fetchone()
    except psycopg.errors.UndefinedFunction:
        return True
    return bool(row and row[0])


def _value(column: str, kind: str, at: int) -> str:
    """SQL of the digest of a value, NULL for NULL: of its text as its type prints it, whatever casts there are."""
    if kind == "bytea":
        text = f"encode(sha256({column}), 'hex')"
    elif kind == "money":
        text = f"encode(cash_send({column}), 'hex')"
    else:
        text = f"CASE WHEN {column} IS DISTINCT FROM NULL THEN concat('', {column}) END"
    return f'hashtextextended({text} COLLATE pg_catalog."C", {at})'


def _one(conn: psycopg.Connection, query: str) -> str:
    row = conn.execute(query.encode()).fetchone()
    return str(row[0]) if row else ""
