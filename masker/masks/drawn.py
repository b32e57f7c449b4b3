"""Values that are drawn from production's own, once a run: the same list in every part of a copy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Context, Obstacle
from masker.masks.pick import pick, share_of, shares
from masker.masks.sql.bindings import Words
from masker.masks.sql.expressions import share, text
from masker.names import ColumnName

#: Values that a list is made of at most, and as many places are given out by how often each comes.
MOST = 10_000

#: Types whose values read as the texts that the list holds.
_PLAIN = frozenset({TypeClass.TEXT, TypeClass.INTEGER, TypeClass.NUMBER, TypeClass.ENUM, TypeClass.UUID})


def drawn_name(place: ColumnName) -> str:
    """Under what the list for *place* stands among the values that are fixed for a run."""
    return f"drawn {place}"


def as_known(counts: Iterable[tuple[str, int]]) -> str:
    """*counts* of values as the list that is drawn from: each as often as it is frequent, once at least.

    >>> as_known([("a", 3), ("b", 1)])
    '["a", "a", "a", "b"]'
    """
    found = list(counts)
    whole = sum(count for _, count in found)
    scale = min(1.0, MOST / whole) if whole else 0.0
    return json.dumps([v for v, count in found for _ in range(max(1, round(count * scale)))], ensure_ascii=False)


def words_of(known: Mapping[str, str], place: ColumnName) -> Words | None:
    """What is drawn for *place*, None where nothing was."""
    entries = tuple(json.loads(known.get(drawn_name(place)) or "[]"))
    return Words(f"drawn {place}", entries) if entries else None


def draw_one(column: Column, context: Context, part: str) -> exp.Expression:
    """One of the values by the identity's number, NULL where there are none."""
    words = words_of(context.known, context.table.column_name(column.name))
    if words is None:
        return exp.Null()
    return pick(words, context.identity.number(part, context.bindings), context)


def chance_of(original: exp.Expression, column: Column, context: Context) -> exp.Expression:
    """As often as it stands in the list; of types that are written in several ways, as the commonest does."""
    words = words_of(context.known, context.table.column_name(column.name))
    if words is None:
        return share(1)
    if column.type.kind in _PLAIN:
        return share_of(text(original), shares(words, column.type.length), context)
    return share(max(of for _, of in shares(words).entries))


def by_other_rows(column: Column, context: Context) -> Obstacle | None:
    """Why no list stands for *column*."""
    if context.identity.by_value:
        return Obstacle(
            f"{column.type.sql}: one value would become one value again, and be known by how often it comes",
            "leave `by` out, or name columns that say whom it belongs to; a table needs a key for that",
        )
    return None
