"""The planner's statistics: there wherever there are rows, and of the values that stand there now."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.findings import Finding, Outcome
from masker.names import TableName
from masker.postgres.errors import ServerFault
from masker.postgres.own_settings import own_settings
from masker.queries import queries
from masker.verify.objects import fill

_SQL = queries(__name__)

#: Tables whose rows are looked for by one statement.
_AT_ONCE = 200

#: A table of so few pages is read whole anyway.
_FEW_PAGES = 8

#: So many rows are looked at first: they have most of what is common.
_FEW = 4_000

#: What of a table, or of an expression's index, the planner should know and does not. What ANALYZE leaves out is not
#: expected: columns with a target of 0, virtual ones, tables some part of which is foreign, and what types of
#: extensions collect by functions of their own, which for nothing but NULL may be nothing.
_SUSPECTS = _SQL["suspects"]


def check_present(conn: psycopg.Connection, rows: Mapping[TableName, int]) -> Iterator[Finding]:
    """Whether the planner knows every table that has rows, each of its columns, indexed expressions and statistics
    objects, and about how many rows it has, where *rows* says that. Raises psycopg.Error."""
    found = conn.execute(
        fill(_SUSPECTS, conn.info.server_version).encode(), {"hidden": list(HIDDEN_SCHEMAS)}
    ).fetchall()
    suspects: dict[TableName, tuple[str, str]] = {}
    by_number: list[str] = []
    for schema, table, kind, may_read, hides_rows, estimate, pages, missing in found:
        name = TableName(schema, table)
        counted = rows.get(name)
        if kind != "p" and (estimate <= 0 or pages == 0):
            suspects[name] = kind, "the planner takes it for empty: it was not analyzed"
        elif counted is not None and not counted / 2 - 1000 <= estimate <= counted * 2 + 1000:
            suspects[name] = kind, f"the planner takes it for {int(estimate):,} rows, it had {counted:,}"
        elif not may_read:
            suspects[name] = kind, ""  # whose rows the server will not tell of either
        elif hides_rows:
            by_number.append(str(name))
        elif missing:
            suspects[name] = (
                kind,
                f"the planner knows nothing of {', '.join(missing[:10])}{' …' if len(missing) > 10 else ''}",
            )
    filled = _with_rows(conn, suspects, rows) if suspects else {}
    for name, (_, problem) in suspects.items():
        state = filled[name]
        if state:
            is_unknown = isinstance(state, str)
            yield Finding(
                check="statistics",
                subject=str(name),
                outcome=Outcome.NOT_RUN if is_unknown else Outcome.FAILED,
                detail=state if isinstance(state, str) else problem,
            )
    if by_number:
        detail = "row security hides from the role what else the planner keeps of them"
        yield Finding(
            check="statistics",
            subject=f"the number of rows of {', '.join(by_number[:10])}{' …' if len(by_number) > 10 else ''}",
            outcome=Outcome.LEFT_OUT,
            detail=detail,
        )
    good = len(found) - len(by_number) - sum(bool(state) for state in filled.values())
    if good:
        yield Finding(check="statistics", subject=f"{good:,} tables known to the planner", outcome=Outcome.PASSED)


def check_vacuumed(conn: psycopg.Connection, tables: Collection[TableName]) -> Iterator[Finding]:
    """Whether the pages that a run has just loaded into *tables* are marked as seen by everybody, without which no
    index answers by itself: while they were loaded, or by VACUUM, which marks those that no older transaction hinders
    it to. Raises psycopg.Error."""
    names = [sql.Identifier(name.schema, name.name).as_string(conn) for name in tables]
    found: list[tuple[str, str, int, int]] = []
    for attempt in range(_LOOKS):
        found = conn.execute(_UNSEEN.encode(), {"names": names, "few": _FEW_PAGES}).fetchall()
        if not found or attempt == _LOOKS - 1:
            break
        # Before PostgreSQL 15 what was vacuumed is known a moment later.
        time.sleep(_LOOK_PAUSE_S)
        conn.execute("SELECT pg_stat_clear_snapshot()")
    for schema, table, seen, pages in found:
        detail = f"{seen:,} of {pages:,} pages are marked as seen by everybody: it was neither loaded so nor vacuumed"
        yield Finding(
            check="statistics", subject=f"pages of {TableName(schema, table)}", outcome=Outcome.FAILED, detail=detail
        )
    if names and not found:
        yield Finding(
            check="statistics", subject=f"pages of {len(names):,} tables marked as seen", outcome=Outcome.PASSED
        )


_LOOKS, _LOOK_PAUSE_S = 4, 0.5

#: A VACUUM that was counted has done what it could; where none are counted, that is supposed.
_UNSEEN = _SQL["unseen"]


def _with_rows(
    conn: psycopg.Connection, suspects: Mapping[TableName, tuple[str, str]], rows: Mapping[TableName, int]
) -> dict[TableName, bool | str]:
    """Whether each has rows, or why the server does not say so."""
    found: dict[TableName, bool | str] = {name: rows[name] > 0 for name in suspects if name in rows}
    names = [name for name in suspects if name not in found]
    for at in range(0, len(names), _AT_ONCE):
        batch = names[at : at + _AT_ONCE]
        try:
            row = conn.execute(
                sql.SQL("SELECT {}").format(sql.SQL(", ").join(_exists(n, suspects[n][0]) for n in batch))
            ).fetchone()
            found.update(zip(batch, row or (), strict=True))
        except psycopg.Error:
            for name in batch:  # one by one, to tell who it was
                try:
                    row = conn.execute(sql.SQL("SELECT {}").format(_exists(name, suspects[name][0]))).fetchone()
                    found[name] = bool(row and row[0])
                except psycopg.Error as error:
                    found[name] = f"the server could not answer: {ServerFault.from_error(error).text}"
    return found


def _exists(name: TableName, kind: str) -> sql.Composed:
    return sql.SQL("EXISTS (SELECT FROM {}{})").format(
        sql.SQL("ONLY " if kind == "r" else ""), sql.Identifier(name.schema, name.name)
    )


#: Where the planner keeps values of some columns (names by table, given as arrays), those of the families they belong
#: to included: of a relation's own columns, of indexed expressions, of several columns together. What is kept stays on
#: the server.
_PLACES = _SQL["places"]

#: Since PostgreSQL 14 statistics are of expressions, too.
_EXPRESSIONS = _SQL["expressions"]


_TEXT = "pg_catalog.text"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Somewhere the planner keeps values of a relation: of *name* (a column) in what *kind* of object, and what they
    are values of, of a type whose arrays have *delimiter* between their elements; an expression may take the whole row,
    which bears the relation's name. *compared* is the type, text for all that are texts, if its values can be looked
    for as they are: equal texts of them are equal values."""

    schema: str
    relation: str
    kind: str
    holder: str
    name: str
    inherited: bool
    expression: str
    takes_row: bool = False
    delimiter: str = ","
    elements: bool = False
    compared: str | None = None

    @property
    def subject(self) -> str:
        kind = "statistics" if self.kind == "expression" else self.kind
        return self.name if kind == "column" else f"{kind} {self.holder}"

    def kept(self) -> sql.Composed:
        """SQL of the values, as a set of texts."""
        if self.kind == "statistics":
            values = sql.SQL(
                "SELECT k.most_common_vals[i][array_position(k.attnames::text[], {})] AS v FROM pg_stats_ext AS k,"
                " generate_subscripts(k.most_common_vals, 1) AS i WHERE k.schemaname = {} AND k.tablename = {} AND"
                " k.statistics_name = {}"
            )
            return values.format(*map(sql.Literal, (self.name, self.schema, self.relation, self.holder)))
        # Arrays of texts have commas; values of types that have something else between them hold no such character.
        texts = "{0}::text::text[]" if self.delimiter == "," else "string_to_array(array_to_string({0}, {1}), {1})"
        names = ("k.most_common_elems",) if self.elements else ("k.most_common_vals", "k.histogram_bounds")
        lists = " || ".join(texts.format(name, r"E'\x1e'") for name in names)
        if self.kind == "expression":
            values = sql.SQL(
                "SELECT unnest({}) AS v FROM pg_stats_ext_exprs AS k WHERE k.schemaname = {} AND k.tablename = {} AND"
                " k.statistics_name = {} AND k.expr = {}"
            )
            return values.format(
                sql.SQL(lists), *map(sql.Literal, (self.schema, self.relation, self.holder, self.name))
            )
        values = sql.SQL(
            "SELECT unnest({}) AS v FROM pg_stats AS k WHERE k.schemaname = {} AND k.tablename = {} AND k.attname = {}"
            " AND k.inherited = {}"
        )
        return values.format(
            sql.SQL(lists), *(sql.Literal(x) for x in (self.schema, self.holder, self.name, self.inherited))
        )

    def present(self) -> sql.Composed:
        """SQL of the texts of what a row holds."""
        return sql.SQL("{} AS x{}").format(self._text, self._elements)

    def has_one_of(self, values: sql.Composable) -> sql.Composed:
        """SQL of whether a row may hold one of *values*, a query of texts called ``v``: whether it does, its own text
        tells."""
        if self.compared is not None and not self.elements:
            # Writing a value as a text costs more than to look for it.
            collation = ' COLLATE pg_catalog."C"' if self.compared == _TEXT else ""
            return sql.SQL("({0})::{1}{2} IN (SELECT v::{1}{2} FROM ({3}) AS wanted)").format(
                sql.SQL(self.expression), sql.SQL(self.compared), sql.SQL(collation), values
            )
        holds = sql.SQL("{} IN ({})").format(self._text, values)
        return sql.SQL("EXISTS (SELECT{} WHERE {})").format(self._elements, holds) if self.elements else holds

    @property
    def _text(self) -> sql.Composed:
        if self.compared == _TEXT and not self.elements:
            return sql.SQL('(({})::pg_catalog.text COLLATE pg_catalog."C")').format(sql.SQL(self.expression))
        value = sql.SQL("e") if self.elements else sql.SQL(self.expression)
        return sql.SQL("(concat('', {}) COLLATE pg_catalog.\"C\")").format(value)

    @property
    def _elements(self) -> sql.Composed:
        return sql.SQL(" FROM unnest({}) AS e").format(sql.SQL(self.expression)) if self.elements else sql.Composed([])


