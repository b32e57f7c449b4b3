"""``masker demo``: a production and a preview of its own, one refresh of database and buckets, and what came of it."""

from __future__ import annotations

import shlex
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from masker.errors import Interrupted, VerifyFailed

if TYPE_CHECKING:
    from rich.console import Console

    from masker.demo.acts import BucketProofs, Filled, FilledBuckets, Pair, Search, Shape, Stage

EXAMPLES = """[bold]Examples[/]

masker demo

masker demo --users 200000

masker demo --in-place

masker demo --no-buckets

masker demo --keep"""

_BAR_WIDTH = 32  # characters of the longest bar
_PIPED_WIDTH = 132  # characters; a pipe has no width of its own, and the tables want more than 80


def demo(
    users: Annotated[
        int,
        typer.Option("--users", min=100, max=5_000_000, help="Customers; each brings about 20 rows in other tables."),
    ] = 20_000,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Restore production into preview first, then mask it there.")
    ] = False,
    no_buckets: Annotated[bool, typer.Option("--no-buckets", help="The database alone; needs no S3 server.")] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the servers running until Ctrl-C, to look around.")
    ] = False,
) -> None:
    """Try it: throw-away PostgreSQL and S3 servers, a made-up Rails bookshop, one refresh. Nothing of yours is
    touched."""
    from rich.console import Console

    from masker.demo import acts
    from masker.demo.storage import require_moto

    with_buckets = not (no_buckets or in_place)
    if with_buckets:
        require_moto()
    out, progress = Console(highlight=False), Console(stderr=True, highlight=False)
    if not out.is_terminal:
        out.width = _PIPED_WIDTH
    clock = _Clock()
    with ExitStack() as stack:
        with clock.timed("start servers"), _busy(progress, "starting servers"):
            stage = stack.enter_context(acts.raised_stage(with_buckets=with_buckets))
        version = ".".join(map(str, stage.production.version))
        storage = " and an S3 server for their buckets" if with_buckets else ""
        _done(out, f"two PostgreSQL {version} servers, [bold]production[/] and [bold]preview[/]{storage}", clock.last)

        with clock.timed("fill production"), _busy(progress, "filling production") as say:
            filled = acts.fill_production(stage, users, lambda name: say(f"filling production: {name}"))
        _done(out, _contents(filled, users), clock.last)

        if with_buckets:
            with clock.timed("fill buckets"), _busy(progress, "filling buckets"):
                buckets = acts.fill_buckets(stage)
            _done(out, _bucket_contents(buckets), clock.last)

        act = _in_place if in_place else _refreshed if with_buckets else _in_flight
        masking = act(stage, out, progress, clock)
        with clock.timed("search raw files"), _busy(progress, "searching preview's files"):
            search = acts.search_files(stage, with_log=not in_place)
        _show_search(out, search, "log left out" if in_place else "log included")

        _heading(out, "the shape", "masker shape --queries")
        with clock.timed("compare shapes"), _busy(progress, "comparing what both planners see"):
            shape = acts.compare_shapes(stage)
        _show_shape(out, shape)

        proofs = None
        if with_buckets:
            _heading(out, "the buckets", "masker sync")
            with clock.timed("prove buckets"), _busy(progress, "trying the buckets"):
                proofs = acts.prove_buckets(stage)
            _show_proofs(out, proofs)

        _heading(out, "more of them", "before and after")
        _show_pairs(out, acts.pairs(stage)[1:])
        _heading(out, "where the time went", "")
        _show_times(out, clock, masking)
        if keep:
            _look_around(out, stage)
    if not keep:
        out.print(
            "\n[dim]The servers are stopped and removed.[/] masker demo --keep [dim]leaves them running to look"
            " around.[/]"
        )
    if search.found or search.control != search.addresses:
        raise VerifyFailed(
            f"preview's files: {search.found:,} original addresses were found, expected none",
            hint=f"the control found {search.control:,} of {search.addresses:,} in production's own",
        )
    if proofs is not None and not proofs.are_good:
        raise VerifyFailed("preview's bucket: is not what it should be, see above")


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
    from masker.cli.display.copy import print_plan, print_result
    from masker.copy.prepare import prepared

    _heading(out, "the plan", "masker plan copy")
    with clock.timed("plan"), _busy(progress, "planning"), prepared(stage.settings) as ready:
        planned = ready.plan
    print_plan(planned, stage.settings, show_all=False, console=out)

    _heading(out, "the copy", "masker copy")
    result = run_copy(stage.settings, console=progress)
    clock.add("read and mask", result.read_s)
    clock.add("indexes and keys", max(0.0, result.elapsed_s - result.read_s - result.verify_s))
    clock.add("verify", result.verify_s)
    print_result(result, out)
    _show_person(out, stage)
    return _Masking(
        "the copy", result.total_rows, result.elapsed_s, frozenset({"read and mask", "indexes and keys", "verify"})
    )


