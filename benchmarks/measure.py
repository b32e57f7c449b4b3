"""Runs the rivals in turn, several times, each into a fresh database; what came out, as values."""

from __future__ import annotations

import contextlib
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
from psycopg import sql

from benchmarks import fixture
from benchmarks.processes import Failed, Usage
from benchmarks.rivals import Rival, Task
from masker.demo.server import EmbeddedServer

_SOURCE = "production"

#: (what, compared to, at most): the targets of the project.
TARGETS = (
    ("masked", "pgcopydb", 0.95),
    ("masked", "script", 0.50),
    ("masked", "unmasked", 1.10),
    ("unmasked", "floor", 1.15),
    ("masked", "unproved", 1.05),
    ("proved", "unproved", 1.60),
    ("whole", "pgcopydb", 1.00),
    ("whole", "unmasked", 1.10),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One rival's runs, or why it has none."""

    rival: Rival
    runs: list[Usage] = field(default_factory=list)
    failure: str | None = None

    @property
    def best_s(self) -> float:
        return min(run.elapsed_s for run in self.runs)

    @property
    def median_s(self) -> float:
        return median(run.elapsed_s for run in self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """Everything measured. *idle_cpu_s* is, for each engine, the processor time of a copy of the same tables without
    rows."""

    results: Sequence[Result]
    rows: int
    heap_bytes: int
    index_bytes: int
    idle_cpu_s: Mapping[str, float]
    server: str
    settings: Mapping[str, str]
    machine: str

    def ratios(self, name: str, to: str) -> tuple[float, float] | None:
        """Median to median and best to best, None if either did not run."""
        found = {result.rival.name: result for result in self.results if result.runs}
        if name not in found or to not in found:
            return None
        return found[name].median_s / found[to].median_s, found[name].best_s / found[to].best_s

    def cpu_us_per_row(self, result: Result) -> float | None:
        """The engine's processor time for a row: that of the best run less what a copy of no rows takes."""
        if result.rival.name not in self.idle_cpu_s or not result.runs:
            return None
        return (min(run.cpu_s for run in result.runs) - self.idle_cpu_s[result.rival.name]) / self.rows * 1e6

    def document(self) -> dict[str, Any]:
        """As plain values, for a JSON file."""
        return {
            "server": self.server,
            "settings": dict(self.settings),
            "machine": self.machine,
            "rows": self.rows,
            "heap_bytes": self.heap_bytes,
            "index_bytes": self.index_bytes,
            "idle_cpu_s": dict(self.idle_cpu_s),
            "ratios": {
                f"{name}/{to}": {"median_and_best": self.ratios(name, to), "target": target}
                for name, to, target in TARGETS
            },
            "rivals": {
                r.rival.name: {
                    "title": r.rival.title,
                    "failure": r.failure,
                    "runs": [asdict(u) for u in r.runs],
                    "cpu_us_per_row": self.cpu_us_per_row(r),
                }
                for r in self.results
            },
        }


def measure(
    rivals: Sequence[Rival],
    *,
    rows: int,
    workers: int,
    repeat: int,
    bin_dir: Path,
    settings: Mapping[str, str],
    say: Callable[[str], None],
) -> Benchmark:
    """Make the fixture of *rows* users on one server and have each rival copy it to another, *repeat* times, in
    turn."""
    with (
        EmbeddedServer.start("production", bin_dir=bin_dir, settings=settings) as production,
        EmbeddedServer.start("preview", bin_dir=bin_dir, settings=settings) as preview,
    ):
        say(f"making {rows:,} users, {rows * 2:,} orders, {rows * 2:,} messages, {rows * 4:,} line items")
        for name, users in ((_SOURCE, rows), ("empty", 0)):
            production.create_database(name)
            with production.connect(name) as conn:
                fixture.make(conn, users)
        with production.connect(_SOURCE) as conn:
            counts, (heap_bytes, index_bytes) = fixture.count(conn), fixture.bytes_of(conn)
        results = [Result(rival=rival, failure=rival.missing()) for rival in rivals]
        idle_cpu_s = _idle_cpu_s(production, preview, rivals, workers)
        for number in range(1, repeat + 1):
            for at, result in enumerate(results):
                if result.failure is None:
                    results[at] = _once(result, production, preview, workers, counts)
                    say(
                        f"{number}/{repeat} {result.rival.name}: "
                        + (results[at].failure or f"{results[at].runs[-1].elapsed_s:.2f} s")
                    )
    return Benchmark(
        results=results,
        rows=sum(counts[table] for table in fixture.TABLES),
        heap_bytes=heap_bytes,
        index_bytes=index_bytes,
        idle_cpu_s=idle_cpu_s,
        server=f"PostgreSQL {production.version[0]}.{production.version[1]}",
        settings=settings,
        machine=machine(),
    )


def _once(
    result: Result, production: EmbeddedServer, preview: EmbeddedServer, workers: int, expected: Mapping[str, int]
) -> Result:
    """*result* with one run more, or failed."""
    _recreate(preview, "preview")
    for server in (production, preview):
        with server.connect() as conn:
            conn.execute("CHECKPOINT")
    try:
        usage = result.rival.copy(_task(production, preview, _SOURCE, workers))
    except Failed as failure:
        return Result(rival=result.rival, runs=result.runs, failure=str(failure))
    with preview.connect("preview") as conn:
        if (found := fixture.count(conn)) != expected:
            differing = {name: (number, expected[name]) for name, number in found.items() if number != expected[name]}
            return Result(rival=result.rival, failure=f"not a full copy: {differing}")
        if result.rival.is_masked and not _is_masked(conn):
            return Result(rival=result.rival, failure="e-mail addresses were not masked")
    return Result(rival=result.rival, runs=[*result.runs, usage])


def _is_masked(conn: psycopg.Connection) -> bool:
    row = conn.execute(
        "SELECT count(*) FROM users WHERE email LIKE '%.co.jp' OR current_sign_in_ip << '10.0.0.0/8'"
    ).fetchone()
    return row is not None and row[0] == 0


def _idle_cpu_s(
    production: EmbeddedServer, preview: EmbeddedServer, rivals: Sequence[Rival], workers: int
) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for engine in (rival for rival in rivals if rival.is_engine):
        with contextlib.suppress(Failed):  # the timed runs say why
            for _ in range(2):
                _recreate(preview, "preview")
                cpu_s = engine.copy(_task(production, preview, "empty", workers)).cpu_s
                found[engine.name] = min(found.get(engine.name, cpu_s), cpu_s)
    return found


def _task(production: EmbeddedServer, preview: EmbeddedServer, source: str, workers: int) -> Task:
    return Task(source=production.url(source), target=preview.url("preview"), bin_dir=preview.bin_dir, workers=workers)


def _recreate(server: EmbeddedServer, name: str) -> None:
    with server.connect() as conn:
        for (database,) in conn.execute(
            "SELECT datname FROM pg_database WHERE datname <> 'postgres' AND NOT datistemplate"
        ).fetchall():
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))
    server.create_database(name)


def machine() -> str:
    """Processor, cores, memory and system, in a line."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    except OSError:
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()} {platform.release()}, Python"
        f" {platform.python_version()}"
    )
