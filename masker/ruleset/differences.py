"""What one set of rules decides otherwise than another, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from masker.catalog.types import Column
from masker.masks.rule import MaskRule
from masker.ruleset.digest import said_by
from masker.ruleset.personal import can_be_personal
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
            yield from _of_column(
                subject, column, before.columns.get(column.name), after.columns.get(column.name), after
            )
    said = [each.subset.rules.said() if each.subset is not None else None for each in (old, new)]
    if said[0] != said[1]:
        words = ["a subset" if each is not None else "all rows" for each in said]
        yield Difference(
            subject="subset",
            what=f"{words[0]} → {words[1] if words[0] != words[1] else 'another one'}",
            whom="which rows are copied",
            exposes=said[0] is not None,
        )
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
            subject=name,
            what=f"rows: {rows[0]} → {rows[1]}",
            whom="which rows are copied",
            exposes=rows[0] != "all" and rows[1] != "none",
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
    subject: str, column: Column, before: ColumnDecision | None, after: ColumnDecision | None, table: TableDecision
) -> Iterator[Difference]:
    said = [None if each is None else (each.locale, said_by(each.rule)) for each in (before, after)]
    if said[0] == said[1]:
        if before is not None and after is not None and before.rule.reason != after.rule.reason:
            yield Difference(subject=subject, what="its reason reads otherwise", whom="no value")
        return
    old, new = (_text(column, each) for each in (before, after))
    if table.rows == "none":
        yield Difference(subject=subject, what=f"{old} → {new}", whom="none: no row of it is copied")
        return
    did_keep, keeps = (_keeps(column, each) for each in (before, after))
    keeps_more = not did_keep and not keeps and after is not None and _keeps_more(before, after)
    yield Difference(
        subject=subject,
        what=f"{old} → {new}",
        whom=_whom(column, before, after, table) + ("; some originals reach the preview" if keeps_more else ""),
        exposes=keeps_more or (keeps and not did_keep),
    )


def _text(column: Column, decision: ColumnDecision | None) -> str:
    if decision is not None:
        return rule_text(decision.rule)
    return "undecided" if can_be_personal(column) else "no rule"


def _keeps(column: Column, decision: ColumnDecision | None) -> bool:
    """Whether originals of all rows reach the preview: what nobody decides is copied as it is, unless it has to be
    decided."""
    return not can_be_personal(column) if decision is None else decision.rule.mask == "keep"


def _keeps_more(before: ColumnDecision | None, after: ColumnDecision) -> bool:
    """Whether a mask keeps originals that were masked *before*, or in runs that were refused: of rows, by its
    conditions, or of parts of a value."""
    old = before.rule if before is not None else None
    if any(getattr(after.rule, word) not in (None, getattr(old, word, None)) for word in ("where", "unless")):
        return True
    was = dict(_kept(said_by(old))) if old is not None else {}
    return any(place not in was or not was[place] <= masked for place, masked in _kept(said_by(after.rule)))


def _kept(said: Any, *place: object) -> Iterator[tuple[tuple[object, ...], frozenset[str]]]:
    """Each place within a rule, as plain values, at which originals stay, with what is masked there all the same."""
    match said:
        case {"mask": "keep"}:
            yield place, frozenset()
        case {"mask": "cases", "cases": list(cases), "otherwise": otherwise}:
            # The first condition that is true decides, so that all of them say whose originals stay.
            order = tuple((each["when"], each["rule"]["mask"] == "keep") for each in cases)
            for at, each in enumerate([*(each["rule"] for each in cases), otherwise]):
                yield from _kept(each, *place, order, at)
        case dict():
            if said.get("other") == "keep":
                named = [each for key in ("paths", "keys") for each in (said.get(key) or {}).items()]
                masked = frozenset(name for name, each in named if not dict(_kept(each)))
                yield (*place, "other"), masked
            for key, each in said.items():
                yield from _kept(each, *place, key)
        case list():
            for at, each in enumerate(said):
                yield from _kept(each, *place, at)
        case _:
            return


def _whom(column: Column, before: ColumnDecision | None, after: ColumnDecision | None, table: TableDecision) -> str:
    rows = f"rows where {table.where}" if table.where else "every row"
    if _keeps(column, after):
        return f"{rows}: originals reach the preview"
    if after is None:
        return "nobody decides it any more: the run is refused"
    if before is None or _keeps(column, before):
        return f"{rows}: masked from now on"
    if any(getattr(before.rule, word) != getattr(after.rule, word) for word in _WHO):
        return f"{rows}: other values, which agree with other columns than before{_scopes(before.rule, after.rule)}"
    return f"{rows}: other values"


def _scopes(before: MaskRule, after: MaskRule) -> str:
    if before.scope == after.scope:
        return ""
    return f" (scope {before.scope or 'its own'} → {after.scope or 'its own'})"
