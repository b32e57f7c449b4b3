"""``permute``: another key for each key, one-to-one, followed by whatever refers to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic.json_schema import SkipJsonSchema
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.numbers import Drawn, Numbers
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import cast, literal, share, text
from masker.masks.sql.expressions import column as column_expression
from masker.masks.sql.formula import formula, let
from masker.masks.sql.permutation import permuted

#: Under which part of a scope's numbers the range of its keys is kept.
PART = "range"

#: The largest number of each type, and the most that a permutation's two factors may be for it, so that room is left
#: for new rows.
MOST = {"int2": (2**15 - 1, 180), "int4": (2**31 - 1, 46_300), "int8": (2**63 - 1, 3_000_000_000)}

#: What a text is that holds a key and nothing else.
NUMBER = "^(0|-?[1-9][0-9]{0,17})$"

#: The parts of a global id: what stands before the class, the class, the key, and what may follow.
GLOBAL_ID = "^(gid://[^/]+/)([^/?]+)/(0|[1-9][0-9]{0,17})([?].*)?$"


@dataclass(frozen=True, slots=True)
class Range:
    """Keys 1 … *side* * *side* are permuted among themselves; others stay."""

    side: int

    @property
    def end(self) -> int:
        """The largest of them."""
        return self.side * self.side


def range_of(scope: str) -> Drawn:
    """Under what the range of a *scope* is kept with the numbers that steer masks."""
    return Drawn(scope, PART, "", by_value=True)


def as_numbers(found: Range) -> Numbers:
    """*found* as it is kept."""
    return Numbers(distinct=found.side, tail=found.end)


def kept_range(numbers: Numbers) -> Range:
    """What :func:`as_numbers` has kept."""
    return Range(numbers.distinct)


def _by_value(value: Any) -> Any:
    if value not in ("value", ["value"], ("value",)):
        raise ValueError("keys are permuted by themselves, whoever they belong to: leave `by` out")
    return ("value",)


class Permute(MaskRule):
    """Another key for each key, one-to-one within a range that stays; what refers to it follows, declared or said by
    `references:`."""

    mask: Literal["permute"] = "permute"
    by: Annotated[tuple[str, ...] | None, BeforeValidator(_by_value)] = Field(
        default=("value",), description="always the value itself"
    )
    classes: SkipJsonSchema[dict[str, str] | None] = Field(
        default=None, description="found by the rules: by class, the scope of its keys, none where they stay"
    )
    type: SkipJsonSchema[str | None] = Field(
        default=None, description="found by the rules: the column that holds the class"
    )
    other: SkipJsonSchema[Literal["error", "keep", "null"] | None] = Field(
        default=None, description="found by the rules: what becomes of texts that hold no key"
    )

    @model_validator(mode="before")
    @classmethod
    def _found(cls, written: Any) -> Any:
        if isinstance(written, dict) and (said := {"classes", "type", "other"} & written.keys()):
            raise ValueError(f"{', '.join(sorted(said))}: write it under `references:` of the table")
        return written


def following(scope: str, *, other: str | None = None) -> Permute:
    """The rule of what holds keys of *scope*; as text if it says what becomes of *other* texts."""
    return Permute(scope=scope).model_copy(update={"other": other})


def following_classes(classes: Mapping[str, str], *, by: str | None, other: str | None) -> Permute:
    """The rule of what holds keys of several *classes*: as the column *by* says, or, as global ids, itself."""
    rule = Permute(scope=" or ".join(sorted({*classes.values()} - {""})))
    return rule.model_copy(update={"classes": dict(classes), "type": by, "other": other})


def _range(scope: str, column: Column, context: Context) -> Range:
    """The range of the keys of *scope*; where nobody has asked how far they go, all that the type has room for."""
    kept = context.shapes.get(range_of(scope))
    return (
        kept_range(kept)
        if kept is not None
        else Range(MOST[column.type.name if column.type.name in MOST else "int4"][1])
    )


def _moved(value: exp.Expression, scope: str, column: Column, context: Context) -> exp.Expression:
    """The key for *value*, a bigint; a number beyond the range stays."""
    found = _range(scope, column, context)
    return let(
        "CASE WHEN $v BETWEEN 1 AND {end} THEN 1 + {moved} ELSE $v END",
        {"v": value},
        end=literal(found.end),
        moved=permuted(formula('"masker v" - 1'), found.side, found.side, scope, context.bindings),
    )


def _of_class(
    name: exp.Expression, value: exp.Expression, rule: Permute, column: Column, context: Context
) -> exp.Expression:
    """The key for *value* of the class *name*; one that nobody knows ends the statement."""
    by_scope: dict[str, list[str]] = {}
    for each, scope in (rule.classes or {}).items():
        by_scope.setdefault(scope, []).append(each)
    branches = [
        exp.If(
            this=exp.In(this=name.copy(), expressions=[exp.Literal.string(each) for each in names]),
            true=_moved(value.copy(), scope, column, context) if scope else value.copy(),
        )
        for scope, names in sorted(by_scope.items())
    ]
    return exp.Case(ifs=branches, default=_refusal(name, "a class that no facts know"))


def _refusal(value: exp.Expression, words: str) -> exp.Expression:
    """What no server computes, and only where it comes to it: it depends on *value*, of which it shows nothing."""
    return formula("CAST(concat(left({v}, 0), {words}) AS bigint)", v=value, words=f"masker: {words}")


def _render(original: exp.Expression, column: Column, rule: Permute, context: Context) -> exp.Expression:
    if column.type.kind is TypeClass.INTEGER:
        value = cast(original, "bigint")
        if rule.classes is None:
            return _moved(value, context.identity.scope, column, context)
        return _of_class(text(column_expression(rule.type or "")), value, rule, column, context)
    written = text(original)
    other = {
        "keep": written,
        "null": exp.Null(),
    }.get(rule.other or "", text(_refusal(written, "a text that holds no key")))
    if rule.classes is not None and rule.type is None:
        made = formula(
            '("masker m")[1] || ("masker m")[2] || {slash} || {key} || coalesce(("masker m")[4], {none})',
            slash="/",
            none="",
            key=text(_of_class(formula('("masker m")[2]'), _third(), rule, column, context)),
        )
        return let(
            "CASE WHEN $m IS NULL THEN {other} ELSE {made} END",
            {"m": formula("regexp_match({v}, {form})", v=written, form=GLOBAL_ID)},
            other=other,
            made=made,
        )
    number = cast(written, "bigint")
    key = (
        _moved(number, context.identity.scope, column, context)
        if rule.classes is None
        else _of_class(text(column_expression(rule.type or "")), number, rule, column, context)
    )
    return formula(
        "CASE WHEN {v} ~ {form} THEN {key} ELSE {other} END", v=written, form=NUMBER, key=text(key), other=other
    )


def _chance(original: exp.Expression, column: Column, rule: Permute, context: Context) -> exp.Expression:
    """One in the range of its keys; all beyond it, and texts that hold none."""
    written, stays = text(original), share(1)
    if rule.classes is not None and rule.type is None:
        of_class = _met_by_class(formula('("masker m")[2]'), _third(), rule, column, context, is_told=True)
        return let(
            "CASE WHEN $m IS NULL THEN {all} ELSE {met} END",
            {"m": formula("regexp_match({v}, {form})", v=written, form=GLOBAL_ID)},
            all=stays,
            met=of_class,
        )
    is_text = column.type.kind is not TypeClass.INTEGER
    key = cast(written if is_text else original, "bigint")
    if rule.classes is None:
        met = _met(key, [context.identity.scope], column, context)
    else:
        met = _met_by_class(text(column_expression(rule.type or "")), key, rule, column, context, is_told=False)
    if not is_text:
        return met
    return formula("CASE WHEN {v} ~ {form} THEN {met} ELSE {all} END", v=written, form=NUMBER, met=met, all=stays)


def _third() -> exp.Expression:
    """The key of a global id that was read."""
    return cast(formula('("masker m")[3]'), "bigint")


def _met(key: exp.Expression, scopes: Iterable[str], column: Column, context: Context) -> exp.Expression:
    """How likely *key* comes out as it was in one of *scopes*."""
    ends = [_range(scope, column, context).end for scope in scopes]
    each = " + ".join(
        f"CASE WHEN {{key}} BETWEEN 1 AND {{end{at}}} THEN {{one{at}}} ELSE {{all}} END" for at in range(len(ends))
    )
    holes = {f"end{at}": literal(end) for at, end in enumerate(ends)}
    holes |= {f"one{at}": share(1 / end) for at, end in enumerate(ends)}
    return formula(f"least({{all}}, {each})", key=key, all=share(1), **holes)


def _met_by_class(
    name: exp.Expression, key: exp.Expression, rule: Permute, column: Column, context: Context, *, is_told: bool
) -> exp.Expression:
    """The same of a key of the class *name*. Unless it *is told* with the key, one number may stand for several
    classes, and is looked at once: then that it comes out as it was in any of them."""
    classes = rule.classes or {}
    scopes = sorted({*classes.values()} - {""})
    branches = [
        exp.If(
            this=exp.In(
                this=name.copy(), expressions=[exp.Literal.string(each) for each, of in classes.items() if of == scope]
            ),
            true=_met(key, [scope] if is_told else scopes, column, context),
        )
        for scope in scopes
    ]
    return exp.Case(ifs=branches, default=share(1)) if branches else share(1)


def _problem(column: Column, rule: Permute, context: Context) -> Obstacle | None:
    kind = column.type
    follows = rule.other is not None or rule.classes is not None
    if kind.kind is TypeClass.TEXT and not follows:
        return Obstacle(
            f"{kind.sql}: permute is for integers, and for texts that hold the keys of another table",
            "write that under `references:` of the table, as in `references: {user_ref: users.id}`",
        )
    if rule.classes is not None and rule.type is None and kind.kind is not TypeClass.TEXT:
        return Obstacle(f"{kind.sql}: global ids are texts", "say what it refers to, as `users.id`")
    for scope in {*(rule.classes or {}).values()} - {""} or {context.identity.scope}:
        found = context.shapes.get(range_of(scope))
        if found is None:
            continue
        end = kept_range(found).end
        if kind.kind is TypeClass.INTEGER and end > MOST[kind.name][0]:
            return Obstacle(
                f"{kind.sql}: the keys it follows become numbers up to {end:,}, which it does not hold",
                "make the column as wide as the key, or keep the key",
            )
        if kind.length is not None and rule.type is None and rule.classes is None and len(str(end)) > kind.length:
            return Obstacle(
                f"{kind.sql}: the keys it follows become numbers up to {end:,}, which are longer",
                "make the column longer, or keep the key",
            )
    return None


def _accepts(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.INTEGER, TypeClass.TEXT}


PERMUTE = Mask(
    rule=Permute,
    card=Card(
        serves="integers, and texts that hold them",
        accepts=_accepts,
        uniqueness=Uniqueness.KEPT,
        distinct="as many as before",
        example="30512 for 1204",
        cost=6.0,
        is_reversible=True,
        among_originals=True,
        shows="nothing; numbers below 1 and beyond the range stay",
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)


def is_permuted(rule: MaskRule) -> bool:
    """Whether *rule* moves keys, by itself or in the elements of an array."""
    return isinstance(rule, Permute) or isinstance(getattr(rule, "of", None), Permute)
