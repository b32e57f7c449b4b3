"""A plan as a person reads it, as SQL, and as one JSON document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Literal, assert_never

from masker.copy.steps import (
    AddCheck,
    AddForeignKey,
    BuildIndex,
    CopyLargeObjects,
    CopyPart,
    CopyPlan,
    CopyStep,
    CreateSchema,
    DropLedger,
    FinishSchema,
    ProveTable,
    RefreshPostponed,
    SetSequences,
    Vacuum,
    ValidateForeignKey,
    WitnessTable,
)
from masker.figures import size
from masker.lanes.step import Analyze, CountJoin, RefreshMaterializedView, SeekOriginals
from masker.tables.explain import Row, action, brief, columns, counted, left_out, table_document
from masker.tables.pieces import examples
from masker.tables.plan import TablePlan
from masker.tables.tolerated import Carried
from masker.tables.witness import sieve

_SHOWN_UNMASKED = 8


def afterwards(plan: CopyPlan) -> str:
    """What follows the rows: ``96 indexes, 41 foreign keys, …``."""
    counts = Counter(type(step).__name__ for step in plan.steps)
    keys = sum(len(s.statements) > 0 and s.name != "keys" for s in plan.steps if isinstance(s, BuildIndex))
    sequences = sum(len(s.sequences) for s in plan.steps if isinstance(s, SetSequences))
    words = [
        (keys, "index", "indexes"),
        (counts["AddForeignKey"], "foreign key", "foreign keys"),
        (sequences, "sequence", "sequences"),
        (counts["RefreshMaterializedView"], "materialized view", "materialized views"),
    ]
    return ", ".join([f"{n} {one if n == 1 else many}" for n, one, many in words if n] + ["statistics"])


def explain(plan: CopyPlan, *, show_all: bool) -> list[Row]:
    """The plan's table of tables. Those copied whole are cut to the largest unless *show_all*, with which columns are
    told, too."""
    rows = []
    hidden: list[TablePlan] = []
    shown = 0
    for table in plan.tables:
        is_whole = table.action == "copy" and not table.predicate
        if is_whole and not show_all:
            shown += 1
            if shown > _SHOWN_UNMASKED:
                hidden.append(table)
                continue
        fate: Literal["changed", "as it is", "none"] = (
            "as it is" if table.action == "copy" else "changed" if table.action == "mask" else "none"
        )
        rows.append(
            Row(
                name=str(table.table.name),
                rows=counted(table),
                size=size(table.bytes),
                action=action(table),
                fate=fate,
                brief=brief(table),
                columns=columns(table) if show_all else (),
            )
        )
    return [*rows, *left_out(hidden, "copy")]


def statements(plan: CopyPlan, of: Callable[[CopyStep], bool] = lambda step: True) -> Iterator[str]:  # noqa: ARG005
    """Every statement *of* such steps under the heading of its step, in an order in which they could run."""
    for step in filter(of, plan.steps):
        yield f"-- {step.id}"
        yield from _statements(step)
        yield ""


def _statements(step: CopyStep) -> Iterator[str]:
    match step:
        case CreateSchema(entries=entries) | FinishSchema(entries=entries):
            for entry in entries:
                yield f"-- target: {entry}"
                yield entry.sql.rstrip()
        case CopyPart():
            yield f"-- source\n{step.source_sql};"
            yield f"-- target\n{step.target_sql};"
        case WitnessTable() | ProveTable():
            is_source = isinstance(step, WitnessTable)
            picked = sieve(step.rows) if step.is_sample else None
            for query in step.witness.questions(source=is_source, sieve=picked):
                yield f"-- {'source' if is_source else 'target'}\n{query};"
        case CountJoin(join=join):
            yield f"{join.sql(source=True)};"
        case SeekOriginals(asked=asked):
            for query in examples(asked):
                yield f"-- source\n{query};"
        case CopyLargeObjects(count=count):
            yield f"-- {count} large objects by lo_get and lo_put"
        case BuildIndex(statements=many) | RefreshMaterializedView(statements=many) | AddCheck(statements=many):
            yield from (f"{statement};" for statement in many)
        case (
            AddForeignKey(sql=sql)
            | ValidateForeignKey(sql=sql)
            | Vacuum(sql=sql)
            | Analyze(sql=sql)
            | DropLedger(sql=sql)
        ):
            yield f"{sql};"
        case RefreshPostponed():
            yield "-- materialized views that read others by functions, once these are filled"
        case SetSequences(sequences=names):
            yield from (f"SELECT setval('{name.sql}', …, true);" for name in names)
        case _:
            assert_never(step)


def as_document(plan: CopyPlan) -> dict[str, Any]:
    """The plan as plain values, stable from release to release; no keys, no row values."""
    return {
        "kind": "copy",
        "source": {
            "database": plan.source.database,
            "version": plan.source.version_text,
            "tables": len(plan.tables),
            "bytes": plan.bytes,
            "rows": plan.rows,
        },
        "target": {"database": plan.target_database, "version": plan.target_version, "publish": plan.publish},
        "tables": [table_document(table) for table in plan.tables],
        "notes": [{"subject": note.subject, "text": note.text} for note in plan.notes],
        "tolerated": [tolerated_document(one) for one in plan.tolerated],
        "steps": [
            {
                "id": step.id,
                "kind": type(step).__name__,
                "needs": sorted(step.needs),
                "statements": [s for s in _statements(step) if not s.startswith("-- target: ")],
            }
            for step in plan.steps
        ],
    }


def tolerated_document(one: Carried) -> dict[str, Any]:
    """Something that production's own rows break, as plain values."""
    return {
        "kind": one.kind,
        "schema": one.table.schema,
        "table": one.table.name,
        "name": one.name,
        "rows": one.broken,
        "carried_as": one.becomes,
    }
