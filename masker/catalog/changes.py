"""What became of the tables of a catalog by the time of another."""

from __future__ import annotations

from collections.abc import Iterator

from masker.catalog.types import Catalog
from masker.names import TableName


def schema_changes(before: Catalog, after: Catalog) -> Iterator[tuple[TableName, str]]:
    """What became of the tables of *before*: dropped, or columns added, dropped, of another type, or another column
    under the same name."""
    for name, table in before.tables.items():
        present = after.tables.get(name)
        if present is None or present.oid != table.oid:
            yield name, "it was dropped or renamed"
            continue
        old = {c.name: (c.type.sql, c.is_nullable, c.generated) for c in table.columns}
        new = {c.name: (c.type.sql, c.is_nullable, c.generated) for c in present.columns}
        for column in sorted(new.keys() - old.keys()):
            yield name, f"its column {column} was added"
        for column in sorted(old.keys() - new.keys()):
            yield name, f"its column {column} was dropped or renamed"
        for column in sorted(c for c in old.keys() & new.keys() if old[c] != new[c]):
            yield name, f"its column {column} was altered"
        was, now = ({c.name: c.number for c in each.columns} for each in (table, present))
        for column in sorted(c for c in was.keys() & now.keys() if was[c] != now[c]):
            yield name, f"its column {column} is another one under the same name"
