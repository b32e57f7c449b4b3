"""What a subset has to be, worked out row by row as one would on paper: to hold masker's against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
#: A row by its table and its number there.
Place = tuple[str, int]


@dataclass(frozen=True)
class Refers:
    """Rows of *child* refer to those of *parent* whose *key* (columns) is among what *meant* makes of the row."""

    child: str
    column: str
    parent: str
    key: tuple[str, ...]
    meant: Callable[[Row], Collection[tuple[Any, ...]]]


def plain(child: str, columns: str, parent: str, key: str = "id") -> Refers:
    """By one column or more, named with commas between."""
    own = tuple(columns.split(","))
    return Refers(child, own[0], parent, tuple(key.split(",")), lambda row: [tuple(row[name] for name in own)])


def edges(tables: Mapping[str, Sequence[Row]], refers: Iterable[Refers]) -> list[tuple[Refers, Place, Place]]:
    """What refers to what."""
    found: list[tuple[Refers, Place, Place]] = []
    for one in refers:
        places: dict[tuple[Any, ...], list[Place]] = defaultdict(list)
        for at, row in enumerate(tables[one.parent]):
            places[tuple(row[name] for name in one.key)].append((one.parent, at))
        for at, row in enumerate(tables[one.child]):
            wanted = {key for key in one.meant(row) if None not in key}
            found += [(one, (one.child, at), place) for key in wanted for place in places[key]]
    return found


def expected(
    tables: Mapping[str, Sequence[Row]],
    refers: Sequence[Refers],
    roots: Collection[Place],
    *,
    down: Callable[[Refers], bool],
    along: Callable[[Refers], bool],
    whole: Collection[str],
) -> set[Place]:
    """The rows of the subset that begins with *roots*, those of *whole* tables among them."""
    leads = edges(tables, refers)
    core = set(roots)
    while more := {child for one, child, parent in leads if down(one) and parent in core} - core:
        core |= more
    found = core | {(name, at) for name in whole for at in range(len(tables[name]))}
    while (
        more := (
            {parent for _, child, parent in leads if child in found}
            | {child for one, child, parent in leads if along(one) and parent in found}
        )
        - found
    ):
        found |= more
    return found
