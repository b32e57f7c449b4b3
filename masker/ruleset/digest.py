"""Names for what rules decide, however they are written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

from masker.names import TableName
from masker.ruleset.types import Resolution, TableDecision


def rules_digest(resolution: Resolution) -> str:
    """A digest of what the rules decide."""
    tables = [[name.schema, name.name, digest] for name, digest in sorted(table_digests(resolution).items())]
    # What a file does not say leaves the digests of earlier runs as they are.
    tolerated = [asdict(resolution.tolerate)] if resolution.tolerate else []
    return _digest([tables, resolution.large_objects, *tolerated])


def table_digests(resolution: Resolution) -> Mapping[TableName, str]:
    """A digest of what the rules decide for each table."""
    return {name: _digest(_said(decision)) for name, decision in resolution.tables.items()}


def _said(decision: TableDecision) -> list[object]:
    columns = [[column, d.locale, d.rule.model_dump(mode="json")] for column, d in sorted(decision.columns.items())]
    return [decision.rows, decision.predicate, decision.where, columns]


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
