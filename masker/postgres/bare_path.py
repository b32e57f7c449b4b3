"""Definitions that need a search_path: generated columns, checks, indexes and views whose functions look for other
objects by it.

A dump is loaded with an empty one, and since PostgreSQL 17 the server itself makes indexes and fills views with a bare
one. So each definition that calls functions of the schema is computed on a few rows with an empty path; where that
misses a name that the role's own path finds, nothing can be made of it elsewhere, nor may the table be read so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import psycopg
from psycopg import sql

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.catalog.types import Catalog, Table
from masker.errors import Problem
from masker.names import TableName, quote
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.quietly import answer
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

#: Rows on which a table's definitions are computed, and the milliseconds that may take.
_ROWS = 100
_TIMEOUT_MS = 5_000

#: A name is not there: relation, column, type, function or operator, schema.
_MISSING = frozenset({"42P01", "42703", "42704", "42883", "3F000"})

#: ``{statistics}`` is where their expressions are, from PostgreSQL 14 on.
_DEFINED = _SQL["defined"]

_STATISTICS = _SQL["statistics"]

_OWN_PATH = "SELECT reset_val FROM pg_settings WHERE name = 'search_path'"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Function:
    """A function that a definition calls, the *extension* it belongs to, and whether it sets a path of its own."""

    signature: str
    extension: str
    has_path: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Defined:
    """A definition of a relation that calls functions of the schema. *rows* is the relation whose rows it is computed
    on."""

    kind: str
    relation: TableName
    rows: TableName | None
    name: str
    expression: str
    functions: tuple[_Function, ...]

    @property
    def title(self) -> str:
        return {
            "check": f"check constraint {quote(self.name)}",
            "view": "the query of the materialized view",
            "partition key": "partition key",
        }.get(self.kind, f"{self.kind} {quote(self.name)}")


def without_path(conn: psycopg.Connection, catalog: Catalog, side: Side) -> Mapping[TableName, Sequence[Problem]]:
    """A problem for each definition that an empty search_path keeps from being computed, by the relation. Raises the
    side's error."""
    with server_errors(side, "definitions were computed without a search_path"):
        found = _defined(conn)
        if not found:
            return {}
        row = conn.execute(_OWN_PATH).fetchone()
        trial = _Trial(conn, side, str(row[0]) if row else "")
        return {
            relation: problems
            for relation, those in groupby(found, key=lambda d: d.relation)
            if (problems := list(_of_relation(trial, catalog.tables.get(relation), list(those))))
        }


def _defined(conn: psycopg.Connection) -> list[_Defined]:
    query = _DEFINED.replace("{statistics}", _STATISTICS if conn.info.server_version >= 140000 else "")
    return [
        _Defined(
            kind=kind,
            relation=TableName(schema, relation),
            rows=TableName(schema, relation) if relkind != "p" else TableName(leaf_schema, leaf) if leaf else None,
            name=name,
            expression=expression,
            functions=tuple(
                _Function(signature=f, extension=x, has_path=path == "true") for f, x, path in functions or ()
            ),
        )
        for kind, schema, relation, relkind, name, expression, leaf_schema, leaf, functions in conn.execute(
            query.encode(), {"hidden": list(HIDDEN_SCHEMAS)}
        ).fetchall()
    ]


@dataclass(frozen=True, slots=True)
class _Trial:
    """Where queries are tried. On a target that holds originals they must not fail in its log's hearing."""

    conn: psycopg.Connection
    side: Side
    own_path: str

    def misses(self, query: sql.Composed, *, own_path: bool = False) -> str | None:
        """The SQLSTATE by which *query* says that a name is not there, None if it says anything else."""
        with self.conn.transaction(force_rollback=True):
            self.conn.execute(
                "SELECT set_config('statement_timeout', %s, true), set_config('search_path', %s, true)",
                [str(_TIMEOUT_MS), self.own_path if own_path else ""],
            )
            try:
                if self.side is Side.TARGET:
                    answer(self.conn, query.as_string(self.conn), 1)
                else:
                    self.conn.execute(query)
            except psycopg.Error as error:
                fault = ServerFault.from_error(error)
            except ServerFault as caught:
                fault = caught
            else:
                return None
            if fault.is_connection:
                raise fault
            return fault.sqlstate if fault.sqlstate in _MISSING else None


