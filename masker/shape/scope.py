"""What can be compared: tables whose rows the preview has all of, masked columns that are to keep their shape; the rest
by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from masker.catalog.types import Catalog
from masker.masks.cases import rules_of
from masker.masks.every import MASKS
from masker.masks.mask import Mask
from masker.names import TableName
from masker.notes import Note
from masker.ruleset.types import ColumnDecision, Resolution, TableDecision
from masker.tables.subset import short_tables

_KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedShape:
    """A masked column: its rule, and whether it is to keep its shape; what makes one value of all cannot."""

    decision: ColumnDecision

    @property
    def mask(self) -> Mask:
        """Of a list the first mask that makes a value of its own."""
        masks = [MASKS[rule.mask] for rule in rules_of(self.decision.rule) if rule.mask != _KEEP]
        return next((mask for mask in masks if not mask.card.is_constant), masks[0])

    @property
    def is_compared(self) -> bool:
        return not self.mask.card.is_constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The *tables* that are compared with their masked columns, and by name those that cannot be, with the reason."""

    tables: Mapping[TableName, Mapping[str, MaskedShape]]
    indexes: Mapping[TableName, Mapping[str, frozenset[str]]]
    analyzed: tuple[TableName, ...]
    limited: Mapping[TableName, str]
    left_out: tuple[Note, ...]


def scope(resolution: Resolution, catalog: Catalog) -> Scope:
    """What of the source's *catalog* is compared under the rules."""
    stored = {n: d for n, d in resolution.tables.items() if d.table.kind in {"r", "p"} and d.table.extension is None}
    taken = dict.fromkeys(short_tables(resolution, catalog) & stored.keys(), "`subset:` carries some of its rows")
    limited = taken | {name: _limit(decision) for name, decision in stored.items() if decision.rows != "all"}
    for name in stored:
        # What a parent is said to hold is what its partitions hold.
        if name not in limited and any(below in limited for below in _below(catalog, name)):
            by = "`subset:`" if any(below in taken for below in _below(catalog, name)) else "`rows:`"
            limited[name] = f"some of its partitions or children are limited by {by}"
    tables = {name: _masked(decision) for name, decision in stored.items() if name not in limited}
    constant = [
        Note(
            subject=str(stored[name].table.column_name(column)),
            text=f"the mask {each.mask.name} makes one value of all: it has no shape to keep",
        )
        for name, columns in tables.items()
        for column, each in columns.items()
        if not each.is_compared
    ]
    return Scope(
        tables=tables,
        indexes={
            name: {i.name.name: _columns(i.columns, i.expression_columns) for i in stored[name].table.indexes}
            for name in tables
        },
        analyzed=tuple(name for name in tables if not _has_parent_among(stored[name], tables)),
        limited=limited,
        left_out=(*(Note(subject=str(name), text=why) for name, why in limited.items()), *constant),
    )


def _limit(decision: TableDecision) -> str:
    return "`rows: none` leaves it empty" if decision.rows == "none" else "`rows:` carries some of its rows"


def _masked(decision: TableDecision) -> Mapping[str, MaskedShape]:
    return {
        name: MaskedShape(decision=column) for name, column in decision.columns.items() if column.rule.mask != _KEEP
    }


def _below(catalog: Catalog, name: TableName) -> list[TableName]:
    found = list(catalog.children.get(name, ()))
    for child in found:
        found += catalog.children.get(child, ())
    return found


def _columns(plain: tuple[str | None, ...], expressions: tuple[str, ...]) -> frozenset[str]:
    return frozenset({*(name for name in plain if name is not None), *expressions})


def _has_parent_among(decision: TableDecision, tables: Mapping[TableName, object]) -> bool:
    """Whether ANALYZE of a parent looks at it, too."""
    return decision.table.is_partition and any(parent in tables for parent in decision.table.parents)
