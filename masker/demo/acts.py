"""The demo's play without its words: a production that is filled, a preview that is restored, proofs of its buckets."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import psycopg

from masker.buckets.attachments.placeholders import placeholder_for
from masker.buckets.objects import Location
from masker.buckets.run import SyncResult, sync
from masker.demo.production import fill
from masker.demo.stage import EMPTY_BUCKET, PREVIEW_BUCKET, PRODUCTION_BUCKET, Stage, storage_of
from masker.demo.storage import Upload
from masker.errors import MaskerError, Refused
from masker.postgres.connect import parse_url
from masker.sides import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What production holds: rows, tables that hold rows, bytes on disk."""

    rows: int
    tables: int
    bytes: int


def fill_production(stage: Stage, users: int, progress: Callable[[str], None]) -> Filled:
    """The bookshop as of today."""
    rows = fill(stage.source, users=users, as_of=datetime.now(UTC).date(), progress=progress)
    with psycopg.connect(stage.source) as conn:
        found = conn.execute(
            "SELECT count(*), pg_database_size(current_database()) FROM pg_class WHERE relkind = 'r' AND relnamespace ="
            " 'public'::regnamespace"
        ).fetchone()
    tables, size = found or (0, 0)
    return Filled(rows=rows, tables=tables, bytes=size)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledBuckets:
    """What production's bucket holds, and how much of it preview's has from an earlier day, stale and edited objects
    besides."""

    objects: int
    public: int
    bytes: int
    in_preview: int


def fill_buckets(stage: Stage) -> FilledBuckets:
    """Every file of the database as an object: avatars for everybody, receipts for nobody. Preview's bucket is some
    weeks behind."""
    with psycopg.connect(stage.source) as conn:
        blobs = conn.execute("SELECT key, byte_size, content_type FROM active_storage_blobs ORDER BY id").fetchall()
    files = [
        Upload(
            key=key,
            body=(key * (1 + size // len(key)))[:size].encode(),
            content_type=kind,
            is_public=kind == "image/jpeg",
        )
        for key, size, kind in blobs
    ]
    storage = storage_of(stage)
    storage.put(PRODUCTION_BUCKET, files)
    earlier = files[: len(files) * 2 // 3]
    edited = replace(earlier[0], body=b"edited in preview")
    stale = [replace(file, key=file.key[::-1]) for file in earlier[1:4]]
    storage.put(PREVIEW_BUCKET, [edited, *earlier[1:], *stale])
    return FilledBuckets(
        objects=len(files),
        public=sum(f.is_public for f in files),
        bytes=sum(len(f.body) for f in files),
        in_preview=len(earlier) + len(stale),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketProofs:
    """What preview's bucket answers to somebody without credentials, what a second sync did, and why one from an empty
    bucket was refused.

    *is_placeholder* says whether a receipt is there by its form alone, and as the preview's row has it.
    """

    private_status: int
    public_status: int
    is_placeholder: bool
    again: SyncResult
    refusal: Refused | None

    @property
    def are_good(self) -> bool:
        done = self.again.pairs[0].done
        return (
            (self.private_status, self.public_status, done.copied, done.deleted) == (403, 200, 0, 0)
            and self.is_placeholder
            and self.refusal is not None
        )


def prove_buckets(stage: Stage) -> BucketProofs:
    """Ask for an avatar and a receipt, sync once more, and try to sync from the wrong bucket, an empty one."""
    with psycopg.connect(stage.source) as conn:
        found = conn.execute(
            "SELECT min(key) FILTER (WHERE content_type = 'application/pdf'), min(key) FILTER (WHERE content_type ="
            " 'image/jpeg') FROM active_storage_blobs"
        ).fetchone()
    private, public = found or ("", "")
    with psycopg.connect(stage.target) as conn:
        row = conn.execute(
            "SELECT byte_size, content_type FROM active_storage_blobs WHERE key = %s", [private]
        ).fetchone()
    storage, settings = storage_of(stage), stage.bucket_settings
    body = storage.content(PREVIEW_BUCKET, private)
    again = sync(settings, lambda _: None)
    wrong = replace(settings, pairs=(replace(settings.pairs[0], source=Location(EMPTY_BUCKET), scope=None),))
    refusal: Refused | None = None
    try:
        sync(wrong, lambda _: None)
    except Refused as refused:
        refusal = refused
    return BucketProofs(
        private_status=storage.anonymous_status(PREVIEW_BUCKET, private),
        public_status=storage.anonymous_status(PREVIEW_BUCKET, public),
        is_placeholder=row is not None and row[0] == len(body) and body == placeholder_for(row[1]).body,
        again=again,
        refusal=refusal,
    )


def restore_production(stage: Stage) -> None:
    """Fill preview as ``heroku pg:copy`` does, by pg_dump into pg_restore: unmasked. Raises MaskerError if either
    fails."""
    source, target = parse_url(stage.source, Side.SOURCE), parse_url(stage.target, Side.TARGET)
    reading, reading_secrets = source.public_conninfo
    writing, writing_secrets = target.public_conninfo
    dump = [
        str(stage.production.bin_dir / "pg_dump"),
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--dbname",
        reading,
    ]
    restore = [
        str(stage.preview.bin_dir / "pg_restore"),
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        "--dbname",
        writing,
    ]
    with subprocess.Popen(dump, stdout=subprocess.PIPE, env={**os.environ, **reading_secrets}) as dumping:
        restored = subprocess.run(restore, stdin=dumping.stdout, env={**os.environ, **writing_secrets})
    if dumping.returncode or restored.returncode:
        raise MaskerError("the demo: pg_dump into pg_restore failed, see above")
