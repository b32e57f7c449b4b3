"""Lists of production's own values that masks draw from: read once a run, never shown or logged."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import sql

from masker.at_once import taken_back
from masker.catalog.types import Catalog, TypeClass
from masker.errors import Problem, RuleErrors
from masker.masks.cases import rules_of
from masker.masks.drawn import MOST, as_known, drawn_name
from masker.masks.encrypted import Ciphertext, spread_name
from masker.masks.fk_choice import FkChoice
from masker.masks.keep import Keep
from masker.masks.shuffle import Shuffle
from masker.names import ColumnName
from masker.postgres.errors import server_errors
from masker.ruleset.types import ColumnDecision, Resolution, TableDecision
from masker.sides import Side
from masker.tables.identities import root_of

_COUNTS = (
    "SELECT {column}::text, count(*) FROM {table} WHERE {column} IS NOT NULL{there} GROUP BY 1 ORDER BY 1 LIMIT {most}"
)

_ENDS = "SELECT min({column}), max({column}) FROM {table}"

_SOME = "SELECT {column}::text, 1 FROM {table}{some} WHERE {column} IS NOT NULL ORDER BY random() LIMIT {most}"


def drawn_values(conn: psycopg.Connection, resolution: Resolution, catalog: Catalog, side: Side) -> dict[str, str]:
    """By :func:`~masker.masks.drawn.drawn_name`, the list for each column whose mask draws from other rows, as JSON.

    Raises RuleErrors for columns that refer to nothing, or to more keys than a list holds.
    """
    found: dict[str, str] = {}
    by_root: dict[ColumnName, str] = {}
    problems: list[Problem] = []
    for name, decision in resolution.tables.items():
        if decision.rows == "none" or not decision.table.has_storage:
            continue
        for column, own in decision.columns.items():
            for key in _keys_of_ciphertexts(own, decision):
                found[spread_name(ColumnName(name, key))] = _spread(conn, _root(ColumnName(name, key), catalog), side)
            rule = next((r for r in rules_of(own.rule) if isinstance(r, FkChoice | Shuffle)), None)
            if rule is None:
                continue
            if isinstance(rule, Shuffle) and decision.rows == "predicate":
                problems.append(
                    Problem(
                        str(ColumnName(name, column)),
                        "shuffle: it draws from all rows of the table, and `rows` leaves some of them out",
                        "use another mask, or copy all rows",
                        own.position,
                    )
                )
                continue
            place = ColumnName(name, column)
            root = _root(place, catalog)
            if root not in by_root:
                listed = (
                    _keys(conn, root, place, own, resolution, side)
                    if isinstance(rule, FkChoice)
                    else _values(conn, root, catalog, side)
                )
                if isinstance(listed, Problem):
                    problems.append(listed)
                    continue
                by_root[root] = listed
            found[drawn_name(place)] = by_root[root]
    if problems:
        raise RuleErrors(problems)
    return found


def _root(place: ColumnName, catalog: Catalog) -> ColumnName:
    """The column in the topmost table that has it, so that all partitions draw alike."""
    root = root_of(place.table, catalog)
    return ColumnName(root, place.name) if catalog.tables[root].column(place.name) is not None else place


def _keys_of_ciphertexts(own: ColumnDecision, decision: TableDecision) -> Iterator[str]:
    """The numbers that ciphertexts may be picked by."""
    for rule in rules_of(own.rule):
        names = rule.by or decision.table.row_key
        if isinstance(rule, Ciphertext) and not rule.is_by_value and len(names) == 1:
            key = decision.table.column(names[0])
            if key is not None and key.type.kind is TypeClass.INTEGER:
                yield key.name


def _spread(conn: psycopg.Connection, key: ColumnName, side: Side) -> str:
    """How many numbers lie between the smallest and the greatest, both included; negative ones are not counted on."""
    query = sql.SQL(_ENDS).format(column=sql.Identifier(key.name), table=_table(key))
    with server_errors(side, "values were drawn for masks"):
        (((least, most),),) = taken_back(conn, [query])
    if least is None or most is None:
        return "0"
    return str(int(most) - int(least) + 1 if least >= 0 else 2**63)


def _keys(
    conn: psycopg.Connection,
    root: ColumnName,
    place: ColumnName,
    own: ColumnDecision,
    resolution: Resolution,
    side: Side,
) -> str | Problem:
    targets = [link for link in resolution.links if link.column == place and link.target is not None]
    if not targets or targets[0].target is None:
        return Problem(
            str(place),
            "fk_choice: it refers to nothing, by no foreign key and no rule",
            "say what it refers to under `references:` of the table, as `users.id`",
            own.position,
        )
    target = targets[0].target
    parent = resolution.tables[target.table]
    mask = parent.columns.get(target.name)
    if (mask is not None and not isinstance(mask.rule, Keep)) or parent.rows != "all":
        what = "not all of its rows are copied" if parent.rows != "all" else f"{target} is masked"
        return Problem(
            str(place),
            f"fk_choice: it draws from the keys of {target.table}, and {what}",
            "keep the key and all rows of that table, or let the key be permuted: what refers to it follows",
            own.position,
        )
    referred = parent.table.column(target.name)
    is_alike = referred is not None and referred.type.base == own.column.type.base
    there = sql.SQL(
        " AND {} IN (SELECT {} FROM {})" if is_alike else " AND {}::text IN (SELECT {}::text FROM {})"
    ).format(sql.Identifier(root.name), sql.Identifier(target.name), _table(target))
    rows = _counted(conn, root, there, side)
    if len(rows) > MOST:
        return Problem(
            str(place),
            f"fk_choice: it refers to more than {MOST:,} keys of {target.table}",
            f"write `{target.name}: permute` for {target.table}: what refers to it follows",
            own.position,
        )
    return as_known(rows)


def _values(conn: psycopg.Connection, root: ColumnName, catalog: Catalog, side: Side) -> str:
    rows = _counted(conn, root, sql.SQL(""), side)
    if len(rows) <= MOST:
        return as_known(rows)
    table = catalog.tables[root.table]
    portion = min(100.0, 100.0 * 3 * MOST / table.rows) if table.rows > 0 else 100.0
    some = sql.SQL(" TABLESAMPLE SYSTEM ({})").format(sql.Literal(round(portion, 6))) if portion < 100 else sql.SQL("")
    query = sql.SQL(_SOME).format(
        column=sql.Identifier(root.name), table=_table(root), some=some, most=sql.Literal(MOST)
    )
    return as_known(_asked(conn, query, side))


def _counted(conn: psycopg.Connection, root: ColumnName, there: sql.Composable, side: Side) -> list[tuple[str, int]]:
    query = sql.SQL(_COUNTS).format(
        column=sql.Identifier(root.name), table=_table(root), there=there, most=sql.Literal(MOST + 1)
    )
    return list(_asked(conn, query, side))


def _asked(conn: psycopg.Connection, query: sql.Composed, side: Side) -> Iterator[tuple[str, int]]:
    # Taken back, so that a snapshot's session does not go on holding locks on the tables.
    with server_errors(side, "values were drawn for masks"):
        (rows,) = taken_back(conn, [query])
    return ((str(value), int(count)) for value, count in rows)


def _table(place: ColumnName) -> sql.Identifier:
    return sql.Identifier(place.table.schema, place.table.name)
