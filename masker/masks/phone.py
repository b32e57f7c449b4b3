"""``phone``: numbers that ring nowhere."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.locales.locale import Begins, Longer, Style
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text, needs_nothing
from masker.masks.parts import InParts, number_of, parts_problem, piece_of, pieces_of
from masker.masks.sql.expressions import call, case, cast, is_null, literal, modulo, quotient, share, text, times
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.formula import formula
from masker.masks.sql.identity import Identity

_SHORTEST = 10

#: What the last three digits count to; there are as many numbers as a multiple of it.
_TURNED = 1000


class Phone(InParts):
    """A number that rings nowhere, written as the original was."""

    mask: Literal["phone"] = "phone"


def _render(original: exp.Expression, column: Column, rule: Phone, context: Context) -> exp.Expression:
    """A number nobody has, with the original's hyphens and about its length."""
    phones = context.locale.phones
    written = text(original)
    has_hyphen = exp.GT(this=call("strpos", written.copy(), "-"), expression=literal(0))
    drawn = (
        _permuted(context)
        if _is_one_to_one(context.identity)
        else modulo(context.identity.number("phone", context.bindings), phones.drawn)
    )
    if phones.first:
        drawn = exp.Paren(this=exp.Add(this=drawn, expression=literal(phones.first)))
    if rule.parts is not None:
        return _piece(call("to_char", drawn, phones.in_parts), written, column, rule, context)
    return call(
        "to_char",
        drawn,
        case((has_hyphen, _styled(phones.hyphenated, written)), default=_styled(phones.plain, written)),
    )


def _piece(
    whole: exp.Expression, written: exp.Expression, column: Column, rule: Phone, context: Context
) -> exp.Expression:
    """The piece of *whole* that the column holds, no longer than what was *written* there."""
    piece, short = piece_of(whole, column, rule), context.locale.phones.short_area
    if short and number_of(column, rule) == 1:
        is_short = exp.LTE(this=call("length", written.copy()), expression=literal(len(short)))
        return case((is_short, literal(short)), default=piece)
    return call("left", piece, call("length", written.copy()))


def _chance_of_piece(original: exp.Expression, column: Column, rule: Phone, context: Context) -> exp.Expression:
    """What no digit is drawn for is the same for all; the rest is as rare as there are digits."""
    phones = context.locale.phones
    piece = pieces_of(phones.in_parts)[number_of(column, rule) - 1]
    same = piece.rstrip("_")
    drawn = len(piece) - len(same)
    begins = formula("left({same}, length({v})) = left({v}, {length})", v=text(original), same=same, length=len(same))
    if phones.short_area and number_of(column, rule) == 1:
        begins = formula("{begins} OR {v} = {short}", begins=begins, v=text(original), short=phones.short_area)
    chance = formula(
        "power({tenth}, greatest(0, least(length({v}) - {same}, {drawn})))",
        tenth=share(0.1),
        v=text(original),
        same=len(same),
        drawn=drawn,
    )
    return case((begins, chance), default=share(0))


def _is_one_to_one(identity: Identity) -> bool:
    """Whether it is one integer that reaches the target as it is, so that its number may be computed back to it."""
    return identity.is_plain_integer


def _permuted(context: Context) -> exp.Expression:
    """The key's own number among those that there are: keys that differ by less than their count have different ones.

    A number is multiplied and moved within a ring twice, its last digits put in front between: the same moves alone
    would agree under two keys for all rows of a stride. The factors end in 7, and there are as many numbers as 2 and 5
    make, so that no two meet.
    """
    identity, count = context.identity, context.locale.phones.drawn
    (key,) = identity.columns
    own = _moved(modulo(cast(column_expression(key.name), "bigint"), count), "first", context)
    turned = exp.Paren(
        this=exp.Add(
            this=times(modulo(own, _TURNED), literal(count // _TURNED)), expression=quotient(own.copy(), _TURNED)
        )
    )
    number = _moved(turned, "second", context)
    if not key.is_nullable:
        return number
    drawn = modulo(identity.number("phone", context.bindings), count)
    return case((is_null(column_expression(key.name)), drawn), default=number)


def _moved(number: exp.Expression, turn: str, context: Context) -> exp.Expression:
    count, seed = context.locale.phones.drawn, context.bindings.seed
    tens = times(modulo(seed(context.identity.scope, f"phone, {turn} step"), count // 10), literal(10))
    factor = exp.Paren(this=exp.Add(this=tens, expression=literal(7)))
    start = modulo(seed(context.identity.scope, f"phone, {turn} start"), count)
    return modulo(exp.Paren(this=exp.Add(this=times(number, factor), expression=start)), count)


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
    if rule.parts is not None:
        return _chance_of_piece(original, column, rule, context)
    phones = context.locale.phones
    reserved = [exp.Like(this=text(original.copy()), expression=literal(pattern)) for pattern in phones.reserved]
    return case(*((condition, share(1 / phones.drawn)) for condition in reserved), default=share(0))


def _problem(column: Column, rule: Phone, context: Context) -> Obstacle | None:
    if rule.parts is not None:
        return parts_problem(column, rule, context, context.locale.phones.in_parts)
    limit = column.type.length
    if limit is not None and limit < _SHORTEST:
        return Obstacle(
            f"{column.type.sql} is too short for a telephone number of {_SHORTEST} digits",
            "use null, fixed, or {mask: token, alphabet: digits}",
        )
    return _one_to_one_problem(column, context) if context.stays_apart else None


def _one_to_one_problem(column: Column, context: Context) -> Obstacle | None:
    instead = "use {mask: token, alphabet: digits}, which keeps values apart"
    phones, limit = context.locale.phones, column.type.length
    if not _is_one_to_one(context.identity) or (context.is_unique and context.identity.columns[0].is_nullable):
        return Obstacle(
            "a unique index rests on it, and telephone numbers stay apart by a key of one integer that is copied as"
            " it is",
            f"name such a column with `by`, or {instead}",
        )
    if context.table.rows > phones.drawn:
        return Obstacle(
            f"a unique index rests on it, and {context.locale.name} has {phones.drawn:,} numbers that ring nowhere for"
            " more rows",
            instead,
        )
    longest = max(
        len(style.format.removeprefix("FM").replace('"', "")) for style in (*phones.hyphenated, *phones.plain)
    )
    if limit is not None and limit < longest:
        return Obstacle(
            f"a unique index rests on it, and {column.type.sql} may be too short for a whole number of {longest}"
            " characters",
            instead,
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
        uniqueness=Uniqueness.LIMITED,
        distinct=(
            "by a key of one integer one for each of 10 million rows of ja_JP, 80,000 of en_US; else drawn from so many"
        ),
        example="090-0533-4999, 273-555-0119",
        cost=0.65,
        fills=needs_nothing,
        may_keep=False,
        keeps_width=True,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
