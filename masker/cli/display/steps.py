"""Steps in a few words."""

from __future__ import annotations

from typing import assert_never, cast

from masker.copy.steps import (
    AddCheck,
    AddForeignKey,
    BuildIndex,
    CopyLargeObjects,
    CopyPart,
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
from masker.in_place.steps import (
    Compact,
    CutBatches,
    DeleteRows,
    FillViews,
    FinishBatches,
    ForgetEmpty,
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
from masker.lanes.step import Analyze, CountJoin, RefreshMaterializedView, SeekOriginals, Step

#: All steps that there are.
AnyStep = CopyStep | MaskStep


def known(step: Step) -> AnyStep:
    """*step* as one of all: who runs steps knows no kind of them."""
    return cast(AnyStep, step)


def doing(step: AnyStep) -> str:
    """A step in two or three words: ``index users``."""
    match step:
        case CopyPart():
            return f"copy {step.title}"
        case WitnessTable(table=table):
            return f"ask production of {table}"
        case ProveTable(table=table):
            return f"prove {table}"
        case CountJoin(table=table) | ProveJoin(table=table):
            return f"count references of {table}"
        case RaiseSequences(floors=floors):
            return f"{len(floors)} sequence{'s' if len(floors) != 1 else ''}"
        case SeekOriginals(table=table):
            return f"seek originals in {table}"
        case CopyLargeObjects(count=count):
            return f"copy {count:,} large object{'s' if count != 1 else ''}"
        case BuildIndex(name="keys", table=table):
            return f"keys {table}"
        case BuildIndex(name=name) | Reindex(index=name):
            return f"index {name}"
        case AddForeignKey(table=table) | ValidateForeignKey(table=table):
            return f"keys {table}"
        case AddCheck(name=name):
            return f"check {name}"
        case Analyze(table=table):
            return f"statistics {table}"
        case Vacuum(table=table):
            return f"freeze {table}"
        case RefreshMaterializedView(view=view):
            return f"refresh {view}"
        case RefreshPostponed():
            return "refresh what is left"
        case SetSequences(sequences=sequences):
            return f"{len(sequences)} sequence{'s' if len(sequences) != 1 else ''}"
        case CreateSchema() | FinishSchema() | DropLedger():
            return "schema"
        case WitnessKept(plan=plan) | ProveKept(plan=plan):
            return f"prove {plan.table.name}"
        case ProveStatistics():
            return f"prove statistics of {step.title}"
        case Rewrite():
            return f"rewrite {step.title}"
        case CutBatches(table=table) | UpdateBatches(table=table) | FinishBatches(table=table):
            return f"batches {table}"
        case DeleteRows(table=table):
            return f"thin out {table}"
        case Truncate(tables=tables):
            return f"empty {len(tables)} table{'s' if len(tables) != 1 else ''}"
        case ForgetEmpty(tables=forgotten):
            return f"statistics of {len(forgotten)} table{'s' if len(forgotten) != 1 else ''}"
        case Recompute(table=table):
            return f"compute {table}"
        case FillViews(views=views):
            return f"refresh {views[0].view}" if len(views) == 1 else f"refresh {len(views)} views"
        case Compact(subject=subject):
            return f"compact {subject}"
        case UnlinkLargeObjects():
            return "remove large objects"
        case _:
            assert_never(step)


def rows_are_told_at_the_end(step: AnyStep) -> bool:
    """Whether a person without bars hears of a step when it is done, with its rows: of those that changed a whole
    table."""
    return isinstance(step, Rewrite | FinishBatches | DeleteRows | Truncate)
