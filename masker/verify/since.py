"""What a marker keeps so that a later run can tell what has changed since: of the source, which rows are younger; of
the preview, which were written by others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from masker.catalog.types import Catalog
from masker.masks.sql.bindings import Binding, Known, Own
from masker.names import TableName
from masker.tables.plan import TablePlan


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
    *pages* pages in the preview's tables; *columns* is a digest of those they have, *masks* of what was read in place
    of originals (:func:`made_of`), *masker* the version that wrote it all."""

    timeline: int | None
    started: str
    tables: Mapping[TableName, Was]
    preview: int
    own: tuple[int, ...] = ()
    deltas: int = 0
    pages: int = 0
    columns: str = ""
    masks: str = ""
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
            "masks": self.masks,
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
        masks=kept.get("masks", ""),
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


def made_of(tables: Iterable[TablePlan], bindings: Mapping[str, Binding]) -> str:
    """A digest of which rows of *tables* are read, and of what in place of originals: beside what the rules say it
    depends on columns' types and indexes, and on what *bindings* take from the server and the environment."""
    read = sorted(
        [plan.table.name.schema, plan.table.name.name, plan.action, plan.predicate or "", plan.where or "",
         *(f"{masked.name} {masked.sql}" for masked in plan.masked)]
        for plan in tables
    )  # fmt: skip
    taken = sorted([name, one.value] for name, one in bindings.items() if isinstance(one, Own | Known))
    return hashlib.sha256(json.dumps([read, taken]).encode()).hexdigest()
