"""The plan of a copy and what it came to, as a person sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from masker.cli.display.plans import print_head, print_rest, print_rows
from masker.copy.explain import afterwards, explain
from masker.copy.steps import CopyPlan
from masker.figures import size
from masker.settings import Settings
from masker.tables.explain import shown_words

if TYPE_CHECKING:
    from masker.copy.run import CopyResult


def print_plan(plan: CopyPlan, settings: Settings, *, show_all: bool, console: Console | None = None) -> None:
    """The plan's head, its table of tables, and what follows the rows."""
    console = console or Console(highlight=False)
    server = plan.source
    into = {
        "swap": f"load into {plan.target_database}__masker_…, publish when verified",
        "schema": "load into new schemas beside the live ones, exchange names when verified",
    }.get(plan.publish, "emptied and filled itself, marked until verified")
    old = ", keep the old one" if settings.keep_old else ""
    key = "given, equal results in every run" if settings.key else "fresh for this run"
    connections = f"{settings.reading_lanes} connection{'s' if settings.reading_lanes != 1 else ''} at most"
    lines = {
        "source": (
            server.database,
            f"PostgreSQL {server.version_text.split()[0]}",
            f"{len(plan.tables)} tables",
            size(plan.bytes),
            f"read-only, {connections}",
        ),
        "target": (
            plan.target_database,
            f"PostgreSQL {plan.target_version // 10000}.{plan.target_version % 10000}",
            into + old,
        ),
        "rules": (*(str(path) for path in settings.rules), f"key {key}"),
    }
    print_head(lines, console)
    print_rows(explain(plan, show_all=show_all), "action", console)
    print_rest(afterwards(plan), plan.notes, console)


def print_result(result: CopyResult, console: Console) -> None:
    """Three lines: when and how long, what was moved and checked, what production bore."""
    minutes, seconds = divmod(result.elapsed_s, 60)
    took = f"{minutes:.0f} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"
    mark = "[green]✓[/]" if result.is_verified else "[red]✗[/]"
    console.print(
        f"{mark} [bold]{escape(result.plan.target_database)}[/] published at {result.finished_at:%H:%M:%S} UTC, {took}:"
        f" read {result.read_s:.1f} s · verify {result.verify_s:.1f} s",
        soft_wrap=True,
    )
    console.print(
        f"  {result.total_rows:,} rows · {size(result.bytes)} moved · {result.plan.masked_columns} columns"
        f" masked{shown_words(result.plan.shows_originals)} · {result.findings}",
        soft_wrap=True,
    )
    if result.changed is not None:
        written = sum(one.written for one in result.changed.values())
        deleted = sum(one.deleted for one in result.changed.values())
        console.print(
            f"  since run {result.since}: {len(result.changed)} tables changed, {written:,} rows written,"
            f" {deleted:,} deleted",
            soft_wrap=True,
        )
    for one in result.plan.tolerated:
        console.print(f"  tolerated: {escape(f'{one}, carried as {one.becomes}, {one.rows}')}", soft_wrap=True)
    if not result.is_verified:
        console.print(
            "  its rows were not proved (--verify none): the gate stays shut, `masker verify` and `masker verify"
            " --gate` exit 8",
            soft_wrap=True,
        )
    if result.kept_old:
        console.print(f"  the former preview is kept as {escape(result.kept_old)}", soft_wrap=True)
