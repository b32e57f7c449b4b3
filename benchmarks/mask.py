"""Ways to mask a database where it stands, in turn on fresh copies of one fixture, and their ratios."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from benchmarks import anonymizers, fixture
from benchmarks.anonymizers import ANONYMIZERS, Anonymizer, Task
from benchmarks.measure import machine
from benchmarks.processes import Failed
from masker.demo.server import EmbeddedServer

_RULES = Path(__file__).parent / "rules" / "masked.yml"
_WHOLE = Path(__file__).parent / "rules" / "whole.yml"
_TEMPLATE, _PREVIEW = "restored", "preview"

#: (what, compared to, at most): the targets of the project. ``step`` is the time of the statements that mask, ``run``
#: all of a run.
TARGETS = (
    ("rewrite", "step", "vacuum_full", 1.25),
    ("rewrite", "run", "update_vacuum", 0.45),
    ("batches", "step", "update", 0.85),
)

#: The most that a whole run, three tables with proofs of their rows, may take of VACUUM FULL of them one after the
#: other: on one lane, and on more.
_ON_ONE, _ON_MORE = 1.95, 1.6

#: How many times as fast as the fastest Python program a run is to be.
_TIMES_THE_FASTEST = 25

_STEP = re.compile(r"measure#masker\.(rewrite|updatebatches)=(\d+)ms")

#: Rows that the row-by-row task is timed on; the rest would take as long each.
_FIND_EACH_ROWS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """*run_s* is everything; *step_s* only what changes rows, where that can be told apart. *rows* are those masked,
    None for all."""

    run_s: float
    step_s: float
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to mask a database (its URL) on some lanes. *missing* is why it cannot be measured here."""

    name: str
    title: str
    mask: Callable[[str, int], Timing]
    missing: str | None = None
    is_masked: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    way: Way
    runs: list[Timing] = field(default_factory=list)
    failure: str | None = None
    table_growth: float | None = None  # size after masking over the size of the same rows packed anew
    index_growth: float | None = None

    def seconds(self, what: str) -> float:
        """The median of the runs' times."""
        return median(run.step_s if what == "step" else run.run_s for run in self.runs)


def measure_masking(
    ways: Sequence[Way],
    *,
    rows: int,
    workers: int,
    repeat: int,
    bin_dir: Path,
    settings: Mapping[str, str],
    say: Callable[[str], None],
) -> str:
    """Mask *rows* users in every way, *repeat* times, in turn; what was measured, as Markdown."""
    with EmbeddedServer.start("preview", bin_dir=bin_dir, settings=settings) as server:
        say(f"making {rows:,} users and eight rows for each")
        server.create_database(_TEMPLATE)
        with server.connect(_TEMPLATE) as conn:
            fixture.make(conn, rows)
        results = [Result(way=way, failure=way.missing) for way in ways]
        for number in range(1, repeat + 1):
            for at, result in enumerate(results):
                if result.failure is None:
                    results[at] = _once(result, server, workers, measures_size=number == repeat)
                    last = results[at]
                    say(
                        f"{number}/{repeat} {result.way.name}:"
                        + (
                            last.failure
                            or f" {last.runs[-1].run_s:.2f} s, of which {last.runs[-1].step_s:.2f} s masking"
                        )
                    )
        version = f"PostgreSQL {server.version[0]}.{server.version[1]}"
    return _table(
        results, rows, workers, f"{version} ({', '.join(f'{k} {v}' for k, v in settings.items())}) · {machine()}"
    )


def _once(result: Result, server: EmbeddedServer, workers: int, *, measures_size: bool) -> Result:
    with server.connect() as conn:
        conn.execute(f'DROP DATABASE IF EXISTS "{_PREVIEW}" WITH (FORCE)'.encode())
        server.create_database(_PREVIEW, template=_TEMPLATE)
        conn.execute("CHECKPOINT")
    try:
        timing = result.way.mask(server.url(_PREVIEW), workers)
    except (Failed, psycopg.Error) as failure:
        return Result(way=result.way, runs=result.runs, failure=str(failure)[:200])
    growth: tuple[float | None, float | None] = (None, None)
    with server.connect(_PREVIEW) as conn:
        if result.way.is_masked and (left := _originals(conn, timing.rows)):
            return Result(way=result.way, failure=f"{left:,} rows were not masked")
        if measures_size:
            growth = _growth(conn)
    return Result(way=result.way, runs=[*result.runs, timing], table_growth=growth[0], index_growth=growth[1])


