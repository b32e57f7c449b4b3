"""What is shown while buckets are synced: live bars on a terminal, else lines, as prose, logfmt or JSON; and the result."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Table

from masker.buckets.events import Compared, Comparing, PairFinished, PairPlanned, SyncEvent, SyncListener, Transferred
from masker.buckets.plan import SyncPlan, explain_sync
from masker.cli.log import Log, current_log
from masker.figures import amount, size

if TYPE_CHECKING:
    from masker.buckets.run import PairResult, SyncResult
    from masker.buckets.transfer import Done

#: Seconds between two lines of progress where no terminal shows it live.
_LINE_S = 10.0


@contextmanager
def listening_to_sync(console: Console) -> Iterator[SyncListener]:
    """A listener: lines of the process's log if it has one, else live on a terminal and prose elsewhere."""
    log = current_log()
    if log is not None:
        yield _Logged(log)
    elif console.is_terminal and not console.no_color:
        with _Live(console) as live:
            yield live
    else:
        yield _Lines(console)


def synced_to(result: SyncResult) -> None:
    """Have the log's last line say what the run came to."""
    if (log := current_log()) is not None:
        log.came_to(**{
            "sample#masker.total.objects": sum(pair.done.copied for pair in result.pairs), "sample#masker.total.bytes": sum(pair.done.copied_bytes for pair in result.pairs),
            "sample#masker.total.deleted": sum(pair.done.deleted for pair in result.pairs),
        })  # fmt: skip


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


class _Lines:
    """One line a phase, and one every few seconds of a long one."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said = time.monotonic()

    def __call__(self, event: SyncEvent) -> None:
        match event:
            case Comparing(source=source, target=target, run=run):
                self._say(f"run {run}: comparing {source} and {target}")
            case Compared(keys=keys) if self._is_due():
                self._say(f"{amount(keys)} keys listed")
            case PairPlanned(plan=plan, elapsed_s=elapsed, keys=keys):
                self._say(
                    f"compared {keys:,} keys in {elapsed:.1f} s: {plan.totals.copies:,} to copy, {plan.deletions:,} to delete, {plan.totals.unchanged:,} unchanged"
                )
            case Transferred() if self._is_due():
                self._say(_summary(event))
            case PairFinished(plan=plan, done=done):
                self._say(f"synced {plan.target}: {done.copied:,} copied, {done.deleted:,} deleted")
            case _:
                pass

    def _is_due(self) -> bool:
        return time.monotonic() - self._said >= _LINE_S

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


class _Live:
    """One bar for the pair under way."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}", markup=False), BarColumn(bar_width=24, complete_style="cyan", finished_style="green"),
            TextColumn("{task.fields[note]}", markup=False), console=console, transient=True, refresh_per_second=8,
        )  # fmt: skip
        self._task: TaskID | None = None

    def __enter__(self) -> _Live:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def __call__(self, event: SyncEvent) -> None:
        match event:
            case Comparing(source=source, target=target, run=run):
                self._progress.console.print(f"run {run}", highlight=False)
                self._begin(f"{source} → {target}")
            case Compared(keys=keys, spans=spans):
                self._update(note=f"{amount(keys)} keys listed, {spans} spans")
            case PairPlanned(plan=plan):
                self._update(note="", total=max(1, plan.totals.copies + plan.totals.placeholders + plan.deletions))
            case Transferred(done=done):
                self._update(note=_summary(event), completed=_handled(done) + done.deleted)
            case PairFinished():
                if self._task is not None:
                    self._progress.remove_task(self._task)
                    self._task = None

    def _begin(self, title: str) -> None:
        self._task = self._progress.add_task(title, total=None, note="")

    def _update(self, **fields: Any) -> None:
        if self._task is not None:
            self._progress.update(self._task, **fields)


