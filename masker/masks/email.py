"""``email``: addresses that reach nobody."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.domains import PART, RESERVED, domain_of, follows, longest_domain
from masker.masks.genders import Given, gender_problem, given_name, longest_given
from masker.masks.locales.pools import Pool
from masker.masks.mask import Card, Context, Draws, Mask, Obstacle, Uniqueness, is_text, needs_nothing
from masker.masks.pick import draw
from masker.masks.sql.expressions import call, case, concat, literal, share, text
from masker.masks.sql.formula import formula

_NAME = r"[a-z0-9.-]+\.[a-z]{2,}"

#: Domains that a rule may ask for, at most.
_MOST_DOMAINS = 1000

Domain = Annotated[str, Field(pattern=f"^{_NAME}$")]
DomainOrKeep = Annotated[str, Field(pattern=f"^(keep|{_NAME})$")]


class Email(Given):
    """An address at a reserved domain, unique for every identity."""

    mask: Literal["email"] = "email"
    domain: DomainOrKeep | dict[str, Domain] = Field(
        default=RESERVED,
        description=(
            'where mail goes: a reserved name or the team\'s own sink; `{gmail.com: a.example.com, "*": example.com}`'
            " by the original's domain; `keep` leaves it, and mail may reach somebody"
        ),
    )
    domains: int | None = Field(
        default=None,
        ge=1,
        le=_MOST_DOMAINS,
        description=(
            "how many domains to draw from: `domain` and names below it (a.example.com, b.example.com …), the second"
            " half as often as the first; default: as many as the originals have and as frequent, where `domain` is a"
            " name that nobody can have and they were counted, else one"
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
        else column.type.length - context.identity.tag_length - longest_domain(rule, context, column) - 2
    )
    if room is not None and room < 1:
        return concat(tag, at)
    name = given_name(rule, "romaji", context, _dotted)
    if rule.length == "keep":
        return concat(_as_long(original, tag, at, name, room, context), at)
    if room is not None and room < longest_given(rule, "romaji", context):
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
    # Nothing is left of it where there is room for the tag alone, and then no point either.
    filled = call("rpad", call("rtrim", name, "."), wanted, family)
    return concat(call("ltrim", concat(filled, "."), "."), tag.copy())


def _at(original: exp.Expression, column: Column, rule: Email, context: Context) -> exp.Expression:
    domain = domain_of(original, column, rule, context)
    return literal(f"@{domain.this}") if isinstance(domain, exp.Literal) else concat("@", domain)


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
    if (rule.domains or 1) > 1 and (isinstance(rule.domain, dict) or rule.domain == "keep"):
        return Obstacle(
            "domains: they are drawn below one domain, and `domain` says more than one", "leave one of the two out"
        )
    at_least = len(RESERVED) if rule.domain == "keep" else longest_domain(rule, context, column)
    limit, needed = column.type.length, context.identity.tag_length + at_least + 1
    if limit is not None and limit < needed:
        place = (
            f"at {rule.domain}" if isinstance(rule.domain, str) and rule.domain != "keep" else "at its longest domain"
        )
        return Obstacle(
            f"{column.type.sql} is too short for a unique address {place}, which may need {needed} characters",
            "widen the column, or use a shorter domain or another mask",
        )
    return gender_problem(column, rule.gender, context)


def _sink(rule: Email) -> str:
    """Empty where an address may end as originals do."""
    if isinstance(rule.domain, dict) or rule.domain == "keep":
        return ""
    return f"@{rule.domain}" if (rule.domains or 1) == 1 and not follows(rule) else rule.domain


def _draws(rule: Email) -> Draws | None:
    return Draws(PART) if follows(rule) else None


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
    draws=_draws,
)
