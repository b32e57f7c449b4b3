"""Ways from one database to an empty one on another server. Each leaves the same tables, indexes and foreign keys."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.fixture import MASK_USERS
from benchmarks.processes import Failed, Usage, pipe, run

_RULES = Path(__file__).parent / "rules"

#: What masker gives an index build too.
_MAINTENANCE_MEMORY = "256MB"

_INDEXES = """
SELECT CASE WHEN con.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
            ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, con.conname,
            pg_get_constraintdef(con.oid)) END
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid
AND con.contype IN ('p', 'u', 'x')
WHERE c.relnamespace = 'public'::regnamespace ORDER BY con.contype IS DISTINCT FROM 'p',
pg_relation_size(i.indexrelid) DESC
"""
_FOREIGN_KEYS = """
SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY pg_relation_size(conrelid) DESC
"""
_TABLES = (
    "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY"
    " pg_table_size(oid) DESC"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One copy to make: from *source* into the empty database *target* (URLs) with the client programs of *bin_dir*."""

    source: str
    target: str
    bin_dir: Path
    workers: int

    @property
    def target_name(self) -> str:
        return self.target.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """*name* is what --only takes; *missing* says why it cannot run here, or None."""

    name: str
    title: str
    copy: Callable[[Task], Usage]
    missing: Callable[[], str | None] = lambda: None
    is_masked: bool = False
    is_engine: bool = False  # processor time and memory are worth showing


def _script(task: Task) -> Usage:
    started = time.perf_counter()
    pipe(
        [task.bin_dir / "pg_dump", "-Fc", "--no-owner", "--no-privileges", "-d", task.source],
        [task.bin_dir / "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "-d", task.target],
    )
    run([task.bin_dir / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", task.target, "-c", MASK_USERS])
    return Usage(elapsed_s=time.perf_counter() - started)


def _pgcopydb(task: Task) -> Usage:
    folder = tempfile.mkdtemp(prefix="masker-pgcopydb-")
    try:
        return run(
            [
                "pgcopydb",
                "clone",
                "--source",
                task.source,
                "--target",
                task.target,
                "--dir",
                f"{folder}/state",
                "--no-owner",
                "--no-acl",
                "--table-jobs",
                str(task.workers),
                "--index-jobs",
                str(task.workers),
            ],
            {
                "PATH": f"{task.bin_dir}:{Path(shutil.which('pgcopydb') or '').parent}:/usr/bin:/bin",
                "XDG_DATA_HOME": folder,
                "TMPDIR": folder,
            },
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _pgcopydb_missing() -> str | None:
    return None if shutil.which("pgcopydb") else "pgcopydb is not installed (apt-get install pgcopydb)"


def _floor(task: Task) -> Usage:
    """The least there is to do: rows through ``psql | psql``, then indexes, then foreign keys, then ANALYZE, each on
    all lanes."""
    psql = [str(task.bin_dir / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    started = time.perf_counter()
    with psycopg.connect(task.source) as conn:
        tables, indexes, keys = (
            [str(row[0]) for row in conn.execute(query).fetchall()] for query in (_TABLES, _INDEXES, _FOREIGN_KEYS)
        )
    pipe([task.bin_dir / "pg_dump", "--section=pre-data", "--no-owner", "-d", task.source], [*psql, "-d", task.target])

    def move(table: str) -> None:
        pipe(
            [*psql, "-d", task.source, "-c", f'COPY "{table}" TO STDOUT (FORMAT binary)'],
            [
                *psql,
                "-d",
                task.target,
                "-c",
                "BEGIN",
                "-c",
                f'TRUNCATE "{table}"',
                "-c",
                f'COPY "{table}" FROM STDIN (FORMAT binary, FREEZE)',
                "-c",
                "COMMIT",
            ],
        )

    def build(statement: str) -> None:
        run([*psql, "-d", task.target, "-c", f"SET maintenance_work_mem = '{_MAINTENANCE_MEMORY}'", "-c", statement])

    with ThreadPoolExecutor(task.workers) as lanes:
        list(lanes.map(move, tables))
        list(lanes.map(build, indexes))
        list(lanes.map(build, keys))
        list(lanes.map(build, (f'ANALYZE "{table}"' for table in tables)))
    return Usage(elapsed_s=time.perf_counter() - started)


def _masker(rules: str, verify: str = "sample") -> Callable[[Task], Usage]:
    # What is not proved is published, and said to be unfit.
    expected = 8 if verify == "none" else 0

    def copy(task: Task) -> Usage:
        return run(
            [
                sys.executable,
                "-m",
                "masker",
                "copy",
                "--rules",
                _RULES / f"{rules}.yml",
                "--confirm",
                task.target_name,
                "--workers",
                str(task.workers),
                "--verify",
                verify,
                "--log-format",
                "logfmt",
                "--json",
            ],
            {"MASKER_SOURCE": task.source, "MASKER_TARGET": task.target},
            expected=expected,
        )

    return copy


RIVALS = (
    Rival(name="script", title="pg_dump -Fc into pg_restore, then UPDATE of 12 columns", copy=_script, is_masked=True),
    Rival(name="pgcopydb", title="pgcopydb clone, unmasked", copy=_pgcopydb, missing=_pgcopydb_missing),
    Rival(name="floor", title="psql into psql in binary, then indexes and keys, unmasked", copy=_floor),
    Rival(name="unmasked", title="masker, unmasked", copy=_masker("unmasked"), is_engine=True),
    Rival(name="masked", title="masker, 12 columns masked", copy=_masker("masked"), is_masked=True, is_engine=True),
    Rival(
        name="whole",
        title="masker, 18 columns masked, bodies of messages too",
        copy=_masker("whole"),
        is_masked=True,
        is_engine=True,
    ),
    Rival(
        name="unproved",
        title="masker, 12 columns masked, --verify none",
        copy=_masker("masked", "none"),
        is_masked=True,
        is_engine=True,
    ),
    Rival(
        name="proved",
        title="masker, 12 columns masked, --verify full",
        copy=_masker("masked", "full"),
        is_masked=True,
        is_engine=True,
    ),
)

__all__ = ["RIVALS", "Failed", "Rival", "Task"]
