"""``python -m benchmarks subset``: some users and all that they need, beside a full copy: rows and sizes as planned,
and the time it takes."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import fixture
from benchmarks.durable import measured, pair, parser_of
from benchmarks.measure import machine
from benchmarks.processes import Failed, run
from masker.demo.server import EmbeddedServer

_RULES = Path(__file__).parent / "rules" / "again.yml"
_KEY = {"SUBSET_KEY": "a key for measuring that is long enough"}

#: The most of a full copy's wall time that a subset of 5 % of its rows may take, and how far sizes may be off the plan.
_MOST_TIME = 0.15
_MOST_OFF = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run. *rows* and *bytes* are those that came, by table."""

    elapsed_s: float
    client_s: float
    rows: Mapping[str, int]
    bytes: Mapping[str, int]


def main(arguments: Sequence[str]) -> int:
    """Measure as *arguments* ask; the exit code."""
    parser = parser_of("subset", __doc__)
    parser.add_argument(
        "--share",
        type=float,
        default=2.6,
        help="percent of the users that the subset begins with; what refers to them and what that refers to comes, so"
        " that the default is about 5 %% of all rows [%(default)s]",
    )
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, in turn; the best counts [%(default)s]")
    return measured(parser, arguments, lambda asked: print(_measure(asked.options, asked.bin_dir, asked.command)))


def _measure(options: argparse.Namespace, bin_dir: Path, command: str) -> str:
    with tempfile.TemporaryDirectory() as folder, pair(bin_dir) as (production, preview):
        production.create_database("production")
        with production.connect("production") as conn:
            fixture.make(conn, options.rows)
        # With a key, what steers the masks is frozen beside the rules.
        whole = Path(shutil.copy(_RULES, folder))
        some = Path(folder) / "subset.yml"
        some.write_text(whole.read_text() + f"subset: {{users: {{share: {options.share}%}}}}\n")
        planned = _planned(production, preview, some)
        full: list[Measured] = []
        subset: list[Measured] = []
        for _ in range(options.repeat):
            full.append(_run(production, preview, whole, options.workers))
            subset.append(_run(production, preview, some, options.workers))
    return _table(_best(full), _best(subset), planned, command, options.server)


def _arguments(production: EmbeddedServer, preview: EmbeddedServer, rules: Path) -> list[str]:
    return [
        *("--source", production.url("production"), "--target", preview.url("preview"), "--rules", str(rules)),
        *("--key-env", "SUBSET_KEY"),
    ]


def _planned(production: EmbeddedServer, preview: EmbeddedServer, rules: Path) -> Mapping[str, tuple[int, int]]:
    """Rows and bytes of each table by the plan."""
    plan = subprocess.run(
        [sys.executable, "-m", "masker", "plan", "copy", *_arguments(production, preview, rules), "--json"],
        env={**os.environ, **_KEY},
        capture_output=True,
        text=True,
        check=False,
    )
    if plan.returncode:
        raise Failed(plan.stderr)
    return {table["name"]: (table["rows"], table["bytes"]) for table in json.loads(plan.stdout)["tables"]}


def _run(production: EmbeddedServer, preview: EmbeddedServer, rules: Path, workers: int) -> Measured:
    for server in (production, preview):
        with server.connect() as conn:
            conn.execute("CHECKPOINT")
    where = _arguments(production, preview, rules)
    usage = run(
        [sys.executable, "-m", "masker", "copy", *where, "--confirm", "preview", "--workers", str(workers)], _KEY
    )
    with preview.connect("preview") as conn:
        # PostgreSQL 16 and later extend a table that is loaded by more pages than it needs, which counts on small ones.
        conn.execute("VACUUM")
        rows = {name: count for name, count in fixture.count(conn).items() if name in fixture.TABLES}
        sizes = {
            name: int(size)
            for name, size in conn.execute(
                "SELECT relname, pg_table_size(oid) FROM pg_class WHERE relname = ANY (%s)", [list(fixture.TABLES)]
            )
        }
    print(f"{sum(rows.values()):,} rows: {usage.elapsed_s:.1f} s", file=sys.stderr, flush=True)
    return Measured(elapsed_s=usage.elapsed_s, client_s=usage.cpu_s, rows=rows, bytes=sizes)


def _best(runs: Sequence[Measured]) -> Measured:
    return min(runs, key=lambda one: one.elapsed_s)


def _table(full: Measured, subset: Measured, planned: Mapping[str, tuple[int, int]], command: str, server: int) -> str:
    lines = [
        f"`{command}`",
        "",
        f"PostgreSQL {server} on both sides, fsync on · {machine()}",
        "",
        "| | rows | wall, s | of the full copy | processor of masker, s |",
        "|---|---|---|---|---|",
    ]
    for title, one in (("a full copy", full), ("the subset", subset)):
        share = f" ({sum(one.rows.values()) / sum(full.rows.values()):.1%})" if one is subset else ""
        lines.append(
            f"| {title} | {sum(one.rows.values()):,}{share} | {one.elapsed_s:.2f} |"
            f" {one.elapsed_s / full.elapsed_s:.2f} | {one.client_s:.2f} |"
        )
    is_met = subset.elapsed_s / full.elapsed_s <= _MOST_TIME
    lines += ["", f"target: {_MOST_TIME:.2f} of the full copy's time, {'met' if is_met else 'missed'}"]
    lines += ["", "| table | rows planned | rows | bytes planned | bytes | off the plan |", "|---|---|---|---|---|---|"]
    for name in fixture.TABLES:
        rows, size = planned[name]
        off = subset.bytes[name] / max(size, 1) - 1
        lines.append(
            f"| {name} | {rows:,} | {subset.rows[name]:,} | {size:,} | {subset.bytes[name]:,} |"
            f" {off:+.1%}, {'met' if abs(off) <= _MOST_OFF and rows == subset.rows[name] else 'missed'} |"
        )
    return "\n".join(lines)
