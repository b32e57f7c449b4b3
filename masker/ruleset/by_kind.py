"""Which masks serve a column of a kind, best first: what the first cannot, the next one can."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from masker.catalog.types import Column, Table, TypeClass
from masker.kinds.kind import Kind
from masker.kinds.phrases import head_of
from masker.kinds.typed import whole
from masker.kinds.words import split
from masker.masks.every import MASKS
from masker.masks.mask import Uniqueness
from masker.masks.sql.places import is_place, is_shape, no_point
from masker.names import quote
from masker.ruleset.documents import Leaf, document_rule
from masker.ruleset.wording import flow

#: The rule of a list of texts that may hold anything.
ANY_LIST = "{mask: array, of: lorem, by: value}"

#: What a login knows, by the name of the variable that says it.
PASSWORD_VARIABLE = "PREVIEW_PASSWORD"  # noqa: S105 - a name

_SIMPLE: Mapping[Kind, tuple[str, ...]] = {
    Kind.PASSWORD: ("password",),
    Kind.SECRET: ("token",),
    Kind.TOKEN: ("token",),
    Kind.KEY: ("token",),
    Kind.HASH: ("token",),
    Kind.ENCRYPTED: ("token",),
    Kind.AUTHORITY: ("scramble", "token"),
    Kind.CARD: ("card", "digits", "token"),
    Kind.IBAN: ("iban", "scramble", "token"),
    Kind.BIC: ("bic", "scramble", "token"),
    Kind.BANK_ACCOUNT: ("bank_account", "digits", "token"),
    Kind.PAYMENT_ID: ("token",),
    Kind.EXTERNAL_ID: ("token",),
    Kind.EMAIL: ("{mask: email, length: keep}", "email", "token"),
    Kind.PHONE: ("phone", "digits", "token"),
    Kind.INITIALS: ("scramble", "token"),
    Kind.USER_NAME: ("username", "token"),
    Kind.COMPANY: ("company", "token"),
    Kind.JOB: ("job", "lorem"),
    Kind.POSTAL_CODE: ("postal_code", "digits", "token"),
    Kind.PLACE_CODE: ("digits", "token"),
    Kind.IP: ("ip", "token"),
    Kind.MAC: ("mac", "token"),
    Kind.USER_AGENT: ("user_agent", "lorem"),
    Kind.DEVICE: ("token",),
    Kind.URL: ("url", "token"),
    Kind.FILE_NAME: ("file_name", "token"),
    Kind.PICTURE: ("file_name", "token"),
    Kind.FREE_TEXT: ("lorem", "token"),
    Kind.LIST: ("lorem", "token"),
    Kind.OTHER: ("lorem", "token"),
    Kind.BINARY: ("token",),
}

_PARTS = {
    Kind.REGION: "region",
    Kind.CITY: "city",
    Kind.TOWN: "town",
    Kind.STREET: "street",
    Kind.BUILDING: "building",
    Kind.ADDRESS: "full",
}
_NAMES = {Kind.GIVEN_NAME: "first_name", Kind.FAMILY_NAME: "last_name", Kind.FULL_NAME: "full_name"}

#: How the second family name of a Spaniard is called, beside a first one.
_SECOND_FAMILY = re.compile(r"segundo_?apellido|apellido_?(?:materno|dos|2)")

#: Numbers of people in Spain.
_SPANISH_IDS = frozenset({"dni", "nie", "nif"})

#: Whole numbers that move a little, and those that are drawn anew.
_MOVED = frozenset({"age", "height", "weight", "bmi", "year", "size"})


def candidates(
    kind: Kind,
    column: Column,
    table: Table,
    leaves: Sequence[Leaf] = (),
    leaf_rule: Callable[[Column], str | None] | None = None,
) -> list[str]:
    """Rules for *column* of *table* that holds *kind*, best first; ``keep`` alone for what is not personal. *leaves*
    are those of its documents, *leaf_rule* what one of them would get."""
    if not kind.is_personal:
        return ["keep"]
    return list(dict.fromkeys(_for_type(kind, column, table, leaves, leaf_rule)))


def _for_type(
    kind: Kind, column: Column, table: Table, leaves: Sequence[Leaf], leaf_rule: Callable[[Column], str | None] | None
) -> Iterator[str]:
    gone = ["null"] if column.takes_null else []
    of = whole(column.type)
    if column.type.kind is TypeClass.ARRAY:
        yield from _of_list(of.kind, gone)
        return
    match column.type.kind:
        case TypeClass.TEXT:
            yield from _of_text(kind, column, table, gone)
        case TypeClass.JSON | TypeClass.JSONB:
            yield document_rule(leaves, leaf_rule) if leaf_rule is not None else "{mask: json, other: mask}"
            yield from gone
            yield '{mask: fixed, value: "{}"}'
        case TypeClass.DATE | TypeClass.TIMESTAMP:
            yield from ("{mask: birthdate, years: 5}", "date_shift", *gone)
        case TypeClass.INTEGER | TypeClass.NUMBER:
            yield from _of_number(kind, column, table, gone)
        case TypeClass.INET | TypeClass.CIDR:
            yield from ("ip", *gone)
        case TypeClass.UUID:
            yield from ("uuid", "token")
        case TypeClass.ENUM:
            yield flow({"mask": "choice", "values": list(column.type.labels)})
            yield from gone
        case TypeClass.RANGE:
            yield from (*gone, "{mask: fixed, value: empty}")
        case TypeClass.BYTEA:
            # What a preview shows of bytes is nothing it needs, but for their number.
            yield from ("token", *gone, '{mask: fixed, value: ""}')
        case _:
            yield from _of_other(kind, column, gone)


def _of_text(kind: Kind, column: Column, table: Table, gone: list[str]) -> Iterator[str]:
    name, short = column.name.lower(), column.type.length
    head = head_of(column.name)
    script = head.script if head is not None else None
    said = (
        {"script": script, "locale": "ja_JP"}
        if script in {"katakana", "hiragana"}
        else {"script": script}
        if script
        else {}
    )
    if not script and kind in _NAMES and name.endswith("_en"):
        # Beside kanji and kana; other locales have no such script, and their names are in it anyway.
        yield flow({"mask": _NAMES[kind], "script": "romaji"})
    if kind is Kind.FAMILY_NAME and _SECOND_FAMILY.search(name):
        yield flow({"mask": "last_name", "surname": "second", "locale": "es_ES"})
    if kind in _NAMES:
        yield flow({"mask": _NAMES[kind], **said}) if said else _NAMES[kind]
    elif kind in _PARTS:
        part = {} if kind is Kind.ADDRESS and not said else {"part": _PARTS[kind]}
        yield flow({"mask": "address", **part, **said}) if part or said else "address"
        if kind is Kind.TOWN:
            # Not every country's places have such a part.
            yield "{mask: address, part: city}"
    elif kind is Kind.PASSWORD and _logs_in(table):
        yield flow({"mask": "password", "plaintext": {"env": PASSWORD_VARIABLE}})
    elif kind in {Kind.HISTORY, Kind.BIRTH, Kind.TRAIT, Kind.ENCRYPTED, Kind.DOCUMENT, Kind.SEARCH, Kind.PICTURE}:
        if kind is Kind.BIRTH and column.type.length is not None:
            yield "digits"
        yield from gone
    elif kind is Kind.TOKEN and _is_mailed(name):
        yield from gone
    elif kind is Kind.INCOME:
        yield "digits"
    # A piece of a value is shorter than any whole one; of postal codes most have five digits.
    if kind in {Kind.PHONE, Kind.POSTAL_CODE} and (
        (name[-1:].isdigit() and name[-2:-1].isalpha()) or (short or 99) < (7 if kind is Kind.PHONE else 5)
    ):
        yield "digits"
    if kind is Kind.AUTHORITY and any(word in name for word in ("my_number", "mynumber", "ssn", "nino", "nhs")):
        yield "national_id"
    if kind is Kind.AUTHORITY and _SPANISH_IDS.intersection(split(name)):
        # Other digits behind a letter that fits them would be somebody's.
        yield flow({"mask": "national_id", "country": "ES"})
    if kind is Kind.CARD and "last" in name:
        yield "digits"
    yield from _SIMPLE.get(kind, ("lorem",))
    yield from ("token", "lorem", *gone)


def _logs_in(table: Table) -> bool:
    """Whether rows of *table* are who signs in: they have an address or a name for it beside the password."""
    kinds = {head.kind for c in table.columns if (head := head_of(c.name)) is not None}
    return bool(kinds & {Kind.EMAIL, Kind.USER_NAME})


def _is_mailed(name: str) -> bool:
    """Whether a token is a link in a mail that was sent, and NULL where none is pending."""
    return any(word in name for word in ("reset", "confirmation", "unlock", "invitation", "activation", "verification"))


def _of_number(kind: Kind, column: Column, table: Table, gone: list[str]) -> Iterator[str]:
    name, is_whole = column.name.lower(), column.type.kind is TypeClass.INTEGER
    last = name.rpartition("_")[2]
    match kind:
        case Kind.GEO:
            part = "longitude" if any(word in name for word in ("lon", "lng", "keido")) else "latitude"
            if not is_whole:
                yield flow({"mask": "geo", "part": part, "within": "2 km"})
            yield "{mask: noise, amount: 0.1}" if not is_whole else "{mask: noise, ratio: 0.1}"
        case Kind.INCOME:
            yield "{mask: noise, ratio: 0.3}"
        case Kind.BIRTH:
            yield "{mask: noise, amount: 3}"
        case Kind.TRAIT if last in _MOVED or not is_whole:
            yield "{mask: noise, ratio: 0.2, min: 0}"
        case Kind.PLACE_CODE if "pref" in name or "todo" in name:
            yield "{mask: range, min: 1, max: 47}"
        case (
            Kind.AUTHORITY | Kind.PHONE | Kind.CARD | Kind.BANK_ACCOUNT | Kind.POSTAL_CODE | Kind.PLACE_CODE | Kind.IBAN
        ):
            if is_whole:
                yield "digits"
    yield from gone
    if kind is Kind.TRAIT and column.default is not None and column.default.isdigit():
        yield f"{{mask: fixed, value: {column.default}}}"
    key = [c for each in table.row_key if (c := table.column(each)) is not None]
    if (
        len(key) == 1
        and key[0].type.kind is TypeClass.INTEGER
        and key[0].name != column.name
        and _is_unique(column, table)
    ):
        yield flow({"sql": quote(key[0].name)})
    yield "{mask: fixed, value: 0}"


def _of_list(element: TypeClass, gone: list[str]) -> Iterator[str]:
    if element is TypeClass.TEXT:
        yield ANY_LIST
    yield from gone
    yield '{mask: fixed, value: "{}"}'


def _of_other(kind: Kind, column: Column, gone: list[str]) -> Iterator[str]:
    if kind is Kind.GEO and is_place(column.type) and not (is_shape(column.type) and no_point(column.type)):
        yield "{mask: geo, within: 2 km}"
    if kind is Kind.MAC:
        yield "mac"
    yield from gone
    yield '{mask: fixed, value: ""}'


def _is_unique(column: Column, table: Table) -> bool:
    return any(index.is_unique and column.name in index.columns for index in table.indexes)


def keeps_apart(rule: str, column: Column, table: Table) -> bool:
    """Whether *rule* can be on *column* if a unique index of *table* rests on it."""
    if not _is_unique(column, table):
        return True
    name = rule.removeprefix("{mask: ").split(",")[0].rstrip("}")
    card = MASKS[name].card if name in MASKS else None
    if card is None or card.is_constant:
        return rule in {"null", "keep"} or rule.startswith("{sql")
    key = [c for each in table.row_key if (c := table.column(each)) is not None]
    has_number = len(key) == 1 and key[0].type.kind is TypeClass.INTEGER
    return not (card.uniqueness is Uniqueness.LOST or (card.uniqueness is Uniqueness.LIMITED and not has_number))
