"""Rules of an organisation that a project includes and cannot weaken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from masker.errors import Problem
from masker.names import ColumnName, TableName
from masker.ruleset.claims import Claim, TableClaim
from masker.ruleset.wording import rule_text


def rows_brought_back(found: Sequence[TableClaim], table: TableName) -> Iterator[Problem]:
    """Claims of a project on the rows of a *table* that a locked rule leaves out."""
    if not found or not found[0].is_locked:
        return
    locked = found[0]
    for claim in found:
        if claim.is_own and (claim.kind, claim.text) != (locked.kind, locked.text):
            told = f"rows: {claim.text}, but {locked.position} has locked it as {locked.text}"
            yield Problem(str(table), told, "remove the rule, or say `rows: none`", claim.position)


def weakened(found: Sequence[Claim], column: ColumnName, where: TableClaim | None) -> Iterator[Problem]:
    """Claims of a project on a *column* that a locked rule decides otherwise, and a condition of its own on the masks
    of the table."""
    locked = next((claim for claim in found if claim.is_locked), None)
    if locked is None or locked.rule.mask == "keep" or not found[0].is_locked:
        return
    for claim in found:
        if not claim.is_shipped and (claim.rule, claim.locale) != (locked.rule, locked.locale):
            told = f"{rule_text(claim.rule)}, but {locked.position} has locked it as {rule_text(locked.rule)}"
            yield Problem(str(column), told, "remove the rule, or make the column null", claim.position)
    if where is not None and not where.is_locked:
        told = f"where: rows would stay as they are, but {locked.position} has locked {column.name} as a mask for all"
        yield Problem(str(column.table), told, "remove the condition", where.position)
