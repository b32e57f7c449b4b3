"""``choice``: one of the rule's own values."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, needs_nothing, tells_by_type
from masker.masks.pick import pick, picked, shares
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Words
from masker.masks.sql.expressions import share
from masker.masks.written import first_unreadable

Scalar = str | int | float | bool

#: By as many slots are values picked that have weights.
_SLOTS = 1_000


def written(value: Scalar) -> str:
    """*value* as PostgreSQL reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _written(value: Any) -> str:
    """A *value* of a list. Raises ValueError of what is none."""
    if not isinstance(value, Scalar):
        found = "null" if value is None else "a list" if isinstance(value, list) else "a mapping"
        raise ValueError(f"expected texts, numbers, true or false, found {found}")  # noqa: TRY004 - what pydantic tells
    return written(value)


def slots(values: dict[str, float]) -> tuple[str, ...]:
    """Each value as often as its weight says, once at least."""
    whole = sum(values.values())
    return tuple(value for value, weight in values.items() for _ in range(max(1, round(weight / whole * _SLOTS))))


def _listed(value: Any) -> Any:
    if isinstance(value, list):
        return dict.fromkeys(map(_written, value), 1.0)
    return {_written(key): weight for key, weight in value.items()} if isinstance(value, dict) else value


class Choice(MaskRule):
    """One of the values that the rule lists, as often as their weights say."""

    mask: Literal["choice"] = "choice"
    values: Annotated[dict[str, float], BeforeValidator(_listed)] = Field(
        min_length=2,
        max_length=_SLOTS,
        description="a list of values, or each with its weight, as `{red: 3, blue: 1}`",
        json_schema_extra={"type": ["array", "object"], "items": {"type": ["string", "number", "boolean"]}},
    )

    @field_validator("values")
    @classmethod
    def _weighed(cls, values: dict[str, float]) -> dict[str, float]:
        if min(values.values()) <= 0:
            raise ValueError("a weight is more than 0; leave out what is never to come")
        return values

    @property
    def words(self) -> Words:
        """What is picked from."""
        return Words("choice", tuple(self.values) if len(set(self.values.values())) == 1 else slots(self.values))


def _render(original: exp.Expression, column: Column, rule: Choice, context: Context) -> exp.Expression:
    """One of the values, by the identity's number."""
    del original, column
    return pick(rule.words, context.identity.number("choice", context.bindings), context)


def _chance(original: exp.Expression, column: Column, rule: Choice, context: Context) -> exp.Expression:
    """As often as it stands there."""
    if column.type.kind in {TypeClass.TEXT, TypeClass.ENUM}:
        return picked(original, rule.words, column, context)
    return share(max(chance for _, chance in shares(rule.words).entries))


def _problem(column: Column, rule: Choice, context: Context) -> Obstacle | None:
    del context
    return first_unreadable("values:", tuple(rule.values), column.type)


def is_simple(kind: ColumnType) -> bool:
    """All types but arrays and composites."""
    return kind.kind not in {TypeClass.ARRAY, TypeClass.COMPOSITE}


CHOICE = Mask(
    rule=Choice,
    card=Card(
        serves="every type that reads the values",
        accepts=is_simple,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the rule lists at most",
        example="blue for New York",
        cost=0.2,
        fills=needs_nothing,
        tells=tells_by_type,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
