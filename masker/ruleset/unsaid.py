"""Columns that look as if they held keys that are permuted, of which nobody has said whether they do: followed or
refused, never left behind."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from masker.catalog.types import Catalog, Column, TypeClass
from masker.errors import Position, Problem
from masker.masks.permute import is_permuted
from masker.names import ColumnName, TableName
from masker.ruleset.types import Link, TableDecision
from masker.ruleset.wording import key_text

Decisions = Mapping[TableName, TableDecision]


def unsaid(
    decisions: Decisions, links: Sequence[Link], scopes: Mapping[ColumnName, str], catalog: Catalog
) -> Iterator[Problem]:
    """A problem for each of them. *scopes* are the columns that follow as plain numbers."""
    linked = {link.column for link in links}
    named: dict[str, ColumnName] = {}
    for node in sorted(scopes):
        if _is_key(node, linked, catalog):
            for word in _singulars(node.table.name):
                named.setdefault(word, node)
    for name, decision in decisions.items():
        table = decision.table
        if decision.rows == "none":
            continue
        inherited = {
            c.name
            for parent in catalog.ancestors(name)
            if parent in catalog.tables
            for c in catalog.tables[parent].columns
        }
        for column in table.columns:
            place = table.column_name(column.name)
            own = decision.columns.get(column.name)
            is_said = place in linked or place in scopes or (own is not None and own.is_named)
            if is_said or column.generated or column.name in inherited:
                continue
            kind = column.type.element or column.type
            meant = _meant(column, table.columns, named, kind.kind)
            if meant is not None:
                how = key_text(column.name)
                keys = ", ".join(sorted(map(str, _keys(scopes, linked, catalog))))
                yield Problem(
                    str(place),
                    f"by its name it may hold keys that are permuted ({keys}), and nothing says so",
                    f"write under {name}: `references: {{{how}: {meant}}}`, or `{how}: keep` if it holds none of them",
                    _position(scopes, decisions),
                )


def _is_key(node: ColumnName, linked: Container[ColumnName], catalog: Catalog) -> bool:
    """Whether rows are known by *node*: alone, or with what their table is partitioned by."""
    key = catalog.tables[node.table].primary_key
    return key == (node.name,) or (node.name in key and node not in linked)


def _keys(scopes: Mapping[ColumnName, str], linked: Container[ColumnName], catalog: Catalog) -> Iterable[ColumnName]:
    return [n for n in scopes if _is_key(n, linked, catalog)] or list(scopes)


def _meant(column: Column, columns: Sequence[Column], named: Mapping[str, ColumnName], kind: TypeClass) -> str | None:
    """What would have to be said of *column*, by its name; None if nothing would."""
    if kind not in {TypeClass.INTEGER, TypeClass.TEXT}:
        return None
    names = {c.name for c in columns}
    if column.name == "whodunnit":
        return f"{{to: {next(iter(named.values()), 'users.id')}, other: keep}}"
    for end in ("_id", "_ids"):
        word = column.name.removesuffix(end)
        if word == column.name:
            continue
        if f"{word}_type" in names:
            return f"{{type: {word}_type}}"
        if word in named:
            return str(named[word])
    return None


def _singulars(table: str) -> Iterator[str]:
    """What a column that refers to *table* is called, by Rails' words: ``users`` and ``spree_users`` are user_id."""
    first, *rest = table.split("_")
    for at in range(len(rest) + 1):
        words = [first, *rest][at:]
        yield "_".join([*words[:-1], _singular(words[-1])])


_IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman", "mice": "mouse", "data": "datum"}


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for end, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("ss", "ss")):
        if word.endswith(end):
            return word.removesuffix(end) + instead
    return word.removesuffix("s")


def _position(scopes: Mapping[ColumnName, str], decisions: Decisions) -> Position | None:
    for node in sorted(scopes):
        found = decisions[node.table].columns.get(node.name)
        if found is not None and is_permuted(found.rule):
            return found.position
    return None
