"""The witness of types: what values a column can have at all, by its type, length, default and checks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from masker.catalog.types import Column, ColumnType, Table, TypeClass
from masker.kinds.kind import Kind
from masker.kinds.saying import Saying
from masker.kinds.words import listed

_WITNESS = "type"

#: Kinds that a number can be; what a name says of others it cannot mean of one.
NUMBERS = frozenset(
    {Kind.AUTHORITY, Kind.PHONE, Kind.CARD, Kind.BANK_ACCOUNT, Kind.IBAN, Kind.BIRTH, Kind.TRAIT, Kind.INCOME, Kind.GEO,
     Kind.POSTAL_CODE, Kind.PLACE_CODE}
)  # fmt: skip
DOCUMENTS = frozenset({TypeClass.JSON, TypeClass.JSONB})

_PLACES = listed(
    """
    geometry geography point polygon box circle line path lseg
    """
)

#: A check that lists what a text may be: ``status IN ('a', 'b')`` as the server writes it.
_LISTED = re.compile(r"= ANY \(\(?ARRAY\[|\bIN \('")
_WORD_DEFAULT = re.compile(r"'([a-z][a-z_]{2,30})'(?:::.*)?\Z")


def whole(kind: ColumnType) -> ColumnType:
    """The type of an array's elements, at any depth, or *kind* itself."""
    while kind.kind is TypeClass.ARRAY and kind.element is not None:
        kind = kind.element
    return kind


def said_by_type(column: Column, table: Table) -> Iterator[Saying]:
    """What the type of *column*, its default and the checks of *table* say."""
    of = whole(column.type)
    found: tuple[Kind, float, str] | None = None
    match of.kind:
        case TypeClass.BOOLEAN:
            found = Kind.FLAG, 1.0, "true or false"
        case TypeClass.INET | TypeClass.CIDR:
            found = Kind.IP, 0.85, f"it is {of.name}"
        case TypeClass.DATE | TypeClass.TIMESTAMP | TypeClass.TIME | TypeClass.INTERVAL:
            found = Kind.DATE, 0.6, f"it is {of.name}"
        case TypeClass.UUID:
            found = Kind.REFERENCE, 0.7, "it is uuid"
        case TypeClass.ENUM:
            found = Kind.CODE, 0.7, "it is an enum"
        case TypeClass.INTEGER if column.type.kind is TypeClass.ARRAY:
            found = Kind.LIST, 0.45, "it is a list of numbers, which may be codes"
        case TypeClass.INTEGER if table.primary_key == (column.name,):
            found = Kind.REFERENCE, 0.95, "the row's key"
        case TypeClass.INTEGER:
            found = Kind.COUNTER, 0.5, f"it is {of.name}"
        case TypeClass.NUMBER:
            found = Kind.AMOUNT, 0.5, f"it is {of.name}"
        case TypeClass.BITS:
            found = Kind.FLAG_LIST, 0.6, "it is bits"
        case TypeClass.JSON | TypeClass.JSONB:
            found = Kind.DOCUMENT, 0.55, f"it is {of.name}, which may hold anything"
        case TypeClass.BYTEA:
            found = Kind.BINARY, 0.5, "it is bytea, which may hold anything"
        case TypeClass.RANGE if not of.attributes:
            found = Kind.OTHER, 0.5, f"it is {of.name}"
        case TypeClass.RANGE:
            found = Kind.AMOUNT, 0.6, f"it is {of.name}"
        case TypeClass.OTHER | TypeClass.COMPOSITE:
            found = _other(of)
        case TypeClass.TEXT if _is_listed(column, table):
            found = Kind.CODE, 0.92, "a check lists what it may be"
        case TypeClass.TEXT if of.length is not None and of.length <= 2:
            found = Kind.CODE, 0.7, f"it has {of.length} characters"
        case TypeClass.TEXT if (default := _WORD_DEFAULT.match(column.default or "")) is not None:
            found = Kind.CODE, 0.75, f"its default is a word, {default[1]}"
        case TypeClass.TEXT if column.type.kind is TypeClass.ARRAY:
            found = Kind.LIST, 0.45, "it is a list, which may hold anything"
        case TypeClass.TEXT if of.name == "text":
            found = Kind.FREE_TEXT, 0.5, "it is text of any length"
        case TypeClass.TEXT:
            found = Kind.CODE, 0.4, "its name says nothing personal"
    if found is not None:
        yield Saying(_WITNESS, *found)