def _refreshed(stage: Stage, out: Console, progress: Console, clock: _Clock) -> _Masking:
    """Production's database, masked on the way, and its bucket, in one command."""
    from masker.buckets.compare import planned
    from masker.buckets.plan import SCOPE_LATER
    from masker.buckets.run import unscoped
    from masker.cli.display.copy import print_plan
    from masker.cli.display.sync import print_sync_plan
    from masker.cli.refresh import run_refresh
    from masker.copy.prepare import prepared
    from masker.copy.run import CopyResult

    _heading(out, "the plan", "masker plan refresh")
    with clock.timed("plan"), _busy(progress, "planning"):
        with prepared(stage.settings) as ready:
            database = ready.plan
        with planned(unscoped(stage.bucket_settings), lambda _: None) as pairs:
            buckets = [
                (replace(pair.plan, notes=(*pair.plan.notes, SCOPE_LATER)), str(pair.file.path)) for pair in pairs
            ]
    print_plan(database, stage.settings, show_all=False, console=out)
    out.print()
    for plan, path in buckets:
        print_sync_plan(plan, path, out)

    _heading(out, "the refresh", "masker refresh")
    result = run_refresh(stage.refresh, progress=progress, out=out, published=lambda: _show_person(out, stage))
    filled, synced_s = (
        result.database,
        sum(pair.elapsed_s for pair in (result.buckets.pairs if result.buckets is not None else ())),
    )
    read_s = filled.read_s if isinstance(filled, CopyResult) else filled.mask_s
    clock.add("look at both", max(0.0, result.elapsed_s - filled.elapsed_s - synced_s))
    clock.add("read and mask", read_s)
    clock.add("indexes and keys", max(0.0, filled.elapsed_s - read_s - filled.verify_s))
    clock.add("verify", filled.verify_s)
    clock.add("sync buckets", synced_s)
    return _Masking(
        "the copy",
        filled.total_rows,
        filled.elapsed_s,
        frozenset({"read and mask", "indexes and keys", "verify", "sync buckets"}),
    )


def _in_place(stage: Stage, out: Console, progress: Console, clock: _Clock) -> _Masking:
    """Preview is restored as it is, masked where it stands, and let through the gate."""
    from masker.cli.display.in_place import print_mask_plan, print_mask_result
    from masker.cli.mask import run_mask
    from masker.copy.verify import verify_gate
    from masker.demo import acts
    from masker.in_place.prepare import prepared_in_place
    from masker.settings import InPlaceOptions

    with clock.timed("restore"), _busy(progress, "restoring production into preview"):
        acts.restore_production(stage)
    _done(out, "production restored into preview as it is, as heroku pg:copy would", clock.last)
    out.print(
        "  [dim]masker verify --gate:[/]"
        f" {'open' if verify_gate(stage.settings).are_good else 'shut, nobody has masked it yet'}"
    )

    _heading(out, "the plan", "masker plan mask")
    with clock.timed("plan"), _busy(progress, "planning"), prepared_in_place(stage.settings, InPlaceOptions()) as ready:
        planned, resumed, notes = ready.plan, ready.resumed, ready.notes
    print_mask_plan(planned, stage.settings, resumed=resumed, notes=notes, show_all=False, console=out)

    _heading(out, "in place", "masker mask")
    result = run_mask(stage.settings, InPlaceOptions(), console=progress)
    clock.add("mask", result.mask_s)
    clock.add("verify", result.verify_s)
    print_mask_result(result, out)
    gate = verify_gate(stage.settings)
    _show_person(out, stage)
    out.print(
        f"{'[green]✓[/]' if gate.are_good else '[red]✗[/]'} masker verify --gate: {'open' if gate.are_good else 'shut'}"
    )
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
    from masker.cli.display.writers import has_bars

    if has_bars(progress):
        with progress.status(text) as status:
            yield status.update
    else:
        yield lambda _: None


