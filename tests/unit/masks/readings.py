"""Tables of a catalog in a few words, read under rules as the plan does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from masker.catalog.types import Catalog, Table
from masker.errors import Position, Problem
from masker.masks.any_mask import AnyMask
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Binding, SessionBindings
from masker.ruleset.types import ColumnDecision, TableDecision
from masker.tables.plan import MaskedColumn
from masker.tables.reading import mask_table, select

_RULE: TypeAdapter[MaskRule] = TypeAdapter(AnyMask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a table would be read: the statement, what its session has to set, and what stands in the way."""

    statement: str
    items: Mapping[str, str]
    used: Mapping[str, Binding]
    problems: tuple[Problem, ...]
    masked: tuple[MaskedColumn, ...]


def rule(written: Any) -> MaskRule:
    """A rule as a rule file has it: ``email``, ``{mask: email, …}``."""
    return _RULE.validate_python(written)


def reading(catalog: Catalog, table: Table, rules: Mapping[str, Any], *, locale: str = "ja_JP") -> Reading:
    """*table* of *catalog* under *rules* by column; columns without one are copied as they are."""
    columns = {}
    for name, written in rules.items():
        found, one = table.column(name), rule(written)
        assert found is not None, name
        columns[name] = ColumnDecision(
            column=found, rule=one, position=Position("rules.yml", 1, 1), locale=one.locale or locale
        )
    problems: list[Problem] = []
    bindings = SessionBindings()
    read = mask_table(TableDecision(table=table, columns=columns), catalog, bindings, {}, problems)
    statement = "" if problems else select(table, read)
    return Reading(
        statement=statement,
        items=read.items,
        used=bindings.used,
        problems=tuple(problems),
        masked=tuple(read.masked),
    )
