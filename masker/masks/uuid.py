"""``uuid``: random identifiers."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, needs_nothing
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import share, text
from masker.masks.sql.formula import formula
from masker.masks.token import version_4

_LONG, _SHORT = 36, 32


class Uuid(MaskRule):
    """A random UUID of version 4; of a text, with hyphens, in capitals and in braces where the original is so."""

    mask: Literal["uuid"] = "uuid"


def _render(original: exp.Expression, column: Column, rule: Uuid, context: Context) -> exp.Expression:
    """122 bits of a digest. Source: RFC 9562, 5.4."""
    del rule
    made = version_4(context, "uuid")
    if column.type.kind is TypeClass.UUID:
        return made
    written = text(original)
    is_short = formula("strpos({v}, '-') = 0", v=written)
    long = formula("CAST(CAST({d} AS uuid) AS text)", d=made)
    if column.type.length is not None and column.type.length < _LONG:
        long = made
    form = formula("CASE WHEN {short} THEN {made} ELSE {long} END", short=is_short, made=made, long=long)
    form = formula("CASE WHEN {v} = upper({v}) THEN upper({f}) ELSE {f} END", v=written, f=form)
    return formula("CASE WHEN left({v}, 1) = chr(123) THEN chr(123) || {f} || chr(125) ELSE {f} END", v=written, f=form)


def _chance(original: exp.Expression, column: Column, rule: Uuid, context: Context) -> exp.Expression:
    del original, column, rule, context
    return share(0)


def _problem(column: Column, rule: Uuid, context: Context) -> Obstacle | None:
    del rule, context
    limit = column.type.length
    if limit is not None and limit < _SHORT:
        return Obstacle(f"{column.type.sql} is too short for a UUID, which needs {_SHORT} characters", "use token")
    return None


def _accepts(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.TEXT, TypeClass.UUID}


def _tells(rule: Uuid, kind: TypeClass) -> str:
    del rule, kind
    return "secret"


UUID = Mask(
    rule=Uuid,
    card=Card(
        serves="text, uuid",
        accepts=_accepts,
        uniqueness=Uniqueness.KEPT,
        distinct="one for each identity",
        example="130ac12a-62c2-4ca8-ba94-935d65c79568",
        cost=0.4,
        fills=needs_nothing,
        may_keep=False,
        keeps_width=True,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
