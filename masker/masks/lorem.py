"""``lorem``: filler text."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.locales.words import passage
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.pick import pick
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Known, Words
from masker.masks.sql.expressions import call, case, cast, literal, quotient, share, text

#: Pieces that texts are cut from, as characters and how many there are: a cut costs as much as the piece is long, and a list travels
#: with every session. The longest are longer than the window of PostgreSQL's compression, so that filler is stored about as large as prose.
_SHORT, _MIDDLE, _LONG = (120, 256), (1000, 32), (4000, 8)


class Lorem(MaskRule):
    """Filler text, as many characters as the original."""

    mask: Literal["lorem"] = "lorem"


def _render(original: exp.Expression, column: Column, rule: Lorem, context: Context) -> exp.Expression:
    """Filler of the locale, as many characters as the original, so that widths stay."""
    del column, rule
    number = context.identity.number("text", context.bindings)
    length = call("length", text(original))
    short, middle, long = (pick(_pieces(*size, context.locale.name), number.copy(), context) for size in (_SHORT, _MIDDLE, _LONG))
    times = exp.Add(this=quotient(length.copy(), _LONG[0]), expression=literal(1))
    return case(
        (_fits(length, _SHORT), call("left", short, length.copy())),
        (_fits(length, _MIDDLE), call("left", middle, length.copy())),
        (_fits(length, _LONG), call("left", long, length.copy())),
        default=call("left", call("repeat", long.copy(), times), length),
    )


def _chance(original: exp.Expression, column: Column, rule: Lorem, context: Context) -> exp.Expression:
    """Only what stands in the passage can come out, and of that, a text of few characters soon does."""
    del column, rule
    written = text(original)
    bounds = _commonest_starts(context.locale.name)
    chances = "{" + ",".join(repr(bound) for bound in bounds) + "}"
    by_length = exp.Bracket(
        this=exp.Paren(this=cast(literal(chances), "double precision[]")),
        expressions=[call("least", call("length", written), len(bounds))],
        offset=1,
    )
    source = context.bindings.known(Known(f"{context.locale.name}.lorem", _read_round(context.locale.name)))
    one_of_few = share(1 / _LONG[1])
    stands = exp.GT(this=call("strpos", source, call("left", written.copy(), _SHORT[0])), expression=literal(0))
    return case((stands, case((_fits(call("length", written.copy()), _SHORT), by_length), default=one_of_few)), default=share(0))


@cache
def _commonest_starts(locale: str) -> tuple[float, ...]:
    """Of short texts of 1, 2, … characters, how often the commonest comes; the last holds for longer ones too."""
    pieces = _pieces(*_SHORT, locale).entries
    found = []
    for length in range(1, _SHORT[0] + 1):
        found.append(max(Counter(piece[:length] for piece in pieces).values()) / len(pieces))
        if found[-1] * len(pieces) <= 1:
            break
    return tuple(found)


def _read_round(locale: str) -> str:
    """The passage, and as much of its beginning again as a text may run on into."""
    whole = passage(locale)
    return whole + whole[: _SHORT[0]]


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


def _tells(rule: Lorem, kind: TypeClass) -> str:
    del rule, kind
    return "text"


LOREM = Mask(
    rule=Lorem,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="256 of a length up to 120 characters at most, fewer of longer texts",
        example="Expect as take wrong because so",
        cost=2.05,
        may_keep=False,
        keeps_width=True,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
)
