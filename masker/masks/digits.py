"""``digits``: other digits in the places of the original's."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from sqlglot import exp

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness
from masker.masks.rule import MaskRule
from masker.masks.sql.digits import decimal, in_form, narrow, only_digits
from masker.masks.sql.expressions import call, cast, concat, share, text
from masker.masks.sql.formula import formula, let
from masker.masks.sql.permutation import one_digit, permuted

#: As many digits are permuted; a longer row of them is replaced by a digest's.
_PERMUTED = 18

_POWERS = "CAST('{1," + ",".join(str(10**n) for n in range(1, _PERMUTED + 1)) + "}' AS bigint[])"

#: The numbers of the greatest width that a type holds, as where they begin and the two factors of how many there are.
_TOPS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "int2": ((10_000, 16, 1_423),),
    "int4": ((2_147_000_000, 704, 687), (1_000_000_000, 31_000, 37_000)),
    "int8": ((9_223 * 10**15, 32_768, ((1 << 63) - 9_223 * 10**15) // 32_768), (10**18, 2_741_000_000, 3_000_000_000)),
}


def _by_value(value: Any) -> Any:
    if value not in ("value", ["value"], ("value",)):
        raise ValueError("digits are made of the value itself, whoever it belongs to: leave `by` out")
    return ("value",)


class Digits(MaskRule):
    """Other digits in the places of the original's, one-to-one: a text keeps its form, an integer its width."""

    mask: Literal["digits"] = "digits"
    by: Annotated[tuple[str, ...] | None, BeforeValidator(_by_value)] = Field(
        default=("value",), description="always the value itself"
    )
    first: int = Field(
        default=0,
        ge=0,
        le=12,
        description="digits at the beginning that stay; nothing stays of a number of which more than half would",
    )
    last: int = Field(default=0, ge=0, le=12, description="digits at the end that stay, as those at the beginning do")


def _render(original: exp.Expression, column: Column, rule: Digits, context: Context) -> exp.Expression:
    """A keyed permutation of the number that the digits are, among all that have as many."""
    if column.type.kind is TypeClass.INTEGER:
        return _integer(original, column.type.name, context)
    written = text(original)
    kept = rule.first + rule.last
    middle = _others(formula(f'substr("masker d", {rule.first + 1}, length("masker d") - {kept})'), context)
    whole = _others(formula('"masker d"'), context)
    body = (
        "{whole}"
        if not kept
        else "CASE WHEN length($d) >= {least} THEN left($d, {first}) || {middle} || right($d, {last}) ELSE {whole} END"
    )
    holes: dict[str, Any] = (
        {"least": 2 * kept, "first": rule.first, "middle": middle, "last": rule.last} if kept else {}
    )
    replaced = formula(body.replace("$d", '"masker d"'), whole=whole, **holes)
    plain = formula('"masker plain"')
    made = let(
        "CASE WHEN $d = '' THEN {v} ELSE {made} END",
        {"d": only_digits(plain)},
        v=written,
        made=in_form(written, plain, replaced),
    )
    return let("{made}", {"plain": narrow(written)}, made=made)


def _others(digits: exp.Expression, context: Context) -> exp.Expression:
    """As many digits as *digits*, a text of one or more."""
    scope, bindings = context.identity.scope, context.bindings
    length = call("length", digits)
    low, high = (formula(f"({_POWERS})[{part}]", n=length) for part in ("{n} - {n} / 2 + 1", "{n} / 2 + 1"))
    short = call("lpad", text(permuted(cast(digits, "bigint"), low, high, scope, bindings)), length, "0")
    inner = call("sha256", concat(bindings.pad(scope, "inner"), call("convert_to", digits, "UTF8")))
    digest = call("encode", call("sha256", concat(bindings.pad(scope, "outer"), inner)), "hex")
    return formula(
        f"CASE WHEN {{n}} = 1 THEN CAST({{one}} AS text) WHEN {{n}} <= {_PERMUTED} THEN {{short}} ELSE {{long}} END",
        n=length,
        one=one_digit(digits, scope, bindings),
        short=short,
        long=decimal(digest, length),
    )


def _integer(original: exp.Expression, name: str, context: Context) -> exp.Expression:
    """A number of as many decimal digits and the same sign."""
    tops = "".join(
        f" WHEN $x >= {begin} THEN CAST('{{{begin},{low},{high}}}' AS bigint[])" for begin, low, high in _TOPS[name]
    )
    # Where the numbers of a width begin, and the two factors of how many there are.
    band = f"CASE{tops} ELSE ARRAY[({_POWERS})[$n], ({_POWERS})[$n / 2 + 1], 9 * ({_POWERS})[$n - $n / 2]] END"
    begin, low, high = (formula(f'("masker band")[{at}]') for at in (1, 2, 3))
    moved = permuted(formula('"masker x" - {begin}', begin=begin), low, high, context.identity.scope, context.bindings)
    of_width = let(
        "{begin} + {moved}",
        {"band": let(band.replace("$x", '"masker x"'), {"n": formula('length(CAST("masker x" AS text))')})},
        begin=begin,
        moved=moved,
    )
    made = formula(
        'CASE WHEN "masker x" < 10 THEN {one} ELSE {of_width} END',
        one=one_digit(formula('"masker x"'), context.identity.scope, context.bindings),
        of_width=of_width,
    )
    value = cast(original, "bigint")
    return let(
        "CASE WHEN $negative THEN -1 - {made} ELSE {made} END",
        {
            "x": formula("CASE WHEN {v} < 0 THEN -1 - {v} ELSE {v} END", v=value),
            "negative": formula("{v} < 0", v=value),
        },
        made=made,
    )


def _chance(original: exp.Expression, column: Column, rule: Digits, context: Context) -> exp.Expression:
    """One of all numbers of as many digits; a text without any stays."""
    del context
    if column.type.kind is TypeClass.INTEGER:
        digits: exp.Expression = formula("length(CAST(abs(CAST({v} AS numeric)) AS text))", v=original)
    else:
        digits = let(
            "CASE WHEN $n >= {least} THEN $n - {kept} ELSE $n END",
            {"n": call("length", only_digits(narrow(text(original))))},
            kept=rule.first + rule.last,
            least=2 * (rule.first + rule.last),
        )
    return formula("power({tenth}, least({n}, 64))", tenth=share(0.1), n=digits)


def _problem(column: Column, rule: Digits, context: Context) -> Obstacle | None:
    del context
    if column.type.kind is TypeClass.INTEGER and rule.first + rule.last:
        return Obstacle(f"first and last are for text, this is {column.type.sql}", "leave them out")
    return None


def _accepts(kind: ColumnType) -> bool:
    return kind.kind in {TypeClass.TEXT, TypeClass.INTEGER}


def _tells(rule: Digits, kind: TypeClass) -> str:
    del rule, kind
    return "number"


DIGITS = Mask(
    rule=Digits,
    card=Card(
        serves="text, integers",
        accepts=_accepts,
        uniqueness=Uniqueness.KEPT,
        distinct="as many as before",
        example="887-4310-1643, 5728 for 080-1234-5678, 1204",
        cost=7.0,
        keeps_width=True,
        is_reversible=True,
        among_originals=True,
        shows="what is no digit, and the first and last digits that the rule keeps",
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
