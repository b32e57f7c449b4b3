"""``masker demo``: a production and a preview of its own, one masked copy, and what came of it."""

from __future__ import annotations

import shlex
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from masker.errors import Interrupted, VerifyFailed

if TYPE_CHECKING:
    from rich.console import Console

    from masker.demo.acts import Filled, Pair, Search, Stage

EXAMPLES = """[bold]Examples[/]

masker demo

masker demo --users 200000

masker demo --in-place

masker demo --keep"""

_BAR_WIDTH = 32  # characters of the longest bar
_PIPED_WIDTH = 132  # characters; a pipe has no width of its own, and the tables want more than 80


def demo(
    users: Annotated[
        int, typer.Option("--users", min=100, max=5_000_000, help="Customers; each brings about 20 rows in other tables.")
    ] = 20_000,
    in_place: Annotated[bool, typer.Option("--in-place", help="Restore production into preview first, then mask it there.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave both servers running until Ctrl-C, to look around.")] = False,
) -> None:
    """Try it: two throw-away PostgreSQL servers, a made-up Rails bookshop, one masked copy. Nothing of yours is touched."""
    from rich.console import Console

    from masker.demo import acts

    out, progress = Console(highlight=False), Console(stderr=True, highlight=False)
    if not out.is_terminal:
        out.width = _PIPED_WIDTH
    clock = _Clock()
    with ExitStack() as stack:
        with clock.timed("start servers"), _busy(progress, "starting two PostgreSQL servers"):
            stage = stack.enter_context(acts.raised_stage())
        version = ".".join(map(str, stage.production.version))
        _done(out, f"two PostgreSQL {version} servers, [bold]production[/] and [bold]preview[/]", clock.last)

        with clock.timed("fill production"), _busy(progress, "filling production") as say:
            filled = acts.fill_production(stage, users, lambda name: say(f"filling production: {name}"))
        _done(out, _contents(filled, users), clock.last)

        act = _in_place if in_place else _in_flight
        masking = act(stage, out, progress, clock)
        with clock.timed("search raw files"), _busy(progress, "searching preview's files"):
            search = acts.search_files(stage, with_log=not in_place)
        _show_search(out, search, "log left out" if in_place else "log included")

        _heading(out, "before and after", "")
        _show_pairs(out, acts.pairs(stage))
        _heading(out, "where the time went", "")
        _show_times(out, clock, masking)
        if keep:
            _look_around(out, stage)
    if not keep:
        out.print("\n[dim]Both servers are stopped and removed.[/] masker demo --keep [dim]leaves them running to look around.[/]")
    if search.found or search.control != search.addresses:
        raise VerifyFailed(
            f"preview's files: {search.found:,} original addresses were found, expected none",
            hint=f"the control found {search.control:,} of {search.addresses:,} in production's own",
        )


@dataclass(frozen=True, slots=True)
class _Masking:
    """What the act came to: its *name*, the rows it moved or masked, its seconds, and which bars belong to it."""

    name: str
    rows: int
    elapsed_s: float
    bars: frozenset[str]


def _in_flight(stage: Stage, out: Console, progress: Console, clock: _Clock) -> _Masking:
    """Production is streamed into preview, masked on the way."""
    from masker.cli.copy import run_copy
    from masker.cli.show import print_plan, print_result
    from masker.run.prepare import prepared

    _heading(out, "the plan", "masker plan copy")
    with clock.timed("plan"), _busy(progress, "planning"), prepared(stage.settings) as ready:
        planned = ready
    print_plan(planned, show_all=False, console=out)

    _heading(out, "the copy", "masker copy")
    result = run_copy(stage.settings, console=progress)
    clock.add("read and mask", result.read_s)
    clock.add("indexes and keys", max(0.0, result.elapsed_s - result.read_s - result.verify_s))
    clock.add("verify", result.verify_s)
    print_result(result, out)
    return _Masking("the copy", result.total_rows, result.elapsed_s, frozenset({"read and mask", "indexes and keys", "verify"}))


