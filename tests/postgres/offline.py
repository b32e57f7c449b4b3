"""A catalog that was read from a file held against one that a server has, field by field."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from masker.catalog.types import Catalog
from masker.masks.sql import grammar

#: What only a running server knows.
_OF_SERVERS = frozenset({
    "oid", "rows", "pages", "bytes", "relfilenode", "can_select", "hides_rows", "carried", "has_own_rows", "version",
    "needed_by", "server", "overloads", "reading_domain_checks", "large_objects", "unreadable_large_objects",
    "extension_sequences", "hosts_event_triggers",
})  # fmt: skip

#: Lists whose order a server leaves to chance.
_SETS = frozenset({"expression_columns", "partition_key"})

#: Conditions that one side may write with more parentheses than the other.
_CONDITIONS = frozenset({"expression", "definition"})


def differences(offline: Catalog, server: Catalog) -> list[str]:
    """Every field in which they differ, extensions' own tables left out."""
    own = {name: table for name, table in server.tables.items() if table.extension is None}
    return list(_differences("", offline, dataclasses.replace(server, tables=own)))


def _differences(path: str, one: Any, other: Any) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() ^ other.keys():
            yield f"{path}: {key} is only {'offline' if key in one else 'on the server'}"
        for key in one.keys() & other.keys():
            yield from _differences(f"{path} {key}", one[key], other[key])
    elif dataclasses.is_dataclass(one) and type(one) is type(other):
        for field in dataclasses.fields(one):
            if field.name not in _OF_SERVERS:
                yield from _field(f"{path}.{field.name}", field.name, one, other)
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for at, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _differences(f"{path}[{getattr(mine, 'name', at)}]", mine, theirs)
    elif one != other:
        yield f"{path}: offline {one!r}, server {other!r}"


def _field(path: str, name: str, one: Any, other: Any) -> Iterator[str]:
    mine, theirs = getattr(one, name), getattr(other, name)
    if name in _SETS:
        mine, theirs = sorted(mine), sorted(theirs)
    if name not in _CONDITIONS or mine == theirs or _means(mine) != _means(theirs):
        yield from _differences(path, mine, theirs)


def _means(text: str) -> object:
    condition = text.removesuffix(" NOT VALID").removeprefix("CHECK ")
    try:
        return grammar.shape(grammar.expression(condition)), text.endswith(" NOT VALID")
    except grammar.GrammarError:
        return text
