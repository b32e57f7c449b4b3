"""Rows of configuration in tables of extensions, where a rule says that they are carried: as a dump carries them,
beside what the extension itself puts into its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from masker.catalog.types import Catalog, Table
from masker.catalog.types import Sequence as DatabaseSequence
from masker.names import TableName
from masker.postgres.entries import SchemaEntry
from masker.ruleset.left_out import carried_condition, is_carried
from masker.ruleset.types import TableDecision
from masker.tables.reading import MaskedTable


def of_extension(table: Table, read: MaskedTable) -> MaskedTable:
    """*read*, limited to the rows that a dump of the table carries."""
    condition = carried_condition(table)
    if condition is None:
        return read
    return replace(read, predicate=f"({condition})" + (f" AND ({read.predicate})" if read.predicate else ""))


def carried_tables(decisions: Mapping[TableName, TableDecision]) -> Sequence[Table]:
    """The tables of extensions whose rows are carried, those that others reference before them."""
    waiting = {
        n: d.table
        for n, d in decisions.items()
        if d.table.has_storage and d.table.extension is not None and is_carried(d)
    }
    ordered: list[Table] = []
    while waiting:
        free = [
            name
            for name, table in waiting.items()
            if not any(k.references in waiting and k.references != name for k in table.foreign_keys)
        ]
        ordered += [waiting.pop(name) for name in (free or list(waiting))]
    return ordered


def referenced_before(table: Table, ordered: Sequence[Table]) -> Iterator[TableName]:
    """Of *ordered*, the tables before *table* that it references."""
    names = [other.name for other in ordered]
    if table.name in names:
        before = set(names[: names.index(table.name)])
        yield from (key.references for key in table.foreign_keys if key.references in before)


def clearing(ordered: Sequence[Table]) -> Iterator[SchemaEntry]:
    """What makes room for the rows: a target that is filled directly keeps its extensions, and with them the rows of an
    earlier run."""
    for table in reversed(ordered):
        condition = carried_condition(table)
        statement = f"DELETE FROM ONLY {table.name.sql}" + (f" WHERE {condition}" if condition else "")  # noqa: S608
        yield SchemaEntry("ROOM FOR ROWS OF", table.name.schema, table.name.name, f"{statement};\n", is_post_data=False)


def carried_sequences(catalog: Catalog, ordered: Sequence[Table]) -> Iterator[DatabaseSequence]:
    """The extensions' sequences that go with these tables."""
    names, schemas = {table.name for table in ordered}, {table.name.schema for table in ordered}
    for sequence in catalog.extension_sequences:
        if sequence.owner.table in names if sequence.owner is not None else sequence.name.schema in schemas:
            yield sequence
