"""Names for what rules decide, however they are written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from masker.masks.numbers import Shapes
from masker.masks.rule import ABOUT_ROWS, MaskRule
from masker.names import TableName
from masker.ruleset.numbers import record
from masker.ruleset.types import Resolution, TableDecision


def rules_digest(resolution: Resolution, shapes: Shapes) -> str:
    """A digest of what the rules decide, and of the numbers that steer what their masks draw."""
    tables = [[name.schema, name.name, digest] for name, digest in sorted(table_digests(resolution).items())]
    # What a file does not say leaves the digests of earlier runs as they are.
    tolerated = [asdict(resolution.tolerate)] if resolution.tolerate else []
    steered = [record(shapes)] if shapes else []
    subset = [{"subset": resolution.subset.rules.said()}] if resolution.subset is not None else []
    return _digest([tables, resolution.large_objects, *tolerated, *steered, *subset])


def table_digests(resolution: Resolution) -> Mapping[TableName, str]:
    """A digest of what the rules decide for each table."""
    return {name: _digest(_said(decision)) for name, decision in resolution.tables.items()}


def _said(decision: TableDecision) -> list[object]:
    columns = [[column, d.locale, said_by(d.rule)] for column, d in sorted(decision.columns.items())]
    return [decision.rows, decision.predicate, decision.where, columns]


def said_by(rule: MaskRule) -> object:
    """*rule* as plain values, but for its reason, and for what it does not say of rows: digests of earlier runs stay as
    they are."""
    return _without(rule.model_dump(mode="json"))


def _without(said: Any) -> Any:
    match said:
        # A rule, and no mapping of its arguments that has a key of that name.
        case {"mask": str(), "by": _, "scope": _, "locale": _, "where": _, "unless": _}:
            silent = {name for name in ABOUT_ROWS if said.get(name) in (None, False)} | {"reason"}
            return {name: _without(value) for name, value in said.items() if name not in silent}
        case dict():
            return {name: _without(value) for name, value in said.items()}
        case list():
            return [_without(value) for value in said]
        case _:
            return said


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
