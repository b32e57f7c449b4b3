"""Places of rows (ctids) by the million: each a whole number, its block before its place there, so that they are in the
order of the file."""

from __future__ import annotations

from collections.abc import Iterable

#: A place of a row: its block, and its number there in the lower bits.
Place = int

#: How many these are.
NUMBER_BITS = 16


def ctid(place: Place) -> str:
    """As the server writes it.

    >>> ctid(2 << 16 | 7)
    '(2,7)'
    """
    return f"({place >> NUMBER_BITS},{place & 2**NUMBER_BITS - 1})"


def as_array(places: Iterable[Place]) -> str:
    """The text of a ``tid[]``.

    >>> as_array([1, 65538])
    '{"(0,1)","(1,2)"}'
    """
    lower = 2**NUMBER_BITS - 1
    return "{" + ",".join([f'"({place >> NUMBER_BITS},{place & lower})"' for place in places]) + "}"
