"""A database made of a dump, and one that other tools have made of it: held against the manifest before it gets a
marker of its own."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from masker.branches.branch import without_branch
from masker.catalog.read import read_catalog, read_server
from masker.confirmation import ToConfirm, require_confirmed
from masker.dumps.archive import restore_archive, sha256_of
from masker.dumps.content import differences, read_content
from masker.dumps.manifest import Manifest, read_manifest, record_digest, salt_of
from masker.dumps.store import Store
from masker.errors import Refused, TargetError
from masker.findings import FailedChecks, Finding, Findings, Outcome
from masker.postgres.connect import Endpoint, connect
from masker.postgres.emptying import empty_database
from masker.postgres.errors import server_errors
from masker.postgres.marker import Marker, find_marker, write_marker
from masker.postgres.target import lock_target
from masker.settings import Settings
from masker.sides import Side
from masker.verify.described import keep_everything
from masker.verify.gate import sealed
from masker.verify.guard import guard_in_place, guard_standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A database whose gate is open now; *findings* are why."""

    manifest: Manifest
    database: str
    findings: Findings
    elapsed_s: float


def restore_dump(
    settings: Settings, target: Endpoint, store: Store, name: str | None, key: bytes, *, workers: int
) -> Accepted:
    """Empty *target* and restore the dump *name* into it, the newest if that is None; compare; open the gate.

    Raises Refused for a target that looks like production, or is not confirmed, before anything is touched;
    FailedChecks where what came is not what the manifest says: the gate is shut then.
    """
    started = time.monotonic()
    name = store.resolve(name)
    manifest = read_manifest(store.manifest(name), name, key)
    require_confirmed(
        [settings.confirm] if settings.confirm else [],
        [ToConfirm(kind="database", name=target.database, alias=settings.target_name)],
        "its content will be replaced",
    )
    with tempfile.TemporaryDirectory(prefix="masker-restore-") as folder, connect(target) as conn:
        guard_in_place(settings, conn, target, writes=True)
        path = Path(folder) / "data.dump"
        store.fetch(name, path)
        if sha256_of(path) != manifest.sha256:
            raise Refused(f"dump {name}: its file is not the one that its manifest is of", hint="take another dump")
        lock_target(conn, target.database)
        with server_errors(Side.TARGET, "its version was read"):
            major = read_server(conn).major
        # From here on there is no marker, and then the copied one, which was written for another database: shut.
        with server_errors(Side.TARGET, "its marker was taken away"):
            conn.execute("DROP SCHEMA IF EXISTS masker CASCADE")
        empty_database(conn)
        restore_archive(max(major, manifest.server), settings.pg_dump, target, path, workers)
        findings = _accept(conn, manifest, key)
    return Accepted(
        manifest=manifest, database=target.database, findings=findings, elapsed_s=time.monotonic() - started
    )


def accept_dump(settings: Settings, target: Endpoint, store: Store, name: str | None, key: bytes) -> Accepted:
    """Open the gate of *target*, into which another tool has restored the dump *name*, if it holds what the manifest
    says. Nobody writes to its tables meanwhile. Raises Refused where it is protected or a source, FailedChecks where it
    does not hold that."""
    started = time.monotonic()
    name = store.resolve(name)
    manifest = read_manifest(store.manifest(name), name, key)
    with connect(target) as conn:
        guard_standing(settings, conn, target)
        lock_target(conn, target.database)
        findings = _accept(conn, manifest, key)
    return Accepted(
        manifest=manifest, database=target.database, findings=findings, elapsed_s=time.monotonic() - started
    )


def _accept(conn: psycopg.Connection, manifest: Manifest, key: bytes) -> Findings:
    """Compare and, in the same transaction, write the marker; the planner is told of the rows, which no dump says."""
    with server_errors(Side.TARGET, "it was held against the dump"), conn.transaction():
        _lock_tables(conn)
        marker = find_marker(conn)
        content = read_content(conn, salt_of(key, manifest.dump))
        findings = Findings((_of_run(marker, manifest), *differences(manifest.content, content)))
        if not findings.are_good or marker is None:
            raise FailedChecks(findings)
        conn.execute("ANALYZE")
        record = without_branch(marker.record)
        record["restored"] = {"dump": manifest.dump, "of": manifest.database}
        record.update(keep_everything(conn, {}))
        write_marker(conn, marker.state, sealed(conn, record, marker.state, key))
    return findings


def _lock_tables(conn: psycopg.Connection) -> None:
    """What is summed up has to be what stands there when the marker says so: others may read until then. Raises
    TargetError where somebody else does not stop writing, psycopg.Error."""
    names = [
        sql.Identifier(table.name.schema, table.name.name)
        for table in read_catalog(conn).tables.values()
        if table.kind == "r" and table.extension is None
    ]
    if not names:
        return
    try:
        conn.execute(sql.SQL("LOCK TABLE ONLY {} IN SHARE MODE").format(sql.SQL(", ONLY ").join(names)))
    except psycopg.errors.LockNotAvailable:
        raise TargetError(
            "target: somebody has been writing to its tables for a minute, without ending the transaction",
            hint="end that session (pg_stat_activity), and run again",
        ) from None


def _of_run(marker: Marker | None, manifest: Manifest) -> Finding:
    """Whether the marker that came along is the one that was dumped: it says which rules made the rows."""
    detail = ""
    if marker is None:
        detail = "there is none: the schema masker has to be restored as well"
    elif record_digest(marker.record, marker.state) != manifest.record:
        detail = f"it is not the one that was dumped, of run {manifest.run}"
    return Finding(
        check="marker",
        subject="as it was dumped",
        outcome=Outcome.FAILED if detail else Outcome.PASSED,
        detail=detail,
    )
