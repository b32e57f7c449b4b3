"""Columns of several tables that hold one kind of thing and share no scope: equal originals become different there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from masker.masks.cases import conditions_of
from masker.names import ColumnName
from masker.notes import Note
from masker.ruleset.left_out import is_carried
from masker.ruleset.types import Resolution

#: Masks of values by which applications find the same person or account in another table.
_IDENTIFYING = frozenset({"email", "phone", "username", "iban", "bank_account"})

#: Columns that a note names.
_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Severed:
    """*columns* of several tables under one *mask*, those that agree with each other in one group."""

    mask: str
    groups: tuple[tuple[ColumnName, ...], ...]

    def note(self, said: str = "") -> Note:
        """What is told of it; *said* is what is known of the values."""
        names = [str(column) for group in self.groups for column in group]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return Note(
            subject=self.mask,
            text=(
                f"{', '.join(names[:_NAMED])}{more} hold one kind of thing and share no scope, so that equal values"
                f" become different ones{said}; {{mask: {self.mask}, by: value, scope: {self.mask}}} keeps them equal"
            ),
        )


def severed(resolution: Resolution) -> Iterator[Severed]:
    """What *resolution* masks so. Of each table one column of a scope stands for all; partitions and heirs are their
    parents'."""
    found: dict[str, dict[str, list[ColumnName]]] = defaultdict(lambda: defaultdict(list))
    for name, decision in sorted(resolution.tables.items()):
        if not is_carried(decision) or decision.table.parents:
            continue
        for column, each in sorted(decision.columns.items()):
            if each.rule.mask not in _IDENTIFYING or conditions_of(each.rule):
                continue
            subject = decision.table.column_name(column)
            members = found[each.rule.mask][each.rule.scope or str(subject)]
            if not any(other.table == name for other in members):
                members.append(subject)
    for mask, groups in sorted(found.items()):
        if len(groups) > 1 and len({column.table for members in groups.values() for column in members}) > 1:
            yield Severed(mask=mask, groups=tuple(tuple(members) for members in groups.values()))
