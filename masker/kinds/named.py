"""The witness of names: the column's, read with its table's."""

from __future__ import annotations

from collections.abc import Iterator

from masker.catalog.types import Column, Table, TypeClass
from masker.kinds.choices import asked, chosen, somebody
from masker.kinds.groups import CATALOGUE, PERSON
from masker.kinds.kind import Kind
from masker.kinds.name import Found, Name, owner, whose
from masker.kinds.open_heads import SPOKEN, opened
from masker.kinds.phrases import Head, head_of
from masker.kinds.saying import Saying
from masker.kinds.services import pays
from masker.kinds.standing import where_it_stands
from masker.kinds.subject import About, Subject
from masker.kinds.typed import DOCUMENTS, whole
from masker.kinds.words import counts_them, listed, singular, split

_WITNESS = "name"

#: Texts that describe what is on offer as often as they are somebody's.
_DESCRIBING = listed(
    """
    description content detail text introduction summary excerpt instruction question answer caption tagline slogan
    agenda html explanation about goal objective recommendation hint beschreibung descripcion contenu inhalt setsumei
    naiyou naiyo title post info
    """
)

#: Those of them that say what something is, rather than what was said or done.
_INTRODUCING = listed(
    """
    description introduction instruction caption tagline slogan agenda hint beschreibung descripcion setsumei
    """
)

#: What only who runs the application says, where a table is of what is on offer.
_SAID = listed(
    """
    story objective narrative question
    """
)

_ADDRESS_PARTS = frozenset({Kind.STREET, Kind.POSTAL_CODE, Kind.CITY, Kind.TOWN, Kind.BUILDING, Kind.ADDRESS})

#: Traits that are such only of people.
_OF_PEOPLE = listed(
    """
    height weight age degree major race interest treatment orientation school university education relationship diet
    range group spoken title allergy symptom disease medication therapy injury hobby tribe
    """
)

#: Free text that is the application's own where a table is a catalogue.
_OF_CATALOGUES = frozenset(
    {
        Kind.FREE_TEXT,
        Kind.URL,
        Kind.USER_NAME,
        Kind.GEO,
        Kind.COMPANY,
        Kind.PICTURE,
        Kind.TRAIT,
        Kind.HISTORY,
        Kind.BIRTH,
        Kind.SEARCH,
    }
)


