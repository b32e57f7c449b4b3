"""What is told of the events of a copy and of masking in place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, assert_never

from rich.console import Console

from masker.cli.display.steps import doing, known, rows_are_told_at_the_end
from masker.cli.display.told import Begun, Ended, Shape, Told
from masker.cli.display.told import Moved as MovedBar
from masker.cli.display.writers import writing
from masker.cli.log import current_log
from masker.copy.events import (
    BegunAnew,
    NotSwept,
    NotTried,
    Planned,
    Published,
    SourceReleased,
    Swept,
    Throttled,
    WentOn,
)
from masker.copy.steps import CopyPart
from masker.delta.events import DeltaBegun, DeltaEvent, FullInstead, TableChanged, TakenAgain
from masker.figures import amount, size
from masker.in_place.events import GateOpened, MaskEvent, MaskPlanned
from masker.in_place.steps import DeleteRows, Rewrite, UpdateBatches
from masker.lanes.events import Moved, StepFinished, StepRetried, StepStarted, Verifying
from masker.lanes.step import Step
from masker.names import TableName

if TYPE_CHECKING:
    from masker.copy.run import CopyResult
    from masker.in_place.run import MaskResult

Event = DeltaEvent | MaskEvent

#: The bar of the whole.
_ALL = "all"


@contextmanager
def listening(console: Console) -> Iterator[Callable[[Event], None]]:
    """A listener of a copy or of masking in place, on *console* or in the process's log."""
    with writing(console, DatabaseTeller()) as listener:
        yield listener


def came_to(result: CopyResult | MaskResult) -> None:
    """Have the log's last line say what the run came to."""
    if (log := current_log()) is not None:
        log.came_to(**totals(result))


def totals(result: CopyResult | MaskResult) -> dict[str, Any]:
    """The fields of the log's last line that say what the run came to."""
    findings = result.findings
    return {
        "verified": result.is_verified,
        "target": result.plan.target_database,
        "checks": findings.passed,
        "failed": findings.failed,
        "not_run": findings.not_run,
        "columns": result.plan.masked_columns,
        "sample#masker.total.rows": result.total_rows,
    }


@dataclass(slots=True)
class _Table:
    """What the finished parts of a table came to."""

    parts: int = 0
    elapsed_s: float = 0.0
    rows: int = 0
    bytes: int = 0