def _done(out: Console, text: str, seconds: float) -> None:
    out.print(f"[green]✓[/] {text}  [dim]{seconds:.1f} s[/]")


def _heading(out: Console, title: str, command: str) -> None:
    out.print(f"\n[bold cyan]{title}[/]" + (f"  [dim]{command}[/]" if command else "") + "\n")


def _contents(filled: Filled, users: int) -> str:
    from masker.figures import size

    return (
        f"a bookshop of {users:,} customers in production: {filled.rows:,} rows, {filled.tables} tables,"
        f" {size(filled.bytes)}"
    )


def _bucket_contents(buckets: FilledBuckets) -> str:
    from masker.figures import size

    return (
        f"its files in a bucket: {buckets.objects:,} objects, {size(buckets.bytes)}, {buckets.public:,} of them public;"
        f" {buckets.in_preview:,} in preview's, of some weeks ago"
    )


def _show_proofs(out: Console, proofs: BucketProofs) -> None:
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


def _show_search(out: Console, search: Search, log: str) -> None:
    from masker.figures import size

    mark = "[green]✓[/]" if search.found == 0 else "[red]✗[/]"
    out.print(
        f"{mark} {search.addresses:,} customers' e-mail addresses sought in preview's raw files, {log}"
        f" ({size(search.bytes)}): [bold]{search.found:,} found[/]\n  [dim]the same search in production's table of"
        f" users: {search.control:,}[/]"
    )


def _show_shape(out: Console, shape: Shape) -> None:
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


def _show_person(out: Console, stage: Stage) -> None:
    """One person before and after, as soon as there is an after."""
    from masker.demo import acts

    out.print()
    _show_pairs(out, acts.pairs(stage)[:1])
    out.print()


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
    """Say how to reach the servers, then wait for Ctrl-C, the normal end."""
    _heading(out, "look around", "the servers run until Ctrl-C")
    config = shlex.quote(str(stage.write_settings_file()))
    psql = shlex.quote(str(stage.production.bin_dir / "psql"))
    for command in (
        *(_psql(psql, url) for url in (stage.source, stage.target)),
        f"masker plan copy -c {config} --sql",
        f"masker copy -c {config} --confirm {stage.settings.confirm}",
        *_bucket_commands(stage, config),
        f"masker verify -c {config}",
    ):
        out.print(f"  {command}", soft_wrap=True, markup=False)
    out.print(f"\n[dim]the rules are in[/] {stage.rules}", soft_wrap=True)
    try:
        signal.pause()
    except (Interrupted, KeyboardInterrupt):
        out.print("\n[dim]the servers are stopped and removed[/]")


def _psql(program: str, url: str) -> str:
    """A command whose password only its environment holds."""
    parts = urlsplit(url)
    shown = parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", "@")) if parts.password else parts
    return f"PGPASSWORD={parts.password} {program} {shlex.quote(shown.geturl())}"


def _bucket_commands(stage: Stage, config: str) -> list[str]:
    """How to go on with the buckets; the storage takes any credentials, and a person's own stay where they are."""
    if stage.storage is None:
        return []
    from masker.demo.storage import CREDENTIALS

    environment = " ".join(f"{name}={value}" for name, value in CREDENTIALS.items())
    confirmed = " ".join(f"--confirm {name}" for name in stage.refresh.confirm)
    return [f"{environment} masker refresh -c {config} --state {shlex.quote(str(stage.state))} {confirmed}"]
