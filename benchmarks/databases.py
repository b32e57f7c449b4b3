"""``python -m benchmarks databases``: the databases of one refresh filled one after the other, and at once by processes
of their own."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import fixture
from benchmarks.again import cpu_s
from benchmarks.durable import measured, pair, parser_of
from benchmarks.measure import machine
from benchmarks.processes import run

_RULES = Path(__file__).parent / "rules" / "again.yml"
_WAYS: tuple[tuple[str, Sequence[str]], ...] = (
    ("one after the other", ()),
    ("at once, a process each", ("--executor", "processes")),
)


def main(arguments: Sequence[str]) -> int:
    """Measure as *arguments* ask; the exit code."""
    parser = parser_of("databases", __doc__, rows=300_000, workers="lanes of each database")
    parser.add_argument("--databases", type=int, default=2, help="of one size each [%(default)s]")
    parser.add_argument("--repeat", type=int, default=1, help="rounds; both ways in each [%(default)s]")
    return measured(parser, arguments, lambda asked: _measure(asked.options, asked.bin_dir))


def _measure(options: argparse.Namespace, bin_dir: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, pair(bin_dir) as (production, preview):
        names = [f"shard_{number}" for number in range(options.databases)]
        for name in names:
            production.create_database(name)
            with production.connect(name) as conn:
                fixture.make(conn, options.rows)
        environment = {
            variable: server.url(name)
            for name in names
            for variable, server in ((f"SOURCE_{name}", production), (f"TARGET_{name}", preview))
        }
        config = _config(Path(folder), names)
        confirmed = [word for name in names for word in ("--confirm", name)]
        print(
            f"{options.databases} databases of {9 * options.rows:,} rows · PostgreSQL {options.server} · {machine()}\n"
        )
        print("| | wall, s | processor, s | masker's own of it | load before |\n|---|---|---|---|---|")
        for title, more in [*_WAYS] * options.repeat:
            load = os.getloadavg()[0]
            before = cpu_s(production) + cpu_s(preview)
            usage = run(
                [
                    sys.executable, "-m", "masker", "refresh", "-c", str(config), *confirmed, "--workers",
                    str(options.workers), *more,
                ],
                environment,
            )  # fmt: skip
            whole = cpu_s(production) + cpu_s(preview) - before + usage.cpu_s
            print(f"| {title} | {usage.elapsed_s:.1f} | {whole:.1f} | {usage.cpu_s:.1f} | {load:.1f} |", flush=True)


def _config(folder: Path, names: Sequence[str]) -> Path:
    """A masker.yml of all, in *folder*, each with rules of its own."""
    for name in names:
        shutil.copy(_RULES, folder / f"{name}.yml")
    first, *others = names

    def said(name: str, indent: str) -> str:
        return (
            f"{indent}source: {{url: {{env: SOURCE_{name}}}}}\n{indent}target: {{url: {{env: TARGET_{name}}}}}\n"
            f"{indent}rules: [{name}.yml]\n"
        )

    text = f"version: 1\n{said(first, '')}databases:\n"
    config = folder / "masker.yml"
    config.write_text(text + "".join(f"  {name}:\n{said(name, '    ')}" for name in others))
    return config
