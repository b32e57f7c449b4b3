"""What is shown while a copy runs: live bars on a terminal, else one line an event, as prose, logfmt or JSON."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text

from masker.cli.log import Level, Log, current_log
from masker.copy.events import BegunAnew, CopyEvent, NotSwept, NotTried, Planned, Published, SourceReleased, Swept
from masker.copy.steps import (
    AddCheck,
    AddForeignKey,
    BuildIndex,
    CopyPart,
    CopyPlan,
    CreateSchema,
    FinishSchema,
    Vacuum,
    ValidateForeignKey,
)
from masker.figures import amount, size
from masker.in_place.events import GateOpened, MaskEvent, MaskPlanned
from masker.in_place.steps import (
    Compact,
    CutBatches,
    DeleteRows,
    FillViews,
    FinishBatches,
    MaskPlan,
    Recompute,
    Rewrite,
    Truncate,
    UpdateBatches,
)
from masker.lanes.events import Moved, StepFinished, StepRetried, StepStarted, Verifying
from masker.lanes.step import Analyze, RefreshMaterializedView, Step
from masker.names import TableName

if TYPE_CHECKING:
    from masker.copy.run import CopyResult
    from masker.in_place.run import MaskResult

Event = CopyEvent | MaskEvent
Listener = Callable[[Event], None]

#: Tables with a bar of their own at once; more would push the totals off a small terminal.
_BARS = 8


@contextmanager
def listening(console: Console) -> Iterator[Listener]:
    """A listener: lines of the process's log if it has one, else live on a terminal and prose elsewhere. Events may come from any thread."""
    log = current_log()
    if log is not None:
        yield _Logged(log)
    elif console.is_terminal and not console.no_color:
        with _Live(console) as live:
            yield _Locked(live)
    else:
        yield _Locked(_Lines(console))


def came_to(result: CopyResult | MaskResult) -> None:
    """Have the log's last line say what the run came to."""
    if (log := current_log()) is not None:
        findings = result.findings
        log.came_to(
            verified=result.is_verified, target=result.plan.target_database, checks=findings.passed, failed=findings.failed, not_run=findings.not_run,
            columns=result.plan.masked_columns, **{"sample#masker.total.rows": result.total_rows},
        )  # fmt: skip


class _Locked:
    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        with self._lock:
            self._listener(event)


def doing(step: Step) -> str:
    """A step in two or three words: ``index users``."""
    match step:
        case CopyPart():
            return f"copy {step.title}"
        case BuildIndex(name="keys", table=table):
            return f"keys {table}"
        case BuildIndex(name=name):
            return f"index {name}"
        case AddForeignKey(table=table) | ValidateForeignKey(table=table):
            return f"keys {table}"
        case AddCheck(table=table):
            return f"checks {table}"
        case Analyze(table=table):
            return f"statistics {table}"
        case Vacuum(table=table):
            return f"freeze {table}"
        case RefreshMaterializedView(view=view):
            return f"refresh {view}"
        case CreateSchema() | FinishSchema():
            return "schema"
        case Rewrite():
            return f"rewrite {step.title}"
        case CutBatches(table=table) | UpdateBatches(table=table) | FinishBatches(table=table):
            return f"batches {table}"
        case DeleteRows(table=table):
            return f"thin out {table}"
        case Truncate(tables=tables):
            return f"empty {len(tables)} table{'s' if len(tables) != 1 else ''}"
        case Recompute(table=table):
            return f"compute {table}"
        case FillViews(views=views):
            return f"refresh {views[0].view}" if len(views) == 1 else f"refresh {len(views)} views"
        case Compact(subject=subject):
            return f"compact {subject}"
        case _:
            return step.id


def not_swept(name: str, why: str, remedy: str) -> str:
    """What is said of a database that a dead run has left and this one could not drop."""
    return f"{name}, left by an earlier run, could not be dropped: {why}; {remedy}"


def begun_anew(event: BegunAnew) -> str:
    """What is said when a run that has lost its snapshot does not give up."""
    return f"{event.reason}: the snapshot is lost, so everything begins anew (attempt {event.attempt} of {event.attempts})"


