"""``python -m benchmarks since``: a sync that goes by what Active Storage's rows say has changed, beside one that lists
both buckets."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

import psycopg

from benchmarks.durable import measured
from benchmarks.measure import machine
from benchmarks.processes import Usage, run
from benchmarks.s3stub import make_keys
from benchmarks.storages import CREDENTIALS, stub
from masker.demo.server import EmbeddedServer
from masker.postgres.marker import write_marker
from masker.verify.gate import sealed

_TABLES = """
CREATE TABLE active_storage_blobs (
  id bigserial PRIMARY KEY, key varchar NOT NULL UNIQUE, content_type varchar,
  service_name varchar NOT NULL DEFAULT 's', byte_size bigint NOT NULL DEFAULT 100, checksum varchar);
CREATE TABLE active_storage_attachments (
  id bigserial PRIMARY KEY, name varchar NOT NULL DEFAULT 'photo', record_type varchar NOT NULL DEFAULT 'Product',
  record_id bigserial NOT NULL, blob_id bigint NOT NULL REFERENCES active_storage_blobs);
CREATE TABLE active_storage_variant_records (id bigserial PRIMARY KEY, blob_id bigint, variation_digest varchar);
CREATE INDEX ON active_storage_attachments (blob_id);
"""

_SOURCE = "kept-production"

#: Both ways, each with a target and a folder of its own.
_WAYS: Mapping[str, Sequence[str]] = {"listed": (), "--since-last": ("--since-last",)}


def main(arguments: Sequence[str]) -> int:
    """Measure as *arguments* ask; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks since", description=__doc__)
    parser.add_argument("--keys", type=int, default=50_000, help="objects in each bucket [%(default)s]")
    parser.add_argument("--latency-ms", type=float, default=20, help="of every answer of the stub [%(default)s]")
    parser.add_argument(
        "--changed", type=int, default=50, help="blobs that change: half of them new, half of them gone [%(default)s]"
    )
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, in turn; the best counts [%(default)s]")
    parser.add_argument("--server", type=int, default=17, choices=[15, 16, 17, 18], help="PostgreSQL [%(default)s]")

    def measure(options: argparse.Namespace, bin_dir: Path, command: str) -> None:
        keys = make_keys(options.keys)
        with (
            EmbeddedServer.start("preview", bin_dir=bin_dir) as server,
            stub(options.keys, options.latency_ms) as url,
            tempfile.TemporaryDirectory() as folder,
        ):
            server.create_database("preview")
            with server.connect("preview") as conn:
                _fill(conn, keys)
                rounds = _Rounds(url, server.url("preview"), Path(folder), conn, keys, options.changed)
                print(
                    f"`{command}`\n\nstub, {options.latency_ms:g} ms latency, {options.keys:,} objects · {machine()}\n"
                )
                print("| | way | s | CPU s | requests | of them listings |\n|---|---|---|---|---|---|")
                rounds.measure("first, both buckets alike", 1, changes=False)
                rounds.measure("nothing has changed", options.repeat, changes=False)
                rounds.measure(f"{options.changed:,} blobs have changed", options.repeat, changes=True)

    return measured(parser, arguments, lambda asked: measure(asked.options, asked.bin_dir, asked.command))


def _fill(conn: psycopg.Connection, keys: Sequence[str]) -> None:
    conn.execute(_TABLES)
    with conn.cursor() as cursor, cursor.copy("COPY active_storage_blobs (key) FROM STDIN") as copy:
        for key in keys:
            copy.write_row([key])
    conn.execute("INSERT INTO active_storage_attachments (blob_id) SELECT id FROM active_storage_blobs")
    conn.execute("ANALYZE")
    write_marker(conn, "verified", sealed(conn, {"run": "measured"}, "verified", None))


class _Rounds:
    def __init__(
        self, url: str, database: str, folder: Path, conn: psycopg.Connection, keys: Sequence[str], changed: int
    ) -> None:
        self._url = url
        self._database = database
        self._folder = folder
        self._conn = conn
        self._rng = random.Random(2)
        self._keys = list(keys)
        self._changed = changed

    def measure(self, title: str, repeat: int, *, changes: bool) -> None:
        """Each way *repeat* times, in turn; what they took at best."""
        best: dict[str, tuple[Usage, dict[str, int]]] = {}
        for _ in range(repeat):
            if changes:
                self._change()
            for way, flags in _WAYS.items():
                before = self._counts()
                usage = run(self._command(flags), CREDENTIALS)
                made = {name: count - before.get(name, 0) for name, count in self._counts().items()}
                if way not in best or usage.elapsed_s < best[way][0].elapsed_s:
                    best[way] = usage, made
        for way, (usage, made) in best.items():
            listings = sum(count for name, count in made.items() if "list-type" in name)
            print(
                f"| {title} | {way} | {usage.elapsed_s:.2f} | {usage.cpu_s:.2f} | {sum(made.values()):,} |"
                f" {listings:,} |",
                flush=True,
            )

    def _command(self, flags: Sequence[str]) -> list[str]:
        target = f"kept-{'since' if flags else 'listed'}"
        return [
            *(sys.executable, "-m", "masker", "sync", f"s3://{_SOURCE}", f"s3://{target}", "--confirm", target),
            *("--endpoint-url", self._url, "--state", str(self._folder / target), "--scope", "active_storage"),
            *("--database", self._database, "--max-delete", str(self._changed), *flags),
        ]

    def _change(self) -> None:
        half = self._changed // 2
        new = [f"{self._rng.getrandbits(128):028x}"[-28:] for _ in range(half)]
        gone = [self._keys.pop(self._rng.randrange(len(self._keys))) for _ in range(half)]
        for key in new:
            self._send("PUT", key)
        for key in gone:
            self._send("DELETE", key)
        self._conn.execute(
            "WITH made AS (INSERT INTO active_storage_blobs (key) SELECT unnest(%s::text[]) RETURNING id)"
            " INSERT INTO active_storage_attachments (blob_id) SELECT id FROM made",
            [new],
        )
        self._conn.execute(
            "DELETE FROM active_storage_attachments WHERE blob_id IN (SELECT id FROM active_storage_blobs WHERE key ="
            " ANY (%s))",
            [gone],
        )
        self._conn.execute("DELETE FROM active_storage_blobs WHERE key = ANY (%s)", [gone])

    def _send(self, method: str, key: str) -> None:
        request = urllib.request.Request(f"{self._url}/{_SOURCE}/{key}", method=method)  # noqa: S310 - the stub
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - the stub, of this machine

    def _counts(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self._url}/-/counts", timeout=10) as answer:  # noqa: S310 - the stub
            counts: dict[str, int] = json.load(answer)
            return counts
