"""What a head that is known means where it stands: beside what else a table has, behind a word that tells, in a table
of people's doings."""

from __future__ import annotations

from collections.abc import Callable

from masker.catalog.types import Table, TypeClass
from masker.kinds.groups import PERSON, PLACES
from masker.kinds.kind import Kind
from masker.kinds.name import Found, Name, owner
from masker.kinds.offered import OFFERED, SERVICES
from masker.kinds.phrases import head_of
from masker.kinds.subject import Subject
from masker.kinds.words import listed, singular, split


def where_it_stands(name: Name, kind: Kind) -> Found | None:
    """What *name*, whose head by itself is of *kind*, means where it stands; None where that changes nothing."""
    return next((found for ask in _ASKED if (found := ask(name, kind)) is not None), None)


def _title_of_somebody(name: Name, kind: Kind) -> Found | None:
    """A title beside a given or a family name is that person's, as one in a table of people is."""
    head, of = name.head, name.of
    if kind is not Kind.LABEL or head.phrase != ("title",):
        return None
    if of.subject is Subject.PERSON and of.has_people and not (of.is_part or head.before):
        return Kind.JOB, 0.65, "a title in a table of people"
    if of.subject in {Subject.PERSON, Subject.TRANSACTION, Subject.ADDRESS} and _has_name_parts(
        name.table, head.before
    ):
        return Kind.JOB, 0.65, "a title beside a person's name"
    return None


def _has_name_parts(table: Table, before: tuple[str, ...]) -> bool:
    return any(
        head.kind in {Kind.GIVEN_NAME, Kind.FAMILY_NAME} and head.before == before and not head.obscured
        for column in table.columns
        if column.type.kind is TypeClass.TEXT and (head := head_of(column.name)) is not None
    )


#: Words of tables of what somebody worked as.
_WORKED = listed(
    """
    employment job career experience occupation profession
    """
)


#: Positions that things have, too.
_ANY_POSITION = frozenset({"function", "funktion", "fonction", "designation", "career", "cargo", "job"})


def _work(name: Name, kind: Kind) -> Found | None:
    """What somebody was called at work, in a table of where people worked."""
    last = name.head.phrase[-1]
    words = {singular(word) for word in split(name.table.name.name)}
    is_text = name.column.type.kind is TypeClass.TEXT
    is_somebodys = name.of.subject is Subject.PERSON or name.of.has_people or name.of.is_owned
    if kind is Kind.JOB and last in _ANY_POSITION and not (is_somebodys or owner(name.head.before, PERSON)):
        return Kind.LABEL, 0.6, f"its name says {name.head.words}, where nothing leads to people"
    if is_text and words & _WORKED and name.of.is_owned and (kind is Kind.JOB or last in {"role", "position", "title"}):
        return Kind.JOB, 0.75, f"its name says {name.head.words}, in a table of where somebody worked"
    return None


def _trait_by_table(name: Name, kind: Kind) -> Found | None:
    """A title in a table that is called after a trait or an employer and belongs to people is that."""
    if kind is not Kind.LABEL or name.head.words not in {"title", "label"} or name.head.before or not name.of.is_owned:
        return None
    of = head_of(name.table.name.name)
    if of is not None and not of.obscured and of.kind in {Kind.TRAIT, Kind.COMPANY}:
        return of.kind, 0.7, f"a {name.head.words} in a table of somebody's {of.words}"
    return None


#: Pictures that an application shows, of whoever: nobody is seen on them.
_SHOWN_OF_ALL = frozenset({"logo", "banner", "cover", "icon", "thumbnail", "header", "hero", "background", "poster"})

#: Files that a program makes.
_MADE = listed(
    """
    tarball archive dump map plan layout schedule sitemap font stylesheet schema export report breakdown
    """
)


def _file_of_things(name: Name, kind: Kind) -> Found | None:
    """The file of a logo is the application's, whatever else the table has, and one that a program makes is."""
    if kind not in {Kind.FILE_NAME, Kind.PICTURE} or name.of.subject is Subject.PERSON:
        return None
    words = {*name.head.before, *name.head.phrase}
    is_things = name.of.subject in {Subject.CATALOGUE, Subject.COMPANY} or not name.of.is_owned
    if is_things and words & _SHOWN_OF_ALL and "letter" not in words:
        return Kind.LABEL, 0.75, f"its name says {name.head.words}, of what is shown"
    if words & _MADE and not (name.of.is_owned or name.of.has_people):
        return Kind.LABEL, 0.7, f"its name says {name.head.words}, of what a program makes"
    return None


#: Whose links lead to what everybody may read.
_PUBLISHED = listed(
    """
    privacy policy term notice help faq doc documentation support license licence guide handbook legal imprint condition
    manual
    """
)

#: … and to what whoever runs something has published of it; somebody's own is theirs.
_REPORTED = listed(
    """
    plan agenda statement report sitemap repository repo analytics performance dashboard backlog roadmap
    """
)


def _of_all(name: Name) -> frozenset[str]:
    is_somebodys = name.of.is_owned or name.of.subject is Subject.PERSON
    return (
        _PUBLISHED | {"logo", "banner", "footer", "navigation", "menu"} | (frozenset() if is_somebodys else _REPORTED)
    )


