"""``partial``: some characters at either end, and a sign for each of the others."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import text
from masker.masks.sql.formula import formula


class Partial(MaskRule):
    """The first and last characters as they are, and a sign for each of the others; a text that has no others is all
    signs."""

    mask: Literal["partial"] = "partial"
    first: int = Field(default=0, ge=0, le=100, description="characters at the beginning that stay")
    last: int = Field(default=0, ge=0, le=100, description="characters at the end that stay")
    sign: str = Field(default="*", min_length=1, max_length=1, description="what stands for each of the others")

    @model_validator(mode="after")
    def _shows_something(self) -> Partial:
        if not self.first + self.last:
            raise ValueError("takes first, last or both; the mask that shows nothing is `fixed` or `token`")
        return self


def _render(original: exp.Expression, column: Column, rule: Partial, context: Context) -> exp.Expression:
    """As many characters as the original has."""
    del column, context
    return formula(
        "CASE WHEN length({v}) > {kept} THEN left({v}, {first}) || repeat({sign}, length({v}) - {kept}) || right({v},"
        " {last}) ELSE repeat({sign}, length({v})) END",
        v=text(original),
        kept=rule.first + rule.last,
        first=rule.first,
        last=rule.last,
        sign=rule.sign,
    )


PARTIAL = Mask(
    rule=Partial,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as there are of what stays",
        example="Ne*****k for New York",
        cost=0.25,
        keeps_width=True,
        shows="its first and last characters, and its length",
        of_original=True,
    ),
    render=_render,
    chance=None,
)
