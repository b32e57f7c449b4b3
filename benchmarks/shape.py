"""``python -m benchmarks shape``: databases filled as applications are, copied with the rules that ``masker rules
suggest`` writes, and how like production their planner sees them.

The databases and the queries asked of them are in benchmarks/shapes; ``--script`` and ``--queries`` measure one of your
own the same way.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.measure import machine
from benchmarks.processes import Failed
from masker.demo.installation import find_postgres
from masker.demo.production import fill
from masker.demo.server import EmbeddedServer

_SHAPES = Path(__file__).parent / "shapes"
_SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "4GB", "autovacuum": "off"}

#: Users of the demo's bookshop at scale 1.
_CUSTOMERS = 20_000

#: Rules that mask nothing: how much two equal databases are taken to differ.
_NOTHING = "version: 1\nundecided: keep\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A database: *scripts* fill it, in order, in one session; without any it is the demo's bookshop. *queries* is what
    is asked of it."""

    name: str
    scripts: tuple[Path, ...]
    queries: Path


APPLICATIONS = (
    *(
        Application(
            name=name, scripts=(_SHAPES / "words.sql", _SHAPES / f"{name}.sql"), queries=_SHAPES / f"{name}.queries.sql"
        )
        for name in ("watchlog", "timebank")
    ),
    Application(name="bookshop", scripts=(), queries=_SHAPES / "bookshop.queries.sql"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What ``masker shape`` said of an application, as its JSON document, or why there is none; seconds of filling and
    copying."""

    application: Application
    document: Mapping[str, Any] | None
    failure: str = ""
    fill_s: float = 0.0
    copy_s: float = 0.0


def main(arguments: list[str]) -> int:
    """Measure as *arguments* ask; the exit code."""
    options = _parser().parse_args(arguments)
    bin_dir = find_postgres().get(options.server)
    if bin_dir is None:
        print(
            f"PostgreSQL {options.server}: not found, expected one of {', '.join(map(str, find_postgres()))}",
            file=sys.stderr,
        )
        return 2
    if bool(options.script) != bool(options.queries):
        print("--script and --queries go together", file=sys.stderr)
        return 2
    chosen = [each for each in APPLICATIONS if not options.only or each.name in options.only]
    if options.script:
        chosen = [Application(name=options.script[-1].stem, scripts=tuple(options.script), queries=options.queries)]
    print(f"{machine()}; PostgreSQL {options.server}; scale {options.scale:g}\n")
    found: list[Measured] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedServer.start("shape", bin_dir=bin_dir, settings=_SETTINGS) as server,
    ):
        for application in chosen:
            measured = _measured(server, application, options, Path(folder))
            found.append(measured)
            print(_text(measured, is_whole=options.all), flush=True)
    if options.json:
        documents = {each.application.name: each.document for each in found}
        options.json.write_text(json.dumps(documents, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 1 if any(each.document is None for each in found) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks shape", description=__doc__)
    names = [each.name for each in APPLICATIONS]
    parser.add_argument("--only", nargs="+", choices=names, help="these databases only")
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        help="share of the rows, 20,000 to 200,000 in the main tables at 1 [%(default)s]",
    )
    parser.add_argument("--script", type=Path, nargs="+", help="SQL that fills a database of your own, files in order")
    parser.add_argument("--queries", type=Path, help="the queries of that database")
    parser.add_argument(
        "--rules", type=Path, help="rules to copy by; by default those that `masker rules suggest` writes"
    )
    parser.add_argument(
        "--nothing", action="store_true", help="mask nothing: what two equal databases are taken to differ by"
    )
    parser.add_argument("--keep-rules", type=Path, metavar="DIR", help="leave the rules that were suggested there")
    parser.add_argument("--all", action="store_true", help="say all that is off, with what to write instead")
    parser.add_argument("--server", type=int, default=17, help="major version of PostgreSQL [%(default)s]")
    parser.add_argument("--json", type=Path, help="write what `masker shape` said, by database, to this file")
    return parser


def _measured(server: EmbeddedServer, application: Application, options: argparse.Namespace, folder: Path) -> Measured:
    name = application.name
    server.create_database(f"{name}_production")
    server.create_database(f"{name}_preview")
    source, target = server.url(f"{name}_production"), server.url(f"{name}_preview")
    both = ["--source", source, "--target", target]
    begun = time.monotonic()
    _fill(source, application, options.scale)
    filled = time.monotonic()
    try:
        rules = _rules(source, name, options, folder)
        copying = time.monotonic()
        _said(["copy", *both, "--rules", str(rules), "--confirm", f"{name}_preview"])
        copied = time.monotonic()
        # As autovacuum does soon: pages that were added at once and stayed empty are given back.
        with psycopg.connect(target, autocommit=True) as conn:
            conn.execute("VACUUM")
        document = json.loads(
            _said(["shape", *both, "--rules", str(rules), "--queries", str(application.queries), "--json"])
        )
    except Failed as error:
        return Measured(application=application, document=None, failure=str(error), fill_s=filled - begun)
    return Measured(application=application, document=document, fill_s=filled - begun, copy_s=copied - copying)


def _fill(source: str, application: Application, scale: float) -> None:
    if not application.scripts:
        fill(source, users=max(100, round(_CUSTOMERS * scale)), as_of=date(2026, 6, 1))
        return
    with psycopg.connect(source, autocommit=True) as conn:
        # VACUUM marks pages as visible to all only once their commit is on disk.
        conn.execute("SET synchronous_commit = on")
        conn.execute("SELECT set_config('shapes.scale', %s, false)", [str(scale)])
        for script in application.scripts:
            conn.execute(script.read_bytes())
        conn.execute("DISCARD TEMPORARY")
        conn.execute("VACUUM (ANALYZE)")


def _rules(source: str, name: str, options: argparse.Namespace, folder: Path) -> Path:
    if options.rules is not None:
        return Path(options.rules)
    path = folder / f"{name}.yml"
    text = _NOTHING if options.nothing else _said(["rules", "suggest", "--source", source])
    path.write_text(text, encoding="utf-8")
    if options.keep_rules is not None:
        options.keep_rules.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, options.keep_rules)
    return path


def _said(arguments: Sequence[str]) -> str:
    """What masker says to *arguments*. Raises Failed."""
    done = subprocess.run(
        [sys.executable, "-m", "masker", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "160", "PREVIEW_PASSWORD": "a password of the preview"},
        check=False,
    )
    if done.returncode:
        raise Failed(f"masker {' '.join(arguments[:2])}: exit {done.returncode}\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout


def _text(measured: Measured, *, is_whole: bool) -> str:
    document = measured.document
    if document is None:
        return f"{measured.application.name}: {measured.failure}\n"
    lines = [
        (
            f"{measured.application.name}: {document['figure']:g} % (filled in {measured.fill_s:.0f} s, copied in"
            f" {measured.copy_s:.0f} s)"
        )
    ]
    lines += [
        f"  {each['measure']:<24} {each['good']:>4} of {each['compared']:<4} {each['percent']:>6g} %"
        for each in document["measures"]
    ]
    for each in document["compared"] if is_whole else ():
        if each["outcome"] != "pass":
            found = each["detail"] or f"{each['source']} on production, {each['target']} on the preview"
            lines += [
                f"  off  {each['subject']}: {each['measure']}: {found}",
                *([f"       {each['hint']}"] if each["hint"] else []),
            ]
    if is_whole:
        lines += [f"  left out  {each['subject']}: {each['text']}" for each in document["left_out"]]
    return "\n".join(lines) + "\n"
