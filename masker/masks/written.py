"""Values that rules spell, held against the type that is to read them: what can be known of them before a server is
asked."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, DecimalException
from ipaddress import ip_interface, ip_network

from masker.catalog.types import ColumnType, TypeClass
from masker.masks.mask import Obstacle
from masker.masks.sql.numbers import bounds

_INTEGER_BITS = {"int2": 16, "int4": 32, "int8": 64}
_BOOLEANS = frozenset({"true", "false", "t", "f", "yes", "no", "y", "n", "on", "off", "1", "0"})

#: Characters of a value that a message shows.
_SHOWN = 40


def _matching(pattern: str) -> Callable[[str], object]:
    compiled = re.compile(pattern, re.DOTALL)

    def read(text: str) -> object:
        if compiled.fullmatch(text.strip()) is None:
            raise ValueError
        return text

    return read


def _time(text: str) -> object:
    return text if text.startswith("24:00") else time.fromisoformat(text)


#: What reads a value as the type would, stricter where the server's reading depends on its settings; each raises
#: ValueError.
_READERS: Mapping[TypeClass, tuple[Callable[[str], object], str]] = {
    TypeClass.NUMBER: (Decimal, "a number"),
    TypeClass.UUID: (uuid.UUID, "a uuid"),
    TypeClass.JSON: (json.loads, "a JSON document"),
    TypeClass.JSONB: (json.loads, "a JSON document"),
    TypeClass.DATE: (date.fromisoformat, "a date such as 2000-01-31"),
    TypeClass.TIMESTAMP: (datetime.fromisoformat, "a time such as 2000-01-31 12:00:00"),
    TypeClass.TIME: (_time, "a time of day such as 12:00:00"),
    TypeClass.INTERVAL: (_matching(r".*[0-9].*|[+-]?infinity"), "an interval such as 3 days"),
    TypeClass.INET: (ip_interface, "an address"),
    TypeClass.CIDR: (ip_network, "a network such as 192.0.2.0/24"),
    TypeClass.BITS: (_matching(r"[bB]?[01]*|[xX][0-9a-fA-F]*"), "bits such as 101"),
    TypeClass.BYTEA: (
        _matching(r"\\x([0-9a-fA-F]{2}|\s)*|([^\\]|\\\\|\\[0-3][0-7]{2})*"),
        r"bytes such as \x00ff, a backslash written twice",
    ),
    TypeClass.RANGE: (_matching(r"(?i:empty)|[\[(].*,.*[\])]|\{.*\}"), "a range such as [1,10)"),
}

#: The same of types by their names.
_BY_NAME: Mapping[str, tuple[Callable[[str], object], str]] = {
    "macaddr": (_matching(r"([0-9a-fA-F]{2}[:.-]?){6}"), "a MAC address of six bytes"),
    "macaddr8": (_matching(r"([0-9a-fA-F]{2}[:.-]?){6}(([0-9a-fA-F]{2}[:.-]?){2})?"), "a MAC address of eight bytes"),
}


def unreadable(text: str, kind: ColumnType) -> Obstacle | None:
    """Why *kind* cannot hold *text*, in words that go on from a subject."""
    if kind.kind is TypeClass.ENUM and text not in kind.labels:
        return Obstacle(f"is no label of {kind.sql}", f"there are {', '.join(kind.labels)}")
    if kind.length is not None and len(text) > kind.length:
        return Obstacle(f"has {len(text)} characters, {kind.sql} holds {kind.length}", "write a shorter one")
    if expected := _expected(text, kind):
        return Obstacle(f"cannot be read as {kind.sql}, expected {expected}", "write one that it reads, or use null")
    return _too_large(text, kind) if kind.kind is TypeClass.NUMBER else None


def first_unreadable(subject: str, texts: tuple[str, ...], kind: ColumnType) -> Obstacle | None:
    """The first of *texts*, each an entry of the rule's own *subject*, that *kind* cannot hold."""
    for at, text in enumerate(texts, start=1):
        if found := unreadable(text, kind):
            return Obstacle(f"{subject} no. {at}, {shown(text)}, {found.found}", found.instead)
    return None


def shown(text: str) -> str:
    """*text* as a message has it."""
    return json.dumps(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…", ensure_ascii=False)


def _expected(text: str, kind: ColumnType) -> str | None:
    """What a type would have read, if it cannot read *text*."""
    if kind.kind is TypeClass.BOOLEAN:
        return None if text.strip().lower() in _BOOLEANS else "true or false"
    if kind.kind is TypeClass.INTEGER:
        limit = 1 << (_INTEGER_BITS.get(kind.name, 64) - 1)
        is_integer = text.strip().removeprefix("-").isdecimal() and text.isascii()
        return None if is_integer and -limit <= int(text) < limit else f"an integer from {-limit} to {limit - 1}"
    reader = _BY_NAME.get(kind.name) if kind.kind is TypeClass.OTHER else _READERS.get(kind.kind)
    if reader is None or (kind.kind in {TypeClass.DATE, TypeClass.TIMESTAMP} and text in {"infinity", "-infinity"}):
        return None
    read, expected = reader
    try:
        read(text)
    except (ValueError, DecimalException):
        return expected
    return None


def _too_large(text: str, kind: ColumnType) -> Obstacle | None:
    value, held = Decimal(text), bounds(kind)
    if held.low is None or held.high is None or not value.is_finite():
        return None
    rounded = value.quantize(held.unit) if held.unit is not None and abs(value) <= held.high + 1 else value
    if held.low <= rounded <= held.high:
        return None
    return Obstacle(f"is too large for {kind.sql}", f"it holds {held.low:f} to {held.high:f}")
