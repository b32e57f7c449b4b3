"""``hstore``: values masked by key; everything no key names is kept or dropped, as the rule says."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field, field_validator
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.any_mask import AnyMask
from masker.masks.locales import LOCALES
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.once import once
from masker.masks.rule import MaskRule, require_of_values
from masker.masks.sql.expressions import call, cast, paren, share, text
from masker.masks.sql.formula import formula

#: Masks that are for whole columns.
_REFUSED = frozenset({"json", "hstore", "array", "cases", "sql", "template", "derived", "password", "redact_text"})

_TEXT = ColumnType(oid=25, sql="text", base="text", name="text", kind=TypeClass.TEXT)


class Hstore(MaskRule):
    """Values masked by key; a key that is not there is not made."""

    mask: Literal["hstore"] = "hstore"
    keys: dict[Annotated[str, Field(min_length=1)], AnyMask] = Field(
        min_length=1, description="each key with the mask of its value"
    )
    other: Literal["keep", "drop"] = Field(description="what becomes of every key that is not named")

    @field_validator("keys")
    @classmethod
    def _simple(cls, keys: dict[str, MaskRule]) -> dict[str, MaskRule]:
        for key, rule in keys.items():
            if rule.mask in _REFUSED:
                raise ValueError(f"{key}: the mask {rule.mask} is for whole columns, expected one of single values")
            if rule.by is not None and "by" in rule.model_fields_set and not rule.is_by_value:
                raise ValueError(f"{key}: by stands beside `keys`, for all of them; here there is `by: value`")
            require_of_values(rule, "keys")
        return keys


def _schema(column: Column) -> str:
    return column.type.base.rpartition(".")[0]


def _value(key: str, rule: MaskRule, value: exp.Expression, context: Context) -> tuple[Column, Context]:
    """The column that a value is to its mask, and what the mask may know of it."""
    column = Column(name=key, number=0, type=_TEXT, is_nullable=True)
    identity = context.identity.within(f".{key}")
    if rule.scope is not None:
        identity = replace(identity, scope=rule.scope)
    if rule.is_by_value or identity.by_value:
        identity = replace(identity, columns=(column,), by_value=True, value=value)
    return column, replace(
        context,
        identity=identity,
        locale=LOCALES[rule.locale] if rule.locale else context.locale,
        is_unique=False,
        meets_unique=False,
        fits=None,
    )


def _render(original: exp.Expression, column: Column, rule: Hstore, context: Context) -> exp.Expression:
    """The pairs that stay, and behind them those that are masked, which take their place."""
    schema, empty = _schema(column), cast(exp.Literal.string(""), column.type.base)
    made = original if rule.other == "keep" else empty
    for key, masked in rule.keys.items():
        if masked.mask == "keep" and rule.other == "keep":
            continue
        value = formula(f"{schema}.fetchval({{h}}, {{key}})", h=original, key=key)
        mask = context.masks[masked.mask]
        if masked.mask in {"keep", "null"}:
            found = value if masked.mask == "keep" else cast(exp.Null(), "text")
        else:
            found = _made(mask, value, masked, *_value(key, masked, value, context))
            kept = "coalesce({v} = '', true)" if mask.keeps_empty else "{v} IS NULL"
            found = formula(f"CASE WHEN {kept} THEN {{v}} ELSE {{made}} END", v=value, made=found)
        pair = formula(
            f"CASE WHEN {schema}.exist({{h}}, {{key}}) THEN {schema}.hstore(CAST({{key}} AS text), {{found}}) ELSE"
            " {empty} END",
            h=original,
            key=key,
            found=found,
            empty=empty,
        )
        made = formula(f"{schema}.hs_concat({{made}}, {{pair}})", made=made, pair=pair)
    return made


def _made(mask: Mask, value: exp.Expression, rule: MaskRule, within: Column, context: Context) -> exp.Expression:
    return text(paren(once(lambda inside: mask.render(value.copy(), within, rule, inside), context)))


def _chance(original: exp.Expression, column: Column, rule: Hstore, context: Context) -> exp.Expression:
    """All values that keys name have to come out as they were; one that is absent or empty does."""
    schema, chances = _schema(column), [share(1)]
    for key, masked in rule.keys.items():
        mask = context.masks[masked.mask]
        value = formula(f"{schema}.fetchval({{h}}, {{key}})", h=original, key=key)
        if masked.mask == "null":
            chances.append(
                formula("CASE WHEN {v} IS NULL THEN {one} ELSE {none} END", v=value, one=share(1), none=share(0))
            )
        elif mask.chance is not None:
            inner_column, inner = _value(key, masked, value, context)
            stays = "coalesce({v} = '', true)" if mask.keeps_empty else "{v} IS NULL"
            made = mask.chance(value.copy(), inner_column, masked, inner)
            chances.append(
                formula(f"CASE WHEN {stays} THEN {{one}} ELSE {{made}} END", v=value, one=share(1), made=made)
            )
    return call("least", *chances)


def _problem(column: Column, rule: Hstore, context: Context) -> Obstacle | None:
    for key, masked in rule.keys.items():
        mask = context.masks[masked.mask]
        if not mask.card.accepts(_TEXT):
            return Obstacle(
                f"{key}: the mask {masked.mask} serves {mask.card.serves}, and a value is text",
                "use one that serves text",
            )
        if masked.mask in {"keep", "null"}:
            continue
        if found := mask.problem(*_shaped(key, masked, column, context)):
            return replace(found, found=f"{key}: {found.found}")
    return None


def _shaped(key: str, masked: MaskRule, column: Column, context: Context) -> tuple[Column, MaskRule, Context]:
    del column
    inner_column, inner = _value(key, masked, exp.Literal.string(""), context)
    return inner_column, masked, inner


def _accepts(kind: ColumnType) -> bool:
    return kind.name == "hstore" and kind.extension == "hstore"


HSTORE = Mask(
    rule=Hstore,
    card=Card(
        serves="hstore",
        accepts=_accepts,
        uniqueness=Uniqueness.UNKNOWN,
        distinct="as the values' masks make them",
        example='"mail"=>"marie.1204@example.com"',
        cost=0.5,
        shows="its keys, and what is kept of it",
        reads_row=True,
        needs="hstore",
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
    keeps_empty=False,
)