def said_by_name(column: Column, table: Table, of: About) -> Iterator[Saying]:
    """What the name of *column* in *table*, which is *about* something, says."""
    head = head_of(column.name)
    if of.subject is Subject.MESSAGE and column.name.lower().removeprefix("sent_") in _ENVELOPE:
        is_called = bool(SPOKEN & set(map(singular, split(table.name.name))))
        yield Saying(
            _WITNESS,
            Kind.PHONE if is_called else Kind.EMAIL,
            0.85,
            f"who a message is from, or goes to, in a table of {of.word}",
        )
    if (head is None or head.obscured) and (secret := _SECRETIVE & set(split(column.name))):
        yield Saying(_WITNESS, Kind.SECRET, 0.6, f"its name has the word {min(secret)}")
    if (choice := chosen(column, head) or asked(column, head)) is not None:
        yield Saying(_WITNESS, *choice)
        return
    if head is not None and head.phrase == ("sub",) and split(column.name)[-1] != "sub":
        head = None
    if (earned := _earned(column, table)) is not None:
        yield Saying(_WITNESS, *earned)
        return
    if head is None:
        if (who := somebody(column)) is not None:
            yield Saying(_WITNESS, Kind.FULL_NAME, 0.6, f"its name says who the {who} is")
            return
        if _is_everybodys(of) and column.type.name in (_WORDS if not of.is_by_columns else {"varchar"}):
            kind = Kind.LABEL if column.type.kind is TypeClass.TEXT else Kind.SETTINGS
            yield Saying(_WITNESS, kind, 0.58, f"it is in a table of {of.word}")
        return
    name = Name(head, column, table, of)
    found = opened(name) if head.kind is None else _closed(name, head.kind)
    if found is not None:
        kind, confidence, why = found
        if not of.is_owned and kind in _OF_PLACES and (of.subject is Subject.PLACE or _is_held(of, kind)):
            # Where something is held is no secret; whether somebody lives there, a name cannot tell.
            of_place = Kind.CODE if column.type.kind is TypeClass.OTHER else Kind.LABEL
            yield Saying(_WITNESS, of_place, 0.8 if of_place is Kind.CODE else 0.62, f"{why}, in a table of {of.word}")
            confidence = 0.6
        if kind is Kind.LABEL and head.kind in _DOUBTED and not of.is_own_text and _may_be_somebodys(of):
            # Nothing but what else the table has says that it is shown to everybody: somebody should look.
            yield Saying(_WITNESS, head.kind, 0.6, f"its name says {head.words}")
            confidence = 0.62
        if (
            column.type.kind is TypeClass.ARRAY
            and kind in {Kind.LABEL, Kind.CODE}
            and head.words in _TELLING_IN_LISTS
            and not set(head.before[-1:]) & (CATALOGUE | _ANSWERED)
            and (of.is_personal or of.is_owned)
        ):
            kind, confidence, why = Kind.LIST, 0.7, f"{why}; a list of them may hold anything"
        if column.type.kind in {TypeClass.INTEGER, TypeClass.NUMBER} and (
            not kind.is_personal
            or (kind is Kind.SECRET and head.phrase[-1] not in _NUMBERS_THAT_LET_IN)
            or (counts_them(column.name) and kind not in {Kind.INCOME, Kind.GEO})
        ):
            return
        if head.obscured:
            if not kind.is_personal or head.words in _ORDINALS:
                return
            if kind in {Kind.DOCUMENT, Kind.HISTORY, Kind.SEARCH} and column.type.name == "varchar":
                return
            confidence, why = min(confidence, 0.45), f"{why}, though other words follow"
        yield Saying(_WITNESS, kind, confidence, why)


_INCOMES = frozenset({"income", "salary", "wage", "payslip", "payroll"})


def _earned(column: Column, table: Table) -> Found | None:
    """That a number is what somebody earns by the word it begins with, or as the amount in a table of incomes."""
    if column.type.kind not in {TypeClass.INTEGER, TypeClass.NUMBER} or counts_them(column.name):
        return None
    words = split(column.name)
    if (
        words[:1]
        and words[0] in _INCOMES
        and len(words) > 1
        and words[-1] not in {"id", "type", "count", "year", "month"}
    ):
        return Kind.INCOME, 0.65, f"its name begins with {words[0]}"
    if words == ("amount",) and singular(split(table.name.name)[-1]) in _INCOMES:
        return Kind.INCOME, 0.7, f"an amount in a table of {table.name.name}"
    return None


_WORDS = frozenset({"varchar", "text", "json", "jsonb"})

#: What is somebody's name alone, and tells which of several before other words.
_ORDINALS = frozenset({"first", "last", "given"})

#: What is secret though it is a whole number.
_NUMBERS_THAT_LET_IN = frozenset({"code", "pin", "otp", "cvv", "cvc", "cvv2"})

#: What lists may have of people.
_TELLING_IN_LISTS = frozenset({"name", "code", "label"})

#: What a service answers with, by a code.
_ANSWERED = frozenset({"return", "result", "response", "status", "error", "reason"})

_OF_MAIL = frozenset({"body", "recipient", "message", "content", "to", "from"})
#: Words that nobody uses of what everybody may know.
_SECRETIVE = frozenset(
    {"secret", "password", "passwd", "pwd", "pass", "crypt", "credential", "cred", "otp", "jwt", "token"}
)
_ENVELOPE = frozenset({"from", "to", "cc", "bcc"})
_OF_BIRTH = frozenset({"citizenship", "nationality", "birth", "native", "ethnic", "ethnicity", "religion", "gender"})

_OF_PLACES = frozenset({*_ADDRESS_PARTS, Kind.REGION, Kind.GEO, Kind.PLACE_CODE, Kind.PHONE, Kind.URL, Kind.COMPANY})


