"""Which tables a copy reads how: in which format and how many parts, and what the plan shows of each."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from masker.catalog.types import Catalog, Column, ColumnType, Table, TypeClass
from masker.copy.extension_rows import carried_tables
from masker.names import TableName
from masker.ruleset.left_out import carried_condition, is_carried
from masker.ruleset.types import Resolution, TableDecision
from masker.tables.plan import TablePlan
from masker.tables.reading import MaskedTable, copied_columns

#: A table is cut into ctid ranges only where one lane would be left alone with it, and never into smaller ones than
#: this.
_PART_BYTES = 64 * 1024 * 1024

_MOST_PARTS = 256

#: Extensions whose types' binary form has been the same in all their versions.
_BINARY_EXTENSIONS = frozenset({"citext", "hstore", "pg_trgm"})

#: Built-in types that name objects of their database: only their text means the same elsewhere.
_TEXT_TYPES = re.compile(r"reg[a-z]+\Z|aclitem\Z|xid8?\Z|cid\Z|pg_.*")


class Layout:
    """Which tables are read how: format, parts, and what the plan shows of each."""

    def __init__(
        self,
        catalog: Catalog,
        resolution: Resolution,
        reads: Mapping[TableName, MaskedTable],
        lanes: int,
        target_version: int,
    ) -> None:
        self.reads = reads
        self.decisions = resolution.tables
        self.loaded = [
            d.table
            for d in resolution.tables.values()
            if d.table.has_storage and d.rows != "none" and d.table.extension is None
        ]
        # After them, since rows of theirs may name tables, and those first that others of them reference.
        self.of_extensions = carried_tables(resolution.tables)
        total = sum(t.bytes for t in self.loaded)
        self.share = max(total / max(1, lanes), _PART_BYTES)
        self.source_version = catalog.server.version
        self.older_version = min(catalog.server.version, target_version)
        self.tables = sorted(
            (
                self._plan(d)
                for d in resolution.tables.values()
                if d.table.kind != "p" and (d.table.extension is None or is_carried(d))
            ),
            key=lambda p: (-p.table.bytes, p.table.name),
        )

    def parts(self, table: Table) -> int:
        """One, unless the table is so large that a lane would be left alone with it; one of rows that are known."""
        if (
            self.reads[table.name].taken is not None
            or table.bytes <= self.share
            or self.source_version < 140000
            or table.pages < 2
            or table.extension is not None
        ):
            return 1
        return max(
            1, min(_MOST_PARTS, math.ceil(table.bytes / (self.share / 2)), table.bytes // _PART_BYTES, table.pages)
        )

    def _plan(self, decision: TableDecision) -> TablePlan:
        table = decision.table
        if table.kind == "f":
            return TablePlan(table=table, action="skip", reason="foreign table: its rows live on another server")
        if decision.rows == "none":
            reason = (
                f"rows: none, from {decision.rows_position}"
                if decision.rows_position
                else "unlogged: a standby does not have its rows"
            )
            return TablePlan(table=table, action="empty", reason=reason)
        read = self.reads[table.name]
        return TablePlan(
            table=table,
            action="mask" if read.masked else "copy",
            reason=f"configuration of the extension {table.extension}" if table.extension else "",
            carried=carried_condition(table),
            masked=read.masked,
            kept=read.kept,
            keeping=read.keeping,
            free=read.free,
            parts=self.parts(table),
            predicate=read.predicate,
            where=read.where,
            predicate_written=read.predicate_written,
            where_written=read.where_written,
            predicate_position=decision.rows_position,
            where_position=decision.where_position,
            predicate_reads=read.predicate_reads,
            taken=read.taken,
            scanned=read.scanned,
            where_reads=read.where_reads,
            format="binary" if all(_is_binary(c, self.older_version) for c in copied_columns(table)) else "text",
        )


def _is_binary(column: Column, older_version: int) -> bool:
    return _binary_type(column.type, older_version)


def _binary_type(kind: ColumnType, older_version: int) -> bool:
    """Whether the type's binary form is safe from server to server: array and composite headers name oids, checked
    before 14."""
    if not kind.has_binary_io or _TEXT_TYPES.match(kind.name):
        return False
    if kind.extension is not None and kind.extension not in _BINARY_EXTENSIONS:
        return False
    parts = ([kind.element] if kind.element else []) + list(kind.attributes)
    if (
        kind.kind is not TypeClass.RANGE
        and older_version < 140000
        and (kind.kind is TypeClass.COMPOSITE or any(_is_own(p) for p in parts))
    ):
        return False
    return all(_binary_type(part, older_version) for part in parts)


def _is_own(kind: ColumnType) -> bool:
    return "." in kind.base or kind.kind in {TypeClass.ENUM, TypeClass.COMPOSITE}