def _originals(conn: psycopg.Connection, rows: int | None) -> int:
    """Rows that still show an address, a telephone number or a place of the fixture's, among the first *rows*."""
    query = (
        "SELECT count(*) FROM users WHERE (email LIKE '%%.co.jp' OR phone LIKE '080-%%' OR address LIKE '%% コーポ%%')"
        " AND id <= coalesce(%s, id)"
    )
    row = conn.execute(query, [rows]).fetchone()
    return int(row[0]) if row else 0


def _growth(conn: psycopg.Connection) -> tuple[float, float]:
    """How large the table and its indexes are against a fresh copy's, which come out of a new file and new indexes."""
    sizes = []
    for _ in range(2):
        row = conn.execute("SELECT pg_table_size('users')::float8, pg_indexes_size('users')::float8").fetchone() or (
            1.0,
            1.0,
        )
        sizes.append((float(row[0]), float(row[1])))
        conn.execute("VACUUM FULL users")
        conn.execute("REINDEX TABLE users")
    return sizes[0][0] / sizes[1][0], sizes[0][1] / sizes[1][1]


def _statements(*statements: str) -> Callable[[str, int], Timing]:
    def mask(url: str, workers: int) -> Timing:
        del workers
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("SET maintenance_work_mem = '256MB'; SET synchronous_commit = off")
            started = time.perf_counter()
            for statement in statements:
                conn.execute(statement.encode())
            elapsed = time.perf_counter() - started
        return Timing(run_s=elapsed, step_s=elapsed)

    return mask


def _find_each(url: str, workers: int) -> Timing:
    """Row by row, a thousand at a time, as ``User.find_each { |u| u.update_columns(…) }`` does it; timed on some rows,
    told for all."""
    del workers
    assignments = (
        "email = %s, encrypted_password = %s, first_name = %s, last_name = %s, last_name_kana = %s, phone = %s,"
        " postal_code = %s, address = %s, birthday = %s, current_sign_in_ip = %s, last_sign_in_ip = %s"
    )
    with psycopg.connect(url, autocommit=True) as conn:
        row = conn.execute("SELECT count(*) FROM users").fetchone()
        total = int(row[0]) if row else 0
        started, done, last = time.perf_counter(), 0, 0
        while done < min(total, _FIND_EACH_ROWS):
            users = conn.execute("SELECT * FROM users WHERE id > %s ORDER BY id LIMIT 1000", [last]).fetchall()
            for user in users:
                n = user[0]
                values = [
                    f"user{n}@example.com",
                    "$2a$12$x",
                    f"First{n}",
                    f"Last{n}",
                    "カナ",
                    "000",
                    "000-0000",
                    f"Address {n}",
                    "2000-01-01",
                    "192.0.2.1",
                    "192.0.2.2",
                ]
                conn.execute(f"UPDATE users SET {assignments} WHERE id = %s".encode(), [*values, n])
            done, last = done + len(users), users[-1][0]
        elapsed = (time.perf_counter() - started) * total / max(1, done)
    return Timing(run_s=elapsed, step_s=elapsed, rows=done)


def _anonymizer(program: Anonymizer, folder: Path, bin_dir: Path) -> Callable[[str, int], Timing]:
    def mask(url: str, workers: int) -> Timing:
        with psycopg.connect(url) as conn:
            row = conn.execute("SELECT count(*) FROM users").fetchone()
        total = int(row[0]) if row else 0
        rows = min(total, program.most_rows or total)
        seconds = (
            program.mask(Task(url=url, rows=rows, workers=workers, bin_dir=bin_dir, folder=folder))
            * total
            / max(1, rows)
        )
        return Timing(run_s=seconds, step_s=seconds, rows=rows)

    return mask


def python_ways(folder: Path | None, bin_dir: Path) -> tuple[Way, ...]:
    """Masking by the Python programs that have been installed in *folder*."""
    return tuple(
        Way(
            name=program.name,
            title=program.title + (f", told from {program.most_rows:,} rows" if program.most_rows else ""),
            mask=_anonymizer(program, folder or Path(), bin_dir),
            missing=anonymizers.missing(folder, program.name),
        )
        for program in ANONYMIZERS
    )


