"""``keep``: not personal."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Card, Context, Mask, Uniqueness, any_type
from masker.masks.rule import MaskRule, Shown, require_unsaid


class Keep(MaskRule):
    """Not personal: copied as it is."""

    mask: Literal["keep"] = "keep"
    shows: Shown = ()

    @model_validator(mode="after")
    def _is_of_every_row(self) -> Keep:
        for word in ("where", "unless"):
            if getattr(self, word) is not None:
                raise ValueError(
                    f"keep with {word} does not say what becomes of the other rows: name their mask, with `unless: …`,"
                    " or write a list"
                )
        require_unsaid(self, "null", "share", "unique")
        return self


def keep(original: exp.Expression, column: Column, rule: Keep, context: Context) -> exp.Expression:
    """The value as it is."""
    del column, rule, context
    return original


KEEP = Mask(
    rule=Keep,
    card=Card(
        serves="every type",
        accepts=any_type,
        uniqueness=Uniqueness.KEPT,
        distinct="as it was",
        example="as it is",
        cost=0,
        keeps_width=True,
        is_reversible=True,
        keeps_order=True,
        shows="all of it",
    ),
    render=keep,
    chance=None,
    keeps_empty=False,
)
