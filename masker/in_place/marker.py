"""What the marker of a run in place says of it: what was masked, and what each table was to hold and does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from masker.in_place.lane import Outcomes
from masker.in_place.server.proofs import asked_in_place
from masker.in_place.steps import MaskPlan, ProveKept
from masker.lanes.step import CountJoin
from masker.masks.numbers import Shapes
from masker.names import TableName
from masker.ruleset.decided import decided
from masker.ruleset.numbers import record as shape_record
from masker.ruleset.types import Resolution
from masker.tables.evidence import Evidence
from masker.tables.witness import Level
from masker.verify.joins import joins_record
from masker.verify.kept import KeptProofs, kept_table


def mask_record(
    plan: MaskPlan,
    outcomes: Outcomes,
    resolution: Resolution,
    shapes: Shapes,
    *,
    run: str,
    instant: str,
    key: str | None,
    level: Level,
    settings: Mapping[str, str],
) -> dict[str, Any]:
    """All of it but the digests of what stands beside the rows. *key* names the key that was given, *settings* are
    those rows are proved under."""
    return {
        "version": 1,
        "kind": "mask",
        "run": run,
        "instant": instant,
        "key": key,
        "rows": [[name.schema, name.name, rows] for name, rows in sorted(counts(outcomes).items())],
        "masked": [[name.schema, name.name, columns] for name, columns in sorted(masked_columns(plan).items())],
        "shows_originals": [[c.table.schema, c.table.name, c.name, list(names)] for c, names in plan.shows_originals],
        "decided": decided(resolution),
        "proofs": _proofs(plan, outcomes, level, settings).record(),
        "joins": joins_record(
            (step.join, outcomes.records[step.id].rows)
            for step in plan.steps
            if isinstance(step, CountJoin) and step.id in outcomes.records
        ),
        "shape": shape_record(shapes),
    }


def counts(outcomes: Outcomes) -> dict[TableName, int]:
    """Rows by table, of tables that were changed."""
    return {name: rows for record in outcomes.records.values() for name, rows in record.counts}


def known_rows(plan: MaskPlan, outcomes: Outcomes) -> dict[TableName, int]:
    """Rows by table, of tables that were changed and of those that were proved to be what they were."""
    kept = (outcomes.records.get(step.of) for step in plan.steps if isinstance(step, ProveKept))
    return {name: said.rows for record in kept if record is not None for name, said in record.said} | counts(outcomes)


def masked_columns(plan: MaskPlan) -> dict[TableName, list[str]]:
    """The masked columns by table."""
    return {place.plan.table.name: [m.name for m in place.plan.masked] for place in plan.places if place.plan.masked}


def _proofs(plan: MaskPlan, outcomes: Outcomes, level: Level, settings: Mapping[str, str]) -> KeptProofs:
    """What was to stand in each table that has rows, which is what stands there."""
    plans = {table.table.name: table for table in plan.tables}
    said: dict[TableName, Evidence] = {}
    for step in plan.steps:
        # A table that lost rows and was masked then says so twice, in this order.
        said.update(outcomes.records[step.id].said if step.id in outcomes.records else ())
    return KeptProofs(
        level=level,
        settings=settings,
        in_utf8=False,
        tables={name: kept_table(asked_in_place(plans[name]), found) for name, found in said.items()},
        emptied=tuple(name for name, table in plans.items() if table.action == "empty"),
    )
