"""The plan of a sync and what it came to, as a person sees them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from masker.buckets.plan import SyncPlan, explain_sync
from masker.cli.display.plans import print_pairs
from masker.cli.flags.syncing import StateFlags
from masker.figures import counted, size

if TYPE_CHECKING:
    from masker.buckets.run import PairResult, SyncResult


def print_sync_plan(plan: SyncPlan, stored: str, console: Console) -> None:
    """A plan as a person reads it."""
    print_pairs(explain_sync(plan), console)
    console.print(f"\n[bold]plan[/]  {escape(stored)}", soft_wrap=True)


def _state(pair: PairResult) -> str:
    """What may be said of a target now: no more than the run has seen to."""
    done, plan = pair.done, pair.plan
    verbs = ("becomes", "will hold") if done.left_to_jobs else ("is", "holds")
    if plan.stored_by is not None:
        state = f"{verbs[1]} what the plan of {plan.created_at:%Y-%m-%d %H:%M} UTC says of {plan.source}"
    else:
        state = (
            f"{verbs[1]} what the preview may show of {plan.source}"
            if plan.scope
            else f"{verbs[0]} what {plan.source} is"
        )
    stale = 0 if plan.deletes else plan.totals.deletes
    others = done.kept + done.rewritten + done.outlived + done.archived + plan.totals.archived + stale
    excluded = plan.totals.excluded if plan.include or plan.exclude else 0
    but = [f"{others:,} object{'s' if others != 1 else ''}"] if others else []
    but += [f"{excluded:,} excluded key{'s' if excluded != 1 else ''}"] if excluded else []
    return f"{state}, but for {' and '.join(but)}" if but else state


def print_sync_result(result: SyncResult, console: Console) -> None:
    """Two lines a pair: when and how much; what everybody may read now."""
    for pair in result.pairs:
        done, plan = pair.done, pair.plan
        console.print(
            f"[green]✓[/] [bold]{escape(str(plan.target))}[/] {escape(_state(pair))}, {pair.elapsed_s:.1f} s, run"
            f" {plan.run}",
            soft_wrap=True,
        )
        words = [
            f"{done.copied:,} copied, {size(done.copied_bytes)}"
            + (f", {done.made_public:,} public" if done.made_public else ""),
            f"{done.placeholders:,} replaced by placeholders" if done.placeholders else "",
            f"{counted(done.rows_updated, 'row')} of the preview written" if done.rows_updated else "",
            f"{counted(done.acls_set, 'ACL')} repaired" if done.acls_set else "",
            f"{plan.totals.unchanged:,} unchanged",
            f"{done.deleted:,} deleted",
            f"{done.kept:,} kept that the source has by now" if done.kept else "",
            f"{done.rewritten:,} kept that were written in the target since" if done.rewritten else "",
            f"{done.gone:,} deleted by somebody else" if done.gone else "",
            f"{done.vanished:,} vanished meanwhile" if done.vanished else "",
            (
                f"{done.archived + plan.totals.archived:,} archived ones left out"
                if done.archived + plan.totals.archived
                else ""
            ),
            f"{counted(done.swept, 'upload')} ended that an earlier run had left open" if done.swept else "",
            f"{pair.meanwhile:,} changed in the source meanwhile, for the next run" if pair.meanwhile else "",
        ]
        console.print("  " + " · ".join(word for word in words if word), soft_wrap=True)
        for note in plan.notes:
            console.print(f"  note: {escape(note.subject)} {escape(note.text)}", soft_wrap=True)
        if done.left_to_jobs:
            console.print(
                f"  {done.left_to_jobs:,} copies are left to jobs of Batch Operations ({', '.join(done.jobs)}), and"
                " nothing was deleted; run again when they have ended",
                soft_wrap=True,
            )
        if not plan.deletes and plan.totals.deletes:
            console.print(f"  {counted(plan.totals.deletes, 'stale object')} left (--no-delete)")
        if done.deleted and plan.keeps_versions:
            command = ["masker", "undo", plan.run, "--confirm", plan.target.bucket]
            if pair.state != StateFlags().state:
                command += ["--state", str(pair.state)]
            console.print(f"  to take the deletions back: {escape(shlex.join(command))}", soft_wrap=True)
