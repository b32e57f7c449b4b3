"""Other tables as the masks of one may read them: whom a row names, whose history it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from masker.catalog.types import Table
from masker.masks.cases import rules_of
from masker.masks.every import MASKS
from masker.masks.json_rule import Json
from masker.masks.mask import OtherColumn, OtherTable, Reads
from masker.masks.rule import MaskRule
from masker.names import TableName
from masker.ruleset.left_out import is_carried
from masker.ruleset.personal import can_be_personal
from masker.ruleset.types import TableDecision
from masker.tables.column import Ready


@dataclass(frozen=True, kw_only=True)
class Around:
    """What is around one table: all *decisions*, and the table of each class (*classes*) of the application. One for
    all tables, of which there may be thousands."""

    decisions: Mapping[TableName, TableDecision] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_written(self) -> Mapping[str, TableName]:
        """Tables by their names as rules write them: with their schema or, of ``public``, without."""
        return {form: name for name in self.decisions for form in _forms(name)}


def _forms(name: TableName) -> tuple[str, str]:
    return f"{name.schema}.{name.name}", str(name)


def _all_of(rule: MaskRule) -> tuple[MaskRule, ...]:
    """*rule*, and those of leaves in its documents."""
    return (rule, *(rule.leaves.values() if isinstance(rule, Json) else ()))


class Others:
    """The tables *around* as those of the table of the decision *own* may read them, its own among them: each read once
    by *of*, as columns that can be masked and what the target gets of each, without those whose masks read tables
    themselves.

    *read* are the others whose rows are read.
    """

    def __init__(
        self,
        own: TableDecision,
        around: Around,
        of: Callable[[TableDecision], tuple[Mapping[str, Ready], Mapping[str, str]]],
    ) -> None:
        self._own = own
        self._around = around
        self._of = of
        self._found: dict[TableName, OtherTable] = {}
        self.read: set[TableName] = set()

    def tables(self) -> Mapping[str, Table]:
        """Every table by its name as rules write it."""
        decisions = {**self._around.decisions, self._own.table.name: self._own}
        return {str(name): decision.table for name, decision in decisions.items()}

    def find(self, written: str, reads: Reads) -> OtherTable | None:
        """The table of that name, with its schema or, of ``public``, without; None where there is none. *reads* is
        what of it is wanted."""
        own = self._own.table.name
        name = own if written in _forms(own) else self._around.by_written.get(written)
        if name is None:
            return None
        if reads == "rows" and name != own:
            self.read.add(name)
        if name not in self._found:
            self._found[name] = self._reading(self._own if name == own else self._around.decisions[name])
        return self._found[name]

    def _reading(self, decision: TableDecision) -> OtherTable:
        own = {
            name: found
            for name, found in decision.columns.items()
            if not any(MASKS[rule.mask].card.reads_tables for each in rules_of(found.rule) for rule in _all_of(each))
        }
        can_be_masked, items = self._of(replace(decision, columns=own))
        # Of rows that do not travel nobody has to decide anything; what others tell of them is masked all the same.
        open_ = (
            {c.name for c in decision.table.columns if can_be_personal(c)} - decision.columns.keys()
            if not is_carried(decision)
            else set()
        )
        return OtherTable(
            table=decision.table,
            columns={
                name: OtherColumn(rule=ready.uses[0].rule, shape=ready.uses[0].shape, context=ready.uses[0].context)
                for name, ready in can_be_masked.items()
                if ready.number is None
            },
            masked=frozenset(can_be_masked.keys() | (decision.columns.keys() - own.keys()) | open_),
            values={name: items[name] for name in can_be_masked if name in items},
        )
