"""Free text."""

from __future__ import annotations

from functools import cache

from sqlglot import exp

from masker.catalog.types import Column
from masker.dictionaries import passage
from masker.masks.arguments import Lorem
from masker.masks.bindings import Words
from masker.masks.expressions import call, case, literal, quotient, text
from masker.masks.people import pick
from masker.masks.registry import Context, Mask, Uniqueness, is_text

#: Pieces that texts are cut from, as characters and how many there are: a cut costs as much as the piece is long, and a list travels
#: with every session. The longest are longer than the window of PostgreSQL's compression, so that filler is stored about as large as prose.
_SHORT, _MIDDLE, _LONG = (120, 256), (1000, 32), (4000, 8)


def lorem(original: exp.Expression, column: Column, rule: Lorem, context: Context) -> exp.Expression:
    """Filler of the locale, as many characters as the original, so that widths stay."""
    del column, rule
    number = context.identity.number("text", context.bindings)
    length = call("length", text(original))
    short, middle, long = (pick(_pieces(*size, context.locale), number.copy(), context) for size in (_SHORT, _MIDDLE, _LONG))
    times = exp.Add(this=quotient(length.copy(), _LONG[0]), expression=literal(1))
    return case(
        (_fits(length, _SHORT), call("left", short, length.copy())),
        (_fits(length, _MIDDLE), call("left", middle, length.copy())),
        (_fits(length, _LONG), call("left", long, length.copy())),
        default=call("left", call("repeat", long.copy(), times), length),
    )


def _fits(length: exp.Expression, size: tuple[int, int]) -> exp.Expression:
    return exp.LTE(this=length.copy(), expression=literal(size[0]))


@cache
def _pieces(characters: int, count: int, locale: str) -> Words:
    """As many as *count* pieces that begin at words and sentences all over the passage, which is read round and round."""
    whole = passage(locale)
    starts = [0, *(at for at in range(1, len(whole)) if whole[at - 1] in " 。" and whole[at] != " ")]
    count = min(count, len(starts))
    begins = [starts[i * len(starts) // count] for i in range(count)]
    twice = whole + whole
    return Words(f"{locale}.lorem {characters}", tuple((twice[at:] + whole)[:characters] for at in begins))


LOREM = Mask(
    name="lorem",
    rule=Lorem,
    serves="text",
    uniqueness=Uniqueness.LOST,
    accepts=is_text,
    render=lorem,
    example="Expect as take wrong because so",
)
