"""Small files that stand in for what a preview must not hold: valid, of the original's content type, the same in every
run. Pure."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import md5

#: What may be sent as a header; a blob's content type came with an upload.
_CONTENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:\s*;[ -~]*)?\Z", re.ASCII)
_UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """The file for one content type. *etag* is its MD5 as S3 writes it, *checksum* the same as Active Storage does."""

    content_type: str
    body: bytes
    etag: str
    checksum: str

    @property
    def size(self) -> int:
        return len(self.body)


@lru_cache(maxsize=256)
def placeholder_for(content_type: str) -> Placeholder:
    """The placeholder for *content_type*, parameters and all; an empty file for a type of which none is built in.

    >>> placeholder_for("application/json; charset=utf-8").body
    b'{}\\n'
    """
    sent = content_type if _CONTENT_TYPE.match(content_type) else _UNKNOWN
    body = _BODIES.get(sent.partition(";")[0].strip().lower(), b"")
    etag = md5(body, usedforsecurity=False).hexdigest()
    return Placeholder(content_type=sent, body=body, etag=etag, checksum=checksum_of(etag))


def checksum_of(etag: str) -> str:
    """The base64 MD5 of which *etag* is the hexadecimal one."""
    return b64encode(bytes.fromhex(etag)).decode()


def _pdf() -> bytes:
    """One empty page, with a table of where its objects stand."""
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 72]>>",
    )
    body = "%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, 1):
        places.append(f"{len(body):010} 00000 n \n")
        body += f"{number} 0 obj{content}endobj\n"
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{''.join(places)}"
    return f"{body}{table}trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF\n".encode(
        "ascii"
    )


#: One grey pixel in each kind of image.
_JPEG = b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/"
    "wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABv/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8ATP/Z"
)
_BODIES = {
    "image/png": b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mM4AwAAzgDNee7qPQAAAABJRU5ErkJggg=="
    ),
    "image/jpeg": _JPEG,
    "image/jpg": _JPEG,
    "image/gif": b64decode("R0lGODdhAQABAIEAAMzMzAAAAAAAAAAAACwAAAAAAQABAAAIBAABBAQAOw=="),
    "image/webp": b64decode("UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAdQ5jKXuf+BiOh/AAA="),
    "image/svg+xml": (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><rect width="1" height="1" fill="#ccc"/></svg>\n'
    ),
    "application/pdf": _pdf(),
    "text/plain": b"placeholder\n",
    "text/csv": b"placeholder\n",
    "application/json": b"{}\n",
    "text/html": b"<!DOCTYPE html><title>placeholder</title>\n",
}
