"""The catalog of a live database, read in one transaction so that all parts agree."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import namedtuple_row

from masker.at_once import at_once, attempted
from masker.catalog.answers import MATVIEW_INDEXES, Answers, with_identifier
from masker.catalog.classes import CLASSES
from masker.catalog.overload import Overload
from masker.catalog.queries import (
    COLUMNS,
    COMPOSITES,
    CONSTRAINTS,
    EXTENSION_SEQUENCES,
    EXTENSIONS,
    INDEXES,
    MATERIALIZED_VIEWS,
    OVERLOADS,
    READING_DOMAIN_CHECKS,
    REST,
    SEQUENCES,
    SERVER,
    TABLES,
    TYPES,
)
from masker.catalog.reading import text
from masker.catalog.types import (
    Catalog,
    Check,
    Column,
    ColumnType,
    DomainCheck,
    Extension,
    ForeignKey,
    Index,
    MaterializedView,
    Sequence,
    Server,
    Table,
    TypeClass,
)
from masker.names import ASIDE_SCHEMAS, ColumnName, TableName

#: Schemas that are never copied: the system's, Heroku's own and masker's.
HIDDEN_SCHEMAS = ("information_schema", "_heroku", "masker", *ASIDE_SCHEMAS)

_WHERE = re.compile(r"\s*WHERE\b(.+)", re.IGNORECASE | re.DOTALL)


def read_server(conn: psycopg.Connection) -> Server:
    """Who the server of *conn* is."""
    (rows,), identifier = with_identifier(conn, [SERVER], namedtuple_row)
    return _server(rows, identifier)


def _server(rows: list[Any], identifier: int | None) -> Server:
    if not rows:
        raise psycopg.OperationalError("the server does not know the current database")
    return Server(**rows[0]._asdict(), system_identifier=identifier)


def read_catalog(conn: psycopg.Connection) -> Catalog:
    """All of the current database that a copy is made of.

    Reads inside *conn*'s transaction where it is in one, else in a read-only snapshot of its own, with an empty
    ``search_path`` so that types come out schema-qualified. Raises psycopg.Error as the server does.
    """
    if conn.info.transaction_status is psycopg.pq.TransactionStatus.IDLE:
        with conn.transaction():
            at_once(
                conn,
                ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", "SET LOCAL search_path = ''"],
            )
            return _read(conn)
    return _read(conn)


def _read(conn: psycopg.Connection) -> Catalog:
    rows = Answers(conn, HIDDEN_SCHEMAS)
    types = _types(rows)
    columns = _grouped(rows(COLUMNS))
    indexes = _grouped(rows(INDEXES))
    constraints = _grouped(rows(CONSTRAINTS))
    tables: dict[TableName, Table] = {}
    for row in rows(TABLES):
        name = TableName(row.schema, row.name)
        found = constraints.get(row.oid, ())
        tables[name] = Table(
            name=name,
            oid=row.oid,
            kind=row.kind,
            persistence=row.persistence,
            columns=tuple(_column(c, types) for c in columns.get(row.oid, ())),
            rows=row.rows,
            pages=row.main_bytes // 8192,
            bytes=row.bytes,
            indexes=tuple(_index(i) for i in indexes.get(row.oid, ())),
            checks=tuple(
                Check(
                    name=c.name,
                    columns=tuple(c.columns),
                    expression=c.expression,
                    is_valid=c.is_valid,
                    runs_functions=c.runs_functions,
                    may_read=c.may_read,
                    definition=c.definition,
                    is_local=c.is_local,
                )
                for c in found
                if c.kind == "c"
            ),
            foreign_keys=tuple(_foreign_key(name, c) for c in found if c.kind == "f"),
            parents=tuple(TableName(*p) for p in row.parents),
            is_partition=row.is_partition,
            partition_key=tuple(row.partition_key),
            has_row_security=row.has_row_security,
            forces_row_security=row.forces_row_security,
            can_select=row.can_select,
            hides_rows=row.hides_rows,
            relfilenode=row.relfilenode,
            extension=row.extension,
            carried=(carried := _carried(row)),
            has_own_rows=row.extension is not None and _has_own_rows(conn, name, row, carried),
            comment=text(row.comment),
        )
    rest = rows(REST)[0]
    return Catalog(
        server=_server(rows(SERVER), rows.identifier),
        tables=tables,
        sequences=_sequences(rows(SEQUENCES)),
        extension_sequences=_sequences(rows(EXTENSION_SEQUENCES)),
        extensions=tuple(
            Extension(name=r.name, version=r.version, schema=r.schema, needed_by=tuple(r.needed_by))
            for r in rows(EXTENSIONS)
        ),
        materialized_views=tuple(
            MaterializedView(
                name=TableName(r.schema, r.name),
                is_populated=r.is_populated,
                needs=tuple(TableName(*n) for n in r.needs),
                foreign=tuple(TableName(*n) for n in r.foreign_tables),
                bytes=r.bytes,
            )
            for r in rows(MATERIALIZED_VIEWS)
        ),
        large_objects=rest.large_objects,
        unreadable_large_objects=rest.unreadable_large_objects,
        event_triggers=tuple(rest.event_triggers),
        hosts_event_triggers=tuple(rest.hosts_event_triggers),
        publications=tuple(rest.publications),
        publications_of_all_tables=tuple(rest.publications_of_all_tables),
        user_mappings=rest.user_mappings,
        materialized_view_indexes=_matview_indexes(rows),
        reading_domain_checks=tuple(
            DomainCheck(oid=r.oid, domain=TableName(r.schema, r.domain), name=r.name, definition=r.definition)
            for r in rows(READING_DOMAIN_CHECKS)
        ),
        overloads=tuple(
            Overload(r.schema, r.name, tuple(r.arguments), r.extension, r.is_operator) for r in rows(OVERLOADS)
        ),
    )


def _carried(row: Any) -> str | None:
    """The condition without its WHERE; None too for what a dump would append otherwise."""
    if row.carried is None or not row.carried.strip():
        return None if row.carried is None else ""
    condition = _WHERE.match(row.carried)
    return condition[1].strip() if condition else None


def _has_own_rows(conn: psycopg.Connection, name: TableName, row: Any, carried: str | None) -> bool:
    if not row.main_bytes or not row.can_select:
        return bool(row.main_bytes)
    query = sql.SQL("SELECT EXISTS (SELECT FROM ONLY {} WHERE {})").format(
        sql.Identifier(name.schema, name.name), sql.SQL(carried or "true")
    )
    # Hidden rows, or a condition that this session cannot read.
    found = attempted(conn, [query], (psycopg.ProgrammingError, psycopg.DataError))
    return found is None or bool(found[0][0][0])


def _grouped(rows: Iterable[Any]) -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.relation].append(row)
    return found


def _types(rows: Answers) -> _Types:
    composites: dict[int, list[Any]] = defaultdict(list)
    for row in rows(COMPOSITES):
        composites[row.relation].append(row)
    return _Types({row.oid: row for row in rows(TYPES)}, composites)


class _Types:
    """Makes a ColumnType of a type's oid, modifier and text."""

    def __init__(self, by_oid: Mapping[int, Any], composites: Mapping[int, list[Any]]) -> None:
        self._by_oid = by_oid
        self._composites = composites

    def make(self, oid: int, typmod: int, written: str) -> ColumnType:
        row, base = self._by_oid[oid], written
        is_domain, not_null, extension, runs_functions, may_read = row.kind == "d", False, row.extension, False, False
        while row.kind == "d":
            base = row.base_sql
            not_null, runs_functions, may_read = (
                not_null or row.not_null,
                runs_functions or row.runs_functions,
                may_read or row.may_read,
            )
            typmod = row.typmod if typmod < 0 else typmod
            row = self._by_oid[row.base]
            extension = extension or row.extension
        builtin = row.schema == "pg_catalog"
        # What an array says of length or precision is said of its elements.
        element = self.make(row.element, typmod, base.removesuffix("[]")) if base.endswith("[]") else None
        if row.element and element is None:
            element = self._plain(row.element)
        attributes: tuple[ColumnType, ...] = ()
        parts = self._composites.get(row.relation, []) if row.kind == "c" else []
        if parts:
            attributes = tuple(self.make(a.type, a.typmod, a.sql) for a in parts)
        elif row.subtype:
            attributes = (self._plain(row.subtype),)
        is_text = builtin and row.name in {"varchar", "bpchar"}
        return ColumnType(
            oid=oid,
            sql=written,
            base=base,
            name=row.name,
            kind=self._kind(row, builtin),
            length=typmod - 4 if is_text and typmod >= 4 else None,
            is_domain=is_domain,
            is_citext=row.name == "citext" and row.extension == "citext",
            is_bpchar=builtin and row.name == "bpchar",
            element=element,
            attributes=attributes,
            attribute_names=tuple(a.name for a in parts),
            labels=tuple(row.labels),
            extension=extension,
            has_binary_io=row.has_binary_io
            and (element is None or element.has_binary_io)
            and all(a.has_binary_io for a in attributes),
            domain_not_null=not_null,
            runs_functions=runs_functions
            or (element is not None and element.runs_functions)
            or any(a.runs_functions for a in attributes),
            may_read=may_read or (element is not None and element.may_read) or any(a.may_read for a in attributes),
        )

    def _plain(self, oid: int) -> ColumnType:
        row = self._by_oid[oid]
        return self.make(oid, -1, _written(row))

    @staticmethod
    def _kind(row: Any, builtin: bool) -> TypeClass:
        if row.element:
            return TypeClass.ARRAY
        if row.kind == "e":
            return TypeClass.ENUM
        if row.kind == "c":
            return TypeClass.COMPOSITE
        if row.kind in {"r", "m"}:
            return TypeClass.RANGE
        if row.name == "citext" and row.extension == "citext":
            return TypeClass.TEXT
        return CLASSES.get(row.name, TypeClass.OTHER) if builtin else TypeClass.OTHER


