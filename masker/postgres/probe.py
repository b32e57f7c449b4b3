"""The masked SELECTs tried on a few rows of the source before anything is copied: what only the server can know of
them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql

from masker.at_once import at_once, limited, taken_back
from masker.catalog.types import Check
from masker.errors import Problem
from masker.names import TableName
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.keyring import in_turn
from masker.postgres.quietly import answer
from masker.postgres.several import Question, answered_together, in_groups, is_small, made_ahead
from masker.sides import Side
from masker.tables.pieces import cut
from masker.tables.plan import MaskedColumn, TablePlan

#: Rows of each masked table that are tried.
_ROWS = 1000

#: Counts of one query, which may have no more than 1,664; tables of few columns have fewer.
_AT_ONCE, _FEW_COLUMNS = 1500, 500

#: Milliseconds one table's trial may take: an expression that is slower on a thousand rows is no mask.
_TIMEOUT_MS = 15_000


#: What the entries of a column's mask are called, and what each makes of a row, as SQL.
Entries = Callable[[TableName, str], Iterable[tuple[str, str]]]


def _no_entries(table: TableName, column: str) -> Iterable[tuple[str, str]]:
    del table, column
    return ()


def probe(
    conn: psycopg.Connection,
    tables: Sequence[TablePlan],
    bindings: Mapping[str, str],
    side: Side = Side.SOURCE,
    updated: Collection[TableName] = (),
    entries: Entries = _no_entries,
) -> list[Problem]:
    """Every masked column and condition that *side*'s server does not accept, or whose values the target's constraints
    would refuse.

    A source's session holds *bindings*. Rows of tables that are *updated* where they stand are held to what old rows
    need not keep (NOT VALID), too. Of a mask that is not accepted the first of its *entries* that is not is named.
    """
    problems: list[Problem] = []
    with server_errors(side, "masks were tried on a few rows"):
        waiting = [table for table in tables if table.action == "mask" or table.predicate is not None]
        few = [table for table in waiting if is_small(table.table) and len(table.table.columns) <= _FEW_COLUMNS]
        tried = _tried_together(conn, few, bindings, side, updated)
        for table in waiting:
            if (found := tried.get(table.table.name)) is not None:
                problems += found
                continue
            with in_turn(conn, bindings, table.settings, side):
                problems += _table_problems(_Trial(conn, side), table, entries, is_updated=table.table.name in updated)
    return problems


def _tried_together(
    conn: psycopg.Connection,
    tables: Sequence[TablePlan],
    bindings: Mapping[str, str],
    side: Side,
    updated: Collection[TableName],
) -> Mapping[TableName, list[Problem]]:
    """The problems of tables that are tried together, left out where the server does not accept one of them."""
    found: dict[TableName, list[Problem]] = {}
    tried = ((table, _Asked.of(table, is_updated=table.table.name in updated)) for table in tables)
    made = ((group, [each.question for _, each in group]) for group in in_groups(tried))
    for group, asked in made_ahead(made):
        with in_turn(conn, bindings, frozenset().union(*(table.settings for table, _ in group)), side):
            rows = answered_together(conn, asked, timeout_ms=_TIMEOUT_MS, is_quiet=side is Side.TARGET)
        for (table, each), row in zip(group, rows or (), strict=bool(rows)):
            found[table.table.name] = list(_refused(table, each.required, each.checks, row))
    return found


def _query(items: Sequence[sql.Composable], rows: sql.Composed) -> sql.Composed:
    return sql.SQL("SELECT {} FROM ({}) AS r").format(sql.SQL(", ").join(items), rows)


@dataclass(frozen=True, slots=True)
class _Trial:
    """Where queries are tried. On a target that holds originals they must not fail in its log's hearing."""

    conn: psycopg.Connection
    side: Side

    def run(self, items: Sequence[sql.Composable], rows: sql.Composed) -> tuple[int, ...]:
        """The one row of *items*, counts over *rows*. Raises ServerFault, or psycopg.Error for what happened to the
        connection."""
        query = _query(items, rows)
        # Taken back, so that the snapshot's session does not go on holding a lock on the table.
        try:
            if self.side is Side.SOURCE:
                ((found,),) = taken_back(self.conn, [query], timeout_ms=_TIMEOUT_MS)
                return tuple(found)
            with self.conn.transaction(force_rollback=True):
                # Errors of the expression itself are found without a row, and told with their place.
                at_once(self.conn, [limited(_TIMEOUT_MS), sql.SQL("EXPLAIN {}").format(query)])
                (row,) = answer(self.conn, query.as_string(self.conn), len(items))
                return tuple(int(count or 0) for count in row)
        except psycopg.Error as error:
            raise ServerFault.from_error(error) from None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is counted over some rows of a table: NULLs in *required* columns, rows that break *checks*, and values, so
    that all are computed."""

    required: list[MaskedColumn]
    checks: list[Check]
    items: list[sql.Composable]
    rows: sql.Composed

    @classmethod
    def of(cls, plan: TablePlan, *, is_updated: bool) -> _Asked:
        expressions = {c.name: sql.Identifier(c.name) for c in plan.table.columns if not c.generated}
        masked: dict[str, sql.Composable] = {**expressions, **{m.name: sql.SQL(m.sql) for m in plan.masked}}
        required = [m for m in plan.masked if (c := plan.table.column(m.name)) is not None and not c.is_nullable]
        masked_names = {m.name for m in plan.masked}
        # Functions of the schema run where constraints are enforced, never beside the masks' seeds.
        checks = [
            c
            for c in plan.table.checks
            if (masked_names & set(c.columns) if c.is_valid else is_updated) and not c.runs_functions
        ]
        counts: list[sql.Composable] = [
            sql.SQL("count(*) FILTER (WHERE {} IS NULL)").format(sql.Identifier(m.name)) for m in required
        ]
        counts += [sql.SQL("count(*) FILTER (WHERE NOT ({}))").format(sql.SQL(c.expression)) for c in checks]
        counts += [sql.SQL("count({})").format(sql.Identifier(m.name)) for m in plan.masked]
        return cls(required, checks, counts or [sql.SQL("count(*)")], _masked_rows(plan, masked))

    @property
    def question(self) -> Question:
        return Question(_query(self.items, self.rows).as_string(), len(self.items))


def _table_problems(trial: _Trial, plan: TablePlan, entries: Entries, *, is_updated: bool) -> list[Problem]:
    asked = _Asked.of(plan, is_updated=is_updated)
    try:
        row = tuple(count for items in cut(asked.items, _AT_ONCE) for count in trial.run(items, asked.rows))
    except ServerFault as fault:
        if fault.is_connection:
            raise
        return list(_blame(trial, plan, fault, entries))
    return list(_refused(plan, asked.required, asked.checks, row))


def _masked_rows(plan: TablePlan, items: Mapping[str, sql.Composable]) -> sql.Composed:
    listed = sql.SQL(", ").join(sql.SQL("{} AS {}").format(item, sql.Identifier(name)) for name, item in items.items())
    where = sql.SQL(" WHERE ({})").format(sql.SQL(plan.predicate)) if plan.predicate else sql.SQL("")
    table = sql.Identifier(plan.table.name.schema, plan.table.name.name)
    # OFFSET 0 keeps the planner from pulling the expressions up and never computing those that are not looked at.
    return sql.SQL("SELECT {} FROM (SELECT * FROM ONLY {}{} LIMIT {}) AS t OFFSET 0").format(
        listed, table, where, sql.Literal(_ROWS)
    )


def _blame(trial: _Trial, plan: TablePlan, fault: ServerFault, entries: Entries) -> Iterator[Problem]:
    """Which column or condition the server does not accept, found by trying each alone."""
    subject = str(plan.table.name)
    predicate, where = _of_condition(trial, plan, "rows"), _of_condition(trial, plan, "where")
    yield from (
        _about_condition(plan, word, own) for word, own in (("rows", predicate), ("where", where)) if own is not None
    )
    if predicate is not None:
        plan = replace(plan, predicate=None)
    failing: set[str] = set()
    told: list[tuple[MaskedColumn, ServerFault]] = []
    for column in plan.masked:
        if column.drawn is not None and (own := _of_text(trial, plan, column.drawn)) is not None:
            failing.add(column.name)
            words = " and ".join(dict.fromkeys(word for word, _ in column.conditions))
            found = f"{words}: the server cannot compute it: {_told(own)}"
            yield Problem(
                f"{subject}.{column.name}", found, "test the condition with psql on some of the rows", column.position
            )
            continue
        own = _of_values(trial, plan, column.sql)
        # The condition of the rows that are masked stands in each mask.
        if own is not None and (where is None or _told(own) != _told(where)):
            failing.add(column.name)
            told.append((column, own))
    # What is made of a value that cannot be computed is for another round.
    for column, of_it in told:
        if not failing.intersection(column.reads):
            entry = _first_refused(trial, plan, entries(plan.table.name, column.name))
            yield Problem(
                f"{subject}.{column.name}",
                f"the server cannot compute its mask: {_told(of_it)}" if entry is None else entry,
                _hint(column),
                column.position,
            )
    if not failing and predicate is None and where is None:
        yield Problem(
            subject, f"the server cannot read it so: {_told(fault)}", "look at `rows:` and `where:` of the table"
        )


def _first_refused(trial: _Trial, plan: TablePlan, entries: Iterable[tuple[str, str]]) -> str | None:
    """What is wrong with the first of a mask's *entries* that the server cannot compute, None where each alone is
    fine."""
    for name, text in entries:
        if (fault := _of_values(trial, plan, text)) is not None:
            return f"{name} the server cannot compute it: {_told(fault)}"
    return None


def _of_values(trial: _Trial, plan: TablePlan, text: str) -> ServerFault | None:
    """What the server says of values made by *text*."""
    try:
        trial.run([sql.SQL("count({})").format(sql.Identifier("v"))], _masked_rows(plan, {"v": sql.SQL(text)}))
    except ServerFault as fault:
        if fault.is_connection:
            raise
        return fault
    return None


def _of_condition(trial: _Trial, plan: TablePlan, word: str) -> ServerFault | None:
    """What the server says of the table's *word*, ``rows`` or ``where``, alone."""
    is_rows = word == "rows"
    text = plan.predicate if is_rows else plan.where
    if text is None:
        return None
    return _of_text(trial, plan if is_rows else replace(plan, predicate=None), None if is_rows else text)


