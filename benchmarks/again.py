"""``python -m benchmarks again``: a preview refreshed by what has changed, beside the full copy that filled it."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks import fixture
from benchmarks.durable import Asked, measured, pair, parser_of
from benchmarks.measure import machine
from benchmarks.processes import run
from masker.demo.server import EmbeddedServer

_RULES = Path(__file__).parent / "rules" / "again.yml"
_KEY = {"AGAIN_KEY": "a key for measuring that is long enough"}

#: (what has changed, in percent of all rows; the most of a full copy's processor time, and wall time, it may take)
_CASES = ((0.0, 0.12, None), (1.0, 0.20, None), (10.0, 0.50, 0.85))

_TICKS = os.sysconf("SC_CLK_TCK")

#: A server counts what a session has used when its process has ended, a moment after the session.
_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
_WAIT_S, _MOST_WAITS = 0.1, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run. *cpu_s* is masker's and both servers' together, *client_s* masker's own."""

    title: str
    elapsed_s: float
    cpu_s: float
    client_s: float


def main(arguments: Sequence[str]) -> int:
    """Measure as *arguments* ask; the exit code."""
    return measured(parser_of("again", __doc__, workers="lanes of the full copy"), arguments, _print)


def _print(asked: Asked) -> None:
    options = asked.options
    print(_table(_measure(options.rows, options.workers, asked.bin_dir), asked.command, options.server))


def _measure(rows: int, workers: int, bin_dir: Path) -> list[Measured]:
    with tempfile.TemporaryDirectory() as folder, pair(bin_dir) as (production, preview):
        production.create_database("production")
        with production.connect("production") as conn:
            fixture.make(conn, rows)
        # With a key, what steers the masks is frozen beside the rules.
        rules = Path(shutil.copy(_RULES, folder))
        found = [_run("a full copy", production, preview, rules, workers, "--full")]
        for percent, _, _ in _CASES:
            with production.connect("production") as conn:
                _change(conn, percent)
            found.append(_run(f"{percent:g} % of the rows changed", production, preview, rules, workers))
    return found


def _run(
    title: str, production: EmbeddedServer, preview: EmbeddedServer, rules: Path, workers: int, *more: str
) -> Measured:
    for server in (production, preview):
        with server.connect() as conn:
            conn.execute("CHECKPOINT")
    before = cpu_s(production) + cpu_s(preview)
    usage = run(
        [
            sys.executable, "-m", "masker", "copy", "--source", production.url("production"), "--target",
            preview.url("preview"), "--rules", str(rules), "--publish", "delta", "--key-env", "AGAIN_KEY", "--confirm",
            "preview", "--workers", str(workers), *more,
        ],
        _KEY,
    )  # fmt: skip
    servers = cpu_s(production) + cpu_s(preview) - before
    print(f"{title}: {usage.elapsed_s:.1f} s", file=sys.stderr, flush=True)
    return Measured(title=title, elapsed_s=usage.elapsed_s, cpu_s=servers + usage.cpu_s, client_s=usage.cpu_s)


def _change(conn: psycopg.Connection, percent: float) -> None:
    """Four fifths of *percent* of each table's rows updated, spread over all of it, a tenth added, a tenth deleted
    where nobody references them."""
    if not percent:
        return
    every = round(100 / (percent * 0.8))
    for table, column in (("users", "sign_in_count"), ("orders", "status"), ("line_items", "quantity")):
        conn.execute(f"UPDATE {table} SET {column} = {column} + 1 WHERE id % {every} = 0".encode())
    conn.execute(f"UPDATE messages SET body = body || '.' WHERE id % {every} = 0".encode())
    tenth = round(100 / (percent * 0.1))
    conn.execute(f"DELETE FROM line_items WHERE id % {tenth} = 1".encode())
    conn.execute(
        "INSERT INTO line_items (order_id, sku, quantity, price_cents, created_at) SELECT order_id, sku, quantity,"
        f" price_cents, created_at FROM line_items WHERE id % {tenth} = 2".encode()
    )


def cpu_s(server: EmbeddedServer) -> float:
    """What the server and all of its processes that have ended have used, once those of sessions have."""
    with server.connect() as conn:
        for _ in range(_MOST_WAITS):
            ((sessions,),) = conn.execute(_SESSIONS).fetchall()
            if not sessions:
                break
            time.sleep(_WAIT_S)
    time.sleep(_WAIT_S)
    text = Path(f"/proc/{server.process_id}/stat").read_text()
    fields = text.rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / _TICKS


def _table(measured: Sequence[Measured], command: str, server: int) -> str:
    full = measured[0]
    lines = [
        f"`{command}`",
        "",
        f"PostgreSQL {server} on both sides, fsync on · {machine()}",
        "",
        "| | wall, s | of the full copy | processor, s | of the full copy | target |",
        "|---|---|---|---|---|---|",
        f"| {full.title} | {full.elapsed_s:.1f} | 1 | {full.cpu_s:.1f} | 1 | |",
    ]
    for one, (_, most_cpu, most_wall) in zip(measured[1:], _CASES, strict=True):
        target = f"{most_cpu:.2f}" + (f" (wall {most_wall:.2f})" if most_wall else "")
        lines.append(
            f"| {one.title} | {one.elapsed_s:.1f} | {one.elapsed_s / full.elapsed_s:.2f} | {one.cpu_s:.1f} |"
            f" {one.cpu_s / full.cpu_s:.2f} | {target} |"
        )
    return "\n".join(lines)
