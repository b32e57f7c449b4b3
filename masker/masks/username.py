"""``username``: names to sign in by."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.email import EMAIL, Email
from masker.masks.genders import Given, gender_problem
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text, needs_nothing
from masker.masks.sql.expressions import call, case, share, text
from masker.masks.sql.formula import formula

#: The e-mail that a user name is the beginning of.
_EMAIL = Email(domains=1)
_REST = len(_EMAIL.domain) + 1


class Username(Given):
    """A name to sign in by, unique for every identity, and the local part of the e-mail that the identity has in the
    same scope."""

    mask: Literal["username"] = "username"
    sign: Literal["_", ".", "-"] = Field(
        default="_", description="what stands between a name and what makes it unique; an e-mail has a point"
    )


def _render(original: exp.Expression, column: Column, rule: Username, context: Context) -> exp.Expression:
    """What the e-mail has in front of its @."""
    limit = column.type.length
    roomy = replace(column, type=replace(column.type, length=None if limit is None else limit + _REST))
    made = call(
        "split_part", EMAIL.render(original, roomy, _EMAIL.model_copy(update={"gender": rule.gender}), context), "@", 1
    )
    return made if rule.sign == "." else call("replace", made, ".", rule.sign)


def _chance(original: exp.Expression, column: Column, rule: Username, context: Context) -> exp.Expression:
    """Nobody's name ends in the row's own tag but one that was masked before."""
    del column
    own = formula(
        "{v} LIKE '%' || {tag} AND strpos({v}, {sign}) > 0",
        v=text(original),
        tag=context.identity.tag(context.bindings),
        sign=rule.sign,
    )
    return case((own, share(1)), default=share(0))


def _problem(column: Column, rule: Username, context: Context) -> Obstacle | None:
    limit, needed = column.type.length, context.identity.tag_length
    if limit is not None and limit < needed:
        return Obstacle(
            f"{column.type.sql} is too short for a unique name, which may need {needed} characters",
            "widen the column, or use another mask",
        )
    return gender_problem(column, rule.gender, context)


def _tells(rule: Username, kind: TypeClass) -> str:
    del rule, kind
    return "any"


USERNAME = Mask(
    rule=Username,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.KEPT,
        distinct="one for each identity",
        example="tony_1204",
        cost=0.4,
        fills=needs_nothing,
        may_keep=False,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
