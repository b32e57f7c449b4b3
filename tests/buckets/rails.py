"""A masked preview of a Rails application with Active Storage: its tables, and files attached the way Rails does."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import psycopg

from masker.postgres.marker import write_marker
from masker.verify.gate import sealed
from tests.servers import Server

_BLOBS = """
CREATE TABLE active_storage_blobs (
  id bigserial PRIMARY KEY, key varchar NOT NULL UNIQUE, filename varchar NOT NULL, content_type varchar, metadata text,
  service_name varchar NOT NULL, byte_size bigint NOT NULL, checksum varchar,
  created_at timestamp NOT NULL DEFAULT now());
CREATE TABLE active_storage_attachments (
  id bigserial PRIMARY KEY, name varchar NOT NULL, record_type varchar NOT NULL, record_id {record_id} NOT NULL,
  blob_id bigint NOT NULL REFERENCES active_storage_blobs, created_at timestamp NOT NULL DEFAULT now(),
  UNIQUE (record_type, record_id, name, blob_id));
CREATE TABLE active_storage_variant_records (
  id bigserial PRIMARY KEY, blob_id bigint NOT NULL REFERENCES active_storage_blobs, variation_digest varchar NOT NULL,
  UNIQUE (blob_id, variation_digest));
"""

RUN = "k3v9x0ab"


def md5_base64(body: bytes) -> str:
    return b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


class Preview:
    """A database as a run of masker leaves it, and the session that fills it."""

    def __init__(self, server: Server, *, record_id: str = "bigint", is_verified: bool = True) -> None:
        self.server = server
        self.url = server.create_database()
        self.conn: psycopg.Connection = server.connect(self.url)
        self.conn.execute(_BLOBS.replace("{record_id}", record_id).encode())
        self._records = 0
        if is_verified:
            self.verify()

    def verify(self, run: str = RUN) -> None:
        """Say that *run* has masked and verified it."""
        write_marker(self.conn, "verified", sealed(self.conn, {"run": run}, "verified", None))

    def blob(
        self, key: str, body: bytes = b"x", content_type: str | None = "image/png", *, service: str = "amazon"
    ) -> int:
        """The id of a new blob, attached to nothing."""
        row = self.conn.execute(
            "INSERT INTO active_storage_blobs (key, filename, content_type, service_name, byte_size, checksum) VALUES"
            " (%s, 'file', %s, %s, %s, %s) RETURNING id",
            [key, content_type, service, len(body), md5_base64(body)],
        ).fetchone()
        assert row
        return int(row[0])

    def attach(self, blob: int, kind: str, record: int | None = None) -> None:
        """Attach *blob* as ``Class#name`` says, to a record of its own unless one is named."""
        self._records += 1
        record_type, _, name = kind.rpartition("#")
        self.conn.execute(
            "INSERT INTO active_storage_attachments (record_type, name, record_id, blob_id) VALUES (%s, %s, %s, %s)",
            [record_type, name, str(record or self._records), blob],
        )

    def variant(self, original: int, blob: int) -> None:
        """Let *blob* be a variant of *original*."""
        row = self.conn.execute(
            "INSERT INTO active_storage_variant_records (blob_id, variation_digest) VALUES (%s, %s) RETURNING id",
            [original, f"digest {blob}"],
        ).fetchone()
        assert row
        self.attach(blob, "ActiveStorage::VariantRecord#image", row[0])

    def preview_image(self, original: int, blob: int) -> None:
        """Let *blob* be the preview of *original*, as a video or a PDF has one."""
        self.attach(blob, "ActiveStorage::Blob#preview_image", original)

    def content(self, key: str) -> tuple[int, str | None]:
        """What the row of a blob says of its object: size and checksum."""
        row = self.conn.execute("SELECT byte_size, checksum FROM active_storage_blobs WHERE key = %s", [key]).fetchone()
        assert row
        return row[0], row[1]
