"""``phone``: numbers that ring nowhere."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.locales.locale import Begins, Longer, Style
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text, needs_nothing
from masker.masks.parts import InParts, parts_problem, piece_of
from masker.masks.phone_chance import chance_of
from masker.masks.phone_kinds import LANDLINE, Form, fitting_area, in_area, of_kind, of_service
from masker.masks.sql.bindings import settled
from masker.masks.sql.expressions import call, case, cast, concat, is_null, literal, modulo, text, times
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.formula import formula
from masker.masks.sql.identity import Identity
from masker.masks.sql.wide import as_wide, digits_of, in_groups, is_narrow, narrowed

#: Digits of the shortest column that a number is put into; fewer where a country's numbers have fewer.
_SHORTEST = 10

#: How many digits the groups of a number have.
_GROUPS = ("{2,5}", "{1,4}", "{3,4}")

#: What the last three digits count to; there are as many numbers as a multiple of it.
_TURNED = 1000


class Phone(InParts):
    """A number that rings nowhere, written as the original was; a Japanese landline is one of the region that
    ``address`` has in its scope, and 0120 stays free to call."""

    mask: Literal["phone"] = "phone"


def _render(original: exp.Expression, column: Column, rule: Phone, context: Context) -> exp.Expression:
    """A number nobody has, with the original's hyphens and about its length; where numbers tell places apart, one of
    the place where the identity lives."""
    phones, written = context.locale.phones, text(original)
    drawn = (
        _permuted(context)
        if _is_one_to_one(context.identity)
        else modulo(context.identity.number("phone", context.bindings), phones.drawn)
    )
    if phones.first:
        drawn = exp.Paren(this=exp.Add(this=drawn, expression=literal(phones.first)))
    if rule.parts is not None:
        return _piece(drawn, written, column, rule, context)
    has_hyphen = exp.GT(this=call("strpos", written.copy(), "-"), expression=literal(0))
    # Of characters of one byte as many as of bytes, which are known without counting.
    size = call("octet_length" if context.locale.wide else "length", written)
    plain = of_kind(
        drawn,
        Form(
            styled=case(
                (has_hyphen, _styled(phones.hyphenated, written, size)), default=_styled(phones.plain, written, size)
            ),
            begins=lambda mark: exp.Like(this=written.copy(), expression=literal(f"{mark}%")),
            is_long=formula(
                "{size} > {short} AND ({size} > {long} OR NOT {has_hyphen})",
                size=size,
                has_hyphen=has_hyphen,
                long=LANDLINE + 2,
                short=LANDLINE,
            ),
            has_hyphen=has_hyphen,
        ),
        context,
    )
    return case((is_narrow(written), plain), default=_wide(drawn, written, context)) if context.locale.wide else plain


def _wide(drawn: exp.Expression, written: exp.Expression, context: Context) -> exp.Expression:
    """The same of an original with characters as wide as kanji: its digits and marks are followed."""
    digits = digits_of(written)
    plus = formula("strpos({v}, '+') = 1", v=narrowed(written))
    is_long = formula("length({digits}) > {n}", digits=digits, n=LANDLINE)
    formats = {style.when: style.format for style in context.locale.phones.hyphenated}
    branches = [
        (plus if isinstance(when, Begins) else is_long, literal(found)) for when, found in formats.items() if when
    ]
    made = of_kind(
        drawn,
        Form(
            styled=case(*branches, default=literal(formats[None])),
            begins=lambda mark: (
                plus.copy()
                if mark == "+"
                else formula("left({digits}, {n}) = {mark}", digits=digits, n=len(mark), mark=mark)
            ),
            is_long=is_long,
            has_hyphen=None,
        ),
        context,
    )
    return call("coalesce", in_groups(made, _GROUPS, written), as_wide(made.copy(), written))


def _piece(
    drawn: exp.Expression, written: exp.Expression, column: Column, rule: Phone, context: Context
) -> exp.Expression:
    """The piece of a whole number that the column holds, no longer than what was *written* there. What kind of number
    it is say all its columns together."""
    phones = context.locale.phones
    whole = call("to_char", drawn, phones.in_parts)
    if phones.areas:
        first, *_ = columns = [
            call("coalesce", text(column_expression(name)), literal("")) for name in rule.parts or ()
        ]
        first = digits_of(first)
        branches = [
            (
                formula("{first} = {begins}", first=first, begins=one.begins),
                call("to_char", of_service(drawn, one), one.hyphenated),
            )
            for one in phones.services
        ]
        is_long = formula("length({all}) > {n}", all=concat(*columns), n=LANDLINE)
        form = Form(styled=whole, begins=lambda _: whole, is_long=is_long, has_hyphen=None)
        whole = case(*branches, (is_long, whole), default=in_area(drawn.copy(), fitting_area(first, context), form))
    piece = call("left", piece_of(whole, column, rule), call("length", written.copy()))
    return case((is_narrow(written), piece), default=as_wide(piece.copy(), written)) if context.locale.wide else piece


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
    turned = formula("{own} % {last} * {others} + {own} / {last}", own=own, last=_TURNED, others=count // _TURNED)
    number = _moved(turned, "second", context)
    if not key.is_nullable:
        return number
    drawn = modulo(identity.number("phone", context.bindings), count)
    return case((is_null(column_expression(key.name)), drawn), default=number)


def _moved(number: exp.Expression, turn: str, context: Context) -> exp.Expression:
    count, seed = context.locale.phones.drawn, context.bindings.seed
    tens = times(modulo(seed(context.identity.scope, f"phone, {turn} step"), count // 10), literal(10))
    factor = settled(exp.Add(this=tens, expression=literal(7)), context.bindings)
    start = settled(modulo(seed(context.identity.scope, f"phone, {turn} start"), count), context.bindings)
    return formula("({n} * {factor} + {start}) % {count}", n=number, factor=factor, start=start, count=count)


def _styled(styles: tuple[Style, ...], written: exp.Expression, size: exp.Expression) -> exp.Expression:
    conditions = [
        (_holds(style.when, written, size), literal(style.format)) for style in styles if style.when is not None
    ]
    (other,) = (style for style in styles if style.when is None)
    return case(*conditions, default=literal(other.format))


def _holds(when: Begins | Longer, written: exp.Expression, size: exp.Expression) -> exp.Expression:
    match when:
        case Begins(mark, characters):
            # LIKE takes a third of the time of starts_with().
            begins = exp.Like(this=written.copy(), expression=literal(f"{mark}%"))
            if not characters:
                return begins
            return exp.And(this=begins, expression=exp.GT(this=size.copy(), expression=literal(characters)))
        case Longer(characters):
            return exp.GT(this=size.copy(), expression=literal(characters))


def _problem(column: Column, rule: Phone, context: Context) -> Obstacle | None:
    if rule.parts is not None:
        return parts_problem(column, rule, context, context.locale.phones.in_parts)
    limit, shortest = column.type.length, min(_SHORTEST, *_lengths(context))
    if limit is not None and limit < shortest:
        return Obstacle(
            f"{column.type.sql} is too short for a telephone number of {shortest} digits",
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
    longest = max(_lengths(context))
    if limit is not None and limit < longest:
        return Obstacle(
            f"a unique index rests on it, and {column.type.sql} may be too short for a whole number of {longest}"
            " characters",
            instead,
        )
    return None


def _lengths(context: Context) -> list[int]:
    """Characters of a number in each of the styles."""
    phones = context.locale.phones
    return [len(style.format.removeprefix("FM").replace('"', "")) for style in (*phones.hyphenated, *phones.plain)]


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
            "by a key of one integer one for each of 10 million rows of ja_JP and es_ES, 80,000 of en_US; else drawn"
            " from so many; of Japanese landlines that need not stay apart from those of one area; Spain keeps no"
            " numbers for films: there they have beginnings that its numbering plan gives to nobody, 79 and 99"
        ),
        example="090-0533-4999, 273-555-0119",
        cost=0.6,
        fills=needs_nothing,
        may_keep=False,
        keeps_width=True,
        tells=_tells,
    ),
    render=_render,
    chance=chance_of,
    problem=_problem,
)
