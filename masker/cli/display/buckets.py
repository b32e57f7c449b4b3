"""What is told of the events of a sync."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, assert_never

from rich.console import Console

from masker.buckets.events import Compared, Comparing, PairFinished, PairPlanned, SyncEvent, SyncListener, Transferred
from masker.cli.display.told import Begun, Ended, Moved, Told
from masker.cli.display.writers import writing
from masker.cli.log import current_log
from masker.figures import amount, counted, size

if TYPE_CHECKING:
    from masker.buckets.done import Done
    from masker.buckets.plan import SyncPlan
    from masker.buckets.run import SyncResult

#: The bar of the pair under way.
_PAIR = "pair"


@contextmanager
def listening_to_sync(console: Console) -> Iterator[SyncListener]:
    """A listener of a sync, on *console* or in the process's log."""
    with writing(console, told_of_sync) as listener:
        yield listener


def synced_to(result: SyncResult) -> None:
    """Have the log's last line say what the run came to."""
    if (log := current_log()) is not None:
        log.came_to(
            **{
                "sample#masker.total.objects": sum(pair.done.copied for pair in result.pairs),
                "sample#masker.total.bytes": sum(pair.done.copied_bytes for pair in result.pairs),
                "sample#masker.total.deleted": sum(pair.done.deleted for pair in result.pairs),
            }
        )


def told_of_sync(event: SyncEvent) -> Told:
    """What is told of *event*. A pair has the run's name, from the second on with its number."""
    match event:
        case Comparing(source=source, target=target, run=run):
            return Told(
                text=f"run {run}: comparing {source} and {target}",
                mark="plain",
                at="compare",
                run=run,
                named={"source": str(source), "target": str(target)},
                shapes=(Begun(bar=_PAIR, title=f"{source} → {target}"),),
            )
        case Compared(keys=keys, spans=spans):
            return Told(
                text=f"{amount(keys)} keys listed",
                passing=True,
                shapes=(Moved(bar=_PAIR, note=f"{amount(keys)} keys listed, {spans} spans"),),
            )
        case PairPlanned(plan=plan, elapsed_s=elapsed, keys=keys):
            totals = plan.totals
            return Told(
                text=(
                    f"compared {counted(keys, 'key')} in {elapsed:.1f} s: {totals.copies:,} to copy,"
                    f" {plan.deletions:,} to delete, {totals.unchanged:,} unchanged"
                ),
                at="planned",
                run=plan.run,
                named={
                    "target": str(plan.target),
                    "copies": totals.copies,
                    "deletes": plan.deletions,
                    "unchanged": totals.unchanged,
                    **_since(plan),
                    "measure#masker.sync.list": f"{elapsed * 1000:.0f}ms",
                    "count#masker.sync.keys": keys,
                },
                shapes=(Moved(bar=_PAIR, note="", of=max(1, totals.copies + totals.placeholders + plan.deletions)),),
            )
        case Transferred(plan=plan, done=done, phase=phase, in_flight=in_flight):
            summary = _summary(event)
            return Told(
                text=summary,
                passing=True,
                at=phase,
                run=plan.run,
                named={
                    "sample#masker.sync.copied": done.copied,
                    "sample#masker.sync.bytes": done.copied_bytes,
                    "sample#masker.sync.deleted": done.deleted,
                    "sample#masker.sync.failed": done.failed,
                    "sample#masker.sync.window": in_flight,
                },
                shapes=(Moved(bar=_PAIR, to=_handled(done) + done.deleted, note=summary),),
            )
        case PairFinished(plan=plan, done=done, retries=retries, elapsed_s=elapsed):
            return Told(
                text=f"synced {plan.target}: {done.copied:,} copied, {done.deleted:,} deleted",
                at="finish",
                run=plan.run,
                named={
                    "target": str(plan.target),
                    "measure#masker.sync": f"{elapsed * 1000:.0f}ms",
                    "count#masker.sync.copied": done.copied,
                    "count#masker.sync.bytes": done.copied_bytes,
                    "count#masker.sync.deleted": done.deleted,
                    "count#masker.sync.retries": retries,
                },
                shapes=(Ended(bar=_PAIR),),
            )
        case _:
            assert_never(event)


def _since(plan: SyncPlan) -> dict[str, Any]:
    """Whose record a comparison went by that was to go by one, or why everything was listed."""
    since = plan.since_last
    return {} if since is None else {"since": since.run} if since.run is not None else {"listed": since.why}


def _handled(done: Done) -> int:
    """Objects that were to be written and of which it is known what became of them."""
    return done.copied + done.placeholders + done.vanished + done.archived + done.failed


def _summary(event: Transferred) -> str:
    """``1,204 of 5,000 copied, 38 MB, 210/s, 18 s left``."""
    done, totals = event.done, event.plan.totals
    if event.phase == "delete":
        return f"{done.deleted:,} of {event.plan.deletions:,} deleted"
    handled = _handled(done)
    rate = handled / max(0.001, event.elapsed_s)
    left = (totals.copies + totals.placeholders - handled) / rate if handled else 0
    words = [f"{done.copied:,} of {totals.copies:,} copied", size(done.copied_bytes), f"{rate:,.0f}/s"]
    words += [f"{done.placeholders:,} of {totals.placeholders:,} replaced"] if totals.placeholders else []
    words += [f"{done.failed:,} failed"] if done.failed else []
    words += [f"{left:,.0f} s left"] if handled and left >= 1 else []
    return ", ".join(words)
