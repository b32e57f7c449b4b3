"""What the demo shows of its acts, and how long each took."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from masker.demo.acts import BucketProofs, Filled, FilledBuckets
    from masker.demo.pairs import Pair
    from masker.demo.search import Search
    from masker.demo.shape import Shape
    from masker.demo.stage import Stage

_BAR_WIDTH = 32  # characters of the longest bar


@dataclass(frozen=True, slots=True)
class Masking:
    """What the act came to: its *name*, the rows it moved or masked, its seconds, and which bars belong to it."""

    name: str
    rows: int
    elapsed_s: float
    bars: frozenset[str]


class Clock:
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
def busy(progress: Console, text: str) -> Iterator[Callable[[str], None]]:
    """A spinner with *text* where there is somebody to see it; yields what changes the text."""
    from masker.cli.display.writers import has_bars

    if has_bars(progress):
        with progress.status(text) as status:
            yield status.update
    else:
        yield lambda _: None


def done(out: Console, text: str, seconds: float) -> None:
    out.print(f"[green]✓[/] {text}  [dim]{seconds:.1f} s[/]")


def heading(out: Console, title: str, command: str) -> None:
    out.print(f"\n[bold cyan]{title}[/]" + (f"  [dim]{command}[/]" if command else "") + "\n")


def contents(filled: Filled, users: int) -> str:
    from masker.figures import size

    return (
        f"a bookshop of {users:,} customers in production: {filled.rows:,} rows, {filled.tables} tables,"
        f" {size(filled.bytes)}"
    )


def bucket_contents(buckets: FilledBuckets) -> str:
    from masker.figures import size

    return (
        f"its files in a bucket: {buckets.objects:,} objects, {size(buckets.bytes)}, {buckets.public:,} of them public;"
        f" {buckets.in_preview:,} in preview's, of some weeks ago"
    )


def show_proofs(out: Console, proofs: BucketProofs) -> None:
    plan, done = proofs.again.pairs[0].plan, proofs.again.pairs[0].done
    for is_good, text in (
        (
            proofs.private_status == 403,
            f"a receipt, asked for without credentials: {proofs.private_status}, private as its original",
        ),
        (
            proofs.is_placeholder,
            (
                "the same receipt for those who may: a blank page of the same type, as `attachments:` says"
                if proofs.is_placeholder
                else "the same receipt is not the placeholder it should be"
            ),
        ),
        (proofs.public_status == 200, f"an avatar: {proofs.public_status}, public as its original"),
        (
            not done.copied + done.deleted,
            f"a second sync: {done.copied:,} copied, {done.deleted:,} deleted, {plan.totals.unchanged:,} unchanged",
        ),
        (
            proofs.refusal is not None,
            "a sync from the wrong bucket, an empty one: " + ("refused, exit 9" if proofs.refusal else "not refused"),
        ),
    ):
        out.print(f"{'[green]✓[/]' if is_good else '[red]✗[/]'} {text}")
    for line in proofs.refusal.lines() if proofs.refusal else ():
        out.print(f"    {line}", style="dim", soft_wrap=True, markup=False)


def show_search(out: Console, search: Search, log: str) -> None:
    from masker.figures import size

    mark = "[green]✓[/]" if search.found == 0 else "[red]✗[/]"
    out.print(
        f"{mark} {search.addresses:,} customers' e-mail addresses sought in preview's raw files, {log}"
        f" ({size(search.bytes)}): [bold]{search.found:,} found[/]\n  [dim]the same search in production's table of"
        f" users: {search.control:,}[/]"
    )


def show_shape(out: Console, shape: Shape) -> None:
    from masker.cli.display.shape import WORDS
    from masker.shape.report import EXPECTED

    for share in shape.report.shares:
        mark = "[green]✓[/]" if share.percent >= EXPECTED else "[yellow]![/]"
        out.print(f"{mark} {share.good:,} of {share.total:,} {WORDS[share.part]} ({share.percent:g} %)")
    out.print(f"\n  [dim]{shape.query}[/]", soft_wrap=True)
    for side, plan in (("production", shape.production), ("preview", shape.preview)):
        is_same = side == "preview" and plan.steps == shape.production.steps
        steps = "the same plan" if is_same else " ← ".join(plan.steps)
        out.print(f"  [dim]{side:<11}[/] {steps}, {plan.rows:,} rows expected of its commonest name", soft_wrap=True)


def show_person(out: Console, stage: Stage) -> None:
    """One person before and after, as soon as there is an after."""
    from masker.demo.pairs import pairs

    out.print()
    show_pairs(out, pairs(stage)[:1])
    out.print()


def show_pairs(out: Console, pairs: tuple[Pair, ...]) -> None:
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


def show_times(out: Console, clock: Clock, masking: Masking) -> None:
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
