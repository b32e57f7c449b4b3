"""The entries of a column's mask, each as SQL of its own: which of them it is that a server does not accept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from masker.catalog.types import Column
from masker.masks.apply import masked
from masker.masks.array import Array
from masker.masks.choice import Choice
from masker.masks.dictionary import Dictionary
from masker.masks.hstore import Hstore
from masker.masks.json_rule import Json
from masker.masks.map import Map
from masker.masks.mask import Context
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import cast, literal
from masker.masks.sql.verbatim import render
from masker.masks.written import shown
from masker.names import TableName
from masker.tables.reading import MaskedTable

#: Entries of a list that are tried, each by itself.
_MOST = 500


def entries_of(tables: Mapping[TableName, MaskedTable], table: TableName, name: str) -> Iterator[tuple[str, str]]:
    """What the entries of the mask of column *name* are called, and what they make of a row; nothing where there is one
    alone."""
    ready = tables[table].ready.get(name) if table in tables else None
    for use in ready.uses if ready is not None else ():
        yield from _entries(use.rule, use.shape, use.context)


def _entries(rule: MaskRule, column: Column, context: Context) -> Iterator[tuple[str, str]]:
    match rule:
        case Hstore():
            for key, one in rule.keys.items():
                alone = rule.model_copy(update={"keys": {key: one}})
                yield f"keys.{key}:", render(masked(column, alone, context))
        case Json():
            for path, leaf in rule.paths.items():
                alone_leaf = rule.model_copy(update={"paths": {path: leaf}})
                yield f"paths.{path}:", render(masked(column, alone_leaf, context))
        case Array() if column.type.element is not None:
            for name, text in _spelled(rule.of):
                yield f"of: {name}", render(cast(literal(text), column.type.element.sql))
        case _:
            for name, text in _spelled(rule):
                yield name, render(cast(literal(text), column.type.sql))


def _spelled(rule: MaskRule) -> list[tuple[str, str]]:
    """The values that *rule* lists, as a message names them."""
    match rule:
        case Choice():
            subject, texts = "values:", tuple(rule.values)
        case Dictionary():
            subject, texts = f"file: the entry of {rule.file}", rule.entries
        case Map():
            subject = "values: the result" if rule.file is None else f"file: the result of {rule.file}"
            texts = tuple(rule.values.values())
        case _:
            return []
    return [(f"{subject} no. {at}, {shown(text)},", text) for at, text in enumerate(texts[:_MOST], start=1)]