class _Logged:
    """A line of the log for each event. A pair has the run's name, from the second on with its number."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def __call__(self, event: SyncEvent) -> None:
        numbers: dict[str, Any]
        match event:
            case Comparing(source=source, target=target, run=run):
                self._log.line("compare", run=run, source=str(source), target=str(target))
            case PairPlanned(plan=plan, elapsed_s=elapsed, keys=keys):
                numbers = {"measure#masker.sync.list": f"{elapsed * 1000:.0f}ms", "count#masker.sync.keys": keys}
                totals = plan.totals
                self._log.line("planned", run=plan.run, target=str(plan.target), copies=totals.copies, deletes=plan.deletions, unchanged=totals.unchanged, **numbers)
            case Transferred(plan=plan, done=done, phase=phase, in_flight=in_flight):
                numbers = {
                    "sample#masker.sync.copied": done.copied, "sample#masker.sync.bytes": done.copied_bytes, "sample#masker.sync.deleted": done.deleted,
                    "sample#masker.sync.failed": done.failed, "sample#masker.sync.window": in_flight,
                }  # fmt: skip
                self._log.line(phase, run=plan.run, **numbers)
            case PairFinished(plan=plan, done=done, retries=retries, elapsed_s=elapsed):
                numbers = {
                    "measure#masker.sync": f"{elapsed * 1000:.0f}ms", "count#masker.sync.copied": done.copied, "count#masker.sync.bytes": done.copied_bytes,
                    "count#masker.sync.deleted": done.deleted, "count#masker.sync.retries": retries,
                }  # fmt: skip
                self._log.line("finish", run=plan.run, target=str(plan.target), **numbers)
            case _:
                pass


def print_sync_plan(plan: SyncPlan, stored: str, console: Console) -> None:
    """A plan as a person reads it."""
    table = Table.grid(padding=(0, 2))
    for subject, text in explain_sync(plan):
        table.add_row(f"[bold]{escape(subject)}[/]", escape(text))
    console.print(table)
    console.print(f"\n[bold]plan[/]  {escape(stored)}", soft_wrap=True)


def _state(pair: PairResult) -> str:
    """What may be said of a target now: no more than the run has seen to."""
    done, plan = pair.done, pair.plan
    verbs = ("becomes", "will hold") if done.left_to_jobs else ("is", "holds")
    if plan.stored_by is not None:
        state = f"{verbs[1]} what the plan of {plan.created_at:%Y-%m-%d %H:%M} UTC says of {plan.source}"
    else:
        state = f"{verbs[1]} what the preview may show of {plan.source}" if plan.scope else f"{verbs[0]} what {plan.source} is"
    stale = 0 if plan.deletes else plan.totals.deletes
    others = done.kept + done.rewritten + done.outlived + done.archived + plan.totals.archived + stale
    return f"{state}, but for {others:,} object{'s' if others != 1 else ''}" if others else state


def print_sync_result(result: SyncResult, console: Console) -> None:
    """Two lines a pair: when and how much; what everybody may read now."""
    for pair in result.pairs:
        done, plan = pair.done, pair.plan
        console.print(f"[green]✓[/] [bold]{escape(str(plan.target))}[/] {escape(_state(pair))}, {pair.elapsed_s:.1f} s, run {plan.run}", soft_wrap=True)
        words = [
            f"{done.copied:,} copied, {size(done.copied_bytes)}" + (f", {done.made_public:,} public" if done.made_public else ""), f"{done.placeholders:,} replaced by placeholders" if done.placeholders else "",
            f"{done.rows_updated:,} rows of the preview written" if done.rows_updated else "", f"{done.acls_set:,} ACLs repaired" if done.acls_set else "",
            f"{plan.totals.unchanged:,} unchanged", f"{done.deleted:,} deleted", f"{done.kept:,} kept that the source has by now" if done.kept else "",
            f"{done.rewritten:,} kept that were written in the target since" if done.rewritten else "", f"{done.gone:,} deleted by somebody else" if done.gone else "",
            f"{done.vanished:,} vanished meanwhile" if done.vanished else "",
            f"{done.archived + plan.totals.archived:,} archived ones left out" if done.archived + plan.totals.archived else "",
            f"{done.swept:,} uploads ended that an earlier run had left open" if done.swept else "",
            f"{pair.meanwhile:,} changed in the source meanwhile, for the next run" if pair.meanwhile else "",
        ]  # fmt: skip
        console.print("  " + " · ".join(word for word in words if word), soft_wrap=True)
        for note in plan.notes:
            console.print(f"  note: {escape(note.subject)} {escape(note.text)}", soft_wrap=True)
        if done.left_to_jobs:
            console.print(
                f"  {done.left_to_jobs:,} copies are left to jobs of Batch Operations ({', '.join(done.jobs)}), and nothing was deleted; run again when they have ended",
                soft_wrap=True,
            )
        if not plan.deletes and plan.totals.deletes:
            console.print(f"  {plan.totals.deletes:,} stale objects were left (--no-delete)")
        if done.deleted and plan.keeps_versions:
            console.print(f"  to take the deletions back: masker sync undo {plan.run} --confirm {plan.target.bucket}", soft_wrap=True)
