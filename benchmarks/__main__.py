"""``python -m benchmarks copy``, ``… mask``, ``… sync``, ``… deletions``, ``… since``, ``… size``, ``… shape``,
``… again``, ``… databases`` and ``… subset``: rivals in turn, and their ratios."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.anonymizers import ANONYMIZERS, install
from benchmarks.mask import WAYS, measure_masking, python_ways
from benchmarks.measure import TARGETS, Benchmark, measure
from benchmarks.rivals import RIVALS
from masker.demo.installation import find_postgres
from masker.errors import MaskerError

_SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min", "autovacuum": "off"}
_DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


def main(arguments: list[str]) -> int:
    """Measure as *arguments* ask; the exit code."""
    if arguments[:1] == ["sync"]:
        from benchmarks.sync import main as measure_sync

        return measure_sync(arguments[1:])
    if arguments[:1] == ["deletions"]:
        from benchmarks.deletions import main as measure_deletions

        return measure_deletions(arguments[1:])
    if arguments[:1] == ["since"]:
        from benchmarks.since import main as measure_since

        return measure_since(arguments[1:])
    if arguments[:1] == ["size"]:
        from benchmarks.size import main as measure_size

        return measure_size(arguments[1:])
    if arguments[:1] == ["again"]:
        from benchmarks.again import main as measure_again

        return measure_again(arguments[1:])
    if arguments[:1] == ["databases"]:
        from benchmarks.databases import main as measure_databases

        return measure_databases(arguments[1:])
    if arguments[:1] == ["subset"]:
        from benchmarks.subset import main as measure_subset

        return measure_subset(arguments[1:])
    if arguments[:1] == ["masks"]:
        from benchmarks.masks import main as measure_masks

        return measure_masks(arguments[1:])
    if arguments[:1] == ["shape"]:
        from benchmarks.shape import main as measure_shape

        return measure_shape(arguments[1:])
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.benchmark == "mask" and options.install_rivals and options.rivals is None:
        parser.error("--install-rivals needs --rivals DIR")
    bin_dir = find_postgres().get(options.server)
    if bin_dir is None:
        print(
            f"PostgreSQL {options.server}: not found, expected one of {', '.join(map(str, find_postgres()))}",
            file=sys.stderr,
        )
        return 2
    settings = {**_SETTINGS, **(_DURABLE if options.durable else {})}
    if options.benchmark == "mask":
        return _mask(options, bin_dir, settings)
    rivals = [rival for rival in RIVALS if not options.only or rival.name in options.only]
    try:
        benchmark = measure(
            rivals,
            rows=options.rows,
            workers=options.workers,
            repeat=options.repeat,
            bin_dir=bin_dir,
            settings=settings,
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
    except MaskerError as error:
        print("\n".join(error.lines()), file=sys.stderr)
        return 1
    command = f"python -m benchmarks {shlex.join(arguments)}"
    print(_table(benchmark, command, "on" if options.durable else "off"))
    if options.json:
        options.json.write_text(
            json.dumps({"command": command, "durable": options.durable, **benchmark.document()}, indent=2) + "\n",
            encoding="utf-8",
        )
    return 1 if any(result.failure and result.rival.missing() is None for result in benchmark.results) else 0


def _mask(options: argparse.Namespace, bin_dir: Path, settings: Mapping[str, str]) -> int:
    if options.install_rivals:
        install(options.rivals, lambda text: print(text, file=sys.stderr, flush=True))
    ways = [
        way for way in (*WAYS, *python_ways(options.rivals, bin_dir)) if not options.only or way.name in options.only
    ]
    try:
        table = measure_masking(
            ways,
            rows=options.rows,
            workers=options.workers,
            repeat=options.repeat,
            bin_dir=bin_dir,
            settings=settings,
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
    except MaskerError as error:
        print("\n".join(error.lines()), file=sys.stderr)
        return 1
    print(table)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="copy | mask | sync | deletions | size", dest="benchmark")
    commands.add_parser("sync", help="bucket syncs against a stub with latency or a real server", add_help=False)
    commands.add_parser(
        "deletions", help="deletions of a bucket sync, and their undoing, against a stub with latency", add_help=False
    )
    commands.add_parser("size", help="thousands of tables, and few huge rows, beside pg_dump into psql", add_help=False)
    copy = commands.add_parser("copy", help="copy a generated shop from one server to another")
    mask = commands.add_parser("mask", help="mask a generated shop where it stands")
    for command, names in (
        (copy, [rival.name for rival in RIVALS]),
        (mask, [each.name for each in (*WAYS, *ANONYMIZERS)]),
    ):
        command.add_argument(
            "--rows", type=int, default=500_000, help="users; the other tables have 8 rows for each [%(default)s]"
        )
        command.add_argument("--workers", type=int, default=2, help="lanes of every rival that has any [%(default)s]")
        command.add_argument("--only", action="append", choices=names, help="run this rival; repeat for several")
        command.add_argument("--repeat", type=int, default=3, help="runs of each rival, in turn [%(default)s]")
        command.add_argument(
            "--server", type=int, default=17, choices=[15, 16, 17, 18], help="PostgreSQL on both sides [%(default)s]"
        )
        command.add_argument(
            "--durable", action="store_true", help="fsync, full_page_writes and synchronous_commit on, on both sides"
        )
    mask.add_argument(
        "--rivals",
        type=Path,
        metavar="DIR",
        help="where Python rivals have their virtual environments; without it they are skipped",
    )
    mask.add_argument("--install-rivals", action="store_true", help="make those that are missing there, from PyPI")
    copy.add_argument("--json", type=Path, help="write everything measured to this file")
    return parser


def _table(benchmark: Benchmark, command: str, fsync: str) -> str:
    """What was measured, as Markdown."""
    lines = [
        f"`{command}`",
        "",
        (
            f"{benchmark.server} on both sides (fsync {fsync};"
            f" {', '.join(f'{k} {v}' for k, v in benchmark.settings.items())}) · {benchmark.machine}"
        ),
        (
            f"{benchmark.rows:,} rows, {benchmark.heap_bytes / 1e6:,.0f} MB of tables,"
            f" {benchmark.index_bytes / 1e6:,.0f} MB of indexes"
        ),
        "",
        "| | median s | best s | all runs | engine CPU µs a row | peak memory MB |",
        "|---|---|---|---|---|---|",
    ]
    for result in benchmark.results:
        if not result.runs:
            lines.append(f"| {result.rival.title} | not run: {result.failure} | | | | |")
            continue
        cpu = benchmark.cpu_us_per_row(result)
        memory = f"{max(run.peak_bytes for run in result.runs) / 1e6:.0f}" if result.rival.is_engine else ""
        runs = ", ".join(f"{run.elapsed_s:.2f}" for run in result.runs) + (
            f"; then {result.failure}" if result.failure else ""
        )
        lines.append(
            f"| {result.rival.title} | {result.median_s:.2f} | {result.best_s:.2f} | {runs} |"
            f" {'' if cpu is None else f'{cpu:.2f}'} | {memory} |"
        )
    lines += ["", "| ratio | of medians | of bests | target | |", "|---|---|---|---|---|"]
    for name, to, target in TARGETS:
        ratios = benchmark.ratios(name, to)
        measured = f"{ratios[0]:.2f} | {ratios[1]:.2f}" if ratios else "not run | "
        lines.append(
            f"| {name} / {to} | {measured} | {target:.2f} |"
            f" {'' if ratios is None else 'met' if ratios[0] <= target else 'missed'} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