class DatabaseTeller:
    """Makes of each event what is told of it. It counts rows and bytes, of the whole and of tables in parts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begin(0)

    def _begin(self, rows: float) -> None:
        self._started = self._clock()
        self._expected = max(1.0, rows)
        self._rows = self._bytes = 0
        self._tables: dict[TableName, _Table] = {}
        self._moved_rows: dict[TableName, int] = {}

    def __call__(self, event: Event) -> Told:
        """What is told of *event*."""
        match event:
            case Planned(plan=plan, run=run, into=into):
                self._begin(plan.rows)
                return Told(
                    text=(
                        f"run {run}: copying {len(plan.tables)} tables, {amount(plan.rows)} rows, {size(plan.bytes)},"
                        f" into {into}"
                    ),
                    mark="plain",
                    at="start",
                    run=run,
                    named={
                        "tables": len(plan.tables),
                        "columns": plan.masked_columns,
                        "into": into,
                        "target": plan.target_database,
                        "source": plan.source.database,
                    },
                    # On the wire a row is about as long as on disk without its header; the bar is scaled by rows where
                    # they are known.
                    shapes=(Begun(bar=_ALL, title="production → preview", total=self._expected),),
                )
            case MaskPlanned(plan=masking, run=run, done=done):
                self._begin(masking.rows)
                gone_on = f", {done} steps done before" if done else ""
                return Told(
                    text=(
                        f"run {run}: masking {masking.masked_columns} columns, {amount(masking.rows)} rows,"
                        f" {size(masking.bytes)}, in {masking.target_database}{gone_on}"
                    ),
                    mark="plain",
                    at="start",
                    run=run,
                    named={
                        "tables": len(masking.places),
                        "columns": masking.masked_columns,
                        "into": masking.target_database,
                        "target": masking.target_database,
                        "done": done,
                    },
                    shapes=(Begun(bar=_ALL, title=f"masking {masking.target_database}", total=self._expected),),
                )
            case StepStarted(step=step):
                return self._step_started(step)
            case Moved(step=step, rows=rows, bytes=count):
                return Told(shapes=self._moved(step, rows, count))
            case StepRetried(step=step, reason=reason, rows=rows, bytes=count):
                return Told(
                    text=f"{doing(known(step))}: {reason}, begun anew",
                    at="retry",
                    level="warning",
                    named={"step": step.id, "reason": reason},
                    shapes=self._moved(step, -rows, -count),
                )
            case StepFinished():
                return self._step_finished(event)
            case SourceReleased(elapsed_s=elapsed, connections=connections):
                return Told(
                    text=(
                        f"production was read for {elapsed:.1f} s over {connections}"
                        f" connection{'s' if connections != 1 else ''} and is let go"
                    ),
                    mark="done",
                    at="source-released",
                    named={"connections": connections, **_measured("read", elapsed)},
                )
            case BegunAnew(reason=reason, attempt=attempt, attempts=attempts):
                self._begin(self._expected)
                return Told(
                    text=f"{reason}: the snapshot is lost, so everything begins anew (attempt {attempt} of {attempts})",
                    mark="warning",
                    at="begun-anew",
                    level="warning",
                    named={"reason": reason, "attempt": attempt, "attempts": attempts},
                    shapes=(Ended(),),
                )
            case DeltaBegun(run=run, since=since, database=database, tables=tables):
                return Told(
                    text=f"run {run}: bringing what has changed in {tables} tables since run {since} to {database}",
                    mark="plain",
                    at="start",
                    run=run,
                    named={"tables": tables, "since": since, "target": database},
                    shapes=(Begun(bar=_ALL, title="changes → preview"),),
                )
            case TakenAgain(table=table, reason=reason):
                return Told(
                    text=f"{table} is taken again, {reason}",
                    at="taken-again",
                    named={"table": str(table), "reason": reason},
                )
            case TableChanged(table=table, written=written, deleted=deleted, bytes=count):
                return Told(
                    text=f"changed {table}: {written:,} rows written, {deleted:,} deleted, {size(count)}",
                    at="changed",
                    named={
                        "table": str(table),
                        "count#masker.written": written,
                        "count#masker.deleted": deleted,
                        "measure#masker.bytes": f"{count}B",
                    },
                )
            case FullInstead(reason=reason):
                return Told(
                    text=f"everything is copied: {reason}", mark="warning", at="full-copy", named={"reason": reason}
                )
            case Verifying():
                return Told(text="verifying", at="verify", shapes=(Begun(bar="verify", title="verifying"),))
            case Published(database=database, kept_old=kept):
                return Told(text=f"published {database}", at="published", named={"database": database, "kept": kept})
            case GateOpened(database=database):
                return Told(text=f"the gate of {database} is open", at="gate-open", named={"database": database})
            case Swept(name=name):
                return Told(
                    text=f"dropped {name}, left by a run that died",
                    mark="warning",
                    at="swept",
                    named={"database": name},
                )
            case NotSwept(name=name, why=why, remedy=remedy):
                return Told(
                    text=f"{name}, left by an earlier run, could not be dropped: {why}; {remedy}",
                    mark="warning",
                    at="not-swept",
                    level="warning",
                    named={"database": name, "reason": why, "remedy": remedy},
                )
            case Throttled(reason=reason):
                return Told(
                    text=f"reading waits for production: {reason}",
                    mark="warning",
                    at="throttled",
                    level="warning",
                    named={"reason": reason},
                )
            case WentOn(waited_s=waited):
                return Told(
                    text=f"reading goes on after {waited:.1f} s",
                    mark="plain",
                    at="went-on",
                    named=_measured("waited", waited),
                )
            case NotTried(text=text):
                return Told(text=text, mark="warning", at="not-tried", level="warning", named={"reason": text})
            case _:
                assert_never(event)

    def _step_started(self, step: Step) -> Told:
        if isinstance(step, CopyPart):
            return Told(
                shapes=(
                    Begun(bar=f"table {step.table}", title=f"  {step.table}", total=max(1, step.rows * step.parts)),
                )
            )
        return Told(shapes=(Begun(bar=step.id, title=f"  {doing(known(step))}"),))

    def _moved(self, step: Step, rows: int, count: int) -> tuple[Shape, ...]:
        self._rows += rows
        self._bytes += count
        of_all = MovedBar(bar=_ALL, to=self._rows, note=self._note())
        if not isinstance(step, CopyPart):
            return (of_all,)
        moved = self._moved_rows[step.table] = self._moved_rows.get(step.table, 0) + rows
        return MovedBar(bar=f"table {step.table}", to=moved, note=f"{amount(moved)} rows"), of_all

    def _note(self) -> str:
        """``1.2 M rows · 38 MB/s · 18 s left``."""
        elapsed = self._clock() - self._started
        done = min(1.0, self._rows / self._expected)
        words = [f"{amount(self._rows)} rows"]
        words += [f"{size(self._bytes / max(0.001, elapsed))}/s"] if self._bytes else []
        words += [f"{elapsed / done - elapsed:.0f} s left"] if 0.03 < done < 1 and elapsed > 2 else []
        return " · ".join(words)

    def _step_finished(self, event: StepFinished) -> Told:
        step = known(event.step)
        if isinstance(step, CopyPart):
            return self._part_finished(step, event)
        named: dict[str, Any] = {"step": step.id}
        if isinstance(step, Rewrite | UpdateBatches | DeleteRows):
            named |= {
                "rows": event.rows,
                **_measured(type(step).__name__.lower(), event.elapsed_s),
                "count#masker.rows": event.rows,
            }
        else:
            named |= _measured(type(step).__name__.lower(), event.elapsed_s)
        moved = self._moved(step, event.rows, 0) if isinstance(step, Rewrite) else ()
        told = Told(at="finish", named=named, shapes=(*moved, Ended(bar=step.id)))
        return (
            replace(told, text=f"{doing(step)}: {event.rows:,} rows, {event.elapsed_s:.1f} s")
            if rows_are_told_at_the_end(step)
            else told
        )

    def _part_finished(self, step: CopyPart, event: StepFinished) -> Told:
        table = self._tables.setdefault(step.table, _Table())
        table.parts += 1
        table.elapsed_s += event.elapsed_s
        table.rows += event.rows
        table.bytes += event.bytes
        named = {
            "table": str(step.table),
            "part": f"{step.part}/{step.parts}",
            "rows": event.rows,
            **_measured("copy", event.elapsed_s),
            "count#masker.rows": event.rows,
            "count#masker.bytes": event.bytes,
        }
        if table.parts < step.parts:
            return Told(at="finish", named=named)
        text = f"copied {step.table}: {table.rows:,} rows, {size(table.bytes)}, {table.elapsed_s:.1f} s"
        return Told(text=text, at="finish", named=named, shapes=(Ended(bar=f"table {step.table}"),))


def _measured(what: str, elapsed_s: float) -> dict[str, str]:
    return {f"measure#masker.{what}": f"{elapsed_s * 1000:.0f}ms"}