def _masker(strategy: str, of: Path = _RULES) -> Callable[[str, int], Timing]:
    def mask(url: str, workers: int) -> Timing:
        with tempfile.TemporaryDirectory() as folder:
            rules = Path(folder) / "rules.yml"
            rules.write_text(
                of.read_text(encoding="utf-8").replace("  users:\n", f"  users:\n    strategy: {strategy}\n"),
                encoding="utf-8",
            )
            command = [
                sys.executable,
                "-m",
                "masker",
                "mask",
                "--target",
                url,
                "--rules",
                str(rules),
                "--confirm",
                _PREVIEW,
                "--workers",
                str(workers),
            ]
            started = time.perf_counter()
            done = subprocess.run([*command, "--json", "--log-format", "logfmt"], capture_output=True, text=True)
            elapsed = time.perf_counter() - started
        if done.returncode:
            raise Failed(f"exit {done.returncode}: {done.stderr[-200:]}")
        steps = [int(ms) / 1000 for _, ms in _STEP.findall(done.stderr)]
        document: dict[str, Any] = json.loads(done.stdout)
        return Timing(run_s=elapsed, step_s=max(steps, default=float(document["seconds"]["mask"])))

    return mask


WAYS = (
    Way(
        name="vacuum_full",
        title="a bare rewrite: VACUUM FULL users",
        mask=_statements("VACUUM FULL users"),
        is_masked=False,
    ),
    Way(
        name="update",
        title="one UPDATE of 12 columns (today's rake task at best)",
        mask=_statements(fixture.MASK_USERS),
    ),
    Way(
        name="update_vacuum",
        title="the same, then VACUUM FULL users",
        mask=_statements(fixture.MASK_USERS, "VACUUM FULL users"),
    ),
    Way(name="find_each", title=f"row by row, told from {_FIND_EACH_ROWS:,} rows", mask=_find_each),
    Way(name="rewrite", title="masker mask, rewrite", mask=_masker("rewrite")),
    Way(name="batches", title="masker mask, batches", mask=_masker("batches")),
    Way(
        name="vacuum_full_each",
        title="VACUUM FULL of users, orders and messages, one after the other",
        mask=_statements("VACUUM FULL users", "VACUUM FULL orders", "VACUUM FULL messages"),
        is_masked=False,
    ),
    Way(name="whole", title="masker mask, rewrite of these three, 18 columns", mask=_masker("rewrite", _WHOLE)),
)


def _table(results: Sequence[Result], rows: int, workers: int, where: str) -> str:
    lines = [
        where,
        f"{rows:,} users, six indexes; workers: {workers}",
        "",
        "| | run s | masking s | all runs | table | indexes |",
        "|---|---|---|---|---|---|",
    ]
    for result in results:
        if not result.runs:
            lines.append(f"| {result.way.title} | not run: {result.failure} | | | | |")
            continue
        runs = ", ".join(f"{run.run_s:.2f}" for run in result.runs)
        sizes = [f"{growth:.2f}" if growth is not None else "" for growth in (result.table_growth, result.index_growth)]
        lines.append(
            f"| {result.way.title} | {result.seconds('run'):.2f} | {result.seconds('step'):.2f} | {runs} |"
            f" {' | '.join(sizes)} |"
        )
    found = {result.way.name: result for result in results if result.runs}
    lines += ["", "| ratio | measured | target | |", "|---|---|---|---|"]
    for name, what, to, target in (
        *TARGETS,
        ("whole", "run", "vacuum_full_each", _ON_ONE if workers < 2 else _ON_MORE),
    ):
        if name in found and to in found:
            ratio = found[name].seconds(what) / found[to].seconds("run")
            lines.append(
                f"| {name} ({what}) / {to} | {ratio:.2f} | {target:.2f} | {'met' if ratio <= target else 'missed'} |"
            )
    programs = {program.name for program in ANONYMIZERS} & found.keys()
    if "rewrite" in found:
        fastest = min(programs, key=lambda name: found[name].seconds("run"), default=None)
        for name in sorted({*programs, "find_each"} & found.keys()):
            times = found[name].seconds("run") / found["rewrite"].seconds("run")
            judged = (
                f"{_TIMES_THE_FASTEST} | {'met' if times >= _TIMES_THE_FASTEST else 'missed'}"
                if name == fastest
                else " | "
            )
            lines.append(f"| {name} / rewrite (run) | {times:.1f} | {judged} |")
    return "\n".join(lines)
