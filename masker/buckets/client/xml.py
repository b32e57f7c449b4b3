"""The documents of S3, scanned and written without a parser: a page of a thousand keys costs milliseconds instead of
eighty. Pure.

What does not look as S3 says raises StorageFault: half a document must not pass for a whole one.
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import unquote_plus
from xml.sax.saxutils import escape

from masker.buckets.client.requests import Deleted
from masker.buckets.errors import StorageFault
from masker.buckets.objects import Acl, Entry, Page

_IN_XML = frozenset("\t\n\r")

#: One object, its fields in the order in which S3 and its like write them.
_OBJECT = re.compile(
    r"<Contents>\s*<Key>([^<]*)</Key>\s*<LastModified>[^<]*</LastModified>\s*<ETag>([^<]*)</ETag>"
    r"(?:\s*<Checksum(?:Algorithm|Type)>[^<]*</Checksum(?:Algorithm|Type)>)*\s*<Size>(\d+)</Size>"
    r"(?:\s*<Owner>(?:\s*<(?:ID|DisplayName)>[^<]*</(?:ID|DisplayName)>)*\s*</Owner>)?\s*<StorageClass>([^<]*)</StorageClass>\s*</Contents>"
)

#: An entry of its fields, made by C: its own constructor is a function of Python, called a million times.
_entry: Callable[[tuple[str, int, str, str]], Entry] = partial(tuple.__new__, Entry)

#: One object in any order.
_ANY_OBJECT = re.compile(r"<Contents>(.*?)</Contents>", re.DOTALL)
_GRANT = re.compile(r"<Grant>(.*?)</Grant>", re.DOTALL)
_DELETED = re.compile(r"<(Deleted|Error)>(.*?)</\1>", re.DOTALL)
#: A document whose names have a prefix for their namespace, as some libraries write it.
_PREFIXED = re.compile(r"\s*(?:<\?[^>]*>\s*)?<[A-Za-z_][\w.-]*:")
_REFERENCE = re.compile(r"&(?:#(\d+)|#x([0-9A-Fa-f]+)|(lt|gt|amp|quot|apos));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_NO_RESULT = re.compile(r"<DeleteResult(?:\s[^<>]*)?/>\s*\Z")
_EVERYBODY = "http://acs.amazonaws.com/groups/global/AllUsers</URI>"
_READERS = ("<Permission>READ</Permission>", "<Permission>FULL_CONTROL</Permission>")


def read_page(body: bytes, prefix: str) -> Page:
    """A page of ListObjectsV2, *prefix* cut off its keys."""
    rest, keys, etags, sizes, classes = _columns(_whole(body, "ListBucketResult"))
    is_truncated = _field(rest, "IsTruncated")
    if is_truncated is None or "<Contents" in rest or int(_field(rest, "KeyCount") or len(keys)) != len(keys):
        raise StorageFault.unreadable("a page of the listing is cut short")
    names = below(_decoded(keys, is_encoded=_field(rest, "EncodingType") == "url"), prefix)
    rows = zip(names, map(int, sizes), _unquoted(etags), map(sys.intern, classes), strict=True)
    goes_on = is_truncated == "true" or bool(keys and _field(rest, "NextContinuationToken"))
    return Page(list(map(_entry, rows)), not goes_on)


def _columns(text: str) -> tuple[str, list[str], list[str], list[str], list[str]]:
    """What stands around the objects of a page, and of the objects keys, ETags, sizes and storage classes, as they are
    written."""
    parts = _OBJECT.split(text)
    rest = "".join(parts[::5])
    if "<Contents>" not in rest:
        return rest, parts[1::5], parts[2::5], parts[3::5], parts[4::5]
    parts = _ANY_OBJECT.split(text)
    objects = parts[1::2]
    keys, etags, sizes = ([_must(part, name) for part in objects] for name in ("Key", "ETag", "Size"))
    return "".join(parts[::2]), keys, etags, sizes, [_field(part, "StorageClass") or "STANDARD" for part in objects]


def _decoded(keys: list[str], *, is_encoded: bool) -> list[str]:
    together = "".join(keys)
    if "&" in together or (is_encoded and ("%" in together or "+" in together)):
        return [_key(key, is_encoded=is_encoded) for key in keys]
    return keys


def below(keys: list[str], prefix: str) -> list[str]:
    """*keys* without the *prefix* that was asked for. Raises StorageFault where one has another: cut alike, it would be
    the name of something else."""
    if not prefix:
        return keys
    if not all(key.startswith(prefix) for key in keys):
        raise StorageFault("Astray", "it lists keys of another prefix than was asked for")
    cut = len(prefix)
    return [key[cut:] for key in keys]


def bare_etag(etag: str) -> str:
    """*etag* without its quotes. Raises StorageFault where nothing is left: what was written cannot be told from
    anything else then."""
    bare = etag.strip().strip('"')
    if not bare:
        raise StorageFault.unreadable("the answer has no ETag")
    return bare


def _unquoted(etags: list[str]) -> list[str]:
    """*etags* without quotes, all at once; none holds the separator, which begins a tag."""
    return "<".join(etags).replace("&quot;", "").replace("&#34;", "").replace('"', "").split("<") if etags else []


def read_acl(body: bytes) -> Acl:
    """The class of the grants in an answer to GetObjectAcl."""
    for grant in _GRANT.findall(_whole(body, "AccessControlPolicy")):
        if _EVERYBODY in grant and any(permission in grant for permission in _READERS):
            return "public-read"
    return "private"


def read_copy(body: bytes) -> str:
    """The ETag of a copy. Raises the StorageFault that an answer which began well ended with."""
    text = _as_amazon(body.decode("utf-8", "replace"))
    if "<Error>" in text:
        raise read_error(0, body)
    return bare_etag(_must(_whole(body, "CopyObjectResult"), "ETag").replace("&quot;", '"').replace("&#34;", '"'))


def read_deleted(body: bytes) -> Deleted:
    """What became of a batch."""
    text = _as_amazon(body.decode("utf-8", "replace"))
    if "<Error>" in text and "<DeleteResult" not in text:
        raise read_error(0, body)
    if not body.strip() or _NO_RESULT.search(text):
        return Deleted()
    if not text.rstrip().endswith("</DeleteResult>"):
        raise StorageFault.unreadable("the answer is not a whole document")
    gone, failed = [], []
    for kind, part in _DELETED.findall(text):
        key = unescape(_must(part, "Key"))
        if kind == "Error":
            failed.append((key, _field(part, "Code") or ""))
        else:
            gone.append(key)
    return Deleted(frozenset(gone), tuple(failed))


def read_error(status: int, body: bytes, region: str | None = None) -> StorageFault:
    """The error an answer holds; one without a document is known by its status alone. *region* is what its headers say
    of the bucket."""
    text = body.decode("utf-8", "replace")
    if _PREFIXED.match(text):
        text = re.sub(r"<(/?)[A-Za-z_][\w.-]*:", r"<\1", text)  # which need not be whole
    fields = {
        name: unescape(value)
        for name in ("Code", "Message", "Region", "Endpoint", "RequestTime", "ServerTime")
        if (value := _field(text, name)) is not None
    }
    return StorageFault.from_answer(status, {"Region": region, **fields})


def write_delete(objects: Iterable[tuple[str, str | None]]) -> bytes:
    """The body of DeleteObjects. It asks for a word on every key: silence would mean success and nothing at all
    alike."""
    parts = [
        f"<Object><Key>{escape(key, _CONTROLS)}</Key>"
        f"{f'<VersionId>{escape(version)}</VersionId>' if version else ''}</Object>"
        for key, version in objects
    ]
    return f'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>false</Quiet>{"".join(parts)}</Delete>'.encode()


#: Line ends would be read as others.
_CONTROLS = {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def _whole(body: bytes, root: str) -> str:
    """*body* as text, if it is a document of *root* to its end."""
    try:
        text = _as_amazon(body.decode())
    except UnicodeDecodeError:
        raise StorageFault.unreadable("the answer is not UTF-8") from None
    if not text.rstrip().endswith(f"</{root}>"):
        raise StorageFault.unreadable("the answer is not a whole document")
    return text


def _as_amazon(text: str) -> str:
    """*text* with names and contents written as Amazon writes them, whatever else XML allows."""
    if "<!" not in text and not _PREFIXED.match(text):
        return text
    if "<!doctype" in text.lower():
        raise StorageFault.unreadable("the answer is a page for people, or of another service")
    try:
        root = ET.fromstring(text)  # noqa: S314 - without entities of its own
    except ET.ParseError:
        raise StorageFault.unreadable("the answer is not a whole document") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.attrib.clear()
    return ET.tostring(root, encoding="unicode")


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


def unescape(text: str) -> str:
    """*text* of a document with what its references stand for."""
    return _REFERENCE.sub(_meant, text) if "&" in text else text


def _meant(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name:
        return _NAMED[name]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code <= sys.maxunicode else found[0]


def _key(text: str, *, is_encoded: bool) -> str:
    text = unescape(text)
    return decoded(text) if is_encoded else text


def decoded(key: str) -> str:
    """A *key* that came as of a URL. Raises StorageFault where it is no text: no request could name the object."""
    if "%" not in key and "+" not in key:
        return key
    try:
        return unquote_plus(key, errors="strict")
    except UnicodeDecodeError:
        raise StorageFault("Nameless", f"it lists a key that is not UTF-8, {key}") from None


def fits_xml(key: str) -> bool:
    """Whether *key* may stand in a document of XML 1.0."""
    return key.isprintable() or all(c in _IN_XML or (c >= " " and c not in "\ufffe\uffff") for c in key)