def _is_held(of: About, kind: Kind) -> bool:
    """Whether an address is of what is on offer: where a school is, or a concert is held."""
    return of.subject is Subject.CATALOGUE and not of.has_people and kind in _ADDRESS_PARTS | {Kind.REGION}


def _closed(name: Name, kind: Kind) -> Found | None:
    head, of = name.head, name.of
    said, last = f"its name says {head.words}", head.phrase[-1]
    if (found := where_it_stands(name, kind)) is not None:
        return found
    if head.phrase == ("state",) and _in_address(head, name.column, name.table):
        return Kind.REGION, 0.85, "its name says state, beside other parts of an address"
    if head.phrase == ("display", "name") and of.subject is Subject.COMPANY:
        return Kind.COMPANY, 0.7, f"a name in a table of {of.word}"
    if head.phrase == ("display", "name") and not of.is_personal:
        return Kind.LABEL, 0.7, f"a name of {of.word}"
    if kind is Kind.CODE and last in {"image", "thumbnail"} and of.subject is Subject.PERSON:
        return Kind.PICTURE, 0.75, "a picture of somebody"
    if (
        kind is Kind.CODE
        and last in {"url", "endpoint"}
        and (of.subject is Subject.PERSON or (of.is_owned and last == "endpoint"))
    ):
        return Kind.URL, 0.65, f"{said}, in a table of {of.word}"
    if kind is Kind.INITIALS and not of.is_personal:
        return Kind.CODE, 0.6, f"{said}, where nothing else is of people"
    if kind is Kind.SLUG and of.subject is Subject.PERSON and (not head.before or owner(head.before, PERSON)):
        return Kind.USER_NAME, 0.8, "a name in links to somebody"
    is_text, is_many = name.column.type.kind is TypeClass.TEXT, counts_them(name.column.name)
    if kind is Kind.DOCUMENT and is_text and last == "info":
        kind = Kind.FREE_TEXT
    if kind is Kind.DOCUMENT and name.column.type.name == "varchar" and last in _SHORT:
        return Kind.CODE, 0.2, said
    if (
        kind is Kind.CODE
        and last != "count"
        and (of.is_personal or of.is_owned)
        and whole(name.column.type).kind in DOCUMENTS
        and not is_many
    ):
        return kind, 0.5, said
    if kind is Kind.FULL_NAME and of.subject is Subject.CATALOGUE and is_text and is_many:
        return Kind.SETTINGS, 0.6, f"{said}, of whoever may take part in a {of.word}"
    is_everybodys = _is_everybodys(of)
    if kind is Kind.LABEL and head.phrase == ("title",) and (owner(head.before, PERSON) or _is_of_people(of)):
        return Kind.JOB, 0.65, f"{said}, of somebody"
    if is_everybodys and (kind is Kind.PLACE_CODE or last == "location"):
        return Kind.LABEL, 0.7, f"{said}, in a table of {of.word}"
    if of.is_own_text and (kind in {Kind.JOB, *_FILES} or (kind in _OF_CATALOGUES and not owner(head.before, PERSON))):
        return Kind.LABEL, 0.75, f"{said}, in a table of the application's own texts"
    if kind in _FILES and of.subject is Subject.CATALOGUE and _SHOWN_OF_ALL & {*head.before, *head.phrase}:
        return Kind.LABEL, 0.7, f"{said}, of what is shown of a {of.word}, whoever made it"
    if kind in _FILES and _SHOWN & {*head.before, *head.phrase} and _is_nobodys(of):
        return Kind.LABEL, 0.75, f"{said}, of what is shown of a {of.word}"
    if kind is Kind.SETTINGS and last == "field" and of.is_personal and set(head.before) & {"custom", "extra"}:
        return Kind.FREE_TEXT, 0.6, f"{said}, filled in by somebody"
    if last == "language" and of.subject is Subject.PERSON and counts_them(name.column.name):
        return Kind.TRAIT, 0.6, "languages of somebody"
    if kind is Kind.CHECKSUM and of.subject is Subject.CREDENTIAL:
        return Kind.TOKEN, 0.75, "a digest in a table of credentials"
    if kind is Kind.FULL_NAME and head.words in _NAMES_OF_ALL and of.subject in {Subject.PLACE, Subject.CATALOGUE}:
        return Kind.LABEL, 0.75, f"a name in a table of {of.word}"
    if kind is Kind.USER_NAME and last == "handle" and of.subject is Subject.CREDENTIAL:
        return Kind.TOKEN, 0.75, "a handle in a table of credentials"
    if kind is Kind.FREE_TEXT and is_everybodys and last in _SAID and not of.is_by_columns:
        return Kind.LABEL, 0.65, f"{said}, in a table of {of.word}"
    if kind is Kind.FREE_TEXT and (of.is_owned or last not in _DESCRIBING):
        return kind, 0.9 if len(last) > 3 else 0.8, said
    if head.phrase == ("pin",) and of.subject in {Subject.ADDRESS, Subject.PLACE}:
        return Kind.POSTAL_CODE, 0.8, "a PIN among parts of an address"
    if kind is Kind.CODE and last in {"reference", "ref"} and (who := PERSON & set(head.before)):
        return Kind.AUTHORITY, 0.65, f"its name says the reference of a {min(who)}"
    if kind is Kind.CODE and last in {"reference", "ref"} and pays(head.before):
        return Kind.PAYMENT_ID, 0.7, f"its name says a reference of a {head.before[-1]}"
    if kind is Kind.CODE and last in {"reference", "ref"} and (of.subject is Subject.PERSON or "case" in head.before):
        return Kind.AUTHORITY, 0.6, "a reference of somebody's case"
    if head.phrase == ("identifier",) and _names_people(name.table):
        return Kind.AUTHORITY, 0.65, "an identifier in a table of somebody's"
    if head.phrase in {("weight",), ("height",)} and _is_whole(name.column) and not _is_somebody(of):
        return Kind.COUNTER, 0.6, said
    if kind in {Kind.BIRTH, Kind.TRAIT} and _names_people(name.table):
        return kind, 0.9, said
    if kind in {Kind.BIRTH, Kind.TRAIT} and of.is_owned and of.subject is Subject.CATALOGUE:
        return kind, 0.7, f"{said}, in a table of somebody's"
    is_employer = kind is Kind.COMPANY and of.is_by_columns
    if of.subject is Subject.CATALOGUE and kind in _OF_CATALOGUES and not (whose(head) or is_employer):
        if kind is Kind.TRAIT:
            return Kind.CODE, 0.7, f"{said}, in a table of {of.word}"
        return Kind.LABEL, 0.75, f"{said}, in a table of {of.word}"
    if kind is Kind.FILE_NAME and is_everybodys:
        return Kind.LABEL, 0.75, f"{said}, of a {of.word}"
    if kind is Kind.FILE_NAME and of.subject is Subject.CATALOGUE and of.is_part and _shows(name.table):
        return Kind.LABEL, 0.75, f"{said}, of what belongs to a {of.word}"
    if kind is Kind.CODE and set(head.before) & _OF_BIRTH:
        return Kind.TRAIT, 0.8, f"its name says {' '.join(head.before)}"
    if head.phrase == ("unique", "id") and of.subject is Subject.CREDENTIAL:
        return Kind.HASH, 0.65, "what tells somebody apart in a table of credentials"
    if head.words in {"legal name", "legal full name"} and (of.subject is Subject.PERSON or of.has_people):
        return Kind.FULL_NAME, 0.8, "a legal name beside what is somebody's"
    if kind is Kind.TRAIT and last in _OF_PEOPLE and not (of.is_personal or owner(head.before, PERSON)):
        return Kind.CODE, 0.5, f"{said}, and nothing else there is about people"
    if kind in {Kind.REGION, Kind.CITY, Kind.TOWN} and of.subject is Subject.CATALOGUE and not of.has_people:
        return Kind.LABEL, 0.7, f"{said}, in a table of {of.word}"
    if kind is Kind.FREE_TEXT and of.subject is Subject.MACHINERY:
        return kind, 0.7, said
    if (
        head.phrase == ("subject",)
        and of.subject is not Subject.CATALOGUE
        and _OF_MAIL & {c.name for c in name.table.columns}
    ):
        return Kind.FREE_TEXT, 0.7, f"{said}, beside what a message says"
    if (
        kind is Kind.LABEL
        and of.subject is Subject.MESSAGE
        and not of.is_own_text
        and last in {"title", "subject", "headline"}
    ):
        return Kind.FREE_TEXT, 0.7, f"{said}, of what people write"
    if kind is Kind.JOB and not (of.is_personal or owner(head.before, PERSON)):
        return Kind.LABEL, 0.6, said
    if kind is Kind.ADDRESS and of.word == "email_address" and head.phrase == ("address",):
        return Kind.EMAIL, 0.95, "the address in a table of e-mail addresses"
    if of.subject in {Subject.UNKNOWN, Subject.PLACE} and last in _INTRODUCING and not (of.is_close or of.has_people):
        # Somebody should look all the same.
        return Kind.LABEL, 0.54, f"{said}, where nothing leads to people"
    return kind, 0.9 if len(head.phrase) > 1 or len(last) > 3 else 0.8, said


