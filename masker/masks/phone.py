"""``phone``: numbers that ring nowhere."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.locales.locale import Begins, Longer, Style
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, case, literal, modulo, share, text

_SHORTEST = 10


class Phone(MaskRule):
    """A number that rings nowhere, written as the original was."""

    mask: Literal["phone"] = "phone"


def _render(original: exp.Expression, column: Column, rule: Phone, context: Context) -> exp.Expression:
    """A number nobody has, with the original's hyphens and about its length."""
    del column, rule
    phones = context.locale.phones
    written = text(original)
    has_hyphen = exp.GT(this=call("strpos", written.copy(), "-"), expression=literal(0))
    drawn = modulo(context.identity.number("phone", context.bindings), phones.drawn)
    if phones.first:
        drawn = exp.Paren(this=exp.Add(this=drawn, expression=literal(phones.first)))
    return call("to_char", drawn, case((has_hyphen, _styled(phones.hyphenated, written)), default=_styled(phones.plain, written)))


def _styled(styles: tuple[Style, ...], written: exp.Expression) -> exp.Expression:
    conditions = [(_holds(style.when, written), literal(style.format)) for style in styles if style.when is not None]
    (other,) = (style for style in styles if style.when is None)
    return case(*conditions, default=literal(other.format))


def _holds(when: Begins | Longer, written: exp.Expression) -> exp.Expression:
    match when:
        case Begins(mark):
            # LIKE takes a third of the time of starts_with().
            return exp.Like(this=written.copy(), expression=literal(f"{mark}%"))
        case Longer(characters):
            return exp.GT(this=call("length", written.copy()), expression=literal(characters))


def _chance(original: exp.Expression, column: Column, rule: Phone, context: Context) -> exp.Expression:
    """Nothing but a number that is reserved already can come out."""
    del column, rule
    phones = context.locale.phones
    reserved = [exp.Like(this=text(original.copy()), expression=literal(pattern)) for pattern in phones.reserved]
    return case(*((condition, share(1 / phones.drawn)) for condition in reserved), default=share(0))


def _problem(column: Column, rule: Phone, context: Context) -> Obstacle | None:
    del rule, context
    limit = column.type.length
    if limit is not None and limit < _SHORTEST:
        return Obstacle(
            f"{column.type.sql} is too short for a telephone number of {_SHORTEST} digits",
            "use null, fixed, or {mask: token, alphabet: digits}",
        )
    return None


def _tells(rule: Phone, kind: TypeClass) -> str:
    del rule, kind
    return "number"


PHONE = Mask(
    rule=Phone,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the locale has numbers to draw from at most",
        example="090-0955-6039, 560-555-0139",
        cost=0.65,
        may_keep=False,
        keeps_width=True,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
