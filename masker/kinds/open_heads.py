"""Heads of names that mean nothing by themselves: names, ids, numbers, codes, keys and hashes of something."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from masker.catalog.types import TypeClass
from masker.kinds.groups import CATALOGUE, COMPANY, PERSON
from masker.kinds.kind import Kind
from masker.kinds.letting_in import SHARES, code_of, how_sure, is_in_links, key_of
from masker.kinds.name import EITHER, Found, Name, is_presented, owner
from masker.kinds.services import PAID, PAYMENT, SOCIAL
from masker.kinds.subject import Subject
from masker.kinds.vocabulary import MODIFIERS
from masker.kinds.words import listed, singular, split

#: Where a thing has an id as people have.
_ELSEWHERE = frozenset({"external", "remote", "provider", "active"})

#: What has an id elsewhere that says nothing of people.
_ELSEWHERES = listed(
    """
    list template campaign product price plan coupon form workspace team project repository version tag audience segment
    folder bucket type
    """
)

#: Where people meet at a service, which have ids of their own.
_ROOMS = listed(
    """
    channel server guild role page post room thread app bot board
    """
)

#: What goes to somebody.
_GOES_TO = frozenset(
    {"shipping", "billing", "delivery", "ship", "bill", "invoice", "gift", "attn", "up", "pickup", "dropoff"}
)

#: What people are put in, which has a name of its own.
_COLLECTIONS = frozenset({"group", "list", "segment", "pool", "cohort", "collection", "folder", "bucket", "queue"})

_BESIDE_FILES = frozenset({"mime", "mime_type", "content_type", "file_size", "byte_size", "filesize", "file_type"})


def opened(name: Name) -> Found | None:
    """What the head of *name*, which means nothing by itself, is of."""
    return _OPEN[name.head.phrase[-1]](name)


def _name_of(name: Name) -> Found | None:
    before = tuple(word for word in name.head.before if not (word in MODIFIERS or word.isdigit()))
    if all(word.endswith("ed") for word in before):
        # Whatever was done to it, it is a name of the row.
        before = ()
    if before:
        if (who := owner(before, PERSON)) is not None:
            return Kind.FULL_NAME, 0.85, f"its name says the name of a {who}"
        if name.of.subject is Subject.ADDRESS and set(before) & {"building", "house", "block", "number"}:
            return Kind.BUILDING, 0.8, "its name says a building"
        if "by" in before:
            return Kind.FULL_NAME, 0.75, "its name says by whom"
        if before[-1] in _GOES_TO:
            return Kind.FULL_NAME, 0.8, "its name says to whom something goes"
        if (who := owner(before, COMPANY)) is not None:
            return Kind.COMPANY, 0.8, f"its name says the name of a {who}"
        if before[-1] in CATALOGUE:
            return Kind.LABEL, 0.85, f"its name says the name of a {before[-1]}"
        if before[-1] in SOCIAL or before[-1] in PAYMENT:
            return Kind.FULL_NAME, 0.6, f"its name says a name at {before[-1]}"
        return Kind.LABEL, 0.6, f"its name says the name of a {before[-1]}"
    if singular(split(name.table.name.name)[-1]) in _COLLECTIONS:
        return Kind.LABEL, 0.75, f"a name of a {singular(split(name.table.name.name)[-1])}, whoever is in it"
    if name.of.subject is Subject.CREDENTIAL and {"uid", "provider"} <= {c.name for c in name.table.columns}:
        return Kind.FULL_NAME, 0.65, "a name beside an account elsewhere"
    if name.of.word in EITHER and not name.of.has_people and is_presented(name.table):
        return Kind.COMPANY, 0.75, f"a name in a table of {name.of.word}, beside what companies show"
    if name.of.word == "account" and not name.of.has_people:
        return Kind.COMPANY, 0.65, "a name of an account, which nobody signs in to"
    if name.of.word == "bank_account" and not before:
        return Kind.FULL_NAME, 0.65, "a name in a table of bank accounts"
    is_file = name.of.is_owned and singular(split(name.table.name.name)[-1]) in {"import", "upload", "attachment"}
    if is_file or _BESIDE_FILES & {c.name for c in name.table.columns}:
        return Kind.FILE_NAME, 0.75, "a name beside what is said of a file"
    match name.of.subject:
        case Subject.PERSON:
            return Kind.FULL_NAME, 0.85, f"a name in a table of {name.of.word}"
        case Subject.COMPANY:
            return Kind.COMPANY, 0.85, f"a name in a table of {name.of.word}"
        case Subject.ADDRESS:
            return Kind.FULL_NAME, 0.75, "a name in a table of addresses"
        case Subject.MESSAGE if name.of.has_people or name.of.has_place:
            return Kind.FULL_NAME, 0.75, "a name beside somebody's address"
        case Subject.TRANSACTION if name.of.has_people:
            return Kind.FULL_NAME, 0.7, "a name beside somebody's address"
        case Subject.CATALOGUE:
            return Kind.LABEL, 0.9, f"a name in a table of {name.of.word}"
    if name.of.has_people:
        return Kind.FULL_NAME, 0.65, "a name in a table that holds people"
    return Kind.LABEL, 0.65, f"a name of {name.of.word}"


def _id(name: Name) -> Found | None:
    words = [word for word in name.head.before if word not in MODIFIERS]
    if words and words[-1] in SHARES and name.column.type.kind in {TypeClass.TEXT, TypeClass.UUID}:
        return Kind.SECRET, 0.75, f"its name says what is in a link: {words[-1]}"
    if not words and is_in_links(name):
        return Kind.SECRET, 0.6, f"what a link to a {name.of.word} has in it"
    if not words and name.column.name.lower() in {"id", "uuid", "guid"}:
        return Kind.REFERENCE, 0.9, "a row's id"
    of_somebody = name.of.subject in {Subject.PERSON, Subject.CREDENTIAL}
    is_there = name.column.type.kind is TypeClass.TEXT and words and words[-1] in SOCIAL | PAYMENT
    if not is_there and any(name.column.name[:-3] + "_type" == other.name for other in name.table.columns):
        return Kind.REFERENCE, 0.9, "half of a polymorphic reference"
    whose = [singular(word) for word in split(name.table.name.name)]
    is_paid = whose[-1] in PAYMENT or any(word in PAYMENT - PAID for word in whose)
    if words in (["external"], ["remote"]) and not (of_somebody or is_paid):
        return Kind.CODE, 0.6, "an id of the row for others"
    if owner(name.head.before, PERSON) in _TREATED:
        return Kind.AUTHORITY, 0.65, "its name says whose file it is"
    if any(word in PAYMENT for word in words) and words[-1] not in {"price", "plan", "product", "coupon"}:
        return Kind.PAYMENT_ID, 0.8, f"its name says an id at {next(w for w in words if w in PAYMENT)}"
    if len(words) > 1 and words[0] in SOCIAL | PAYMENT and words[-1] in _ELSEWHERES:
        return Kind.CODE, 0.7, f"its name says the id of a {words[-1]} elsewhere"
    is_somebodys = name.of.is_owned or name.of.is_personal
    if len(words) > 1 and words[0] in SOCIAL and words[-1] in _ROOMS and not is_somebodys:
        return Kind.CODE, 0.7, f"its name says the id of a {words[-1]} elsewhere"
    if words[:1] and words[0] in _ELSEWHERE and len(words) > 1 and not set(words[1:]) & (PERSON | COMPANY | SOCIAL):
        return Kind.CODE, 0.6, f"its name says the id of a {words[-1]} elsewhere"
    if any(word in SOCIAL for word in words):
        if name.of.subject is Subject.CATALOGUE and not (name.of.is_owned or owner(name.head.before, PERSON)):
            return Kind.CODE, 0.6, f"its name says the id of a {name.of.word} elsewhere"
        return Kind.EXTERNAL_ID, 0.75, f"its name says an id at {next(w for w in words if w in SOCIAL)}"
    if words and words[-1] in CATALOGUE | {"type", "status", "kind", "state"}:
        return Kind.CODE, 0.7, f"its name says the id of a {words[-1]}"
    if is_paid:
        return Kind.PAYMENT_ID, 0.65, "an id in a table of payments"
    if name.column.type.kind is TypeClass.TEXT and owner(name.head.before, PERSON - {"account", "entity", "identity"}):
        return Kind.EXTERNAL_ID, 0.6, "an id of somebody, which refers to no row"
    if of_somebody and not any(word in COMPANY for word in words):
        return Kind.EXTERNAL_ID, 0.65, "an id of somebody elsewhere"
    return Kind.CODE, how_sure(name), f"its name says the id of a {(words or ['row'])[-1]}"


def _number(name: Name) -> Found | None:
    if not name.head.before and (found := _numbered(name)) is not None:
        return found, 0.9, f"the number in a table of {name.of.word.replace('_', ' ')}"
    if (who := owner(name.head.before, PERSON - {"relative"})) is not None:
        return Kind.AUTHORITY, 0.7, f"its name says the number of a {who}"
    is_text = name.column.type.kind is TypeClass.TEXT
    if not name.head.before and name.of.word in _TREATED:
        return Kind.AUTHORITY, 0.7, f"the number of a {name.of.word}"
    spoken = SPOKEN & set(map(singular, split(name.table.name.name)))
    if is_text and spoken and name.head.before and not set(name.head.before) & _NUMBERED:
        return Kind.PHONE, 0.7, f"a number in a table of {min(spoken)}"
    if is_text and name.head.before[-1:] and name.head.before[-1] in _CALLED:
        return Kind.PHONE, 0.7, f"its name says a number that is called: {name.head.before[-1]}"
    if is_text and name.of.subject is Subject.PERSON and not set(name.head.before) & _NUMBERED:
        return Kind.AUTHORITY, 0.6, "a number of somebody"
    return Kind.CODE, 0.75, f"its name says {name.head.words}"


#: By the word of a table: what a number alone is there.
_NUMBERS_OF = {
    "phone_number": Kind.PHONE,
    **dict.fromkeys(("phone", "telephone", "mobile"), Kind.PHONE),
    **dict.fromkeys(("bank_account", "kouza", "koza", "iban"), Kind.BANK_ACCOUNT),
    **dict.fromkeys(("card", "credit_card", "debit_card", "payment_card"), Kind.CARD),
    **dict.fromkeys(
        ("passport", "visa", "driver_license", "driving_licence", "identity_document", "identity_card", "id_document"),
        Kind.AUTHORITY,
    ),
}


def _numbered(name: Name) -> Kind | None:
    words = [singular(word) for word in split(name.table.name.name)]
    return _NUMBERS_OF.get("_".join(words[-2:])) or _NUMBERS_OF.get(words[-1])


#: What is called by its number.
_CALLED = frozenset({"emergency", "home", "work", "office", "daytime", "evening", "contact", "callback", "hotline"})

#: Words of tables of what goes from one number to another.
SPOKEN = frozenset({"sms", "call", "phone", "whatsapp", "voicemail", "fax", "mms"})

#: People whose id elsewhere is a number of their file.
_TREATED = frozenset(
    {
        "patient",
        "student",
        "pupil",
        "employee",
        "staff",
        "worker",
        "applicant",
        "citizen",
        "taxpayer",
        "insured",
        "prisoner",
        "seito",
        "gakusei",
        "kanja",
        "kaiin",
    }
)

_NUMBERED = listed(
    """
    order invoice line version sequence batch ticket check page row lot part item serial receipt track sort
    display rank
    position round season episode week day floor level max min total squad jersey shirt room
    """
)


_SECRET_WORDS = listed(
    """
    token key code secret session cookie api invitation invite reset remember activation
    """
)
_LOGIN_WORDS = frozenset(["password", "pin", "passcode", "passphrase", "recovery", "crypted"])
_CONTENT_WORDS = listed(
    """
    file content body image blob url schema commit git asset data query template cache config params payload
    source variation attachment document checksum sha sha256 md5 transaction tx block result row event request
    idempotency integrity tag link list
    """
)


def _hash(name: Name) -> Found | None:
    words = set(name.head.before)
    if words & _LOGIN_WORDS:
        return Kind.PASSWORD, 0.85, f"its name says the {name.head.words} of a password"
    if words & _SECRET_WORDS:
        return Kind.TOKEN, 0.85, f"its name says the {name.head.words} of a secret"
    if words & _CONTENT_WORDS:
        return Kind.CHECKSUM, 0.85, f"its name says the {name.head.words} of a content"
    if not words and not name.of.is_personal:
        return Kind.CHECKSUM, 0.6, f"its name says {name.head.words}"
    return Kind.HASH, 0.6, f"its name says a {name.head.words} of something"


def _value(name: Name) -> Found | None:
    words = {singular(word) for word in split(name.table.name.name)}
    if not name.head.before and (name.of.subject is Subject.CREDENTIAL or words & _HIDDEN):
        return Kind.SECRET, 0.75, "a value in a table of what is kept secret"
    is_filled_in = name.of.is_owned and words & _FILLED_IN
    if not name.head.before and is_filled_in and name.column.type.kind is TypeClass.TEXT:
        return Kind.FREE_TEXT, 0.6, "a value that somebody filled in"
    is_offered = name.of.subject is Subject.CATALOGUE and not (name.of.is_owned or name.of.has_people)
    if not name.head.before and is_offered and name.of.word in {"option", "choice", "category", "type", "kind"}:
        return Kind.LABEL, 0.58, f"a value of a {name.of.word}"
    return None


#: Words of tables of what people fill in.
_FILLED_IN = frozenset({"form", "field", "answer", "custom", "response", "questionnaire", "survey"})

#: Words of tables of what nobody should see.
_HIDDEN = frozenset({"encrypted", "secret", "credential", "password", "vault"})


#: What is shown of a thing, and what is counted or embedded: data that say nothing of people.
_SHOWN_DATA = frozenset({"thumbnail", "logo", "banner", "icon", "poster"})
_COUNTED_DATA = frozenset({"stat", "stats", "statistic", "metric", "chart", "embed", "layout", "schema"})


def _data(name: Name) -> Found | None:
    before = set(name.head.before[-1:])
    if before & _COUNTED_DATA:
        return Kind.SETTINGS, 0.7, f"its name says {name.head.before[-1]} data"
    if before & _SHOWN_DATA and name.of.subject is not Subject.PERSON:
        return Kind.LABEL, 0.7, f"its name says data of a {name.head.before[-1]}"
    if name.of.subject is Subject.CATALOGUE and not (name.of.is_owned or name.of.has_people or name.of.is_part):
        return Kind.SETTINGS, 0.6, f"its name says data, in a table of {name.of.word}"
    return None


_OPEN: Mapping[str, Callable[[Name], Found | None]] = {
    "name": _name_of,
    "code": code_of,
    "key": key_of,
    **dict.fromkeys(("id", "uuid", "guid"), _id),
    **dict.fromkeys(("number", "no", "num", "nr", "bangou", "bango", "banngou", "番号"), _number),
    **dict.fromkeys(("hash", "digest"), _hash),
    "data": _data,
    "value": _value,
}
