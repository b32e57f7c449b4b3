"""What a marker keeps so that a later run can tell what has changed since: of the source, which rows are younger; of
the preview, which were written by others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from masker.catalog.types import Catalog
from masker.masks.sql.bindings import Binding, Known, Own
from masker.names import TableName
from masker.tables.plan import TablePlan

#: Hexadecimal digits of a digest: thousands of them stand in a marker.
_DIGITS = 24


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
    *pages* pages in the preview's tables; *columns* is a digest of those they have, *made* by table of what was read in
    place of originals (:func:`made_of`), *settings* of those it was read under (:func:`read_under`), *masker* the
    version that wrote it all."""

    timeline: int | None
    started: str
    tables: Mapping[TableName, Was]
    preview: int
    own: tuple[int, ...] = ()
    deltas: int = 0
    pages: int = 0
    columns: str = ""
    made: Mapping[TableName, str] = field(default_factory=dict)
    settings: str = ""
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
            "made": [[name.schema, name.name, digest] for name, digest in sorted(self.made.items())],
            "settings": self.settings,
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
        made={TableName(schema, name): digest for schema, name, digest in kept.get("made", ())},
        settings=kept.get("settings", ""),
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


def made_of(tables: Iterable[TablePlan], bindings: Mapping[str, Binding]) -> dict[TableName, str]:
    """A digest by table of which of its rows are read, and of what in place of originals: beside what the rules say it
    depends on columns' types and indexes, on what steers masks, and on what *bindings* take from the environment.
    Nothing but the key decides what all other settings hold, which carry a digest of it in their names."""
    taken = sorted((name, one.value) for name, one in bindings.items() if isinstance(one, Known))
    found: dict[TableName, str] = {}
    for plan in tables:
        said = [plan.action, plan.predicate or "", plan.where or ""]
        said += sorted(f"{masked.name} {masked.sql}" for masked in plan.masked)
        own = [one for one in taken if any(one[0] in text for text in said)]
        found[plan.table.name] = _digest([said, own])
    return found


def read_under(bindings: Mapping[str, Binding]) -> str:
    """A digest of the source's settings that what people write is read under."""
    return _digest(sorted([name, one.value] for name, one in bindings.items() if isinstance(one, Own)))


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:_DIGITS]
