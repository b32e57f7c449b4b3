"""``dictionary``: one of the words of a file beside the rules."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationInfo, model_validator
from pydantic.json_schema import SkipJsonSchema
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.choice import is_simple
from masker.masks.lists import read_list
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, needs_nothing, tells_by_type
from masker.masks.pick import pick, shares
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Words
from masker.masks.sql.expressions import share
from masker.masks.written import first_unreadable

_MOST = 100_000


class Dictionary(MaskRule):
    """One of the entries of a file beside the rules, each as likely as any."""

    mask: Literal["dictionary"] = "dictionary"
    file: str = Field(
        min_length=1, description="a text with an entry a line, or a CSV with a header, by its path from the rule file"
    )
    column: str | None = Field(default=None, min_length=1, description="the column of a CSV")
    entries: SkipJsonSchema[tuple[str, ...]] = Field(default=(), description="what the file holds, read with the rules")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, written: Any, info: ValidationInfo) -> Any:
        if not isinstance(written, dict) or not isinstance(written.get("file"), str):
            return written
        if "entries" in written:
            raise ValueError("entries are read from the file: leave them out, or use `choice`")
        rows = read_list(written["file"], info.context)
        name = written.get("column")
        if name is None and len(rows.header) > 1:
            raise ValueError(f"file: it has columns: add `column:`, one of {', '.join(rows.header)}")
        if name is not None and name not in rows.header:
            raise ValueError(f"column: there is no {name}, there are {', '.join(rows.header) or 'no columns'}")
        at = rows.header.index(name) if name is not None else 0
        values = [row[at] for row in rows.rows if len(row) > at and row[at]]
        if len(set(values)) < 2 or len(values) > _MOST:
            raise ValueError(f"file: {len(values):,} entries, expected 2 to {_MOST:,}, not all of them equal")
        return {**written, "entries": tuple(values)}

    @property
    def words(self) -> Words:
        """What is picked from."""
        return Words(f"dictionary {self.file}", self.entries)


def _render(original: exp.Expression, column: Column, rule: Dictionary, context: Context) -> exp.Expression:
    """One of the entries, by the identity's number."""
    del original, column
    return pick(rule.words, context.identity.number("dictionary", context.bindings), context)


def _chance(original: exp.Expression, column: Column, rule: Dictionary, context: Context) -> exp.Expression:
    """As often as the commonest."""
    del original, context
    return share(max(chance for _, chance in shares(rule.words, column.type.length).entries))


def _problem(column: Column, rule: Dictionary, context: Context) -> Obstacle | None:
    del context
    return first_unreadable(f"file: the entry of {rule.file}", rule.entries, column.type)


DICTIONARY = Mask(
    rule=Dictionary,
    card=Card(
        serves="every type that reads the entries",
        accepts=is_simple,
        uniqueness=Uniqueness.LOST,
        distinct="as many as the file has at most",
        example="an entry of the file",
        cost=0.2,
        fills=needs_nothing,
        tells=tells_by_type,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
