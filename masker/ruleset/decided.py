"""What rules decided of the columns that stood there when a run applied them: so that it can be told later whether they
decide the same.

Columns and tables that have come since are the preview's own, made and filled by its own migrations: they are left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from masker.names import TableName
from masker.ruleset.digest import said_by
from masker.ruleset.types import Resolution, TableDecision

_LENGTH = 12

#: Stands for the subset among tables: no schema has an empty name.
_SUBSET = ("", "subset")


def decided(resolution: Resolution) -> list[list[Any]]:
    """For the marker, as plain values: of each table a digest of what happens to its rows, and of each of its columns
    one; and of a subset."""
    subset = [[*_SUBSET, _subset(resolution), {}]] if resolution.subset is not None else []
    return [
        *(
            [name.schema, name.name, _rows(decision), _columns(decision)]
            for name, decision in sorted(resolution.tables.items())
        ),
        *subset,
    ]


def otherwise_decided(kept: Sequence[Sequence[Any]], resolution: Resolution) -> list[str]:
    """Tables and columns of *kept*, which :func:`decided` has made, that the rules decide otherwise now. What is gone
    has no decision."""
    before = next((rows for schema, name, rows, _ in kept if (schema, name) == _SUBSET), "")
    found: list[str] = ["subset"] if before != _subset(resolution) else []
    for schema, name, rows, columns in kept:
        decision = resolution.tables.get(TableName(schema, name))
        if decision is None:
            continue
        now = _columns(decision)
        found += [str(decision.table.name)] if _rows(decision) != rows else []
        found += [
            str(decision.table.column_name(column))
            for column, digest in columns.items()
            if now.get(column, digest) != digest
        ]
    return found


def _subset(resolution: Resolution) -> str:
    return _digest(resolution.subset.rules.said()) if resolution.subset is not None else ""


def _rows(decision: TableDecision) -> str:
    return _digest([decision.rows, decision.predicate, decision.where])


def _columns(decision: TableDecision) -> dict[str, str]:
    """A digest of each column's decision, empty where it has none."""
    rules = {name: _digest([d.locale, said_by(d.rule)]) for name, d in decision.columns.items()}
    return {column.name: rules.get(column.name, "") for column in decision.table.columns}


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:_LENGTH]