def _in_place(stage: Stage, out: Console, progress: Console, clock: _Clock) -> _Masking:
    """Preview is restored as it is, masked where it stands, and let through the gate."""
    from masker.cli.mask import run_mask
    from masker.cli.show_mask import print_mask_plan, print_mask_result
    from masker.demo import acts
    from masker.run.mask import prepared_in_place
    from masker.run.verify import verify_gate
    from masker.settings import InPlaceOptions

    with clock.timed("restore"), _busy(progress, "restoring production into preview"):
        acts.restore_production(stage)
    _done(out, "production restored into preview as it is, as heroku pg:copy would", clock.last)
    out.print(f"  [dim]masker verify --gate:[/] {'open' if verify_gate(stage.settings).are_good else 'shut, nobody has masked it yet'}")

    _heading(out, "the plan", "masker plan mask")
    with clock.timed("plan"), _busy(progress, "planning"), prepared_in_place(stage.settings, InPlaceOptions()) as ready:
        planned = ready
    print_mask_plan(planned, show_all=False, console=out)

    _heading(out, "in place", "masker mask")
    result = run_mask(stage.settings, InPlaceOptions(), console=progress)
    clock.add("mask", result.mask_s)
    clock.add("verify", result.verify_s)
    print_mask_result(result, out)
    gate = verify_gate(stage.settings)
    out.print(f"{'[green]✓[/]' if gate.are_good else '[red]✗[/]'} masker verify --gate: {'open' if gate.are_good else 'shut'}")
    return _Masking("masking", result.total_rows, result.elapsed_s, frozenset({"mask", "verify"}))


class _Clock:
    """What was done and how long it took, in order."""

    def __init__(self) -> None:
        self.times: list[tuple[str, float]] = []

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.add(what, time.monotonic() - started)

    def add(self, what: str, seconds: float) -> None:
        self.times.append((what, seconds))

    @property
    def last(self) -> float:
        return self.times[-1][1]


@contextmanager
def _busy(progress: Console, text: str) -> Iterator[Callable[[str], None]]:
    """A spinner with *text* where there is somebody to see it; yields what changes the text."""
    if progress.is_terminal and not progress.no_color:
        with progress.status(text) as status:
            yield status.update
    else:
        yield lambda _: None


def _done(out: Console, text: str, seconds: float) -> None:
    out.print(f"[green]✓[/] {text}  [dim]{seconds:.1f} s[/]")


def _heading(out: Console, title: str, command: str) -> None:
    out.print(f"\n[bold cyan]{title}[/]" + (f"  [dim]{command}[/]" if command else "") + "\n")


def _contents(filled: Filled, users: int) -> str:
    from masker.plan.explain import size

    return f"a bookshop of {users:,} customers in production: {filled.rows:,} rows, {filled.tables} tables, {size(filled.bytes)}"


def _show_search(out: Console, search: Search, log: str) -> None:
    from masker.plan.explain import size

    mark = "[green]✓[/]" if search.found == 0 else "[red]✗[/]"
    out.print(
        f"{mark} {search.addresses:,} customers' e-mail addresses sought in preview's raw files, {log} ({size(search.bytes)}): "
        f"[bold]{search.found:,} found[/]\n  [dim]the same search in production's table of users: {search.control:,}[/]"
    )


def _show_pairs(out: Console, pairs: tuple[Pair, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    table.add_column("")
    table.add_column("production")
    table.add_column("preview")
    for number, pair in enumerate(pairs):
        if number:
            table.add_row()
        for line, (before, after) in enumerate(zip(pair.before, pair.after, strict=True)):
            changed = "" if before == after else "green"
            table.add_row(Text(pair.title if line == 0 else "", "dim"), Text(before, "dim"), Text(after, changed))
        if pair.remark:
            table.add_row("", "", Text(pair.remark, "dim italic"))
    out.print(table)


def _show_times(out: Console, clock: _Clock, masking: _Masking) -> None:
    from rich.table import Table
    from rich.text import Text

    longest = max(seconds for _, seconds in clock.times)
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for what, seconds in clock.times:
        colour = "cyan" if what in masking.bars else "bright_black"
        table.add_row(what, f"{seconds:.1f} s", Text("━" * max(1, round(_BAR_WIDTH * seconds / longest)), colour))
    out.print(table)
    total = sum(seconds for _, seconds in clock.times)
    rate = masking.rows / masking.elapsed_s if masking.elapsed_s else 0
    out.print(f"\n[dim]{total:.0f} s in all, {masking.elapsed_s:.1f} s of it {masking.name} ({rate:,.0f} rows/s)[/]")


def _look_around(out: Console, stage: Stage) -> None:
    """Say how to reach both servers, then wait for Ctrl-C, the normal end."""
    _heading(out, "look around", "both servers run until Ctrl-C")
    config = shlex.quote(str(stage.write_settings_file()))
    psql = shlex.quote(str(stage.production.bin_dir / "psql"))
    for command in (
        f"{psql} {shlex.quote(stage.source)}",
        f"{psql} {shlex.quote(stage.target)}",
        f"masker plan copy -c {config} --sql",
        f"masker copy -c {config} --confirm {stage.settings.confirm}",
        f"masker verify -c {config}",
    ):
        out.print(f"  {command}", soft_wrap=True, markup=False)
    out.print(f"\n[dim]the rules are in[/] {stage.rules}", soft_wrap=True)
    try:
        signal.pause()
    except (Interrupted, KeyboardInterrupt):
        out.print("\n[dim]both servers are stopped and removed[/]")