#: Of files and pictures.
_FILES = frozenset({Kind.FILE_NAME, Kind.PICTURE})

#: What a document would be, but for texts that are too short for one.
_SHORT = frozenset({"result", "attribute", "property", "context", "record", "document"})

#: What names are called whatever they are of.
_NAMES_OF_ALL = frozenset({"full name", "fullname", "display name", "furigana", "kana"})

#: Words for pictures that an application shows of what it offers.
_SHOWN = listed(
    """
    logo banner cover icon picture photo image thumbnail header hero background badge poster flyer
    """
)


#: Of these what no person has a picture as.
_SHOWN_OF_ALL = frozenset({"logo", "banner", "cover", "icon", "thumbnail", "header", "hero", "background", "poster"})

#: What somebody may have written or uploaded, where nothing but other columns says that nobody did.
_DOUBTED = frozenset({Kind.FREE_TEXT, *_FILES})


def _may_be_somebodys(of: About) -> bool:
    return of.is_by_columns or of.subject is Subject.UNKNOWN


def _is_nobodys(of: About) -> bool:
    return of.subject in {Subject.CATALOGUE, Subject.PLACE, Subject.UNKNOWN} and not (of.has_people or of.is_owned)


def _names_people(table: Table) -> bool:
    """Whether a word of the table's name is of people, whatever else it says."""
    return any(singular(word) in PERSON for word in split(table.name.name))


def _is_everybodys(of: About) -> bool:
    return of.subject is Subject.CATALOGUE and not (of.is_owned or of.has_people)


def _is_of_people(of: About) -> bool:
    return of.subject is Subject.PERSON and of.has_people and not (of.is_owned or of.is_part)


def _is_somebody(of: About) -> bool:
    return of.subject is Subject.PERSON and (of.has_people or of.is_owned)


def _is_whole(column: Column) -> bool:
    return column.type.kind is TypeClass.INTEGER


def _shows(table: Table) -> bool:
    """Whether a table is of pictures, which an application shows of what it offers."""
    return singular(split(table.name.name)[-1]) in {"image", "picture", "photo", "icon", "banner", "thumbnail", "asset"}


def _in_address(head: Head, column: Column, table: Table) -> bool:
    """Whether other parts of an address stand beside *column*, called after the same."""
    return any(
        c.type.kind is TypeClass.TEXT
        and (other := head_of(c.name)) is not None
        and other.kind in _ADDRESS_PARTS
        and (other.kind is not Kind.ADDRESS or len(other.phrase) == 1)
        and other.before[:1] == head.before[:1]
        for c in table.columns
        if c.name != column.name
    )
