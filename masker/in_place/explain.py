"""A plan of masking in place as a person reads it, as SQL, and as one JSON document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, assert_never

from masker.figures import size
from masker.in_place.steps import (
    Compact,
    CutBatches,
    DeleteRows,
    FillViews,
    FinishBatches,
    ForgetEmpty,
    InPlace,
    MaskPlan,
    MaskStep,
    ProveJoin,
    ProveKept,
    ProveStatistics,
    RaiseSequences,
    Recompute,
    Reindex,
    Rewrite,
    Truncate,
    UnlinkLargeObjects,
    UpdateBatches,
    WitnessKept,
)
from masker.lanes.step import Analyze, CountJoin, SeekOriginals
from masker.tables.explain import Row, brief, columns, counted, left_out, table_document
from masker.tables.pieces import examples
from masker.tables.plan import TablePlan
from masker.tables.witness import ALL, estimated_rows, sieve, witness

_SHOWN_KEPT = 8


def explain_mask(plan: MaskPlan, *, show_all: bool) -> list[Row]:
    """The plan's table of tables. Those that stay as they are are cut to the largest unless *show_all*, with which
    columns are told, too."""
    kept = [p for p in plan.places if p.strategy == "keep"]
    hidden = [] if show_all else kept[_SHOWN_KEPT:]
    rows = [
        Row(
            name=str(place.table.name),
            rows=counted(place.plan),
            size=size(place.table.bytes),
            action=strategy(place),
            fate=_fate(place),
            brief=_brief(place),
            columns=columns(place.plan) if show_all else (),
        )
        for place in plan.places
        if place not in hidden
    ]
    return [*rows, *left_out([place.plan for place in hidden], "keep")]


def _fate(place: InPlace) -> Literal["changed", "as it is", "none"]:
    return "as it is" if place.strategy == "keep" else "none" if place.plan.action in {"empty", "skip"} else "changed"


def _brief(place: InPlace) -> str:
    """Why a table is masked in batches comes first: it is what may be changed."""
    told = brief(place.plan)
    return f"{place.reason}; {told}" if place.strategy == "batches" else told


def strategy(place: InPlace) -> str:
    """How a table is changed, in a few words: ``delete some, rewrite``."""
    limited = "delete some, " if place.plan.predicate and place.strategy != "delete" else ""
    return f"{limited}{'delete some' if place.strategy == 'delete' else place.strategy}"


def room(plan: MaskPlan) -> tuple[str, ...]:
    """What second copies take of the target's disk, in a few words."""
    most = (
        f"up to {size(plan.copy_bytes)} more of the target's disk while it is masked, the write-ahead log not counted"
    )
    return (most,) if plan.free_bytes is None else (most, f"--free-space {size(plan.free_bytes)}")


def afterwards_mask(plan: MaskPlan) -> str:
    """What follows the tables: ``2 materialized views, statistics of 9 tables, …``."""
    made = sum(len(s.dependents) for s in plan.steps if isinstance(s, Rewrite))
    views = len({view.view for s in plan.steps if isinstance(s, FillViews) for view in s.views})
    computed = len({s.table for s in plan.steps if isinstance(s, Recompute)})
    indexes = sum(isinstance(s, Reindex) for s in plan.steps)
    analyzed = sum(isinstance(s, Analyze) for s in plan.steps)
    compacted = sum(isinstance(s, Compact) for s in plan.steps)
    words = [
        (made, "object made anew", "objects made anew"),
        (computed, "table's generated columns computed anew", "tables' generated columns computed anew"),
        (views, "materialized view refreshed", "materialized views refreshed"),
        (indexes, "index on a function rebuilt", "indexes on functions rebuilt"),
        (analyzed, "table analyzed", "tables analyzed"),
        (compacted, "table or catalog compacted", "tables and catalogs compacted"),
    ]
    return ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in words if n)


def mask_statements(plan: MaskPlan, of: Callable[[MaskStep], bool] = lambda step: True) -> Iterator[str]:  # noqa: ARG005
    """Every statement *of* such steps under the heading of its step, in an order in which they could run."""
    for step in filter(of, plan.steps):
        yield f"-- {step.id}"
        yield from (f"{statement};" for statement in _shown(plan, step))
        yield ""


