"""Values of every type in the text form that COPY reads, from a generator of random numbers and the row's number.

A *marker* is a short string that has to occur in the value: a canary where there is one, else the row's number where
values must differ, else random digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from masker.catalog.types import Column, ColumnType, TypeClass

#: Characters of a canary; its first four are always CANARY_PREFIX, the rest are hexadecimal digits.
CANARY_LENGTH = 16
CANARY_PREFIX = "ca9a"

_WORDS = (
    "release", "the", "candidate", "runs", "on", "copy", "of", "production", "slow", "queries", "are", "found",
    "before", "users", "find", "them", "新しい", "機能", "の", "確認", "を", "して", "から", "公開", "します", "東京",
    "大阪", "recipe", "autumn", "window", "paper", "river", "stone", "lamp",
)  # fmt: skip
_EPOCH = datetime(2015, 1, 1)  # noqa: DTZ001 - rendered as text, both with and without a zone
_INTEGER_LIMITS = {"int2": 2**15, "int4": 2**31, "int8": 2**63}
_OTHER: dict[str, Callable[[str, int], str]] = {
    "hstore": lambda marker, _: f'"note"=>"{marker}"',
    "xml": lambda marker, _: f"<note>{marker}</note>",
    "tsvector": lambda marker, _: f"'{marker}':1 'lamp':2",
    "tsquery": lambda marker, _: f"'{marker}'",
    "ltree": lambda marker, _: f"top.n{marker}",
    "macaddr": lambda _, row: "08:00:" + ":".join(f"{row >> shift & 255:02x}" for shift in (24, 16, 8, 0)),
    "macaddr8": lambda _, row: "08:00:2b:01:" + ":".join(f"{row >> shift & 255:02x}" for shift in (24, 16, 8, 0)),
    "point": lambda _, row: f"({row % 180},{row % 89})",
    "box": lambda _, row: f"({row + 1},1),({row},0)",
    "lseg": lambda _, row: f"[({row},0),({row},1)]",
    "line": lambda _, row: f"{{1,1,{row}}}",
    "circle": lambda _, row: f"<({row},0),1>",
    "path": lambda _, row: f"[({row},0),(0,1)]",
    "polygon": lambda _, row: f"(({row},0),(0,1),(1,1))",
    "oid": lambda _, row: str(row + 1),
    "pg_lsn": lambda _, row: f"0/{row:X}",
    "geometry": lambda _, row: f"SRID=4326;POINT({row % 180} {row % 89})",
    "geography": lambda _, row: f"SRID=4326;POINT({row % 180} {row % 89})",
}


class Unfillable(Exception):
    """A type or a constraint this filler has no values for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What one value is made from. *rows* is how many the table gets; *is_distinct* says that no two may be equal."""

    random: Random
    row: int
    rows: int
    is_distinct: bool = False
    canary: str | None = None

    @property
    def marker(self) -> str:
        """The canary, the row's number, or eight random digits."""
        return self.canary or (f"n{self.row}" if self.is_distinct else f"{self.random.getrandbits(32):08x}")

    @property
    def number(self) -> int:
        """The row's number where values must differ, else any below *rows*."""
        return self.row if self.is_distinct else self.random.randrange(self.rows)


def carries_canary(kind: ColumnType) -> bool:
    """Whether a value of the type can hold a canary so that it stands in the data files as it is."""
    match kind.kind:
        case TypeClass.TEXT:
            return kind.name != "name" and (kind.length is None or kind.length >= CANARY_LENGTH)
        case TypeClass.JSON | TypeClass.JSONB | TypeClass.BYTEA:
            return True
        case TypeClass.ARRAY:
            return kind.element is not None and carries_canary(kind.element)
        case TypeClass.COMPOSITE:
            return any(carries_canary(attribute) for attribute in kind.attributes)
        case _:
            return kind.name in {"hstore", "xml", "tsvector", "ltree"}


def capacity(kind: ColumnType) -> int | None:
    """How many different values :func:`value` can make of a type, None for as many as rows are asked for."""
    match kind.kind:
        case TypeClass.BOOLEAN:
            return 2
        case TypeClass.ENUM:
            return len(kind.labels)
        case TypeClass.INTEGER:
            return _INTEGER_LIMITS[kind.name] - 1
        case TypeClass.TEXT if kind.length is not None and kind.length < 8:
            return int(36 ** min(kind.length, 6))
        case TypeClass.NUMBER if (digits := _precision(kind)) is not None:
            return int(10 ** digits[0])
        case TypeClass.BITS:
            return int(2 ** min(_bits(kind), 62))
        case TypeClass.TIME:
            return 86_400
        case _:
            return None


def value(column: Column, draw: Draw) -> str:
    """One value for *column*. Raises Unfillable where its type is unknown here."""
    return _of_type(column.type, column.name, draw)