def _written(row: Any) -> str:
    """How the type is written where it says nothing of length or precision."""
    if row.schema == "pg_catalog":
        return "character varying" if row.name == "varchar" else str(row.name)
    return TableName(row.schema, row.name).sql


def _column(row: Any, types: _Types) -> Column:
    kind = types.make(row.type, row.typmod, row.sql)
    return Column(
        name=row.name,
        number=row.number,
        type=kind,
        is_nullable=(row.is_nullable or row.refuses_null) and not kind.domain_not_null,
        default=row.default,
        generated=row.generated,
        identity=row.identity,
        refuses_null=row.refuses_null,
        collation=row.collation,
        compares_loosely=row.compares_loosely,
        may_read=bool(row.may_read),
        comment=text(row.comment),
    )


def _index(row: Any) -> Index:
    return Index(
        name=TableName(row.schema, row.name),
        definition=row.definition,
        columns=tuple(row.columns),
        is_unique=row.is_unique,
        is_valid=row.is_valid,
        is_partial=row.is_partial,
        bytes=row.bytes,
        expression_columns=tuple(row.expression_columns),
        constraint=row.constraint,
        constraint_type=row.constraint_type,
        constraint_definition=row.constraint_definition,
        is_deferrable=row.is_deferrable,
        is_initially_deferred=row.is_initially_deferred,
        is_clustered=row.is_clustered,
        is_replica_identity=row.is_replica_identity,
        parent=TableName(*row.parent) if row.parent else None,
        is_partitioned=row.is_partitioned,
        may_read=row.may_read,
        statistics=tuple((number, target) for number, target in row.statistics),
        oid=row.oid,
    )


