"""A name for what rules decide, however they are written."""

from __future__ import annotations

import hashlib
import json

from masker.ruleset.types import Resolution


def rules_digest(resolution: Resolution) -> str:
    """A digest of what the rules decide, the same however they are written."""
    said = [
        [
            name.schema, name.name, decision.rows, decision.predicate, decision.where,
            [[column, d.locale, d.rule.model_dump(mode="json")] for column, d in sorted(decision.columns.items())],
        ]
        for name, decision in sorted(resolution.tables.items())
    ]  # fmt: skip
    return hashlib.sha256(json.dumps([said, resolution.large_objects], sort_keys=True).encode()).hexdigest()
