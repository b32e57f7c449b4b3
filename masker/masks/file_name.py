"""``file_name``: names of files, the ending kept."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.endings import LONGEST_ENDING, by_ending, ending
from masker.masks.sql.expressions import call, share, text
from masker.masks.sql.formula import formula, let
from masker.masks.sql.turned import ended

#: Hexadecimal digits of a stem: as many as there are in a digest at most, and enough to stay apart.
_MOST, _LEAST = 64, 16


class FileName(MaskRule):
    """A name of hexadecimal digits of the original's length, with the original's ending where it is one of a kind of
    file."""

    mask: Literal["file_name"] = "file_name"


def _render(original: exp.Expression, column: Column, rule: FileName, context: Context) -> exp.Expression:
    """Digits of a digest and the ending."""
    del rule
    least = _LEAST if context.stays_apart else 1
    most = _MOST if column.type.length is None else min(_MOST, column.type.length - LONGEST_ENDING)
    digest = call(
        "encode", call("sha256", call("int8send", context.identity.number("file name", context.bindings))), "hex"
    )

    def made(found: exp.Expression | None, characters: int) -> exp.Expression:
        # Bytes, so that a name in another script is as wide.
        size = formula("least({most}, octet_length({v}) - {n})", most=most, v=text(original), n=characters)
        stem = ended(digest.copy(), size, min(least, most), context.identity, "file name", context.bindings)
        return stem if found is None else formula("{stem} || {ending}", stem=stem, ending=found)

    return by_ending(text(original), made)


def _chance(original: exp.Expression, column: Column, rule: FileName, context: Context) -> exp.Expression:
    """Hexadecimal digits in front of a known ending, as many as there are."""
    del column, rule, context
    return let(
        "CASE WHEN left({v}, length({v}) - length($ending)) ~ '^[0-9a-f]+$' THEN power({one}, length({v}) -"
        " length($ending)) ELSE {none} END",
        {"ending": ending(text(original))},
        v=text(original),
        one=share(1 / 16),
        none=share(0),
    )


def _problem(column: Column, rule: FileName, context: Context) -> Obstacle | None:
    del rule
    limit, needed = column.type.length, LONGEST_ENDING + (_LEAST if context.stays_apart else 1)
    if limit is not None and limit < needed:
        return Obstacle(
            f"{column.type.sql} is too short for a name with its ending, which may need {needed} characters",
            "use token",
        )
    return None


def _tells(rule: FileName, kind: TypeClass) -> str:
    del rule, kind
    return "any"


FILE_NAME = Mask(
    rule=FileName,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.KEPT,
        distinct="one for each identity, of few characters fewer",
        example="7a3d6e7a.pdf for passport.PDF",
        cost=1.3,
        keeps_width=True,
        shows="its ending",
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