def check_current(
    conn: psycopg.Connection, masked: Mapping[TableName, Sequence[str]], *, views: bool
) -> Iterator[Finding]:
    """Whether each value that the planner keeps of *masked* columns, by table, and of generated columns beside them
    stands in that column now: else it is of rows that stood there before, originals perhaps. *views*: and of
    materialized views. Reads every table that has some. Raises psycopg.Error if the places cannot be read."""
    good = 0
    for (table_name, only), places in _by_relation(conn, masked, views=views).items():
        try:
            query = _strangers(table_name, places, only=only)
            strangers = conn.execute(query).fetchall()
            if strangers:
                # An expression may go by settings: the planner's values are those of the session that looked, the
                # application's as a rule.
                with own_settings(conn):
                    again: dict[int, int] = dict(conn.execute(query).fetchall())
                strangers = [(at, count) for at, count in strangers if at in again]
        except psycopg.Error as error:
            detail = f"the server could not answer: {ServerFault.from_error(error).text}"
            yield Finding(check="statistics", subject=f"values of {table_name}", outcome=Outcome.NOT_RUN, detail=detail)
            continue
        for at, count in strangers:
            detail = (
                f"{count:,} values that the planner keeps of it stand in no row: they are from before it was masked, or"
                " from rows that are gone; ANALYZE"
            )
            yield Finding(
                check="statistics",
                subject=f"values of {table_name}: {places[at].subject}",
                outcome=Outcome.FAILED,
                detail=detail,
            )
        good += len(places) - len(strangers)
    if good:
        yield Finding(
            check="statistics", subject=f"{good:,} lists of values that stand in the rows", outcome=Outcome.PASSED
        )