def _foreign_key(table: TableName, row: Any) -> ForeignKey:
    return ForeignKey(
        name=row.name,
        table=table,
        columns=tuple(row.columns),
        references=TableName(row.referenced_schema, row.referenced_name),
        referenced_columns=tuple(row.referenced_columns),
        definition=row.definition,
        is_valid=row.is_valid,
    )


def _sequences(rows: list[Any]) -> tuple[Sequence, ...]:
    return tuple(
        Sequence(
            name=TableName(r.schema, r.name),
            owner=ColumnName(TableName(r.owner[0], r.owner[1]), r.owner[2]) if r.owner else None,
            can_select=r.can_select,
            is_unlogged=r.is_unlogged,
        )
        for r in rows
    )


#: Sequences read by one statement.
_SEQUENCES_AT_ONCE = 200


def read_sequence_values(conn: psycopg.Connection, names: list[TableName]) -> dict[TableName, tuple[int, bool]]:
    """``last_value`` and ``is_called`` of each sequence. Sequences are outside any snapshot: this is now."""
    values: dict[TableName, tuple[int, bool]] = {}
    for at in range(0, len(names), _SEQUENCES_AT_ONCE):
        batch = names[at : at + _SEQUENCES_AT_ONCE]
        query = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} AS n, last_value, is_called FROM {}").format(
                sql.Literal(number), sql.Identifier(name.schema, name.name)
            )
            for number, name in enumerate(batch)
        )
        for number, value, is_called in conn.execute(query).fetchall():
            values[batch[number]] = (value, is_called)
    return values


def _matview_indexes(rows: Answers) -> Mapping[TableName, tuple[Index, ...]]:
    found: dict[TableName, list[Index]] = defaultdict(list)
    for row in rows(MATVIEW_INDEXES):
        found[TableName(row.schema, row.owner)].append(_index(row))
    return {name: tuple(indexes) for name, indexes in found.items()}