def _link_to_all(name: Name, kind: Kind) -> Found | None:
    """A link to a policy, or of a logo, is nobody's."""
    words = {*name.head.before, *name.head.phrase}
    if kind in {Kind.URL, Kind.CODE} and name.head.phrase[-1] in {"url", "uri", "link"} and words & _of_all(name):
        return Kind.CODE, 0.8, f"its name says {' '.join((*name.head.before, *name.head.phrase))}"
    return None


#: What is said of some attributes of a row, which it lists.
_SAID_OF_SOME = listed(
    """
    locked hidden visible required allowed permitted enabled disabled selected editable readonly excluded ignored
    sortable filterable
    """
)


#: What places are drawn as that are not where somebody was.
_BORDERS = frozenset({"boundary", "polygon", "border", "shape", "area", "region"})


def _drawn(name: Name, kind: Kind) -> Found | None:
    """Where somebody went is told by a line on a map; where a country is, by another."""
    if name.column.type.name not in {"geometry", "geography", "path", "line"}:
        return None
    if name.of.subject is Subject.CATALOGUE and not (name.of.is_owned or name.of.has_people):
        return Kind.CODE, 0.8, f"its name says {name.head.words}, in a table of {name.of.word}"
    if kind is Kind.CODE and name.head.phrase[-1] not in _BORDERS:
        return Kind.GEO, 0.7, f"its name says {name.head.words}, drawn on a map"
    return None


def _set_up(name: Name, kind: Kind) -> Found | None:
    """What a service is set up with, which has what it is entered by."""
    words = {*name.head.before, *(singular(word) for word in split(name.table.name.name))}
    is_open = name.column.type.kind in {TypeClass.JSON, TypeClass.JSONB} or name.column.type.name == "text"
    if kind is Kind.SETTINGS and is_open and words & SERVICES and name.head.phrase[-1] in _SET_UP:
        return Kind.DOCUMENT, 0.5, f"its name says what a {min(words & SERVICES)} is set up with"
    return None


_SET_UP = frozenset({"config", "configuration", "setting", "option", "parameter"})


def _motto(name: Name, kind: Kind) -> Found | None:
    """What something is praised by is there to be read; what somebody says of himself is his."""
    is_motto = kind is Kind.FREE_TEXT and (
        name.head.phrase[-1] in {"tagline", "slogan", "motto"}
        or (name.head.phrase == ("statement",) and name.head.before[-1:] in {("mission",), ("vision",)})
    )
    if is_motto and name.of.subject in {Subject.CATALOGUE, Subject.COMPANY, Subject.PLACE}:
        return Kind.LABEL, 0.7, f"its name says {name.head.words}, in a table of {name.of.word}"
    return None


#: What only things have beside a weight or a height.
_OF_THINGS = frozenset({"width", "length", "depth", "diameter", "volume", "thickness"})


#: What stands beside somebody's weight, by which things are ordered as well.
_MEASURES = ("height", "birth", "date_of_birth", "dob", "bmi", "blood", "age")

#: Whose weight and height are written down, each time anew.
_MEASURED = frozenset(f"{who}_id" for who in ("patient", "child", "baby", "athlete", "resident", "person", "pupil"))


def _size(name: Name, kind: Kind) -> Found | None:
    """A parcel has a weight as a person has, who is not sent."""
    of, columns = name.of, {column.name for column in name.table.columns}
    is_measured = any(each.startswith(_MEASURES) for each in columns) or bool(_MEASURED & columns)
    is_whole = name.head.words == "weight" and name.column.type.kind is TypeClass.INTEGER
    if kind is Kind.TRAIT and is_whole and not is_measured:
        return Kind.COUNTER, 0.6, "its name says weight, and nothing else there is measured"
    if kind is not Kind.TRAIT or name.head.words not in {"weight", "height"} or of.subject is Subject.PERSON:
        return None
    if _MEASURED & columns:
        return Kind.TRAIT, 0.8, f"its name says {name.head.words}, of somebody who is measured"
    is_sent = of.subject in {Subject.TRANSACTION, Subject.MESSAGE} and not of.has_people
    if is_sent or _OF_THINGS & columns:
        return Kind.AMOUNT, 0.6, f"its name says {name.head.words}, in a table of {of.word}"
    return None


#: Words of tables of files.
_FILED = frozenset({"file", "attachment", "upload", "document"})


def _path_of_file(name: Name, kind: Kind) -> Found | None:
    """The path in a table of files is that of one, with its name."""
    is_path = kind is Kind.CODE and name.head.phrase == ("path",) and not name.head.before
    if is_path and {singular(word) for word in split(name.table.name.name)} & _FILED:
        return Kind.FILE_NAME, 0.7, "a path in a table of files"
    return None


def _hashed(name: Name, kind: Kind) -> Found | None:
    """What is hashed is found by its digest, whatever it was."""
    if "hashed" in name.head.before and kind.is_personal and kind is not Kind.PASSWORD:
        return Kind.HASH, 0.8, f"its name says a hashed {name.head.words}"
    return None