class _Totals:
    """Bytes and rows so far against those expected."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.rows = self.bytes = 0
        self.expected_bytes = 1

    def rate(self) -> float:
        return self.bytes / max(0.001, time.monotonic() - self.started)


class _Amounts(ProgressColumn):
    """Rows and, where they are known, bytes a second and the time left."""

    def render(self, task: Task) -> Text:
        return Text(str(task.fields.get("note", "")), style="progress.remaining")


class _Live:
    """Bars: one for the whole, one a table being read, a spinner for what the target does by itself."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"), TextColumn("{task.description}", style="default"), BarColumn(bar_width=24, complete_style="cyan", finished_style="green"), _Amounts(),
            console=console, transient=True, refresh_per_second=8,
        )  # fmt: skip
        self._totals = _Totals()
        self._overall: TaskID | None = None
        self._tables: dict[TableName, tuple[TaskID, dict[str, int]]] = {}
        self._steps: dict[str, TaskID] = {}
        self._plan: CopyPlan | MaskPlan | None = None

    def __enter__(self) -> _Live:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        match event:
            case Planned(plan=plan, run=run):
                self._plan = plan
                self._totals = _Totals()
                self._progress.console.print(f"run {run}", highlight=False)
                # On the wire a row is about as long as on disk without its header; the bar is scaled by rows where they are known.
                self._overall = self._progress.add_task("[bold]production → preview", total=max(1, plan.rows), note="")
            case MaskPlanned(plan=masking, run=run):
                self._plan = masking
                self._totals = _Totals()
                self._progress.console.print(f"run {run}", highlight=False)
                self._overall = self._progress.add_task(f"[bold]masking {escape(masking.target_database)}", total=max(1, masking.rows), note="")
            case StepStarted(step=CopyPart() as step):
                self._start_table(step)
            case StepStarted(step=step):
                if len(self._steps) < _BARS:
                    self._steps[step.id] = self._progress.add_task(f"[dim]{escape(doing(step))}", total=None, note="")
            case Moved(step=step, rows=rows, bytes=count):
                self._moved(step, rows, count)
            case StepRetried(step=step, rows=rows, bytes=count):
                self._moved(step, -rows, -count)
            case StepFinished(step=CopyPart() as step):
                self._finish_table(step)
            case StepFinished(step=step):
                if isinstance(step, Rewrite):
                    self._moved(step, event.rows, 0)
                if (task := self._steps.pop(step.id, None)) is not None:
                    self._progress.remove_task(task)
            case SourceReleased(elapsed_s=elapsed):
                self._progress.console.print(f"[green]✓[/] production was read for {elapsed:.1f} s and is let go", highlight=False)
            case BegunAnew():
                self._forget()
                self._progress.console.print(f"[yellow]•[/] {escape(begun_anew(event))}", highlight=False)
            case Verifying():
                self._steps["verify"] = self._progress.add_task("verifying", total=None, note="")
            case Published() | GateOpened():
                pass
            case Swept(name=name):
                self._progress.console.print(f"[yellow]•[/] dropped {escape(name)}, left by a run that died", highlight=False)
            case NotSwept(name=name, why=why, remedy=remedy):
                self._progress.console.print(f"[yellow]•[/] {escape(not_swept(name, why, remedy))}", highlight=False)
            case NotTried(text=text):
                self._progress.console.print(f"[yellow]•[/] {escape(text)}", highlight=False)

    def _forget(self) -> None:
        """Begin with an empty display."""
        for task in self._progress.task_ids:
            self._progress.remove_task(task)
        self._overall = None
        self._tables.clear()
        self._steps.clear()

    def _start_table(self, step: CopyPart) -> None:
        if step.table in self._tables or len(self._tables) >= _BARS:
            return
        task = self._progress.add_task(f"  {escape(str(step.table))}", total=max(1, step.rows * step.parts), note="")
        self._tables[step.table] = (task, {"rows": 0, "left": step.parts})

    def _moved(self, step: Step, rows: int, count: int) -> None:
        self._totals.rows += rows
        self._totals.bytes += count
        if isinstance(step, CopyPart) and (found := self._tables.get(step.table)):
            found[1]["rows"] += rows
            self._progress.update(found[0], advance=rows, note=f"{amount(found[1]['rows'])} rows")
        if self._overall is not None and self._plan is not None:
            done = min(1.0, self._totals.rows / max(1, self._plan.rows))
            elapsed = time.monotonic() - self._totals.started
            left = f" · {elapsed / done - elapsed:.0f} s left" if 0.03 < done < 1 and elapsed > 2 else ""
            rate = f" · {size(self._totals.rate())}/s" if self._totals.bytes else ""
            self._progress.update(self._overall, completed=self._totals.rows, note=f"{amount(self._totals.rows)} rows{rate}{left}")

    def _finish_table(self, step: CopyPart) -> None:
        if (found := self._tables.get(step.table)) is None:
            return
        found[1]["left"] -= 1
        if found[1]["left"] == 0:
            self._progress.remove_task(found[0])
            del self._tables[step.table]


