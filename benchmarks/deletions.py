"""``python -m benchmarks deletions``: what it costs to delete by a sync, each object looked up on both sides first, and
to take that back."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import machine
from benchmarks.processes import Usage, run
from benchmarks.storages import CREDENTIALS, stub

_CLIENTS = ("crt", "boto3")


def main(arguments: Sequence[str]) -> int:
    """Measure as *arguments* ask; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks deletions", description=__doc__)
    parser.add_argument(
        "--keys", type=int, default=50_000, help="objects deleted; as many stay, one between two of them [%(default)s]"
    )
    parser.add_argument("--latency-ms", type=float, default=20, help="of every answer of the stub [%(default)s]")
    options = parser.parse_args(arguments)
    print(
        f"stub, {options.latency_ms:g} ms latency, {options.keys:,} of {2 * options.keys:,} objects deleted ·"
        f" {machine()}\n"
    )
    print("| | s | CPU s | requests | of them listings |\n|---|---|---|---|---|")
    for client in _CLIENTS:
        # The stub keeps what is taken back, so each client has one of its own.
        with stub(2 * options.keys, options.latency_ms) as url, tempfile.TemporaryDirectory() as state:
            shared = ["--confirm", "versioned", "--endpoint-url", url, "--state", state]
            deleting = [
                sys.executable,
                "-m",
                "masker",
                "sync",
                "s3://half",
                "s3://versioned",
                "--acl",
                "none",
                "--max-delete",
                str(options.keys),
                "--client",
                client,
                *shared,
            ]
            _say(f"sync, {client}", run(deleting, CREDENTIALS), _counts(url), {})
            if client == _CLIENTS[0]:
                (folder,) = (Path(state) / "runs").iterdir()
                before = _counts(url)
                _say(
                    "undo",
                    run([sys.executable, "-m", "masker", "undo", folder.name, *shared], CREDENTIALS),
                    _counts(url),
                    before,
                )
    return 0


def _counts(url: str) -> dict[str, int]:
    with urllib.request.urlopen(f"{url}/-/counts", timeout=10) as answer:  # noqa: S310 - the stub, of this machine
        counts: dict[str, int] = json.load(answer)
        return counts


def _say(title: str, usage: Usage, counts: dict[str, int], before: dict[str, int]) -> None:
    made = {name: count - before.get(name, 0) for name, count in counts.items()}
    listings = sum(count for name, count in made.items() if "list-type" in name or "versions" in name)
    print(
        f"| {title} | {usage.elapsed_s:.2f} | {usage.cpu_s:.2f} | {sum(made.values()):,} | {listings:,} |", flush=True
    )