def _other(of: ColumnType) -> tuple[Kind, float, str]:
    if of.name in _PLACES:
        return Kind.GEO, 0.75, f"it is {of.name}"
    if of.name in {"macaddr", "macaddr8"}:
        return Kind.MAC, 0.9, f"it is {of.name}"
    if of.name == "tsvector":
        return Kind.SEARCH, 0.9, "it is tsvector"
    if of.name in {"ltree", "oid", "regclass", "xid", "pg_lsn", "tid"}:
        return Kind.CODE, 0.8, f"it is {of.name}"
    if of.name == "vector":
        return Kind.SEARCH, 0.6, "it is a vector made of something"
    if of.name in {"hstore", "xml"}:
        return Kind.DOCUMENT, 0.5, f"it is {of.name}, which may hold anything"
    return Kind.OTHER, 0.5, f"it is {of.name}, which may hold anything"


def _is_listed(column: Column, table: Table) -> bool:
    return any(check.columns == (column.name,) and _LISTED.search(check.expression) for check in table.checks)


def fits(kind: Kind, column: Column) -> bool:
    """Whether values of *kind* can be in *column* at all."""
    of = whole(column.type)
    match of.kind:
        case TypeClass.TEXT:
            return kind not in {Kind.FLAG, Kind.DATE, Kind.COUNTER, Kind.AMOUNT}
        case TypeClass.INTEGER if column.type.kind is TypeClass.ARRAY:
            return kind in NUMBERS or kind in {Kind.SECRET, Kind.TOKEN, Kind.LIST} or not kind.is_personal
        case TypeClass.INTEGER | TypeClass.NUMBER:
            if of.name == "int2":
                return kind in {Kind.TRAIT, Kind.BIRTH, Kind.PLACE_CODE}
            return kind in NUMBERS or kind is Kind.SECRET or not kind.is_personal
        case TypeClass.DATE | TypeClass.TIMESTAMP:
            return kind in {Kind.BIRTH, Kind.DATE}
        case TypeClass.BOOLEAN | TypeClass.TIME | TypeClass.INTERVAL | TypeClass.BITS:
            return False
        case TypeClass.RANGE:
            return kind is Kind.BIRTH
        case TypeClass.ENUM:
            return kind in {Kind.TRAIT, Kind.CODE}
        case TypeClass.UUID:
            return kind in {
                Kind.TOKEN,
                Kind.SECRET,
                Kind.KEY,
                Kind.DEVICE,
                Kind.EXTERNAL_ID,
                Kind.REFERENCE,
                Kind.PAYMENT_ID,
            }
        case TypeClass.INET | TypeClass.CIDR:
            return kind in {Kind.IP, Kind.FLAG_LIST}
        case TypeClass.BYTEA:
            return kind in _IN_BYTES
        case TypeClass.JSON | TypeClass.JSONB:
            return kind.risk.value >= 3 or kind in _IN_DOCUMENTS
        case _ if of.name in _PLACES:
            return kind in {Kind.GEO, Kind.CODE}
        case _:
            return of.name in {"hstore", "xml"} and kind in _IN_DOCUMENTS


_IN_BYTES = frozenset(
    {Kind.TOKEN, Kind.SECRET, Kind.KEY, Kind.HASH, Kind.ENCRYPTED, Kind.PASSWORD, Kind.CHECKSUM, Kind.PICTURE}
)
_IN_DOCUMENTS = frozenset(
    {
        Kind.SETTINGS,
        Kind.FLAG_LIST,
        Kind.LABEL,
        Kind.DOCUMENT,
        Kind.HISTORY,
        Kind.CODE,
        Kind.SLUG,
        Kind.FREE_TEXT,
        Kind.CLASS_NAME,
        Kind.ADDRESS,
        Kind.EMAIL,
        Kind.PHONE,
        Kind.GEO,
    }
)
