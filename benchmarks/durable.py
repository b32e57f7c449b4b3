"""What the measurements on a fresh pair of durable servers share: their settings, options, and how they end."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Failed
from masker.demo.installation import find_postgres
from masker.demo.server import EmbeddedServer

#: What a server of this package leaves out, which is none of those that a preview is on, stands first.
_SETTINGS = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of one measurement, its PostgreSQL, and the command line that asks for it."""

    options: argparse.Namespace
    bin_dir: Path
    command: str


def parser_of(name: str, doc: str | None, *, rows: int = 1_000_000, workers: str = "lanes") -> argparse.ArgumentParser:
    """Of ``python -m benchmarks NAME``, with the options that all have."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}", description=doc)
    parser.add_argument("--rows", type=int, default=rows, help="users; 8 rows more for each [%(default)s]")
    parser.add_argument("--workers", type=int, default=2, help=f"{workers} [%(default)s]")
    parser.add_argument("--server", type=int, default=17, choices=[15, 16, 17, 18], help="PostgreSQL [%(default)s]")
    return parser


def measured(parser: argparse.ArgumentParser, arguments: Sequence[str], measure: Callable[[Asked], None]) -> int:
    """Have *measure* done as *arguments* ask; the exit code."""
    options = parser.parse_args(arguments)
    bin_dir = find_postgres().get(options.server)
    if bin_dir is None:
        print(f"PostgreSQL {options.server}: not found", file=sys.stderr)
        return 2
    try:
        measure(Asked(options=options, bin_dir=bin_dir, command=f"{parser.prog} {shlex.join(arguments)}".rstrip()))
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


@contextmanager
def pair(bin_dir: Path) -> Iterator[tuple[EmbeddedServer, EmbeddedServer]]:
    """Production and preview, for as long as the block lasts."""
    with (
        EmbeddedServer.start("production", bin_dir=bin_dir, settings=_SETTINGS) as production,
        EmbeddedServer.start("preview", bin_dir=bin_dir, settings=_SETTINGS) as preview,
    ):
        yield production, preview
