"""The database-aware scope of a sync: decisions read from a preview that passes the gate, and its rows kept true to the
placeholders."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pyarrow as pa

from masker.buckets.attachments.active_storage import (
    ActiveStorageScope,
    AttachmentKind,
    BlobScope,
    Decision,
    choose_service,
)
from masker.buckets.attachments.blobs import (
    Blob,
    NewContent,
    find_blob_tables,
    may_update,
    read_blobs,
    read_kinds,
    read_services,
    update_blobs,
)
from masker.buckets.attachments.placeholders import checksum_of, placeholder_for
from masker.buckets.diff import Change, Scope, Totals
from masker.buckets.files.ledger import KeyedFile, write_parquet
from masker.buckets.objects import Location
from masker.buckets.plan import ScopeFound
from masker.buckets.since.known import Decided
from masker.errors import Refused, TargetError
from masker.notes import Note
from masker.postgres.connect import connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.marker import read_marker
from masker.sides import Side
from masker.verify.gate import gate_problem
from masker.verify.guard import guard_rows

#: Rows of :class:`Decided`.
DECIDED = pa.schema(
    [("key", pa.string()), ("content_type", pa.string()), ("is_row_stale", pa.bool_()), ("content", pa.string())]
)
_GROUP_ROWS = 1024


@dataclass(slots=True, kw_only=True)
class OpenScope:
    """A scope as the preview had it when it was read. *may_update* says whether rows can be kept true to
    placeholders."""

    wanted: ActiveStorageScope
    found: ScopeFound
    notes: tuple[Note, ...]
    may_update: bool
    rule: Scope
    file: KeyedFile
    path: Path
    database: str

    def decided(self) -> Iterator[Decided]:
        """The decision about each blob whose object the preview may have, by key."""
        return (Decided(*row) for row in self.file.every())

    def close(self) -> None:
        """Forget the decisions: the next run reads them anew."""
        self.file.close()
        self.path.unlink(missing_ok=True)


def open_scope(wanted: ActiveStorageScope, path: Path, is_wanted: Callable[[str], bool]) -> OpenScope:
    """Read the decisions about all blobs whose keys are wanted into a file at *path*.

    Raises Refused for a database that does not pass the gate, UsageError where it has no blobs to go by, TargetError
    where it cannot be read.
    """
    with (
        _verified(wanted) as (conn, run),
        server_errors(Side.TARGET, "its blobs were read", hint=_READ_HINT),
        _snapshot(conn),
    ):
        tables = find_blob_tables(conn)
        service = choose_service(read_services(conn, tables), wanted.service)
        kinds = [AttachmentKind(*kind) for kind in read_kinds(conn, tables)]
        wanted.require_spelled(kinds)
        counted = _Counted(is_wanted, ScopeFound(run=run, service=service))
        unattached = Decision[wanted.unattached.upper()]
        blobs = read_blobs(
            conn, tables, {kind: wanted.decide(kind) for kind in kinds}, unattached=unattached, service=service
        )
        write_parquet(path, counted.rows(blobs), DECIDED, _GROUP_ROWS)
        can_update = may_update(conn, tables)
        database = conn.info.dbname
    notes = tuple(
        Note(subject=key, text="no attachment of the preview is called so" + (f"; {meant} is" if meant else ""))
        for key, meant in wanted.unmatched(kinds).items()
    )
    file = KeyedFile(path)
    return OpenScope(
        wanted=wanted,
        found=counted.found,
        notes=notes,
        may_update=can_update,
        rule=BlobScope(file.find).rule,
        file=file,
        path=path,
        database=database,
    )


@dataclass(slots=True)
class _Counted:
    """Blobs on their way into the file, counted by what is decided."""

    is_wanted: Callable[[str], bool]
    found: ScopeFound

    def rows(self, blobs: Iterable[Blob]) -> Iterator[Decided]:
        kept = placeholders = dropped = 0
        for blob in blobs:
            if not self.is_wanted(blob.key):
                continue
            match blob.decision:
                case Decision.KEEP:
                    kept += 1
                    yield Decided(blob.key, None, is_row_stale=False, content=f"{blob.byte_size} {blob.checksum or ''}")
                case Decision.PLACEHOLDER:
                    placeholders += 1
                    yield Decided(blob.key, blob.content_type, is_row_stale=_is_stale(blob), content="")
                case _:
                    dropped += 1
        self.found = replace(self.found, kept=kept, placeholders=placeholders, dropped=dropped)


def _is_stale(blob: Blob) -> bool:
    file = placeholder_for(blob.content_type)
    return blob.byte_size != file.size or blob.checksum not in {None, file.checksum}


def scope_notes(opened: OpenScope, totals: Totals, target: Location, versioning: str) -> tuple[Note, ...]:
    """What a person has to know of a comparison within the scope."""
    notes = [*opened.notes]
    if totals.blobs_without_object:
        text = f"blobs that are kept and have no object in the source: {totals.blobs_without_object:,}"
        notes.append(Note(subject=opened.database, text=text))
    if totals.placeholders or totals.stale_rows:
        text = (
            "Active Storage compares size and checksum when it reads an object, so the rows of placeholders are written"
            " once the placeholders are there"
        )
        notes.append(Note(subject=opened.database, text=text))
    if versioning != "off" and (totals.placeholders or totals.deletes):
        text = (
            "keeps versions: what is deleted or replaced stays in it as an old version, for those who may read versions"
        )
        notes.append(Note(subject=str(target), text=text))
    return tuple(notes)


def require_updates(opened: OpenScope) -> None:
    """Raise TargetError where the rows of placeholders could not be written, Refused where they must not be, before
    anything is."""
    with _verified(opened.wanted) as (conn, _):
        guard_rows(opened.wanted.source, conn, parse_url(opened.wanted.database, Side.TARGET))
    if not opened.may_update:
        error = TargetError(
            f"{opened.database}: the permission to update byte_size and checksum of active_storage_blobs is missing",
            hint=_UPDATE_HINT,
        )
        error.aftermath = "nothing was written"
        raise error


def update_rows(opened: OpenScope, placed: Iterable[Change]) -> int:
    """Have the preview's rows say what the placeholders *placed* are; the number of rows changed. Raises TargetError,
    Refused."""
    with _verified(opened.wanted) as (conn, run):
        require_same_run(opened.database, opened.found.run, run)
        guard_rows(opened.wanted.source, conn, parse_url(opened.wanted.database, Side.TARGET))
        with server_errors(Side.TARGET, "size and checksum of placeholders were written", hint=_UPDATE_HINT):
            contents = (NewContent(change.key, change.size, checksum_of(change.source_etag)) for change in placed)
            return update_blobs(conn, find_blob_tables(conn), contents)


def require_same_run(database: str, planned: str, present: str) -> None:
    """Raise Refused if the preview has been filled anew since its decisions were read."""
    if planned != present:
        raise Refused(
            f"{database}: was filled by run {present}, and the plan goes by what run {planned} left",
            hint="make a new plan",
        )


_READ_HINT = (
    "the preview's user has to be allowed to read active_storage_blobs, active_storage_attachments and"
    " active_storage_variant_records"
)
_UPDATE_HINT = (
    "GRANT UPDATE (byte_size, checksum) ON active_storage_blobs TO the user of the URL; Active Storage compares them"
    " when it reads an object"
)


@contextlib.contextmanager
def _verified(wanted: ActiveStorageScope) -> Iterator[tuple[psycopg.Connection, str]]:
    """A session with a preview that passes the gate, and the run that filled it."""
    with connect(parse_url(wanted.database, Side.TARGET)) as conn:
        with server_errors(Side.TARGET, "its marker was read"):
            marker = read_marker(conn)
            problem = gate_problem(conn, marker, wanted.key)
        if marker is None or problem:
            raise Refused(
                f"{conn.info.dbname}: {problem}; only a masked and verified preview says which objects may be copied",
                hint="masker copy, or masker mask, makes it one; masker verify --gate looks",
            )
        yield conn, marker.run


@contextlib.contextmanager
def _snapshot(conn: psycopg.Connection) -> Iterator[None]:
    with conn.transaction():
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
