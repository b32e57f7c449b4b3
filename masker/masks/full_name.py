"""``full_name``: a family and a given name."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text, needs_nothing
from masker.masks.names import Name, name_of, names_of, script_problem
from masker.masks.pick import drawn, drawn_shares
from masker.masks.sql.expressions import call, case, concat, equals, share, text, times


class FullName(Name):
    """A family and a given name in the locale's order."""

    mask: Literal["full_name"] = "full_name"
    separator: str = Field(
        default=" ",
        max_length=3,
        description="between the two names; Japanese data often has none or a full-width space",
    )


def _order(context: Context) -> tuple[str, str]:
    return ("family", "given") if context.locale.family_first else ("given", "family")


def _render(original: exp.Expression, column: Column, rule: FullName, context: Context) -> exp.Expression:
    del original, column
    # Numbered in one order whatever the country, so that statements of two locales differ in their order alone.
    names = {part: name_of(part, rule, context) for part in ("family", "given")}
    first, second = (names[part] for part in _order(context))
    return concat(first, rule.separator, second) if rule.separator else concat(first, second)


def _chance(original: exp.Expression, column: Column, rule: FullName, context: Context) -> exp.Expression:
    """Both names are looked up where there is something between them; else each length that the first may have is
    tried."""
    first, second = (names_of(part, rule, context) for part in _order(context))
    longest = first.longest + len(rule.separator) + second.longest
    if column.type.length is not None and column.type.length < longest:
        return share(max(of for _, of in drawn_shares(first, column.type.length).entries))
    between = len(rule.separator)
    chances = [
        times(
            drawn(call("left", text(original.copy()), size), first, context),
            drawn(call("substr", text(original.copy()), size + between + 1), second, context),
        )
        for size in first.lengths
    ]
    if not rule.separator:
        return call("greatest", *chances)
    word, rest = (call("split_part", text(original.copy()), rule.separator, at) for at in (1, 2))
    whole = equals(concat(word.copy(), rule.separator, rest.copy()), text(original.copy()))
    return case((whole, times(drawn(word, first, context), drawn(rest, second, context))), default=share(0))


def _tells(rule: FullName, kind: TypeClass) -> str:
    del rule, kind
    return "name"


FULL_NAME = Mask(
    rule=FullName,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as pairs of two names at most, each as frequent as `last_name` and `first_name` of the scope",
        example="小寺 圭介",
        cost=0.3,
        fills=needs_nothing,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=script_problem,
)
