"""A comparison of shapes as a person sees it: the figure, a line a part, what is off and what to write instead."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from masker.cli.display.plans import print_pairs
from masker.shape.report import Compared, Part, Report

#: What the share of each part says.
WORDS = {
    Part.PLANS: "queries are planned alike",
    Part.COLUMNS: "measures of masked columns are in range",
    Part.SIZES: "tables and indexes are as large",
}


def print_report(report: Report, *, least: float | None, console: Console | None = None) -> None:
    """Shares, what is off with its mask, what was left out, notes, and last the figure."""
    console = console or Console(highlight=False)
    shares = [(str(s.part), f"{s.good:,} of {s.total:,} {WORDS[s.part]} ({s.percent:g} %)") for s in report.shares]
    print_pairs(shares, console)
    print_pairs(
        [
            (f"  {s.measure}", f"{s.good:,} of {s.total:,} ({s.percent:g} %)")
            for s in report.measures
            if s.part is not Part.PLANS
        ],
        console,
    )
    if report.bad:
        console.print()
    for each in report.bad:
        _print_bad(each, console)
    if report.left_out or report.notes:
        console.print()
    for note in report.left_out:
        console.print(f"[dim]left out[/]  {escape(f'{note.subject}: {note.text}')}", soft_wrap=True)
    for note in report.notes:
        console.print(f"[yellow]note[/]  {escape(f'{note.subject}: {note.text}')}", soft_wrap=True)
    console.print()
    console.print(_figure(report, least), soft_wrap=True)


def _print_bad(each: Compared, console: Console) -> None:
    if each.part is Part.PLANS and not each.detail:
        console.print(f"[red]plan[/]  {escape(each.subject)}", soft_wrap=True)
        console.print(f"    production  {escape(each.source)}", soft_wrap=True)
        console.print(f"    preview     {escape(each.target)}", soft_wrap=True)
    else:
        found = each.detail or f"{each.source} on production, {each.target} here"
        console.print(f"[red]{each.outcome}[/]  {escape(f'{each.subject}: {each.measure}: {found}')}", soft_wrap=True)
    if each.hint:
        console.print(f"    {escape(each.hint)}", soft_wrap=True)


def _figure(report: Report, least: float | None) -> str:
    target = escape(report.target)
    if report.figure is None:
        return f"[red]✗[/] [bold]{target}[/]: there was nothing to compare"
    lowest = " (the lowest of these shares)" if len(report.shares) > 1 else ""
    if least is None:
        return f"[bold]{target}[/] is {report.figure:g} % like production{lowest}"
    mark = "[green]✓[/]" if report.reaches(least) else "[red]✗[/]"
    return f"{mark} [bold]{target}[/] is {report.figure:g} % like production{lowest}, {least:g} % expected"
