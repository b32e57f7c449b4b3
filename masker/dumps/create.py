"""A dump made: the verified preview counted, summed up and written in one snapshot, then stored with its manifest."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from masker.catalog.read import read_server
from masker.dumps.archive import require_written, sha256_of, write_archive
from masker.dumps.content import read_content
from masker.dumps.manifest import Manifest, dump_name, record_digest, salt_of
from masker.dumps.store import Store
from masker.errors import Refused, TargetError
from masker.postgres.connect import Endpoint, connect
from masker.postgres.dump import find_pg_dump
from masker.postgres.errors import server_errors
from masker.postgres.marker import read_marker
from masker.sides import Side
from masker.verify.gate import gate_problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Dumped:
    """What a dump came to."""

    manifest: Manifest
    elapsed_s: float


def unverified(target: Endpoint, key: bytes) -> str | None:
    """Why what stands at *target* is no verified preview with a seal, None if it is; a database that is not there is
    none. Whether its seal is that of *key*, `create_dump` looks at."""
    try:
        with connect(target) as conn:
            marker = read_marker(conn)
            is_sealed = marker is not None and "seal" in marker.record
            return gate_problem(conn, marker, None if is_sealed else key)
    except TargetError as error:
        if error.is_missing_database:
            return "there is no such database"
        raise


def create_dump(target: Endpoint, store: Store, key: bytes, *, pg_dump: str | None = None) -> Dumped:
    """Dump the verified preview at *target* into *store*. Raises Refused where its gate is shut or the store is not
    private, before anything is written."""
    started = time.monotonic()
    store.require_private()
    with tempfile.TemporaryDirectory(prefix="masker-dump-") as folder, connect(target) as conn:
        path = Path(folder) / "data.dump"
        with server_errors(Side.TARGET, "it was dumped"):
            conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            server = read_server(conn)
            row = conn.execute("SELECT now() AT TIME ZONE 'UTC', pg_export_snapshot()").fetchone()
        marker = read_marker(conn)
        # What is restored of the dump is sealed with the key: only what is sealed with it now may be.
        problem = gate_problem(conn, marker, key)
        if problem is not None or marker is None or row is None:
            raise Refused(
                f"{target.database}: {problem}",
                hint="dumps are made of a verified preview whose run had this key: masker verify --gate",
            )
        name = dump_name(row[0], marker.run)
        program = find_pg_dump(server.major, pg_dump, needs_tls=conn.pgconn.ssl_in_use)
        process = write_archive(program, target, row[1], path)
        try:
            with server_errors(Side.TARGET, "what is dumped was summed up"):
                content = read_content(conn, salt_of(key, name))
        except BaseException:
            process.kill()
            process.communicate()
            raise
        require_written(process)
        manifest = Manifest(
            dump=name,
            database=target.database,
            run=marker.run,
            created_at=f"{row[0].isoformat(timespec='seconds')}Z",
            server=server.major,
            pg_dump=".".join(map(str, program.version)),
            size=path.stat().st_size,
            sha256=sha256_of(path),
            record=record_digest(marker.record, marker.state),
            content=content,
        )
        store.put(name, path, manifest.document(key))
    return Dumped(manifest=manifest, elapsed_s=time.monotonic() - started)
