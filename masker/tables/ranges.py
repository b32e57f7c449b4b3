"""The range within which keys are permuted: fixed once, so that a key stays what it is from run to run, and where
sequences go on after it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from masker.catalog.types import Catalog, TypeClass
from masker.errors import Position, Problem
from masker.masks.cases import rules_of
from masker.masks.numbers import Shapes
from masker.masks.permute import MOST, Permute, Range, kept_range, range_of
from masker.names import ColumnName, TableName
from masker.ruleset.types import Resolution
from masker.tables.identities import root_of

_NEXTVAL = re.compile(r"""nextval\('((?:[^']|'')+)'::regclass\)""")

#: Numbers that a permutation has at least: fewer could be tried one after the other.
_LEAST_SIDE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys of one *scope*: the *columns* that hold them as numbers, the first of which are keys of their tables;
    *narrowest* is the smallest of their types, *sequences* are those that fill them."""

    scope: str
    columns: tuple[ColumnName, ...]
    narrowest: str
    sequences: tuple[TableName, ...]
    position: Position | None = None

    def range_for(self, greatest: int) -> Range | None:
        """A range with room for a quarter more than *greatest*, None where the narrowest type has none."""
        most = MOST[self.narrowest][1]
        side = max(_LEAST_SIDE, math.isqrt(max(0, greatest) * 5 // 4) + 1)
        found = Range(min(side, most))
        return found if found.end >= greatest else None


def permuted_keys(resolution: Resolution, catalog: Catalog) -> tuple[Keys, ...]:
    """All keys that are permuted, by scope."""
    found: dict[str, dict[ColumnName, str]] = {}
    places: dict[str, Position] = {}
    for name, decision in resolution.tables.items():
        for column, own in decision.columns.items():
            for rule in rules_of(own.rule):
                is_number = own.column.type.kind is TypeClass.INTEGER
                if isinstance(rule, Permute) and rule.classes is None and is_number and rule.scope is not None:
                    places.setdefault(rule.scope, own.position)
                    root = root_of(name, catalog)
                    holder = root if catalog.tables[root].column(column) is not None else name
                    found.setdefault(rule.scope, {})[ColumnName(holder, column)] = own.column.type.name
    return tuple(
        Keys(
            scope=scope,
            columns=tuple(sorted(columns, key=lambda c: (not _is_indexed(c, catalog), c))),
            narrowest=min(columns.values(), key=lambda kind: MOST[kind][0]),
            sequences=tuple(dict.fromkeys(s for c in sorted(columns) for s in _sequences(c, catalog))),
            position=places[scope],
        )
        for scope, columns in sorted(found.items())
    )


def floors(resolution: Resolution, catalog: Catalog, shapes: Shapes) -> Mapping[TableName, int]:
    """By sequence, the end of the range of the keys that it fills: what it gives out next has to be past it."""
    return {
        sequence: kept_range(shapes[range_of(keys.scope)]).end
        for keys in permuted_keys(resolution, catalog)
        if range_of(keys.scope) in shapes
        for sequence in keys.sequences
    }


def too_narrow(keys: Keys, greatest: int) -> Problem:
    """What is said where there is no room for other keys."""
    return Problem(
        str(keys.columns[0]),
        f"its keys go up to {greatest:,}, which leaves no room in {keys.narrowest} for others and for new rows",
        "keep the keys, or widen the columns to bigint",
        keys.position,
    )


def _is_indexed(place: ColumnName, catalog: Catalog) -> bool:
    return any(index.columns[:1] == (place.name,) for index in catalog.tables[place.table].indexes)


def _sequences(place: ColumnName, catalog: Catalog) -> Iterator[TableName]:
    """The sequences that fill the column *place*, of its table or of what inherits from it."""
    tables = (place.table, *catalog.descendants(place.table))
    named = {sequence.name for sequence in catalog.sequences}
    for sequence in catalog.sequences:
        if sequence.owner is not None and sequence.owner.name == place.name and sequence.owner.table in tables:
            yield sequence.name
    for table in tables:
        column = catalog.tables[table].column(place.name)
        if column is not None and (found := _NEXTVAL.search(column.default or "")):
            schema, _, name = found[1].replace('"', "").rpartition(".")
            if (sequence_name := TableName(schema or table.schema, name)) in named:
                yield sequence_name