def _of_relation(trial: _Trial, table: Table | None, found: Sequence[_Defined]) -> Iterator[Problem]:
    views = [d for d in found if d.kind == "view"]
    for view in views:
        if state := _missing(
            trial,
            sql.SQL("SELECT count(s) FROM (SELECT * FROM ({}) AS v LIMIT 0) AS s").format(sql.SQL(view.expression)),
        ):
            yield _problem(view, trial.own_path, *state)
    others = [d for d in found if d.kind != "view" and d.rows is not None]
    if not others or trial.misses(_computed(others, _rows(others[0]))) is None:
        return
    is_readable = trial.misses(_computed((), _rows(others[0]))) is None
    for one in others:
        rows = _rows(one) if is_readable else _no_values(one, table)
        if rows is not None and (state := _missing(trial, _computed([one], rows), needs_own=not is_readable)):
            yield _problem(one, trial.own_path, *state)


def _missing(trial: _Trial, query: sql.Composed, *, needs_own: bool = False) -> tuple[str, bool] | None:
    """The SQLSTATE and whether the role's own path helps; None if nothing is missed, or where *needs_own* without
    help."""
    state = trial.misses(query)
    if state is None:
        return None
    helps = trial.misses(query, own_path=True) is None
    return None if needs_own and not helps else (state, helps)


def _rows(one: _Defined) -> sql.Composable:
    rows = one.rows or one.relation
    return sql.SQL("ONLY {} AS {}").format(sql.Identifier(rows.schema, rows.name), sql.Identifier(one.relation.name))


def _no_values(one: _Defined, table: Table | None) -> sql.Composable | None:
    """One row of NULLs: what an index does not let be read with an empty path cannot be asked for others."""
    if table is None:
        return None
    items = [sql.SQL("NULL::{} AS {}").format(sql.SQL(c.type.sql), sql.Identifier(c.name)) for c in table.columns]
    return sql.SQL("(SELECT {} OFFSET 0) AS {}").format(sql.SQL(", ").join(items), sql.Identifier(one.relation.name))


def _computed(found: Sequence[_Defined], rows: sql.Composable) -> sql.Composed:
    items = [sql.SQL("ROW({})").format(sql.SQL(one.expression)) for one in found]
    return sql.SQL("SELECT count(x) FROM (SELECT ROW({}) AS x FROM {} LIMIT {}) AS s").format(
        sql.SQL(", ").join(items), rows, sql.Literal(_ROWS)
    )


def _problem(one: _Defined, own_path: str, state: str, helps: bool) -> Problem:
    pathless = [f for f in one.functions if not f.has_path]
    names = ", ".join(f.signature for f in pathless or one.functions)
    if not helps:
        found = (
            f"{one.title} calls {names}, which misses a name, also with the role's own search_path ({own_path})"
            f" (SQLSTATE {state})"
        )
        return Problem(str(one.relation), found, "mend it on the source: it cannot be made anywhere")
    found = (
        f"{one.title} calls {names}, which finds other objects by the search_path; where rows are loaded and indexes"
        f" made that is empty (SQLSTATE {state})"
    )
    return Problem(str(one.relation), found, "\n".join(_remedies(pathless or one.functions, own_path)))


def _remedies(functions: Sequence[_Function], own_path: str) -> Iterator[str]:
    path = (
        ", ".join(part for part in (p.strip() for p in own_path.split(",")) if part and part != '"$user"') or "public"
    )
    for function in functions:
        if function.extension:
            yield (
                f"on the source: {function.signature} belongs to the extension {function.extension}, which a dump makes"
                f" anew as it comes: call it from a function of your own that has SET search_path = {path}"
            )
        else:
            yield f"on the source: ALTER FUNCTION {function.signature} SET search_path = {path}"