def _of_type(kind: ColumnType, name: str, draw: Draw) -> str:
    row, random, distinct = draw.row, draw.random, draw.is_distinct
    match kind.kind:
        case TypeClass.TEXT:
            return text(kind, name, draw)
        case TypeClass.INTEGER:
            if distinct:
                return str(row + 1)
            return str(1 + random.randrange(draw.rows)) if name.endswith("_id") else str(random.randrange(1000))
        case TypeClass.NUMBER:
            return _number(kind, draw)
        case TypeClass.BOOLEAN:
            return "true" if (row % 2 if distinct else random.random() < 0.5) else "false"
        case TypeClass.DATE:
            return str(date(1950, 1, 1) + timedelta(days=row if distinct else random.randrange(25_000)))
        case TypeClass.TIMESTAMP:
            return str(_EPOCH + timedelta(seconds=row if distinct else random.randrange(10 * 365 * 86_400)))
        case TypeClass.TIME:
            return str(timedelta(seconds=draw.number % 86_400))
        case TypeClass.INTERVAL:
            return f"{draw.number} seconds"
        case TypeClass.INET:
            return (
                f"10.{draw.number >> 16 & 255}.{draw.number >> 8 & 255}.{draw.number & 255}"
                if distinct
                else f"10.0.{random.randrange(256)}.{random.randrange(256)}"
            )
        case TypeClass.CIDR:
            return (
                f"2001:db8:{row >> 16:x}:{row & 0xFFFF:x}::/64"
                if distinct
                else f"10.{random.randrange(256)}.{random.randrange(256)}.0/24"
            )
        case TypeClass.JSON | TypeClass.JSONB:
            return (
                f'{{"note": "{draw.marker}", "count": {row}}}' if random.random() < 0.7 else f'["{draw.marker}", {row}]'
            )
        case TypeClass.BYTEA:
            return "\\x" + draw.marker.encode().hex()
        case TypeClass.UUID:
            return str(UUID(int=random.getrandbits(128), version=4))
        case TypeClass.ENUM:
            return kind.labels[row % len(kind.labels)] if distinct else random.choice(kind.labels)
        case TypeClass.ARRAY if kind.element is not None:
            return "{" + _quoted(_of_type(kind.element, name, draw)) + "}"
        case TypeClass.COMPOSITE:
            return "(" + ",".join(_quoted(_of_type(attribute, name, draw)) for attribute in kind.attributes) + ")"
        case TypeClass.RANGE:
            return _range(kind, draw)
        case TypeClass.BITS:
            return f"{draw.number % 2 ** min(_bits(kind), 62):b}".zfill(_bits(kind))
        case _ if kind.name in _OTHER:
            return _OTHER[kind.name](draw.marker, row)
        case _:
            raise Unfillable(f"type {kind.sql}: no values for it")


def text(kind: ColumnType, name: str, draw: Draw) -> str:
    """A text that looks like what *name* promises, the marker whole wherever the type's length lets it."""
    marker, limit = draw.marker, min(kind.length or 2000, 60 if kind.name == "name" else 2000)
    if "email" in name or "mail_address" in name:
        made = f"{marker}@mail.example.net"
    elif re.search(r"ur[il]|site|endpoint|^web$", name):
        made = f"https://site.example.net/{marker}"
    elif name.endswith("_ip") and draw.canary is None and not draw.is_distinct:
        made = f"10.{draw.random.randrange(256)}.{draw.random.randrange(256)}.{draw.random.randrange(256)}"
    elif re.search(r"token|secret|password|uuid|digest|_key$", name):
        made = f"{marker}{draw.random.getrandbits(96):024x}"
    elif "file_name" in name or name == "filename":
        made = f"{marker}.png"
    elif re.search(r"body|description|note|text|reason|handler|object|answer|synopsis|message", name):
        made = " ".join([marker, *draw.random.choices(_WORDS, k=draw.random.randrange(3, 30))])
    else:
        made = " ".join([marker, *draw.random.choices(_WORDS, k=draw.random.randrange(3))])
    if len(made) <= limit:
        return made
    return marker if len(marker) <= limit else _short(draw.number, limit)


def _short(number: int, length: int) -> str:
    """*number* in base 36, in at most *length* characters."""
    digits = ""
    while len(digits) < length:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        if number == 0:
            break
    return digits


def _number(kind: ColumnType, draw: Draw) -> str:
    precision = _precision(kind)
    if precision is None:
        return str(draw.row + 1) if draw.is_distinct else f"{draw.random.random() * 1000:.2f}"
    digits, scale = precision
    units = draw.number if draw.is_distinct else draw.random.randrange(10 ** min(digits, 6))
    return f"{units}e-{scale}" if scale else str(units)


def _precision(kind: ColumnType) -> tuple[int, int] | None:
    match = re.match(r"numeric\((\d+),(\d+)\)", kind.base)
    return (int(match[1]), int(match[2])) if match else None


def _bits(kind: ColumnType) -> int:
    match = re.search(r"\((\d+)\)", kind.base)
    return int(match[1]) if match else (1 if kind.name == "bit" else 32)


def _range(kind: ColumnType, draw: Draw) -> str:
    """A range that overlaps no other row's, which exclusion constraints ask for."""
    low = draw.row % draw.rows * 10
    high = low + 5
    match kind.name.removesuffix("range").removesuffix("multi"):
        case "date":
            made = f"[{date(1950, 1, 1) + timedelta(days=low)},{date(1950, 1, 1) + timedelta(days=high)})"
        case "ts" | "tstz":
            made = f'["{_EPOCH + timedelta(seconds=low)}","{_EPOCH + timedelta(seconds=high)}")'
        case "int4" | "int8" | "num":
            made = f"[{low},{high})"
        case _:
            raise Unfillable(f"type {kind.sql}: no values for it")
    return "{" + made + "}" if kind.name.endswith("multirange") else made


def _quoted(element: str) -> str:
    return '"' + element.replace("\\", "\\\\").replace('"', '\\"') + '"'
