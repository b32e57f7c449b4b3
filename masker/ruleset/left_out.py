"""Tables whose rows a copy leaves out, or carries only where it is said: those of extensions, and those that lie on
another server."""

from __future__ import annotations

from collections.abc import Iterator

from masker.catalog.types import Table
from masker.errors import Position, Problem
from masker.masks.keep import Keep
from masker.notes import Note
from masker.ruleset.types import TableDecision
from masker.ruleset.wording import table_key


def is_carried(decision: TableDecision) -> bool:
    """Whether a copy carries rows of the table: of an extension's, those of its configuration if a rule of the user's
    own says so."""
    table = decision.table
    if table.kind == "f" or decision.rows == "none":
        return False
    return table.extension is None or (table.carried is not None and decision.named is not None)


def rows_matter(decision: TableDecision, *, in_place: bool) -> bool:
    """Whether the table's columns have to be decided: its rows reach the target, or stand there."""
    table = decision.table
    if in_place and table.extension is not None:
        return table.has_own_rows and decision.rows != "none"
    return is_carried(decision)


def left_out(decision: TableDecision) -> Iterator[Problem | Note]:
    """What a copy has to say of a table whose rows it does not carry by itself."""
    table = decision.table
    if table.kind == "f":
        yield from _foreign(decision)
    elif table.extension is not None:
        yield from _of_extension(decision)


def _foreign(decision: TableDecision) -> Iterator[Problem]:
    found = "it is a foreign table: its rows lie on another server, and a copy carries none of them"
    if decision.rows == "predicate" and decision.named is not None:
        yield Problem(f"{decision.table.name}: rows", found, "remove the rule", decision.rows_position)
    for name, column in decision.columns.items():
        if column.is_named and not isinstance(column.rule, Keep):
            hint = (
                "remove the rule, or say `keep`; mask the rows where they are, or leave out what reads them from there"
            )
            yield Problem(str(decision.table.column_name(name)), found, hint, column.position)


def _of_extension(decision: TableDecision) -> Iterator[Problem | Note]:
    table = decision.table
    what = f"{table.name} (extension {table.extension})"
    if decision.named is None:
        if table.has_own_rows and table.carried is not None:
            yield Note(
                subject=what,
                text=(
                    f"its rows of configuration are not copied; add `{table_key(table.name)}: {{rows: all}}` to the"
                    " rules and decide its columns, or `rows: none`"
                ),
            )
        elif table.has_own_rows:
            yield Note(
                subject=what,
                text="its rows are the extension's own and are not copied: a dump carries none of them either",
            )
    elif table.carried is None and decision.rows != "none":
        place, subject = _place(decision), str(table.name)
        found = (
            f"it belongs to the extension {table.extension}, which does not count its rows as configuration: neither a"
            " dump nor a copy carries them"
        )
        yield Problem(subject, found, "say `rows: none`, or remove the rule", place)


def _place(decision: TableDecision) -> Position | None:
    named = [column.position for column in decision.columns.values() if column.is_named]
    return decision.rows_position or (min(named) if named else decision.named)


def carried_condition(table: Table) -> str | None:
    """Of an extension's table, the condition of the rows that are carried; None for all, and for every other table."""
    return table.carried or None
