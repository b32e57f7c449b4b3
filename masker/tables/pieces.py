"""A wide table asked in pieces: a SELECT list takes 1,664 entries, and a row that is looked at fills as many of them as
the table has columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TypeVar

from masker.catalog.types import Column
from masker.tables.comparing import compare_sql
from masker.tables.originals import COMPARED_ROWS, Questions, Rows
from masker.tables.searching import NEIGHBOURS, search_sql

#: Entries that queries fill themselves, but for a few of their own.
_ENTRIES = 1630

#: Masked columns and leaves compared in one query, which takes up to six entries for each.
_JUDGED, _OTHERS, _LEAVES = 100, 200, 30

#: Originals sought at once, two entries each; columns that may show something are searched one by one, and counted for
#: each original.
_ORIGINALS, _ALONE = 200, 5

#: Originals whose neighbours are looked at in one query.
AT_ONCE = 40

#: Counts of one query.
_COUNTS = 1400

T = TypeVar("T")

Texts = tuple[tuple[Column, frozenset[str]], ...]


def in_pieces(asked: Questions) -> Sequence[Questions]:
    """*asked* as one, or in as many pieces as fit, which ask the same together."""
    room = _room(asked)
    compared = cut(asked.judged, min(_JUDGED, room)), cut(asked.others, _OTHERS), cut(asked.leaves, min(_LEAVES, room))
    comparing = list(zip_longest(*compared))
    texts = list(_texts(asked, room))
    originals = list(cut(asked.originals, _ORIGINALS))
    if max(len(comparing), len(texts), len(originals)) <= 1:
        return [asked]
    nothing = replace(asked, judged=(), others=(), leaves=(), texts=(), originals=())
    return [
        *(
            replace(nothing, judged=judged or (), others=others or (), leaves=leaves or ())
            for judged, others, leaves in comparing
        ),
        *(replace(nothing, texts=some, originals=sought) for some in texts for sought in originals),
    ]


def examples(asked: Questions) -> Iterator[str]:
    """The queries as they are put to a table of many rows."""
    for piece in in_pieces(asked):
        if piece.compares:
            yield compare_sql(piece, Rows(limit=COMPARED_ROWS, percent=1.0), is_thin=True)
        if piece.originals:
            yield search_sql(piece, Rows(limit=COMPARED_ROWS, percent=1.0), is_thin=True)


def columns_at_once(asked: Questions, wanted: Sequence[int]) -> int:
    """How many columns may be asked about the originals numbered *wanted*, :data:`AT_ONCE` at most, each with its own
    and its neighbours'."""
    entries = (2 + 2 * NEIGHBOURS) * len(wanted)
    return max(1, min(_room(asked) - entries, _COUNTS // (4 * max(1, len(wanted)))))


def cut(things: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    """*things*, *size* at a time."""
    return (tuple(things[at : at + size]) for at in range(0, len(things), size))


def _room(asked: Questions) -> int:
    return max(1, _ENTRIES - len(asked.plan.table.columns))


def _texts(asked: Questions, room: int) -> Iterator[Texts]:
    """The texts of each piece: as many as there is room for, and few of those that are searched alone."""
    alone = [text for text in asked.texts if text[1]]
    together = [text for text in asked.texts if not text[1]]
    if len(together) + len(alone) <= room and len(alone) <= _ALONE:
        return iter([asked.texts] if asked.texts else [])
    return iter([*cut(together, room), *cut(alone, min(_ALONE, room))])
