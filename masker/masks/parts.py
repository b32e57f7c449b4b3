"""One value that stands in several columns of a row, a piece in each: telephone numbers and postal codes."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Context, Obstacle
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call


class InParts(MaskRule):
    """Base of the rules of what may be divided."""

    parts: Annotated[
        tuple[Annotated[str, Field(min_length=1)], ...] | None,
        BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v),
    ] = Field(
        default=None,
        min_length=2,
        max_length=3,
        description=(
            "the columns that hold one value together, in order, as `[tel1, tel2, tel3]`: each of them has this same"
            " rule, and gets its piece of the value of the row"
        ),
    )


def piece_of(whole: exp.Expression, column: Column, rule: InParts) -> exp.Expression:
    """The piece of *whole* that *column* holds: pieces have hyphens between them."""
    return call("split_part", whole, "-", number_of(column, rule))


def number_of(column: Column, rule: InParts) -> int:
    """Which piece *column* holds, from 1."""
    return (rule.parts or ()).index(column.name) + 1


def pieces_of(written: str) -> list[str]:
    """The pieces of what a format of ``to_char`` writes, a ``_`` for each digit.

    >>> pieces_of('FM"090-0"000"-"0000'), pieces_of('FM000"-555-01"00')
    (['090', '0___', '____'], ['___', '555', '01__'])
    """
    texts = written.removeprefix("FM").split('"')
    return "".join(one if at % 2 else "_" * len(one) for at, one in enumerate(texts)).split("-")


def parts_problem(column: Column, rule: InParts, context: Context, written: str) -> Obstacle | None:
    """What is wrong with the columns that *rule* names; *written* is how the locale writes such a value, in pieces with
    hyphens between them."""
    if rule.parts is None:
        return None
    for name in rule.parts:
        if context.table.column(name) is None:
            return Obstacle(f"parts: there is no column {name}", "name columns of the same table")
    if column.name not in rule.parts or len(set(rule.parts)) < len(rule.parts):
        return Obstacle(
            f"parts: {', '.join(rule.parts)} are not the columns of one value, of which {column.name} is one",
            "name each of its columns once, in their order, and give all of them the same rule",
        )
    pieces = len(pieces_of(written))
    if pieces != len(rule.parts):
        there = f"it is written in {pieces} there" if pieces > 1 else "it is written in one there"
        return Obstacle(
            f"parts: {len(rule.parts)} of a value of {context.locale.name}: {there}",
            "name as many columns, or give the rule another `locale`",
        )
    if context.identity.by_value:
        return Obstacle(
            "parts: it goes by its value, and each piece has one of its own", "name the columns of a key with `by`"
        )
    if context.stays_apart:
        return Obstacle("parts: a unique index rests on it, and a piece of a value is not unique", "use token")
    return None
