"""What a marker keeps so that a later run can tell what has changed since: of the source, which rows are younger; of
the preview, which were written by others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from masker.catalog.types import Catalog
from masker.names import TableName


@dataclass(frozen=True, slots=True, kw_only=True)
class Was:
    """A table of the source as a run read it: its *oid* and the *numbers* of its columns by name. Another number means
    another column, even under the same name."""

    oid: int
    numbers: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """*timeline* and *started* are of the source's server; *preview*: no transaction before it writes to the preview
    any more, and none but *own* later ones were masker's. *deltas* were made since the last full copy, which had
    *pages* pages in the preview's tables; *columns* is a digest of those they have, *masker* the version that wrote
    it all."""

    timeline: int | None
    started: str
    tables: Mapping[TableName, Was]
    preview: int
    own: tuple[int, ...] = ()
    deltas: int = 0
    pages: int = 0
    columns: str = ""
    masker: str = ""

    def record(self) -> dict[str, Any]:
        """As plain values, for the marker."""
        return {
            "timeline": self.timeline,
            "started": self.started,
            "preview": str(self.preview),
            "own": [str(one) for one in self.own],
            "deltas": self.deltas,
            "pages": self.pages,
            "columns": self.columns,
            "masker": self.masker,
            "tables": [
                [name.schema, name.name, was.oid, dict(was.numbers)] for name, was in sorted(self.tables.items())
            ],
        }


def read_since(record: Mapping[str, Any]) -> Since | None:
    """What a marker's *record* keeps of it, None if it keeps nothing."""
    kept = record.get("since")
    if kept is None:
        return None
    return Since(
        timeline=kept["timeline"],
        started=kept["started"],
        preview=int(kept["preview"]),
        own=tuple(int(one) for one in kept["own"]),
        deltas=kept["deltas"],
        pages=kept["pages"],
        columns=kept.get("columns", ""),
        masker=kept.get("masker", ""),
        tables={
            TableName(schema, name): Was(oid=oid, numbers=numbers) for schema, name, oid, numbers in kept["tables"]
        },
    )


def as_read(catalog: Catalog) -> dict[TableName, Was]:
    """The tables of *catalog*, to be compared with later."""
    return {
        name: Was(oid=table.oid, numbers={column.name: column.number for column in table.columns})
        for name, table in catalog.tables.items()
        if table.has_storage
    }
