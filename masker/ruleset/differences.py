"""What one set of rules decides otherwise than another, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from masker.masks.rule import MaskRule
from masker.ruleset.digest import said_by
from masker.ruleset.types import ColumnDecision, Resolution, TableDecision
from masker.ruleset.wording import rule_text

#: Arguments by which a value is made of somebody else, or for another purpose.
_WHO = ("by", "scope")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """*subject* is a table or column, *what* changes, *whom* it concerns. It *exposes* if originals reach the preview
    that did not before."""

    subject: str
    what: str
    whom: str
    exposes: bool = False


def differences(old: Resolution, new: Resolution) -> Iterator[Difference]:
    """All of them, by table; both are of one catalog."""
    for name in sorted(old.tables.keys() & new.tables.keys()):
        before, after = old.tables[name], new.tables[name]
        yield from _of_table(str(name), before, after)
        for column in after.table.columns:
            subject = str(after.table.column_name(column.name))
            yield from _of_column(subject, before.columns.get(column.name), after.columns.get(column.name), after)
    if old.large_objects != new.large_objects:
        yield Difference(
            subject="large objects",
            what=f"{old.large_objects or 'undecided'} → {new.large_objects or 'undecided'}",
            whom="all large objects",
            exposes=new.large_objects == "keep",
        )


def _of_table(name: str, before: TableDecision, after: TableDecision) -> Iterator[Difference]:
    rows = [each.predicate or each.rows for each in (before, after)]
    if rows[0] != rows[1]:
        yield Difference(
            subject=name, what=f"rows: {rows[0]} → {rows[1]}", whom="which rows are copied", exposes=rows[1] != "none"
        )
    if before.where != after.where:
        yield Difference(
            subject=name,
            what=f"where: {before.where or 'every row'} → {after.where or 'every row'}",
            whom="which rows are masked",
            exposes=after.where is not None,
        )
    if before.strategy != after.strategy:
        yield Difference(
            subject=name,
            what=f"strategy: {before.strategy or 'by itself'} → {after.strategy or 'by itself'}",
            whom="how masker mask works, no value",
        )


def _of_column(
    subject: str, before: ColumnDecision | None, after: ColumnDecision | None, table: TableDecision
) -> Iterator[Difference]:
    said = [None if each is None else (each.locale, said_by(each.rule)) for each in (before, after)]
    if said[0] == said[1]:
        if before is not None and after is not None and before.rule.reason != after.rule.reason:
            yield Difference(subject=subject, what="its reason reads otherwise", whom="no value")
        return
    old, new = (_text(each) for each in (before, after))
    yield Difference(
        subject=subject,
        what=f"{old} → {new}",
        whom=_whom(before, after, table),
        exposes=(_keeps(after) and not _keeps(before)) or _narrows(before, after),
    )


def _text(decision: ColumnDecision | None) -> str:
    return "undecided" if decision is None else rule_text(decision.rule)


def _keeps(decision: ColumnDecision | None) -> bool:
    return decision is not None and decision.rule.mask == "keep"


def _narrows(before: ColumnDecision | None, after: ColumnDecision | None) -> bool:
    """Whether a condition keeps rows that were masked before."""
    if before is None or after is None:
        return False
    return any(getattr(after.rule, word) not in (None, getattr(before.rule, word)) for word in ("where", "unless"))


def _whom(before: ColumnDecision | None, after: ColumnDecision | None, table: TableDecision) -> str:
    if after is None:
        return "nobody decides it any more: the run is refused"
    rows = f"rows where {table.where}" if table.where else "every row"
    if _keeps(after):
        return f"{rows}: originals reach the preview"
    if before is None or _keeps(before):
        return f"{rows}: masked from now on"
    if any(getattr(before.rule, word) != getattr(after.rule, word) for word in _WHO):
        return f"{rows}: other values, which agree with other columns than before{_scopes(before.rule, after.rule)}"
    return f"{rows}: other values"


def _scopes(before: MaskRule, after: MaskRule) -> str:
    if before.scope == after.scope:
        return ""
    return f" (scope {before.scope or 'its own'} → {after.scope or 'its own'})"
