"""The part of a plan that is about one table, or one column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from masker.errors import UsageError

if TYPE_CHECKING:
    from masker.names import TableName
    from masker.tables.plan import TablePlan


def only_statements(
    tables: Sequence[TablePlan], written: str, statements: Callable[[Callable[[Any], bool]], Iterable[str]]
) -> Iterator[str]:
    """The *statements* of the steps of a table, or the expression of one column, as *written*. Raises UsageError."""
    from masker.ruleset.complaints import did_you_mean
    from masker.ruleset.wording import name_parts
    from masker.tables.laid_out import laid_out

    parts = name_parts(written)
    known = {str(table.table.name): table for table in tables}
    by_parts = {(table.table.name.schema, table.table.name.name): table for table in tables}
    for length in (len(parts), len(parts) - 1) if parts is not None else ():
        key = tuple(parts or ())[:length]
        table = by_parts.get(("public", *key) if length == 1 else key)  # type: ignore[arg-type]  # of any length
        if table is None:
            continue
        if length == len(parts or ()):
            name = table.table.name
            yield from statements(lambda step, name=name: name in _tables(step))  # type: ignore[misc]  # bound here
            return
        column = (parts or [""])[-1]
        for masked in table.masked:
            if masked.name == column:
                yield laid_out(masked.sql)
                return
        if table.table.column(column) is not None:
            raise UsageError(f"{written}: no mask is used on it", hint=f"`masker rules explain {written}` says why")
    raise UsageError(f"{written}: there is no such table or column in the plan", hint=did_you_mean(written, known))


def _tables(step: Any) -> set[TableName]:
    """The tables that a step is about."""
    found = set(getattr(step, "tables", ()))
    plan, table = getattr(step, "plan", None), getattr(step, "table", None)
    return {*found, *([plan.table.name] if plan is not None else []), *([table] if table is not None else [])}