def _shown(plan: MaskPlan, step: MaskStep) -> list[str]:
    """The statements of *step*, settings by the names they have in every plan."""
    return [_plain(plan, statement) for statement in _statements(step)]


def _plain(plan: MaskPlan, text: str) -> str:
    return text.replace(plan.stem, "") if plan.stem else text


def _statements(step: MaskStep) -> Iterator[str]:
    match step:
        case Truncate():
            yield from (*step.statements, *(s for attempt in step.attempts for s in attempt), *step.restore)
        case CountJoin(join=join) | ProveJoin(join=join):
            yield join.sql(source=False)
        case RaiseSequences(floors=floors):
            for name, end in floors.items():
                yield f"SELECT setval('{name.sql}', greatest(last_value, {end})) FROM {name.sql}"  # noqa: S608
        case SeekOriginals(asked=asked):
            yield from (f"-- {query}" for query in examples(asked))
        case WitnessKept(plan=table) | ProveKept(plan=table):
            wanted = sieve(estimated_rows(table.table))
            picked = wanted if wanted != ALL else None
            yield from (f"-- {query}" for query in witness(table.table, table).questions(source=False, sieve=picked))
        case ProveStatistics(columns=kept):
            yield from (f"-- what pg_stats keeps of {', '.join(names)} of {table}" for table, names in kept.items())
        case ForgetEmpty():
            yield from (
                f"-- if {table.table} has no rows: {s}"
                for table in step.tables
                for s in (*table.statements, *(s for attempt in table.attempts for s in attempt))
            )
        case FillViews(views=views):
            yield from (s for view in views if view.is_made_anew for s in (*view.drop, *view.create))
            yield from (
                f"REFRESH MATERIALIZED VIEW {view.view.sql} WITH NO DATA"
                for view in views
                if step.empties_first and not view.is_made_anew
            )
            yield from (
                s for view in views for s in (f"REFRESH MATERIALIZED VIEW {view.view.sql}", f"ANALYZE {view.view.sql}")
            )
        case DeleteRows() | Recompute():
            yield from (*step.suspend, step.sql, *step.restore)
        case Rewrite():
            yield from (*step.drop, *step.alter, *step.create)
        case CutBatches():
            yield from step.suspend
        case UpdateBatches():
            key = f"({', '.join(step.key)}) in one range after the other" if step.key else "all rows at once"
            yield f"UPDATE ONLY {step.table.sql} SET {step.sets} WHERE {step.where or 'true'} /* {key} */"  # noqa: S608
        case FinishBatches(forget=forget):
            yield from forget
        case Compact(sql=sql) | Analyze(sql=sql) | Reindex(sql=sql):
            yield sql
        case UnlinkLargeObjects():
            yield "SELECT lo_unlink(oid) FROM pg_largeobject_metadata"
        case _:
            assert_never(step)


def _table(plan: MaskPlan, table: TablePlan) -> dict[str, Any]:
    document = table_document(table)
    return {
        **document,
        "masked": [{**column, "expression": _plain(plan, column["expression"])} for column in document["masked"]],
    }


def mask_plan_document(plan: MaskPlan) -> dict[str, Any]:
    """The plan as plain values, stable from release to release; no keys, no row values."""
    return {
        "kind": "mask",
        "target": {
            "database": plan.target.database,
            "version": plan.target.version_text,
            "tables": len(plan.places),
            "bytes": plan.bytes,
            "rows": plan.rows,
        },
        "rules": plan.rules_digest,
        "room": {"copy_bytes": plan.copy_bytes, "free_bytes": plan.free_bytes},
        "tables": [{**_table(plan, p.plan), "strategy": p.strategy, "reason": p.reason} for p in plan.places],
        "notes": [{"subject": note.subject, "text": note.text} for note in plan.notes],
        "steps": [
            {"id": s.id, "kind": type(s).__name__, "needs": sorted(s.needs), "statements": _shown(plan, s)}
            for s in plan.steps
        ],
    }