def _of_text(trial: _Trial, plan: TablePlan, text: str | None) -> ServerFault | None:
    """What the server says of a condition over the rows of *plan*, of those alone without one."""
    counted = sql.SQL("count(*)") if text is None else sql.SQL("count(*) FILTER (WHERE {})").format(sql.SQL(text))
    every = {column.name: sql.Identifier(column.name) for column in plan.table.columns}
    try:
        trial.run([counted], _masked_rows(plan, every))
    except ServerFault as fault:
        if fault.is_connection:
            raise
        return fault
    return None


def _about_condition(plan: TablePlan, word: str, fault: ServerFault) -> Problem:
    position = plan.predicate_position if word == "rows" else plan.where_position
    return Problem(
        f"{plan.table.name}: {word}",
        f"the server cannot compute it: {_told(fault)}",
        "test the condition with psql on some of the rows",
        position,
    )


def _told(fault: ServerFault) -> str:
    return f"{fault.text} (SQLSTATE {fault.sqlstate})" if fault.sqlstate else fault.text


def _hint(column: MaskedColumn) -> str | None:
    return "test the expression with psql on some of the rows" if column.mask == "sql" else None


def _refused(
    plan: TablePlan, required: list[MaskedColumn], checks: list[Check], row: tuple[int, ...]
) -> Iterator[Problem]:
    for column, nulls in zip(required, row, strict=False):
        if nulls:
            yield Problem(
                f"{plan.table.name}.{column.name}",
                f"its mask {column.mask} makes NULL, and the column is NOT NULL",
                "choose a mask that always gives a value",
                column.position,
            )
    for check, count in zip(checks, row[len(required) :], strict=False):
        read = [m for m in plan.masked if m.name in check.columns]
        if count and not check.is_valid:
            values = f"masked values of {', '.join(sorted(m.name for m in read))}" if read else "rows"
            yield Problem(
                f"{plan.table.name}",
                f"{values} break the check constraint {check.name}, which is NOT VALID: what is updated in batches has"
                " to keep it",
                (
                    "`strategy: rewrite` leaves old rows alone with it; or choose masks whose values it allows"
                    if read
                    else "`strategy: rewrite` leaves old rows alone with it"
                ),
                read[0].position if read else None,
            )
        elif count:
            yield Problem(
                f"{plan.table.name}",
                f"masked values of {', '.join(sorted(m.name for m in read))} break the check constraint {check.name}",
                "choose masks whose values it allows, or keep the columns",
                read[0].position,
            )
