"""SQL of our own written as a text with expressions in its holes, where nodes would be harder to read than what they
mean."""

from __future__ import annotations

import re
from typing import ClassVar

from sqlglot import exp

_HOLE = re.compile(r"\{(\w+)\}")


class Formula(exp.Expression):
    """*texts* around and between *expressions*, one text more than there are holes; it is always written in
    parentheses."""

    arg_types: ClassVar[dict[str, bool]] = {"texts": True, "expressions": False}


class Verbatim(exp.Expression):
    """*texts* around and between *expressions*, one text more than there are holes. *judged* is what they came from."""

    arg_types: ClassVar[dict[str, bool]] = {"texts": True, "expressions": False, "judged": True}


def formula(text: str, **holes: exp.Expression | str | int) -> exp.Expression:
    """*text*, a constant of the program, with *holes* by their names in braces; Python strings and integers become
    literals.

    >>> from masker.masks.sql.verbatim import render
    >>> render(formula("left({a}, 2) || {a}", a=exp.column("name", quoted=True)))
    '(left("name", 2) || "name")'
    """
    first, *rest = _HOLE.split(text)
    expressions = [_hole(holes[name]) for name in rest[::2]]
    return Formula(
        texts=["(" + first, *rest[1:-1:2], rest[-1] + ")"] if rest else [f"({text})"], expressions=expressions
    )


def _hole(value: exp.Expression | str | int) -> exp.Expression:
    if isinstance(value, int) and value < 0:
        return exp.Paren(this=exp.Literal.number(value))
    if isinstance(value, (int, str)):
        return exp.Literal.number(value) if isinstance(value, int) else exp.Literal.string(value)
    atomic = (Formula, exp.Paren, exp.Column, exp.Literal, exp.Anonymous, exp.Cast, exp.Case, exp.Subquery)
    return value.copy() if isinstance(value, atomic) else exp.Paren(this=value.copy())


def let(body: str, values: dict[str, exp.Expression], **holes: exp.Expression | str | int) -> exp.Expression:
    """*body* over *values*, each computed once; there they are columns by their names, which no column of a table hides
    behind."""
    # Without OFFSET 0 the planner would compute a value anew wherever it is looked at.
    named = {f"value_{name}": value for name, value in values.items()}
    items = ", ".join(f'{{value_{name}}} AS "masker {name}"' for name in values)
    return formula(f'SELECT {_named(body, values)} FROM (SELECT {items} OFFSET 0) AS "masker values"', **named, **holes)  # noqa: S608


def _named(body: str, values: dict[str, exp.Expression]) -> str:
    return re.sub(r"\$(\w+)", lambda match: f'"masker {match[1]}"' if match[1] in values else match[0], body)
