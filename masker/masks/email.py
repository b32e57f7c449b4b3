"""``email``: addresses that reach nobody."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.locales.pools import Pool
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text, needs_nothing
from masker.masks.pick import draw, pick
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Words
from masker.masks.sql.expressions import call, case, concat, literal, share, text
from masker.masks.sql.formula import formula

#: Where mail goes that no rule says another place for. Source: RFC 2606; names below it are nobody's either.
_RESERVED = "example.com"

_NAME = r"[a-z0-9.-]+\.[a-z]{2,}"

#: Places that domains are drawn from, the commonest at most of them.
_SLOTS, _MOST_DOMAINS = 4096, 1000

Domain = Annotated[str, Field(pattern=f"^{_NAME}$")]
DomainOrKeep = Annotated[str, Field(pattern=f"^(keep|{_NAME})$")]


class Email(MaskRule):
    """An address at a reserved domain, unique for every identity."""

    mask: Literal["email"] = "email"
    domain: DomainOrKeep | dict[str, Domain] = Field(
        default=_RESERVED,
        description=(
            'where mail goes: a reserved name or the team\'s own sink; `{gmail.com: a.example.com, "*": example.com}`'
            " by the original's domain; `keep` leaves it, and mail may reach somebody"
        ),
    )
    domains: int = Field(
        default=1,
        ge=1,
        le=_MOST_DOMAINS,
        description=(
            "how many domains to draw from: `domain` and names below it (a.example.com, b.example.com …), the second"
            " half as often as the first"
        ),
    )
    length: Literal["keep"] | None = Field(
        default=None,
        description=(
            "keep: the address is as long as the original where what makes it unique fits; columns of one scope then"
            " agree only if their originals are as long"
        ),
    )


def _render(original: exp.Expression, column: Column, rule: Email, context: Context) -> exp.Expression:
    """``yoko.1204@example.com``: a given name, agreeing with first_name of the scope, and what makes it unique.

    Where the column is too short for all of it, the name is cut or left out.
    """
    tag = context.identity.tag(context.bindings)
    at = _at(original, column, rule, context)
    room = (
        None
        if column.type.length is None
        else column.type.length - context.identity.tag_length - _longest(rule, context, column) - 2
    )
    if room is not None and room < 1:
        return concat(tag, at)
    dotted = _dotted(
        context.locale.names("given", "romaji", numbers=context.numbers("given"), by_value=context.identity.draws_alike)
    )
    name = draw(dotted, context.identity.number("given", context.bindings), context)
    if rule.length == "keep":
        return concat(_as_long(original, tag, at, name, room, context), at)
    if room is not None and room < dotted.longest - 1:
        name = concat(call("left", call("rtrim", name, "."), room), ".")
    return concat(name, tag, at)


def _as_long(
    original: exp.Expression,
    tag: exp.Expression,
    at: exp.Expression,
    name: exp.Expression,
    room: int | None,
    context: Context,
) -> exp.Expression:
    """What stands before *at* in an address of the original's length, the given name cut or filled up with a family
    name."""
    left = formula(
        "length({v}) - {end} - length({tag}) - 1",
        v=text(original),
        end=len(at.this) if isinstance(at, exp.Literal) else call("length", at),
        tag=tag,
    )
    wanted: exp.Expression = left if room is None else call("least", left, room)
    family = draw(
        _plain(
            context.locale.names(
                "family", "romaji", numbers=context.numbers("family"), by_value=context.identity.draws_alike
            )
        ),
        context.identity.number("family", context.bindings),
        context,
    )
    filled = call("rpad", call("rtrim", name, "."), wanted, family)
    return case((exp.GT(this=wanted.copy(), expression=literal(0)), concat(filled, ".", tag.copy())), default=tag)


def _at(original: exp.Expression, column: Column, rule: Email, context: Context) -> exp.Expression:
    domain = _domain(original, column, rule, context)
    return literal(f"@{domain.this}") if isinstance(domain, exp.Literal) else concat("@", domain)


def _domain(original: exp.Expression, column: Column, rule: Email, context: Context) -> exp.Expression:
    if isinstance(rule.domain, dict):
        other = literal(rule.domain.get("*", _RESERVED))
        named = [
            exp.If(this=literal(name.lower()), true=literal(to)) for name, to in rule.domain.items() if name != "*"
        ]
        return exp.Case(this=_own_domain(original), ifs=named, default=other) if named else other
    if rule.domain == "keep":
        kept = _own_domain(original)
        is_usable: exp.Expression = exp.NEQ(this=kept.copy(), expression=literal(""))
        if column.type.length is not None:
            # What would be cut off could be what makes the address unique, or tells one domain from another.
            longest = literal(column.type.length - context.identity.tag_length - 1)
            is_usable = exp.And(
                this=is_usable, expression=exp.LTE(this=call("length", kept.copy()), expression=longest)
            )
        return case((is_usable, kept), default=literal(_RESERVED))
    if rule.domains == 1:
        return literal(rule.domain)
    return pick(_drawn(rule.domain, rule.domains), context.identity.number("domain", context.bindings), context)


def _own_domain(original: exp.Expression) -> exp.Expression:
    return call("lower", call("split_part", text(original), "@", 2))


def _longest(rule: Email, context: Context, column: Column) -> int:
    """Characters of the longest domain."""
    if isinstance(rule.domain, dict):
        return max(map(len, (*rule.domain.values(), *(() if "*" in rule.domain else (_RESERVED,)))))
    if rule.domain == "keep":
        return (
            len(_RESERVED)
            if column.type.length is None
            else max(len(_RESERVED), column.type.length - context.identity.tag_length - 1)
        )
    return _longest_drawn(rule.domain, rule.domains)


@cache
def _drawn(domain: str, count: int) -> Words:
    """*domain* and names below it, each in as many places as it is common: of the second half as many as of the first,
    and so on."""
    names = [domain, *(f"{_label(number)}.{domain}" for number in range(count - 1))]
    whole = sum(1 / rank for rank in range(1, count + 1))
    slots, sofar = list[str](), 0.0
    for rank, name in enumerate(names, start=1):
        sofar += 1 / rank / whole
        slots += [name] * max(1, round(sofar * _SLOTS) - len(slots))
    return Words(f"domains {domain} {count}", tuple(slots))


@cache
def _longest_drawn(domain: str, count: int) -> int:
    return max(map(len, _drawn(domain, count).entries))


def _label(number: int) -> str:
    """a, b, … z, aa, ab, …"""
    letters = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(ord("a") + letter) + letters
    return letters


@cache
def _dotted(names: Pool) -> Pool:
    """*names* as they stand in addresses, in front of what makes one unique."""
    return names.map(str.lower, "lower, dotted", ".")


@cache
def _plain(names: Pool) -> Pool:
    """The letters of *names*, as they stand in addresses."""
    return names.map(lambda name: "".join(letter for letter in name.lower() if "a" <= letter <= "z"), "lower")


def _chance(original: exp.Expression, column: Column, rule: Email, context: Context) -> exp.Expression:
    """Nobody's address ends in the row's own tag at the sink; one that does was masked before, and may be made
    again."""
    end = concat(context.identity.tag(context.bindings), _at(original, column, rule, context))
    own = exp.EQ(this=call("right", call("lower", text(original)), call("length", end)), expression=end.copy())
    return case((own, share(1)), default=share(0))


def _problem(column: Column, rule: Email, context: Context) -> Obstacle | None:
    if rule.domains > 1 and (isinstance(rule.domain, dict) or rule.domain == "keep"):
        return Obstacle(
            "domains: they are drawn below one domain, and `domain` says more than one", "leave one of the two out"
        )
    at_least = len(_RESERVED) if rule.domain == "keep" else _longest(rule, context, column)
    limit, needed = column.type.length, context.identity.tag_length + at_least + 1
    if limit is not None and limit < needed:
        place = (
            f"at {rule.domain}" if isinstance(rule.domain, str) and rule.domain != "keep" else "at its longest domain"
        )
        return Obstacle(
            f"{column.type.sql} is too short for a unique address {place}, which may need {needed} characters",
            "widen the column, or use a shorter domain or another mask",
        )
    return None


def _sink(rule: Email) -> str:
    """Empty where an address may end as originals do."""
    if isinstance(rule.domain, dict) or rule.domain == "keep":
        return ""
    return f"@{rule.domain}" if rule.domains == 1 else rule.domain


def _tells(rule: Email, kind: TypeClass) -> str:
    del rule, kind
    return "email"


EMAIL = Mask(
    rule=Email,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.KEPT,
        distinct="one for each identity",
        example="keisuke.1204@example.com",
        cost=0.25,
        fills=needs_nothing,
        may_keep=False,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
    sink=_sink,
)
