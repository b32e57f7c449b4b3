"""The documents of S3, scanned and written without a parser: a page of a thousand keys costs milliseconds instead of eighty. Pure.

What does not look as S3 says raises StorageFault: half a document must not pass for a whole one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import unquote_plus
from xml.sax.saxutils import escape

from masker.s3.errors import StorageFault
from masker.s3.objects import Acl, Entry, Page
from masker.s3.requests import Deleted

#: One object, its fields in the order in which S3 and its like write them.
_OBJECT = re.compile(
    r"<Contents>\s*<Key>([^<]*)</Key>\s*<LastModified>[^<]*</LastModified>\s*<ETag>([^<]*)</ETag>"
    r"(?:\s*<Checksum(?:Algorithm|Type)>[^<]*</Checksum(?:Algorithm|Type)>)*\s*<Size>(\d+)</Size>"
    r"(?:\s*<Owner>(?:\s*<(?:ID|DisplayName)>[^<]*</(?:ID|DisplayName)>)*\s*</Owner>)?\s*<StorageClass>([^<]*)</StorageClass>\s*</Contents>"
)

#: One object in any order.
_ANY_OBJECT = re.compile(r"<Contents>(.*?)</Contents>", re.DOTALL)
_GRANT = re.compile(rb"<Grant>(.*?)</Grant>", re.DOTALL)
_DELETED = re.compile(r"<(Deleted|Error)>(.*?)</\1>", re.DOTALL)
_EVERYBODY = b"http://acs.amazonaws.com/groups/global/AllUsers</URI>"
_READERS = (b"<Permission>READ</Permission>", b"<Permission>FULL_CONTROL</Permission>")


def read_page(body: bytes, prefix: str) -> Page:
    """A page of ListObjectsV2, *prefix* cut off its keys."""
    text = _whole(body, "ListBucketResult")
    head = text[: text.find("<Contents>")] + text[text.rfind("</Contents>") :] if "<Contents>" in text else text
    is_truncated = _field(head, "IsTruncated")
    found = _OBJECT.findall(text)
    count = text.count("<Contents>")
    if len(found) != count:
        found = [
            (_must(part, "Key"), _must(part, "ETag"), _must(part, "Size"), _field(part, "StorageClass") or "STANDARD") for part in _ANY_OBJECT.findall(text)
        ]
    if is_truncated is None or len(found) != count or int(_field(head, "KeyCount") or count) != count:
        raise StorageFault.unreadable("a page of the listing is cut short")
    is_encoded = _field(head, "EncodingType") == "url"
    cut = len(prefix)
    entries = [
        Entry(_key(key, is_encoded=is_encoded)[cut:], int(size), etag.replace("&quot;", "").strip('"'), storage_class)
        for key, etag, size, storage_class in found
    ]
    return Page(entries, is_truncated != "true")


def read_acl(body: bytes) -> Acl:
    """The class of the grants in an answer to GetObjectAcl."""
    _whole(body, "AccessControlPolicy")
    for grant in _GRANT.findall(body):
        if _EVERYBODY in grant and any(permission in grant for permission in _READERS):
            return "public-read"
    return "private"


def read_copy(body: bytes) -> str:
    """The ETag of a copy. Raises the StorageFault that an answer which began well ended with."""
    text = body.decode("utf-8", "replace")
    if "<Error>" in text:
        raise read_error(0, body)
    return _must(_whole(body, "CopyObjectResult"), "ETag").replace("&quot;", "").replace("&#34;", "").strip('"')


def read_deleted(body: bytes) -> Deleted:
    """What became of a batch."""
    text = body.decode("utf-8", "replace")
    if "<Error>" in text and "<DeleteResult" not in text:
        raise read_error(0, body)
    if "<DeleteResult/>" not in text.replace(" ", ""):
        _whole(body, "DeleteResult")
    markers, failed = [], []
    for kind, part in _DELETED.findall(text):
        key = unescape(_must(part, "Key"))
        if kind == "Error":
            failed.append((key, _field(part, "Code") or ""))
        elif version := _field(part, "DeleteMarkerVersionId"):
            markers.append((key, version))
    return Deleted(tuple(markers), tuple(failed))


def read_error(status: int, body: bytes) -> StorageFault:
    """The error an answer holds; one without a document is known by its status alone."""
    text = body.decode("utf-8", "replace")
    return StorageFault.from_answer(status, {"Code": _field(text, "Code"), "Message": unescape(_field(text, "Message") or "")})


def write_delete(objects: Iterable[tuple[str, str | None]], *, is_quiet: bool) -> bytes:
    """The body of DeleteObjects."""
    parts = [
        f"<Object><Key>{escape(key, _CONTROLS)}</Key>{f'<VersionId>{escape(version)}</VersionId>' if version else ''}</Object>"
        for key, version in objects
    ]
    quiet = "true" if is_quiet else "false"
    return f'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>{quiet}</Quiet>{"".join(parts)}</Delete>'.encode()


#: Line ends would be read as others.
_CONTROLS = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def _whole(body: bytes, root: str) -> str:
    """*body* as text, if it is a document of *root* to its end."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise StorageFault.unreadable("the answer is not UTF-8") from None
    if not text.rstrip().endswith(f"</{root}>"):
        raise StorageFault.unreadable("the answer is not a whole document")
    return text


def _field(text: str, name: str) -> str | None:
    start = text.find(f"<{name}>")
    if start < 0:
        return None
    start += len(name) + 2
    end = text.find("</", start)
    return text[start:end] if end >= 0 else None


def _must(text: str, name: str) -> str:
    value = _field(text, name)
    if value is None:
        raise StorageFault.unreadable(f"the answer has no {name}")
    return value


def _key(text: str, *, is_encoded: bool) -> str:
    if "&" in text:
        text = unescape(text)
    if is_encoded and ("%" in text or "+" in text):
        return unquote_plus(text)
    return text
