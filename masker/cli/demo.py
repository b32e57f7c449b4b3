"""``masker demo``: a production and a preview of its own, one refresh of database and buckets, and what came of it."""

from __future__ import annotations

import shlex
import signal
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from masker.cli.display.demo import (
    Clock,
    Masking,
    bucket_contents,
    busy,
    contents,
    done,
    heading,
    show_pairs,
    show_person,
    show_proofs,
    show_search,
    show_shape,
    show_times,
)
from masker.cli.flags.report import ReportFlags
from masker.errors import Interrupted, VerifyFailed
from masker.report.files import require_writable, write_report
from masker.report.history import History

if TYPE_CHECKING:
    from rich.console import Console

    from masker.demo.stage import Stage

EXAMPLES = """[bold]Examples[/]

masker demo

masker demo --users 200000

masker demo --in-place

masker demo --no-buckets

masker demo --report report.html

masker demo --keep"""

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
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Write a report of the run, as `masker report` does; its JSON and Parquet files stand beside.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Try it: throw-away PostgreSQL and S3 servers, a made-up Rails bookshop, one refresh. Nothing of yours is
    touched."""
    from rich.console import Console

    from masker.demo.acts import fill_buckets, fill_production, prove_buckets
    from masker.demo.pairs import pairs
    from masker.demo.search import search_files
    from masker.demo.shape import compare_shapes
    from masker.demo.stage import raised_stage
    from masker.demo.storage import require_moto

    if report is not None:
        require_writable(report)
    with_buckets = not (no_buckets or in_place)
    if with_buckets:
        require_moto()
    out, progress = Console(highlight=False), Console(stderr=True, highlight=False)
    if not out.is_terminal:
        out.width = _PIPED_WIDTH
    clock = Clock()
    with ExitStack() as stack:
        with clock.timed("start servers"), busy(progress, "starting servers"):
            stage = stack.enter_context(raised_stage(with_buckets=with_buckets))
        version = ".".join(map(str, stage.production.version))
        storage = " and an S3 server for their buckets" if with_buckets else ""
        done(out, f"two PostgreSQL {version} servers, [bold]production[/] and [bold]preview[/]{storage}", clock.last)

        with clock.timed("fill production"), busy(progress, "filling production") as say:
            filled = fill_production(stage, users, lambda name: say(f"filling production: {name}"))
        done(out, contents(filled, users), clock.last)

        if with_buckets:
            with clock.timed("fill buckets"), busy(progress, "filling buckets"):
                buckets = fill_buckets(stage)
            done(out, bucket_contents(buckets), clock.last)

        act = _in_place if in_place else _refreshed if with_buckets else _in_flight
        masking = act(stage, out, progress, clock)
        with clock.timed("search raw files"), busy(progress, "searching preview's files"):
            search = search_files(stage, with_log=not in_place)
        show_search(out, search, "log left out" if in_place else "log included")

        heading(out, "the shape", "masker shape --queries")
        with clock.timed("compare shapes"), busy(progress, "comparing what both planners see"):
            shape = compare_shapes(stage)
        show_shape(out, shape)
        if report is not None:
            for text in write_report(_kept(stage).read("latest"), report, shape=shape.report.document()):
                out.print(f"  {text}", soft_wrap=True, markup=False)

        proofs = None
        if with_buckets:
            heading(out, "the buckets", "masker sync")
            with clock.timed("prove buckets"), busy(progress, "trying the buckets"):
                proofs = prove_buckets(stage)
            show_proofs(out, proofs)

        heading(out, "more of them", "before and after")
        show_pairs(out, pairs(stage)[1:])
        heading(out, "where the time went", "")
        show_times(out, clock, masking)
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


def _in_flight(stage: Stage, out: Console, progress: Console, clock: Clock) -> Masking:
    """Production is streamed into preview, masked on the way."""
    from masker.cli.copy import run_copy
    from masker.cli.display.copy import print_plan, print_result
    from masker.copy.prepare import prepared

    heading(out, "the plan", "masker plan copy")
    with clock.timed("plan"), busy(progress, "planning"), prepared(stage.settings) as ready:
        planned = ready.plan
    print_plan(planned, stage.settings, show_all=False, console=out)

    heading(out, "the copy", "masker copy")
    result = run_copy(stage.settings, console=progress, report=ReportFlags(history=_kept(stage).folder))
    clock.add("read and mask", result.read_s)
    clock.add("indexes and keys", max(0.0, result.elapsed_s - result.read_s - result.verify_s))
    clock.add("verify", result.verify_s)
    print_result(result, out)
    show_person(out, stage)
    return Masking(
        "the copy", result.total_rows, result.elapsed_s, frozenset({"read and mask", "indexes and keys", "verify"})
    )


def _refreshed(stage: Stage, out: Console, progress: Console, clock: Clock) -> Masking:
    """Production's database, masked on the way, and its bucket, in one command."""
    from masker.buckets.compare import planned
    from masker.buckets.plan import SCOPE_LATER
    from masker.buckets.run import unscoped
    from masker.cli.display.copy import print_plan
    from masker.cli.display.sync import print_sync_plan
    from masker.cli.refresh import run_refresh
    from masker.copy.prepare import prepared
    from masker.copy.run import CopyResult
    from masker.crew.crew import FilledElsewhere

    heading(out, "the plan", "masker plan refresh")
    with clock.timed("plan"), busy(progress, "planning"):
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

    heading(out, "the refresh", "masker refresh")
    result = run_refresh(
        stage.refresh,
        progress=progress,
        out=out,
        published=lambda: show_person(out, stage),
        report=ReportFlags(history=_kept(stage).folder),
    )
    filled, synced_s = (
        result.database,
        sum(pair.elapsed_s for pair in (result.buckets.pairs if result.buckets is not None else ())),
    )
    assert not isinstance(filled, FilledElsewhere)  # noqa: S101 - it is filled here
    read_s = filled.read_s if isinstance(filled, CopyResult) else filled.mask_s
    clock.add("look at both", max(0.0, result.elapsed_s - filled.elapsed_s - synced_s))
    clock.add("read and mask", read_s)
    clock.add("indexes and keys", max(0.0, filled.elapsed_s - read_s - filled.verify_s))
    clock.add("verify", filled.verify_s)
    clock.add("sync buckets", synced_s)
    return Masking(
        "the copy",
        filled.total_rows,
        filled.elapsed_s,
        frozenset({"read and mask", "indexes and keys", "verify", "sync buckets"}),
    )


