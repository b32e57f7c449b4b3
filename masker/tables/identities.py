"""Who the values of a masked column belong to, from its rule and its table."""

from __future__ import annotations

from masker.catalog.types import Catalog
from masker.errors import Problem
from masker.masks.keep import Keep
from masker.masks.parts import InParts
from masker.masks.sql.identity import Identity, hides_keys
from masker.names import TableName
from masker.ruleset.types import ColumnDecision, TableDecision


def root_of(name: TableName, catalog: Catalog) -> TableName:
    """The topmost parent, so that all partitions of a table mask alike."""
    *_, last = [name, *catalog.ancestors(name)]
    return last


def identity_of(found: ColumnDecision, decision: TableDecision, catalog: Catalog) -> Identity | Problem:
    """The identity by *found*, a rule of the table of *decision*, or why there is none."""
    table, column, rule = decision.table, found.column, found.rule
    # What stands in several columns is one value of the row.
    parts = rule.parts if isinstance(rule, InParts) else None
    own = f"{root_of(table.name, catalog)}.{parts[0] if parts else column.name}"
    scope, own_scope = rule.scope or own, f"{own} (row)"
    by = rule.by if rule.by is not None else table.row_key
    if rule.is_by_value or not by or by == (column.name,) or (rule.by is None and column.name in by):
        return Identity(columns=(column,), by_value=True, scope=scope, own_scope=own_scope, tells_rows_apart=False)
    columns = tuple(c for name in by if (c := table.column(name)) is not None)
    if len(columns) != len(by):
        missing = ", ".join(name for name in by if table.column(name) is None)
        return Problem(
            f"{table.name}.{column.name}",
            f"by: there is no column {missing}",
            "by: takes columns of the same table, or `value`",
            found.position,
        )
    masked = {name for name, other in decision.columns.items() if not isinstance(other.rule, Keep)}
    fallback = tuple(c for name in table.row_key if (c := table.column(name)) is not None) or (column,)
    return Identity(
        columns=columns,
        by_value=False,
        scope=scope,
        own_scope=own_scope,
        tells_rows_apart=any(set(key) <= set(by) for key in table.keys),
        fallback=fallback,
        is_kept=not masked & {c.name for c in columns},
        hides_keys=hides_keys(columns, fallback, masked),
    )