class _Lines:
    """One line for each finished table and phase; no colour, no carriage return."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._parts: dict[TableName, list[float]] = {}

    def __call__(self, event: Event) -> None:
        match event:
            case Planned(plan=plan, run=run, into=into):
                self._say(f"run {run}: copying {len(plan.tables)} tables, {amount(plan.rows)} rows, {size(plan.bytes)}, into {into}")
            case MaskPlanned(plan=masking, run=run, done=done):
                gone_on = f", {done} steps done before" if done else ""
                self._say(
                    f"run {run}: masking {masking.masked_columns} columns, {amount(masking.rows)} rows, {size(masking.bytes)}, in {masking.target_database}{gone_on}"
                )
            case StepFinished(step=Rewrite() | FinishBatches() | DeleteRows() | Truncate() as step, elapsed_s=elapsed, rows=rows):
                self._say(f"{doing(step)}: {rows:,} rows, {elapsed:.1f} s")
            case StepFinished(step=CopyPart() as step, elapsed_s=elapsed, rows=rows, bytes=count):
                seen = self._parts.setdefault(step.table, [0, 0, 0, 0])
                for i, more in enumerate((1, elapsed, rows, count)):
                    seen[i] += more
                if seen[0] == step.parts:
                    self._say(f"copied {step.table}: {int(seen[2]):,} rows, {size(seen[3])}, {seen[1]:.1f} s")
            case StepRetried(step=step, reason=reason):
                self._say(f"{doing(step)}: {reason}, begun anew")
            case SourceReleased(elapsed_s=elapsed, connections=connections):
                self._say(
                    f"production was read for {elapsed:.1f} s over {connections} connection{'s' if connections != 1 else ''} and is let go"
                )
            case BegunAnew():
                self._parts.clear()
                self._say(begun_anew(event))
            case Verifying():
                self._say("verifying")
            case Published(database=database):
                self._say(f"published {database}")
            case GateOpened(database=database):
                self._say(f"the gate of {database} is open")
            case Swept(name=name):
                self._say(f"dropped {name}, left by a run that died")
            case NotSwept(name=name, why=why, remedy=remedy):
                self._say(not_swept(name, why, remedy))
            case NotTried(text=text):
                self._say(text)
            case _:
                pass

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


class _Logged:
    """A line of the log for each event."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def __call__(self, event: Event) -> None:
        match event:
            case Planned(plan=plan, run=run, into=into):
                self._log.run = run
                self._line("start", tables=len(plan.tables), columns=plan.masked_columns, into=into, target=plan.target_database, source=plan.source.database)
            case MaskPlanned(plan=masking, run=run, done=done):
                self._log.run = run
                self._line("start", tables=len(masking.places), columns=masking.masked_columns, into=masking.target_database, target=masking.target_database, done=done)
            case StepFinished(step=Rewrite() | UpdateBatches() | DeleteRows() as step, elapsed_s=elapsed, rows=rows):
                self._line("finish", type(step).__name__.lower(), elapsed, step=step.id, rows=rows, count_rows=rows)
            case StepFinished(step=CopyPart() as step, elapsed_s=elapsed, rows=rows, bytes=count):
                part = f"{step.part}/{step.parts}"
                self._line("finish", "copy", elapsed, table=str(step.table), part=part, rows=rows, count_rows=rows, count_bytes=count)
            case StepFinished(step=step, elapsed_s=elapsed):
                self._line("finish", type(step).__name__.lower(), elapsed, step=step.id)
            case StepRetried(step=step, reason=reason):
                self._line("retry", level="warning", step=step.id, reason=reason)
            case SourceReleased(elapsed_s=elapsed, connections=connections):
                self._line("source-released", "read", elapsed, connections=connections)
            case BegunAnew(reason=reason, attempt=attempt, attempts=attempts):
                self._line("begun-anew", level="warning", reason=reason, attempt=attempt, attempts=attempts)
            case Verifying():
                self._line("verify")
            case Published(database=database, kept_old=kept):
                self._line("published", database=database, kept=kept)
            case GateOpened(database=database):
                self._line("gate-open", database=database)
            case Swept(name=name):
                self._line("swept", database=name)
            case NotSwept(name=name, why=why, remedy=remedy):
                self._line("not-swept", level="warning", database=name, reason=why, remedy=remedy)
            case NotTried(text=text):
                self._line("not-tried", level="warning", reason=text)
            case _:
                pass

    def _line(
        self, at: str, measure: str | None = None, elapsed: float = 0.0, *, level: Level = "info", count_rows: int | None = None, count_bytes: int | None = None, **fields: Any,
    ) -> None:  # fmt: skip
        measured: dict[str, Any] = {f"measure#masker.{measure}": f"{elapsed * 1000:.0f}ms"} if measure else {}
        counted: dict[str, Any] = {"count#masker.rows": count_rows, "count#masker.bytes": count_bytes}
        self._log.line(at, level=level, **fields, **measured, **counted)