def _by_relation(
    conn: psycopg.Connection, masked: Mapping[TableName, Sequence[str]], *, views: bool
) -> dict[tuple[TableName, bool], list[_Place]]:
    """The places by relation, and by whether they are of its own rows alone. Raises psycopg.Error."""
    given = [(name.schema, name.name, column) for name, columns in masked.items() for column in columns]
    if not given and not views:
        return {}
    rows = conn.execute(
        fill(
            _PLACES.replace("{expressions}", _EXPRESSIONS if conn.info.server_version >= 140000 else ""),
            conn.info.server_version,
        ).encode(),
        {
            "schemas": [schema for schema, _, _ in given],
            "tables": [table for _, table, _ in given],
            "columns": [column for _, _, column in given],
            "views": views,
            "hidden": list(HIDDEN_SCHEMAS),
        },
    ).fetchall()
    by_relation: dict[tuple[TableName, bool], list[_Place]] = {}
    for schema, table, kind, holder_kind, holder, name, inherited, expression, has_elements, takes_row, *more in rows:
        place = _Place(
            schema=schema,
            relation=table,
            kind=holder_kind,
            holder=holder,
            name=name,
            inherited=inherited,
            expression=expression,
            takes_row=takes_row,
            delimiter=more[0],
            compared=more[1],
        )
        found = by_relation.setdefault((TableName(schema, table), kind in {"r", "m"} and not inherited), [])
        found.append(place)
        found += [replace(place, elements=True)] if has_elements else []
    return by_relation


