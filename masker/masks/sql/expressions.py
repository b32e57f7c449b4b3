"""The few SQL shapes all masks are built from. See :mod:`masker.masks.sql.verbatim` for how they become text."""

from __future__ import annotations

from sqlglot import exp

from masker.masks.sql.formula import Formula, Verbatim

#: Set to clear the sign of a bigint. ``abs()`` raises on the smallest one.
_NON_NEGATIVE = 9223372036854775807


def column(name: str) -> exp.Expression:
    """A column of the row at hand."""
    return exp.column(name, quoted=True)


def call(function: str, *arguments: exp.Expression | str | int) -> exp.Expression:
    """``function(arguments…)``; Python strings and integers become literals.

    Functions go in by their PostgreSQL name and come out by it: sqlglot's typed nodes rename some (``to_hex`` becomes
    ``HEX``).
    """
    return exp.Anonymous(this=function, expressions=[literal(a) for a in arguments])


def literal(value: exp.Expression | str | int) -> exp.Expression:
    """*value* as a literal, or as it is if it is an expression already."""
    if isinstance(value, exp.Expression):
        return value
    return exp.Literal.number(value) if isinstance(value, int) else exp.Literal.string(value)


def cast(value: exp.Expression, type_sql: str) -> exp.Expression:
    """``CAST(value AS type)`` with the type's text as the server wrote it."""
    return exp.Cast(this=value, to=exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=type_sql))


def paren(value: exp.Expression) -> exp.Expression:
    """*value* in parentheses; operators never rely on precedence, on which sqlglot and the server may differ."""
    return (
        value
        if isinstance(value, (Verbatim, Formula, exp.Paren, exp.Column, exp.Literal, exp.Anonymous, exp.Cast, exp.Case))
        else exp.Paren(this=value)
    )


def concat(*parts: exp.Expression | str) -> exp.Expression:
    """``a || b || …``"""
    first, *rest = (paren(literal(p)) for p in parts)
    for part in rest:
        first = exp.DPipe(this=first, expression=part, safe=True)
    return first


def modulo(number: exp.Expression, count: int) -> exp.Expression:
    """``0 … count - 1`` from a 64-bit number, whatever its sign."""
    positive = exp.Paren(this=exp.BitwiseAnd(this=paren(number), expression=exp.Literal.number(_NON_NEGATIVE)))
    return exp.Paren(this=exp.Mod(this=positive, expression=exp.Literal.number(count)))


def quotient(number: exp.Expression, count: int) -> exp.Expression:
    """How many times *count* goes into an integer."""
    # sqlglot divides by dialect: an untyped division would come out as one of floating-point numbers.
    return exp.Paren(this=exp.Div(this=paren(number), expression=exp.Literal.number(count), typed=True, safe=False))


def integer(value: exp.Expression) -> exp.Expression:
    """*value* as a 32-bit integer."""
    return cast(value, "integer")


def text(value: exp.Expression) -> exp.Expression:
    """*value* as text."""
    return cast(value, "text")


def share(value: float) -> exp.Expression:
    """A number from 0 to 1 as double precision."""
    return cast(literal(repr(float(value))), "double precision")


def times(one: exp.Expression, other: exp.Expression) -> exp.Expression:
    """The product of two numbers."""
    return exp.Paren(this=exp.Mul(this=paren(one), expression=paren(other)))


def is_null(value: exp.Expression) -> exp.Expression:
    return exp.Is(this=paren(value), expression=exp.Null())


def case(*branches: tuple[exp.Expression, exp.Expression], default: exp.Expression) -> exp.Expression:
    """``CASE WHEN … THEN … ELSE default END``"""
    return exp.Case(ifs=[exp.If(this=when, true=then) for when, then in branches], default=default)


def equals(left: exp.Expression, right: exp.Expression | str | int) -> exp.Expression:
    return exp.EQ(this=paren(left), expression=paren(literal(right)))
