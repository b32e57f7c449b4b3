"""From a draft to the catalog that a server with it would have; what only a running server knows is as of an empty
database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from masker.catalog.types import (
    Catalog,
    Column,
    Extension,
    Index,
    MaterializedView,
    Sequence,
    Server,
    Table,
)
from masker.masks.sql.grammar import nodes
from masker.names import TableName
from masker.schemas.drafts import ColumnDraft, Draft, TableDraft, TypeDraft
from masker.schemas.functions import Functions
from masker.schemas.types import Types

#: The version whose rules hold where no server says its own: the oldest that masker copies to.
_VERSION = 150000

#: Schemas that are never copied.
_HIDDEN = frozenset({"information_schema", "pg_catalog", "_heroku", "masker"})


def catalog_of(draft: Draft, database: str, unknown: Callable[[TypeDraft], None]) -> Catalog:
    """The catalog; *database* is what it is called, *unknown* is told of types that are defined nowhere."""
    functions = Functions(draft.functions)
    types = Types(draft, functions, unknown)
    names = sorted(name for name in draft.tables if name.schema not in _HIDDEN)
    kept = sorted(name for name, view in draft.views.items() if view.is_kept)
    return Catalog(
        server=_server(database),
        tables={
            name: _table(draft.tables[name], at, draft, types, functions) for at, name in enumerate(names, start=16384)
        },
        sequences=tuple(
            Sequence(name=name, owner=owner, is_unlogged=is_unlogged)
            for name, (owner, is_unlogged) in sorted(draft.sequences.items())
        ),
        extensions=tuple(
            Extension(name=name, version="", schema=schema)
            for name, schema in sorted(draft.extensions.items())
            if name != "plpgsql"
        ),
        materialized_views=tuple(_view(name, draft) for name in kept),
        event_triggers=tuple(sorted(draft.event_triggers)),
        publications=tuple(sorted(draft.publications)),
        publications_of_all_tables=tuple(sorted(draft.publications_of_all_tables)),
        user_mappings=draft.user_mappings,
        materialized_view_indexes={
            name: _sorted(draft.views[name].indexes.values()) for name in kept if draft.views[name].indexes
        },
    )


def _server(database: str) -> Server:
    return Server(
        version=_VERSION,
        version_text=str(_VERSION // 10000),
        database=database,
        database_oid=0,
        encoding="UTF8",
        collate="C",
        ctype="C",
        system_identifier=None,
        user="",
        is_superuser=False,
        in_recovery=False,
        can_create_database=False,
        owns_database=False,
    )


def _table(table: TableDraft, oid: int, draft: Draft, types: Types, functions: Functions) -> Table:
    return Table(
        name=table.name,
        oid=oid,
        kind=table.kind,
        persistence=table.persistence,
        columns=tuple(
            _column(column, at, draft, types, functions) for at, column in enumerate(table.columns.values(), start=1)
        ),
        indexes=tuple(
            replace(
                index,
                is_valid=_is_valid(index, table, draft),
                may_read=functions.reads(table.trees[f"index {index.name.name}"]),
            )
            for index in _sorted(table.indexes.values())
        )
        if table.kind != "f"
        else (),
        checks=tuple(
            replace(
                check,
                runs_functions=functions.calls(table.trees[f"check {name}"]),
                may_read=functions.reads(table.trees[f"check {name}"]),
            )
            for name, check in sorted(table.checks.items())
        ),
        foreign_keys=tuple(key for _, key in sorted(table.keys.items())),
        parents=tuple(table.parents),
        is_partition=table.is_partition,
        partition_key=table.partition_key,
        has_row_security=table.has_row_security,
        forces_row_security=table.forces_row_security,
        comment=table.comment,
    )


def _is_valid(index: Index, table: TableDraft, draft: Draft) -> bool:
    """One of a partitioned table is if each partition has its part of it."""
    return not index.is_partitioned or all(
        any(part.parent == index.name and _is_valid(part, below, draft) for part in below.indexes.values())
        for below in draft.partitions(table.name)
    )


def _column(column: ColumnDraft, number: int, draft: Draft, types: Types, functions: Functions) -> Column:
    kind = types.make(column.type)
    collation = column.collation or types.collation(column.type)
    return Column(
        name=column.name,
        number=number,
        type=kind,
        is_nullable=(not column.is_required or column.refuses_null) and not kind.domain_not_null,
        default=column.default,
        generated=column.generated,
        identity=column.identity,
        refuses_null=column.refuses_null,
        collation=collation,
        compares_loosely=collation in draft.loose_collations,
        may_read=bool(column.generated) and functions.reads(column.tree),
        comment=column.comment,
    )


def _sorted(indexes: Iterable[Index]) -> tuple[Index, ...]:
    return tuple(sorted(indexes, key=lambda index: index.name))


def _view(name: TableName, draft: Draft) -> MaterializedView:
    view = draft.views[name]
    read = set(_read(name, draft, set()))
    kept = {other for other in read if other in draft.views and draft.views[other].is_kept}
    foreign = {
        other
        for other in read
        if (table := draft.tables.get(other)) is not None
        and (table.kind == "f" or (table.kind == "p" and _has_foreign(other, draft)))
    }
    return MaterializedView(
        name=name, is_populated=view.is_populated, needs=tuple(sorted(kept)), foreign=tuple(sorted(foreign))
    )


def _has_foreign(name: TableName, draft: Draft) -> bool:
    return any(part.kind == "f" or _has_foreign(part.name, draft) for part in draft.partitions(name))


def _read(name: TableName, draft: Draft, seen: set[TableName]) -> Iterator[TableName]:
    """What the view *name* reads, at any depth."""
    for kind, node in nodes(draft.views[name].tree):
        if kind == "RangeVar":
            other = TableName(node.get("schemaname", "public"), node["relname"])
            if other not in seen:
                seen.add(other)
                yield other
                if other in draft.views:
                    yield from _read(other, draft, seen)
