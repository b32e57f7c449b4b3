"""``map``: values replaced by those that the rule gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, model_validator
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.choice import Scalar, is_simple, written
from masker.masks.lists import read_list
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Shares, Words
from masker.masks.sql.expressions import call, cast, text
from masker.masks.sql.formula import formula
from masker.masks.written import first_unreadable, shown, unreadable
from masker.model import Model

_MOST = 100_000


class Instead(Model):
    """One value for all that the map does not name."""

    value: Scalar = Field(description="what they become")


def _texts(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {written(key): written(result) if isinstance(result, Scalar) else result for key, result in value.items()}


class Map(MaskRule):
    """The value that the rule gives the original; it has to say what becomes of all others."""

    mask: Literal["map"] = "map"
    values: Annotated[dict[str, str], BeforeValidator(_texts)] = Field(
        default={},
        description=(
            "what each original becomes, as `{gold: a, silver: b}`; they are compared with the text of the value, of"
            " numeric(10,2) 1.00, not 1; of citext in upper or lower case"
        ),
        json_schema_extra={"additionalProperties": {"type": ["string", "number", "boolean"]}},
    )
    file: str | None = Field(
        default=None,
        min_length=1,
        description=(
            "or a CSV with a header, by its path from the rule file: originals in its first column, results in its"
            " second"
        ),
    )
    other: Literal["keep", "null"] | Instead = Field(
        description="what becomes of all others: `keep`, `null`, or one value, as `{value: none}`"
    )

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any, info: ValidationInfo) -> Any:
        if not isinstance(given, dict):
            return given
        if ("file" in given) == ("values" in given):
            raise ValueError("takes either values or a file")
        given = {**given, "other": "null"} if "other" in given and given["other"] is None else given
        if not isinstance(given.get("file"), str):
            return given
        rows = read_list(given["file"], info.context)
        if len(rows.header) < 2:
            raise ValueError("file: expected two columns")
        values = {row[0]: row[1] for row in rows.rows if len(row) > 1}
        if len(values) < len(rows.rows):
            raise ValueError("file: an original stands there twice, or a row has one column")
        return {**given, "values": values}

    @model_validator(mode="after")
    def _some(self) -> Map:
        if not 1 <= len(self.values) <= _MOST:
            raise ValueError(f"{len(self.values):,} originals, expected 1 to {_MOST:,}")
        return self


def _render(original: exp.Expression, column: Column, rule: Map, context: Context) -> exp.Expression:
    """Looked up by the original's text."""
    keys = {key: at for at, key in enumerate(rule.values)}
    if column.type.is_citext:
        for key, at in [*keys.items()]:
            keys.setdefault(key.lower(), at)
    places = context.bindings.shares(Shares("map", tuple((key, float(at)) for key, at in keys.items())))
    results = Words("map", tuple(rule.values.values()))
    place = formula(
        "CAST(CAST({p} AS double precision) AS integer)",
        p=_place(places, text(original)) if not column.type.is_citext else _place_of_any_case(places, text(original)),
    )
    found = call("jsonb_array_element_text", context.bindings.words(results), place)
    if rule.other == "null":
        return found
    rest = text(original) if rule.other == "keep" else formula("{v}", v=written(rule.other.value))
    return (
        cast(formula("coalesce({found}, {rest})", found=found, rest=rest), "text")
        if column.type.is_citext
        else formula("coalesce({f}, {r})", f=found, r=rest)
    )


def _place(places: exp.Expression, key: exp.Expression) -> exp.Expression:
    return call("jsonb_object_field_text", places, key)


def _place_of_any_case(places: exp.Expression, key: exp.Expression) -> exp.Expression:
    """As it is written first: what the server has a lower case of depends on the database's locale."""
    return formula("coalesce({one}, {other})", one=_place(places, key), other=_place(places, call("lower", key.copy())))


def _problem(column: Column, rule: Map, context: Context) -> Obstacle | None:
    del context
    if rule.other == "null" and not column.takes_null:
        return Obstacle("other: null, and the column is NOT NULL", "say what they become: `other: {value: …}`")
    if column.type.is_citext and (twice := _of_one_value(rule.values)):
        return Obstacle(
            f"values: {twice[0]} and {twice[1]} are one value of citext, and become two", "give both one result"
        )
    # Of a file the entries are its rows.
    subject = "values: the result" if rule.file is None else f"file: the result of {rule.file}"
    if found := first_unreadable(subject, tuple(rule.values.values()), column.type):
        return found
    if isinstance(rule.other, Instead) and (found := unreadable(written(rule.other.value), column.type)):
        return Obstacle(f"other: {shown(written(rule.other.value))} {found.found}", found.instead)
    return None


def _of_one_value(values: Mapping[str, str]) -> tuple[str, str] | None:
    """Two originals that differ by case alone, and not so what they become."""
    first: dict[str, str] = {}
    for key, result in values.items():
        other = first.setdefault(key.lower(), key)
        if values[other] != result:
            return other, key
    return None


MAP = Mask(
    rule=Map,
    card=Card(
        serves="every type that reads the values",
        accepts=is_simple,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the map has results at most, and what it keeps",
        example="Springfield for New York",
        cost=0.3,
        shows="what the map tells of it",
        of_original=True,
    ),
    render=_render,
    chance=None,
    problem=_problem,
    keeps_empty=False,
)
