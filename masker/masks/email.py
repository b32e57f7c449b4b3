"""``email``: addresses that reach nobody."""

from __future__ import annotations

from functools import cache
from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.locales.words import Pool
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text
from masker.masks.pick import draw
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Words
from masker.masks.sql.expressions import call, case, concat, share, text


class Email(MaskRule):
    """An address at a reserved domain, unique for every identity."""

    mask: Literal["email"] = "email"
    domain: str = Field(
        default="example.com", pattern=r"^[a-z0-9.-]+\.[a-z]{2,}$", description="where mail goes: a reserved name or the team's own sink"
    )


def _render(original: exp.Expression, column: Column, rule: Email, context: Context) -> exp.Expression:
    """``yoko.1204@example.com``: a given name, agreeing with first_name of the scope, and what makes it unique.

    Where the column is too short for all of it, the name is cut or left out. Source: example.com is reserved, RFC 2606.
    """
    del original
    tag = context.identity.tag(context.bindings)
    room = None if column.type.length is None else column.type.length - context.identity.tag_length - len(rule.domain) - 2
    if room is not None and room < 1:
        return concat(tag, f"@{rule.domain}")
    dotted = _dotted(context.locale.names("given", "romaji"))
    name = draw(dotted, context.identity.number("given", context.bindings), context)
    if room is not None and room < max(len(entry) for entry in dotted.every.entries) - 1:
        name = concat(call("left", call("rtrim", name, "."), room), ".")
    return concat(name, tag, f"@{rule.domain}")


@cache
def _dotted(names: Pool) -> Pool:
    """*names* as they stand in addresses, in front of what makes one unique."""
    common, rare, every = (
        Words(f"{words.name} lower, dotted", tuple(f"{name.lower()}." for name in words.entries))
        for words in (names.common, names.rare, names.every)
    )
    return Pool(common, rare, every)


def _chance(original: exp.Expression, column: Column, rule: Email, context: Context) -> exp.Expression:
    """Nobody's address ends in the row's own tag at the sink; one that does was masked before, and may be made again."""
    del column
    end = concat(context.identity.tag(context.bindings), f"@{rule.domain}")
    own = exp.EQ(this=call("right", call("lower", text(original)), call("length", end)), expression=end.copy())
    return case((own, share(1)), default=share(0))


def _problem(column: Column, rule: Email, context: Context) -> Obstacle | None:
    limit, needed = column.type.length, context.identity.tag_length + len(rule.domain) + 1
    if limit is not None and limit < needed:
        return Obstacle(
            f"{column.type.sql} is too short for a unique address at {rule.domain}, which may need {needed} characters",
            "widen the column, or use a shorter domain or another mask",
        )
    return None


def _sink(rule: Email) -> str:
    return f"@{rule.domain}"


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
        may_keep=False,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
    sink=_sink,
)
