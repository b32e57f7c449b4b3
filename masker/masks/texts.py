"""Free text."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column
from masker.dictionaries import passage
from masker.masks.arguments import Lorem
from masker.masks.bindings import Words
from masker.masks.expressions import call, case, cast, literal, text
from masker.masks.people import pick
from masker.masks.registry import Context, Mask, Uniqueness, is_text

#: Characters of the pieces short and long texts are cut from: a cut costs as much as what it walks over.
_SHORT, _LONG = 100, 1000


def lorem(original: exp.Expression, column: Column, rule: Lorem, context: Context) -> exp.Expression:
    """Filler of the locale, as many characters as the original, so that widths stay."""
    del column, rule
    number = context.identity.number("text", context.bindings)
    length = call("length", text(original))
    short = call("left", pick(_pieces(_SHORT, context.locale), number, context), length)
    times = exp.Paren(this=exp.Add(this=cast(call("div", cast(length.copy(), "numeric"), _LONG), "integer"), expression=literal(1)))
    long = call("left", call("repeat", pick(_pieces(_LONG, context.locale), number.copy(), context), times), length.copy())
    return case((exp.LTE(this=length.copy(), expression=literal(_SHORT)), short), default=long)


def _pieces(characters: int, locale: str) -> Words:
    whole = passage(locale)
    return Words(
        f"{locale}.lorem {characters}", tuple(whole[at : at + characters] for at in range(0, len(whole) - characters + 1, characters))
    )


LOREM = Mask(
    name="lorem",
    rule=Lorem,
    serves="text",
    uniqueness=Uniqueness.LOST,
    accepts=is_text,
    render=lorem,
    example="Or candidate trouble listen ok",
)
