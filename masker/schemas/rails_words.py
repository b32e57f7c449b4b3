"""What Rails calls things by itself: constraints without a name, the column of a foreign key."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from hashlib import sha256
from typing import Any

from masker.schemas.source import identifier

#: Singulars that are made otherwise than by what follows.
_IRREGULAR = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "sexes": "sex", "moves": "move",
    "zombies": "zombie", "mice": "mouse", "lice": "louse", "oxen": "ox", "quizzes": "quiz", "data": "datum",
    "media": "medium", "criteria": "criterion", "phenomena": "phenomenon", "feet": "foot", "teeth": "tooth",
    "geese": "goose", "movies": "movie", "shoes": "shoe",
}  # fmt: skip

#: Endings of plurals, and those of their singulars that are tried.
_ENDINGS = (
    ("ies", ("y", "ie")), ("ves", ("f", "fe", "ve")), ("ses", ("s", "se", "sis")), ("xes", ("x", "xe")),
    ("ches", ("ch", "che")), ("shes", ("sh", "she")), ("zes", ("z", "ze")), ("oes", ("o", "oe")),
    ("ices", ("ex", "ix", "ice")), ("s", ("",)), ("i", ("us",)), ("a", ("um", "on")),
)  # fmt: skip


def texts(value: Any) -> list[str]:
    """One name, or a list of them, as a list."""
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]


def listed(names: Iterable[str]) -> str:
    return ", ".join(map(identifier, names))


def own_name(kind: str, of: str) -> str:
    """The name of a constraint that has none: ``fk_rails_1a2b3c4d5e``."""
    return f"{kind}_rails_{sha256(of.encode()).hexdigest()[:10]}"


def referencing_columns(table: str, columns: Collection[str]) -> list[str]:
    """Which of *columns* refers to *table* where that is not said.

    >>> referencing_columns("audit.categories", ["id", "category_id", "categories_id"])
    ['category_id']
    """
    bare = table.rpartition(".")[2]
    return next(([f"{singular}_id"] for singular in _singulars(bare) if f"{singular}_id" in columns), [])


def _singulars(plural: str) -> Iterator[str]:
    head, _, last = plural.rpartition("_")
    front = f"{head}_" if head else ""
    if last in _IRREGULAR:
        yield front + _IRREGULAR[last]
    for ending, others in _ENDINGS:
        if last.endswith(ending):
            yield from (front + re.sub(f"{ending}$", other, last) for other in others)
    yield plural
