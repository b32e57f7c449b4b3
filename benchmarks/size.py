"""``python -m benchmarks size``: many tables, and few huge rows, copied masked, beside ``pg_dump | psql`` of the
same."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from benchmarks.measure import machine
from benchmarks.processes import Failed, Usage, pipe, run
from masker.demo.installation import find_postgres
from masker.demo.server import EmbeddedServer

_SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "4GB", "checkpoint_timeout": "15min", "autovacuum": "off"}

_TABLES = """
DO $$ BEGIN FOR n IN 1..{count} LOOP
  EXECUTE format('CREATE TABLE t%s (id bigserial PRIMARY KEY, email text, ref bigint, v integer)', n);
  EXECUTE format('CREATE INDEX ON t%s (email)', n);
  IF n > 1 THEN EXECUTE format('ALTER TABLE t%s ADD FOREIGN KEY (ref) REFERENCES t%s', n, n - 1); END IF;
  EXECUTE format('INSERT INTO t%s (email, v) VALUES (''u%s@corp.test'', 1)', n, n);
  IF n % 200 = 0 THEN COMMIT; END IF;
END LOOP; END $$
"""
_ROWS = """
CREATE TABLE huge (id bigserial PRIMARY KEY, email text, body text, data bytea, doc jsonb);
ALTER TABLE huge ALTER COLUMN data SET STORAGE EXTERNAL, ALTER COLUMN body SET STORAGE EXTERNAL;
INSERT INTO huge (email, body) SELECT 'b' || n || '@corp.test', repeat(md5(n::text), {bytes} / 32)
FROM generate_series(1, 3) AS n;
INSERT INTO huge (email, data) SELECT 'd' || n || '@corp.test', decode(half, 'hex') || decode(half, 'hex')
FROM generate_series(1, 3) AS n, repeat(md5(n::text), {bytes} / 32) AS half;
INSERT INTO huge (email, doc) SELECT 'j' || n || '@corp.test', jsonb_build_object('text', repeat(md5(n::text),
least({bytes}, 250000000) / 32)) FROM generate_series(1, 3) AS n;
"""

_RULES = "version: 1\nundecided: keep\ndefaults:\n  - {columns: email, mask: email}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Seconds of pg_dump into psql, of masker's plan, and what its copies used, with and without proof of rows; None is
    what did not run."""

    piped_s: float | None
    plan_s: float
    copy: Usage
    unproved: Usage
    load: str


def main(arguments: list[str]) -> int:
    """Measure as *arguments* ask; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks size", description=__doc__)
    parser.add_argument(
        "--tables",
        type=int,
        default=5000,
        help="tables of one row, a masked column each, in a chain of foreign keys; 0 for none [%(default)s]",
    )
    parser.add_argument(
        "--row-bytes",
        type=int,
        default=100_000_000,
        help="size of nine rows, three each of text, bytea and jsonb (of at most 250 MB); 0 for none [%(default)s]",
    )
    parser.add_argument(
        "--server", type=int, default=17, choices=[15, 16, 17, 18], help="PostgreSQL on both sides [%(default)s]"
    )
    options = parser.parse_args(arguments)
    bin_dir = find_postgres().get(options.server)
    if bin_dir is None:
        print(
            f"PostgreSQL {options.server}: not found, expected one of {', '.join(map(str, find_postgres()))}",
            file=sys.stderr,
        )
        return 2
    cases = {f"{options.tables:,} tables": _TABLES.replace("{count}", str(options.tables))} if options.tables else {}
    cases |= (
        {f"9 rows of {options.row_bytes / 1e6:,.0f} MB": _ROWS.replace("{bytes}", str(options.row_bytes))}
        if options.row_bytes
        else {}
    )
    try:
        measured = {name: _measure(statements, bin_dir) for name, statements in cases.items()}
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"{machine()}\n\n{_table(measured)}")
    return 0


def _measure(statements: str, bin_dir: Path) -> Measured:
    """A fresh pair of servers for each case."""
    with (
        EmbeddedServer.start("production", bin_dir=bin_dir, settings=_SETTINGS) as production,
        EmbeddedServer.start("preview", bin_dir=bin_dir, settings=_SETTINGS) as preview,
        tempfile.TemporaryDirectory() as folder,
    ):
        production.create_database("production")
        with production.connect("production") as conn:
            conn.execute(statements.encode())
            conn.execute("ANALYZE")
        load = f"{os.getloadavg()[0]:.1f}"
        preview.create_database("piped")
        started = time.perf_counter()
        piped_s: float | None = None
        try:
            pipe(
                [bin_dir / "pg_dump", production.url("production")],
                [bin_dir / "psql", "-qX", "-v", "ON_ERROR_STOP=1", preview.url("piped")],
            )
            piped_s = time.perf_counter() - started
        except Failed as failure:
            print(f"pg_dump | psql: {failure}", file=sys.stderr)
        _drop(preview, "piped")
        rules = Path(folder) / "rules.yml"
        rules.write_text(_RULES, encoding="utf-8")
        environment = {"MASKER_SOURCE": production.url("production"), "MASKER_TARGET": preview.url("preview")}
        plan = run([sys.executable, "-m", "masker", "plan", "copy", "--rules", str(rules)], environment)
        copying = [sys.executable, "-m", "masker", "copy", "--rules", str(rules), "--confirm", "preview"]
        copied = run(copying, environment)
        unproved = run([*copying, "--verify", "none"], environment, expected=8)
    return Measured(piped_s=piped_s, plan_s=plan.elapsed_s, copy=copied, unproved=unproved, load=load)


def _drop(server: EmbeddedServer, database: str) -> None:
    with server.connect() as conn:
        conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))


def _table(measured: Mapping[str, Measured]) -> str:
    lines = [
        (
            "| | pg_dump into psql s | plan s | copy s | copy / pg_dump into psql | of it proof | peak memory MB | load"
            " before |"
        ),
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, found in measured.items():
        piped, ratio = (
            (f"{found.piped_s:.1f}", f"{found.copy.elapsed_s / found.piped_s:.2f}")
            if found.piped_s is not None
            else ("failed", "")
        )
        lines.append(
            f"| {name} | {piped} | {found.plan_s:.1f} | {found.copy.elapsed_s:.1f} | {ratio} |"
            f" {1 - found.unproved.elapsed_s / found.copy.elapsed_s:.0%} | {found.copy.peak_bytes / 1e6:,.0f} |"
            f" {found.load} |"
        )
    return "\n".join(lines)
