"""Which columns can hold something personal: everything but a list of types known to be harmless."""

from __future__ import annotations

import re

from masker.catalog.types import Column, ColumnType, TypeClass

_HARMLESS = frozenset(
    {
        TypeClass.INTEGER, TypeClass.NUMBER, TypeClass.BOOLEAN, TypeClass.DATE, TypeClass.TIMESTAMP, TypeClass.TIME, TypeClass.INTERVAL,
        TypeClass.UUID, TypeClass.ENUM, TypeClass.BITS,
    }
)  # fmt: skip

_BIRTH = re.compile(r"birth|(?:^|_)(?:dob|born)(?:_|$)")
_PLACE = re.compile(r"latitude|longitude|(?:^|_)(?:lat|lng|lon|long)(?:_|$)")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(name: str) -> str:
    """*name* in lower case with underscores between its words.

    >>> snake('dateOfBirth')
    'date_of_birth'
    """
    return _HUMP.sub("_", name).lower()


def can_be_personal(column: Column) -> bool:
    """Whether *column* needs a decision: by its type, and for dates and numbers by its name too."""
    return _can_hold(column.type, snake(column.name))


def _can_hold(kind: ColumnType, name: str) -> bool:
    match kind.kind:
        case TypeClass.DATE | TypeClass.TIMESTAMP:
            return bool(_BIRTH.search(name))
        case TypeClass.NUMBER:
            return bool(_PLACE.search(name))
        case TypeClass.ARRAY:
            return kind.element is None or _can_hold(kind.element, name)
        case TypeClass.RANGE | TypeClass.COMPOSITE:
            # The attributes of a composite have names of their own, which the catalog does not hold.
            return not kind.attributes or any(_can_hold(part, name) for part in kind.attributes)
        case _:
            return kind.kind not in _HARMLESS
