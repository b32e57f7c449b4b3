"""``template``: a text put together of other columns."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.ends import beside_others
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, concat, literal
from masker.masks.sql.judged import Named

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|([^{}]+)|(.)", re.DOTALL)


def pieces(template: str) -> tuple[tuple[str, str], ...]:
    """The texts and columns of *template* in their order, as ``("text", …)`` and ``("column", …)``. Raises ValueError.

    >>> pieces("{id}: {{x}}")
    (('column', 'id'), ('text', ': {x}'))
    """
    found: list[tuple[str, str]] = []
    for match in _PIECE.finditer(template):
        if match[3] is not None or match[1] == "":
            raise ValueError(
                f"template: a brace at character {match.start() + 1} is no {{column}}; braces themselves are written"
                " twice"
            )
        if match[1] is not None:
            found.append(("column", match[1]))
        else:
            written = match[2] if match[2] is not None else match[0][0]
            if found and found[-1][0] == "text":
                written = found.pop()[1] + written
            found.append(("text", written))
    return tuple(found)


class Template(MaskRule):
    """A text with the values of other columns in it, masked ones as they are masked; what is NULL is left out."""

    mask: Literal["template"] = "template"
    template: str = Field(
        min_length=1, max_length=1000, description="the text, columns in braces, as `{first_name}.{last_name}-{id}`"
    )

    @field_validator("template")
    @classmethod
    def _readable(cls, template: str) -> str:
        if all(kind == "text" for kind, _ in pieces(template)):
            raise ValueError("template: there is no {column} in it; for one value of every row use `fixed`")
        return template

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it names."""
        return tuple(dict.fromkeys(name for kind, name in pieces(self.template) if kind == "column"))


def _render(original: exp.Expression, column: Column, rule: Template, context: Context) -> exp.Expression:
    """The pieces one behind the other."""
    del original, column
    return concat(
        *(
            (literal(piece) if kind == "text" else call("coalesce", _value(piece, context), ""))
            for kind, piece in pieces(rule.template)
        )
    )


def _value(name: str, context: Context) -> exp.Expression:
    return beside_others(context.stand_in(Named(name, is_original=False)), context.table.column(name))


def _problem(column: Column, rule: Template, context: Context) -> Obstacle | None:
    return unknown_columns("template", rule.columns, column, context)


def unknown_columns(word: str, names: tuple[str, ...], column: Column, context: Context) -> Obstacle | None:
    """What is wrong with the columns that a rule under *word* is made of."""
    for name in names:
        if context.table.column(name) is None:
            return Obstacle(f"{word}: there is no column {name}", "name columns of the same table")
        if name == column.name:
            return Obstacle(f"{word}: {name} is the column itself, and its original would show", "name other columns")
    return None


TEMPLATE = Mask(
    rule=Template,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.UNKNOWN,
        distinct="as the columns make them",
        example="user 1204",
        cost=0.1,
        reads_row=True,
    ),
    render=_render,
    chance=None,
    problem=_problem,
)
