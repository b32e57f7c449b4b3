"""Other tables as the masks of one may read them: whom a row names, whose history it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from masker.catalog.types import Table
from masker.masks.cases import rules_of
from masker.masks.json_rule import Json
from masker.masks.mask import OtherColumn, OtherTable, Reads
from masker.masks.rule import MaskRule
from masker.masks.table import MASKS
from masker.names import TableName
from masker.ruleset.left_out import is_carried
from masker.ruleset.personal import can_be_personal
from masker.ruleset.types import TableDecision
from masker.tables.column import Ready


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is around one table: all *decisions*, and the table of each class (*classes*) of the application."""

    decisions: Mapping[TableName, TableDecision] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)


def _all_of(rule: MaskRule) -> tuple[MaskRule, ...]:
    """*rule*, and those of leaves in its documents."""
    return (rule, *(rule.leaves.values() if isinstance(rule, Json) else ()))


class Others:
    """The tables of *decisions* as those of the table *own* may read them, its own among them: each read once by *of*,
    as columns that can be masked and what the target gets of each, without those whose masks read tables themselves.

    *read* are the others whose rows are read.
    """

    def __init__(
        self,
        own: TableName,
        decisions: Mapping[TableName, TableDecision],
        of: Callable[[TableDecision], tuple[Mapping[str, Ready], Mapping[str, str]]],
    ) -> None:
        self._own = own
        self._decisions = decisions
        self._of = of
        self._found: dict[TableName, OtherTable] = {}
        self._written: dict[str, TableName] = {}
        self.read: set[TableName] = set()

    def tables(self) -> Mapping[str, Table]:
        """Every table by its name as rules write it."""
        return {str(name): decision.table for name, decision in self._decisions.items()}

    def find(self, written: str, reads: Reads) -> OtherTable | None:
        """The table of that name, with its schema or, of ``public``, without; None where there is none. *reads* is
        what of it is wanted."""
        if not self._written:
            self._written = {form: n for n in self._decisions for form in (f"{n.schema}.{n.name}", str(n))}
        name = self._written.get(written)
        if name is None:
            return None
        if reads == "rows" and name != self._own:
            self.read.add(name)
        if name not in self._found:
            self._found[name] = self._reading(self._decisions[name])
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