def _strangers(table: TableName, places: Sequence[_Place], *, only: bool) -> sql.Composed:
    """SQL of the numbers of those *places* that keep values no row has, and how many such."""
    name = sql.SQL("ONLY {}" if only else "{}").format(sql.Identifier(table.schema, table.name))
    numbered = [(sql.Literal(at), place) for at, place in enumerate(places)]
    kept = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}::int AS at, v FROM ({}) AS k{}").format(at, p.kept(), at) for at, p in numbered
    )
    present = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}::int AS at, {}").format(at, p.present()) for at, p in numbered
    )
    has_any = sql.SQL(" OR ").join(
        p.has_one_of(sql.SQL("SELECT v FROM rest WHERE at = {}").format(at)) for at, p in numbered
    )
    # A row that is taken whole has its type only where it comes from the table itself. Without OFFSET the planner takes
    # the parts of the UNION apart, and then loses such a row (an internal error, seen with PostgreSQL 17).
    takes_row = any(p.takes_row for p in places)
    soon = sql.SQL("SELECT 0 AS at, NULL::text AS x WHERE false")
    late = sql.SQL("SELECT r.at, r.x FROM {table}, LATERAL ({present} OFFSET 0) AS r WHERE {has_any}")
    if not takes_row:
        soon = sql.SQL(
            "SELECT r.at, r.x FROM (SELECT * FROM {table} LIMIT {few}) AS t, LATERAL ({present}) AS r WHERE (r.at, r.x)"
            " IN (SELECT k.at, k.v FROM kept AS k)"
        )
        late = sql.SQL(
            "SELECT r.at, r.x FROM (SELECT * FROM {table} WHERE {has_any} OFFSET 0) AS t, LATERAL ({present}) AS r"
        )
    parts = {"present": present, "has_any": has_any, "few": sql.Literal(_FEW), "table": name}
    return sql.SQL(
        'WITH kept AS MATERIALIZED (SELECT DISTINCT at, v COLLATE pg_catalog."C" AS v FROM ({kept}) AS every WHERE v IS'
        " NOT NULL), soon AS MATERIALIZED ({soon}), rest AS MATERIALIZED (SELECT at, v FROM kept EXCEPT SELECT at, x"
        " FROM soon), late AS MATERIALIZED ({late}) SELECT at, count(*) FROM (SELECT at, v FROM rest EXCEPT SELECT at,"
        " x FROM late) AS strangers GROUP BY at"
    ).format(kept=kept, soon=soon.format(**parts), late=late.format(**parts))