def _in_place(stage: Stage, out: Console, progress: Console, clock: Clock) -> Masking:
    """Preview is restored as it is, masked where it stands, and let through the gate."""
    from masker.cli.display.in_place import print_mask_plan, print_mask_result
    from masker.cli.mask import run_mask
    from masker.copy.verify import verify_gate
    from masker.demo.acts import restore_production
    from masker.in_place.prepare import prepared_in_place
    from masker.settings import InPlaceOptions

    with clock.timed("restore"), busy(progress, "restoring production into preview"):
        restore_production(stage)
    done(out, "production restored into preview as it is, as heroku pg:copy would", clock.last)
    out.print(
        "  [dim]masker verify --gate:[/]"
        f" {'open' if verify_gate(stage.settings).are_good else 'shut, nobody has masked it yet'}"
    )

    heading(out, "the plan", "masker plan mask")
    with clock.timed("plan"), busy(progress, "planning"), prepared_in_place(stage.settings, InPlaceOptions()) as ready:
        planned, resumed, notes = ready.plan, ready.resumed, ready.notes
    print_mask_plan(planned, stage.settings, resumed=resumed, notes=notes, show_all=False, console=out)

    heading(out, "in place", "masker mask")
    result = run_mask(
        stage.settings, InPlaceOptions(), console=progress, report=ReportFlags(history=_kept(stage).folder)
    )
    clock.add("mask", result.mask_s)
    clock.add("verify", result.verify_s)
    print_mask_result(result, out)
    gate = verify_gate(stage.settings)
    show_person(out, stage)
    out.print(
        f"{'[green]✓[/]' if gate.are_good else '[red]✗[/]'} masker verify --gate: {'open' if gate.are_good else 'shut'}"
    )
    return Masking("masking", result.total_rows, result.elapsed_s, frozenset({"mask", "verify"}))


def _kept(stage: Stage) -> History:
    """Where the demo's run leaves its document, removed with the servers."""
    return History(stage.state / "runs")


def _look_around(out: Console, stage: Stage) -> None:
    """Say how to reach the servers, then wait for Ctrl-C, the normal end."""
    heading(out, "look around", "the servers run until Ctrl-C")
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
