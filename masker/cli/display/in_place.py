"""Plans and results of masking in place as a person sees them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from masker.cli.display.plans import print_head, print_rest, print_rows
from masker.figures import size
from masker.in_place.explain import afterwards_mask, explain_mask, room
from masker.in_place.resume import Resumed
from masker.in_place.run import MaskResult
from masker.in_place.steps import MaskPlan
from masker.notes import Note
from masker.settings import Settings
from masker.tables.explain import shown_words


def print_mask_plan(
    plan: MaskPlan,
    settings: Settings,
    *,
    resumed: Resumed | None,
    notes: Sequence[Note],
    show_all: bool,
    console: Console | None = None,
) -> None:
    """The plan's head, its table of tables, and what follows the rows."""
    console = console or Console(highlight=False)
    key = "given, equal results in every run" if settings.key else "fresh for this run"
    lines = {
        "target": (
            plan.target.database,
            f"PostgreSQL {plan.target.version_text.split()[0]}",
            f"{len(plan.places)} tables",
            size(plan.bytes) + " to mask",
        ),
        "rules": (*(str(path) for path in settings.rules), f"key {key}"),
        "room": room(plan),
    }
    if resumed:
        lines["goes on"] = (
            f"run {resumed.run}, which was killed",
            f"{len(resumed.steps)} of {len(plan.steps)} steps done",
        )
    print_head(lines, console)
    print_rows(explain_mask(plan, show_all=show_all), "strategy", console)
    print_rest(afterwards_mask(plan), notes, console)


def print_mask_result(result: MaskResult, console: Console) -> None:
    """When and how long, what was masked and checked, and what no check can judge."""
    minutes, seconds = divmod(result.elapsed_s, 60)
    took = f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"
    went_on = ", going on with a run that was killed" if result.went_on else ""
    mark = "[green]✓[/]" if result.is_verified else "[red]✗[/]"
    console.print(
        f"{mark} [bold]{escape(result.plan.target_database)}[/] masked at {result.finished_at:%H:%M:%S} UTC{went_on},"
        f" {took}: mask {result.mask_s:.1f} s · verify {result.verify_s:.1f} s",
        soft_wrap=True,
    )
    console.print(
        f"  {result.total_rows:,} rows · {result.plan.masked_columns} columns"
        f" masked{shown_words(result.plan.shows_originals)} · {result.findings}",
        soft_wrap=True,
    )
    if not result.is_verified:
        console.print(
            "  its rows were not proved (--verify none): the gate stays shut, `masker verify` and `masker verify"
            " --gate` exit 8",
            soft_wrap=True,
        )
    for note in result.notes:
        console.print(f"  [yellow]note[/]  {escape(f'{note.subject}: {note.text}')}", soft_wrap=True)