def _fields_of_somebody(name: Name, kind: Kind) -> Found | None:
    """A document of fields is filled in by whom the row belongs to."""
    is_document = name.column.type.kind in {TypeClass.JSON, TypeClass.JSONB}
    if kind is Kind.SETTINGS and is_document and name.head.phrase[-1] == "field" and name.of.is_owned:
        return Kind.DOCUMENT, 0.6, f"its name says {name.head.words}s of somebody's"
    return None


#: Words of tables of whom mail goes to.
_MAILED = frozenset({"email", "mail", "subscriber", "newsletter", "mailing"})


def _mailed(name: Name, kind: Kind) -> Found | None:
    """An address alone, of whom mail goes to, is one of e-mail."""
    words = {singular(word) for word in split(name.table.name.name)}
    if kind is Kind.ADDRESS and name.head.phrase == ("address",) and not name.head.before and words & _MAILED:
        others = [head_of(column.name) for column in name.table.columns if column.name != name.column.name]
        if not any(head is not None and head.kind in _PARTS for head in others):
            return Kind.EMAIL, 0.8, f"an address in a table of {min(words & _MAILED)}"
    return None


_PARTS = frozenset({Kind.STREET, Kind.POSTAL_CODE, Kind.CITY, Kind.EMAIL})


def _lot(name: Name, kind: Kind) -> Found | None:
    """What is numbered at an auction or in a ward as in a street, which has other parts of an address."""
    if kind is Kind.BUILDING and name.head.phrase[0] in {"lot", "bed", "cabin"} and not name.of.has_place:
        return Kind.CODE, 0.7, f"its name says {name.head.words}, where no address is"
    return None


#: Chains on which an address is somebody's purse.
_CHAINS = frozenset({"crypto", "solana", "ethereum", "eth", "bitcoin", "btc", "polygon", "blockchain", "wallet"})


def _purse(name: Name, kind: Kind) -> Found | None:
    """An address on a chain, where nobody lives."""
    words = {*name.head.before, *(singular(word) for word in split(name.table.name.name))}
    if kind is Kind.ADDRESS and name.head.phrase[-1] == "address" and words & _CHAINS:
        return Kind.PAYMENT_ID, 0.8, f"its name says an address on a chain: {min(words & _CHAINS)}"
    return None


def _office(name: Name, kind: Kind) -> Found | None:
    """Where an office is, which somebody chose."""
    is_where = kind is Kind.ADDRESS and name.head.phrase[-1] == "location"
    if is_where and set(name.head.before[-1:]) & (PLACES | _SHOPS):
        return Kind.LABEL, 0.7, f"its name says where a {name.head.before[-1]} is"
    return None


_SHOPS = frozenset({"store", "shop", "branch", "clinic", "warehouse"})


def _which_of_them(name: Name, kind: Kind) -> Found | None:
    """Which attributes are locked, hidden, shown: their names, not what is in them."""
    if kind is Kind.DOCUMENT and set(name.head.before[-1:]) & _SAID_OF_SOME:
        return Kind.FLAG_LIST, 0.8, f"its name says which {name.head.words}s are {name.head.before[-1]}"
    return None


#: Words of tables of what is sent to an address.
_SENT = frozenset({"email", "mail", "mailing", "newsletter", "notification", "notify", "delivery"})


def _sent_to(name: Name, kind: Kind) -> Found | None:
    """Whom something was sent to, by the address that it went to."""
    words = {singular(word) for word in split(name.table.name.name)}
    has_address = any(
        (head := head_of(column.name)) is not None and head.kind is Kind.EMAIL for column in name.table.columns
    )
    if kind is Kind.FULL_NAME and name.head.phrase == ("recipient",) and words & _SENT and not has_address:
        return Kind.EMAIL, 0.75, "whom it was sent to"
    return None


def _rate(name: Name, kind: Kind) -> Found | None:
    """What an hour costs is somebody's income where the table is of people, and what is owed somebody's debt."""
    of, last = name.of, name.head.phrase[-1]
    if kind is Kind.INCOME and last == "debt" and not (of.is_personal or of.is_close):
        return Kind.AMOUNT, 0.6, f"its name says {name.head.words}, where nothing leads to people"
    if kind is not Kind.INCOME or last != "rate":
        return None
    if of.subject is Subject.PERSON or {singular(word) for word in split(name.table.name.name)} & PERSON:
        return Kind.INCOME, 0.8, f"its name says {name.head.words}, in a table of people"
    return Kind.AMOUNT, 0.6, f"its name says {name.head.words}"


_ASKED: tuple[Callable[[Name, Kind], Found | None], ...] = (
    _title_of_somebody,
    _work,
    _trait_by_table,
    _file_of_things,
    _rate,
    _link_to_all,
    _size,
    _mailed,
    _lot,
    _path_of_file,
    _hashed,
    _fields_of_somebody,
    _purse,
    _office,
    _drawn,
    _set_up,
    _motto,
    _which_of_them,
    _sent_to,
    *OFFERED,
)
