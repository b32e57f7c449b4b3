"""Which columns can hold something personal: everything but a list of types known to be harmless.

A whole number is harmless unless its name says that it identifies somebody, and so are the ids of an array; other
arrays of whole numbers are not, because codes are kept in such.
"""

from __future__ import annotations

import re

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.kinds.kind import Kind
from masker.kinds.phrases import head_of
from masker.kinds.words import counts_them

_HARMLESS = frozenset(
    {
        TypeClass.INTEGER,
        TypeClass.NUMBER,
        TypeClass.BOOLEAN,
        TypeClass.DATE,
        TypeClass.TIMESTAMP,
        TypeClass.TIME,
        TypeClass.INTERVAL,
        TypeClass.UUID,
        TypeClass.ENUM,
        TypeClass.BITS,
    }
)

#: Kinds of numbers that identify somebody or reach him.
_IDENTIFYING = frozenset({Kind.AUTHORITY, Kind.PHONE, Kind.CARD, Kind.BANK_ACCOUNT, Kind.IBAN})

#: What counts such numbers rather than being one.
_COUNTING = re.compile(
    r"(?:\A|_)(?:num|number_of|count|counts|counted|total|max|min|avg|sum|n|nb|has|is|days?|times?|attempts?)_(?:of_)?"
)

#: A count of visits by device as often as a telephone, which needs more than nine digits.
_LONG_ONLY = re.compile(r"(?:\A|_)(?:mobile|cell|keitai)\d?\Z")

#: Whole numbers that refer to rows.
_IDS = re.compile(r"(?:\A|_)ids?\Z")

#: … but for those that an authority gives.
_OWN_ID = re.compile(r"(?:national|tax|tax_?payer|citizen|personal)_?id\Z")

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
            return _holds(name, frozenset({Kind.BIRTH}))
        case TypeClass.INTEGER:
            return identifies(name, kind)
        case TypeClass.NUMBER:
            return _holds(name, frozenset({Kind.GEO})) or identifies(name, kind)
        case TypeClass.ARRAY:
            return (
                kind.element is None
                or _can_hold(kind.element, name)
                or (kind.element.kind is TypeClass.INTEGER and not _IDS.search(name))
            )
        case TypeClass.COMPOSITE:
            names = kind.attribute_names or ("",) * len(kind.attributes)
            return not kind.attributes or any(
                _can_hold(part, name) or _can_hold(part, snake(own))
                for part, own in zip(kind.attributes, names, strict=True)
            )
        case TypeClass.RANGE:
            return not kind.attributes or any(_can_hold(part, name) for part in kind.attributes)
        case _:
            return kind.kind not in _HARMLESS


def identifies(name: str, kind: ColumnType) -> bool:
    """Whether a number of *kind* in a column called *name*, in snake case, is one that identifies somebody or reaches
    him."""
    if kind.name == "int2" or _COUNTING.search(name) or (_IDS.search(name) and not _OWN_ID.search(name)):
        return False
    if counts_them(name):
        return False
    if _LONG_ONLY.search(name):
        return kind.name in {"int8", "numeric"}
    return "last" not in name and _holds(name, _IDENTIFYING)


def _holds(name: str, kinds: frozenset[Kind]) -> bool:
    """Whether a column called *name* holds one of *kinds*, by the thing that its name ends in."""
    head = head_of(name)
    return head is not None and head.kind in kinds and not head.obscured
