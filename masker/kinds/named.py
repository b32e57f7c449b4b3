"""The witness of names: the column's, read with its table's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from masker.catalog.types import Column, Table, TypeClass
from masker.kinds.groups import CATALOGUE, COMPANY, PERSON
from masker.kinds.kind import Kind
from masker.kinds.phrases import Head, head_of
from masker.kinds.saying import Saying
from masker.kinds.subject import About, Subject
from masker.kinds.vocabulary import MODIFIERS
from masker.kinds.words import counts_them, listed, singular, split

_WITNESS = "name"

#: Whose ids charge somebody, and whose tell who somebody is elsewhere.
_PAYMENT = listed(
    """
    stripe paypal braintree payjp gmo square adyen mollie gocardless cashfree razorpay payu klarna wise plaid
    increase column emburse dwolla authorize sepa gumroad chargebee recurly paddle lago sofort redsys veritrans
    komoju omise paypay checkout quickbooks xero snaptrade simplefin layer truelayer teller mercury brex
    gateway payment payout
    ach iugu pagarme moip mercadopago
    """
)
_SOCIAL = listed(
    """
    google facebook twitter github gitlab linkedin instagram line apple slack discord telegram whatsapp wechat
    kakao weibo microsoft azure okta auth0 keycloak saml ldap openid oauth oidc firebase cognito strava spotify
    steam twitch yahoo mixi rakuten xing vk mastodon matrix zoom zendesk intercom hubspot salesforce mailchimp
    sendgrid twilio twitterid orcid franceconnect france connect pro agent cis2 dfe dttp hesa trs external
    remote provider social sso azuread airtable active customerio drip onesignal pusher voter crm
    """
)

#: What goes to somebody.
_GOES_TO = frozenset(
    {"shipping", "billing", "delivery", "ship", "bill", "invoice", "gift", "attn", "up", "pickup", "dropoff"}
)

#: Texts that describe what is on offer as often as they are somebody's.
_DESCRIBING = listed(
    """
    description content detail text introduction summary excerpt instruction question answer caption tagline slogan
    agenda html explanation about goal objective recommendation hint beschreibung descripcion contenu inhalt setsumei
    naiyou title post
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
    }
)


def said_by_name(column: Column, table: Table, of: About) -> Iterator[Saying]:
    """What the name of *column* in *table*, which is *about* something, says."""
    head = head_of(column.name)
    if of.subject is Subject.MESSAGE and column.name.lower() in _ENVELOPE:
        yield Saying(_WITNESS, Kind.EMAIL, 0.85, f"who a message is from, or goes to, in a table of {of.word}")
    if (head is None or head.obscured) and (secret := _SECRETIVE & set(split(column.name))):
        yield Saying(_WITNESS, Kind.SECRET, 0.6, f"its name has the word {min(secret)}")
    if head is None:
        if of.subject is Subject.CATALOGUE and not of.is_owned and column.type.name == "varchar":
            yield Saying(_WITNESS, Kind.LABEL, 0.58, f"it is in a table of {of.word}")
        return
    name = _Name(head, column, table, of)
    found = _open(name) if head.kind is None else _closed(name, head.kind)
    if found is not None:
        kind, confidence, why = found
        if of.subject is Subject.PLACE and not of.is_owned and kind in _OF_PLACES:
            # Where something is held is no secret; whether somebody lives there, a name cannot tell.
            yield Saying(_WITNESS, Kind.LABEL, 0.62, f"{why}, in a table of {of.word}")
            confidence = 0.6
        if (
            column.type.kind is TypeClass.ARRAY
            and kind in {Kind.LABEL, Kind.CODE}
            and head.phrase[-1] in _TELLING_IN_LISTS
        ):
            kind, confidence, why = Kind.LIST, 0.7, f"{why}; a list of them may hold anything"
        if column.type.kind in {TypeClass.INTEGER, TypeClass.NUMBER} and (
            not kind.is_personal or (counts_them(column.name) and kind not in {Kind.INCOME, Kind.GEO})
        ):
            return
        if head.obscured:
            if not kind.is_personal:
                return
            confidence, why = min(confidence, 0.45), f"{why}, though other words follow"
        yield Saying(_WITNESS, kind, confidence, why)


#: What lists may have of people.
_TELLING_IN_LISTS = frozenset({"name", "code", "label"})

_OF_MAIL = frozenset({"body", "recipient", "message", "content", "to", "from"})
#: Words that nobody uses of what everybody may know.
_SECRETIVE = frozenset(
    {"secret", "password", "passwd", "pwd", "pass", "crypt", "credential", "cred", "otp", "jwt", "token"}
)
_ENVELOPE = frozenset({"from", "to", "cc", "bcc"})
_BESIDE_FILES = frozenset({"mime", "mime_type", "content_type", "file_size", "byte_size", "filesize", "file_type"})
_OF_BIRTH = frozenset({"citizenship", "nationality", "birth", "native", "ethnic", "ethnicity", "religion", "gender"})

_OF_PLACES = frozenset({*_ADDRESS_PARTS, Kind.REGION, Kind.GEO, Kind.PLACE_CODE, Kind.PHONE, Kind.URL})

_Found = tuple[Kind, float, str]


@dataclass(frozen=True, slots=True)
class _Name:
    """A column's name as it is read: its *head*, and where it stands."""

    head: Head
    column: Column
    table: Table
    of: About


def _closed(name: _Name, kind: Kind) -> _Found | None:
    head, of = name.head, name.of
    said, last = f"its name says {head.words}", head.phrase[-1]
    if head.phrase == ("state",) and _in_address(head, name.column, name.table):
        return Kind.REGION, 0.85, "its name says state, beside other parts of an address"
    if head.phrase == ("display", "name") and not of.is_personal:
        return Kind.LABEL, 0.7, f"a name of {of.word}"
    if kind is Kind.CODE and last in {"image", "thumbnail"} and of.subject is Subject.PERSON:
        return Kind.PICTURE, 0.75, "a picture of somebody"
    if kind is Kind.CODE and last == "url" and of.subject is Subject.PERSON:
        return Kind.URL, 0.65, f"{said}, in a table of {of.word}"
    if kind is Kind.SLUG and of.subject is Subject.PERSON:
        return Kind.USER_NAME, 0.8, "a name in links to somebody"
    if kind is Kind.FREE_TEXT and (of.is_owned or last not in _DESCRIBING):
        return kind, 0.9 if len(last) > 3 else 0.8, said
    if head.phrase == ("pin",) and of.subject in {Subject.ADDRESS, Subject.PLACE}:
        return Kind.POSTAL_CODE, 0.8, "a PIN among parts of an address"
    if kind is Kind.CODE and last in {"reference", "ref"} and (who := PERSON & set(head.before)):
        return Kind.AUTHORITY, 0.65, f"its name says the reference of a {min(who)}"
    if kind is Kind.CODE and last in {"reference", "ref"} and (of.subject is Subject.PERSON or "case" in head.before):
        return Kind.AUTHORITY, 0.6, "a reference of somebody's case"
    if head.phrase == ("identifier",) and _names_people(name.table):
        return Kind.AUTHORITY, 0.65, "an identifier in a table of somebody's"
    if kind in {Kind.BIRTH, Kind.TRAIT} and _names_people(name.table):
        return kind, 0.9, said
    if of.subject is Subject.CATALOGUE and kind in _OF_CATALOGUES and not _owner(head.before, PERSON):
        if kind is Kind.TRAIT:
            return Kind.CODE, 0.7, f"{said}, in a table of {of.word}"
        return Kind.LABEL, 0.75, f"{said}, in a table of {of.word}"
    if kind is Kind.FILE_NAME and of.subject is Subject.CATALOGUE and of.is_part and _shows(name.table):
        return Kind.LABEL, 0.75, f"{said}, of what belongs to a {of.word}"
    if kind is Kind.CODE and set(head.before) & _OF_BIRTH:
        return Kind.TRAIT, 0.8, f"its name says {' '.join(head.before)}"
    if head.phrase == ("unique", "id") and of.subject is Subject.CREDENTIAL:
        return Kind.HASH, 0.65, "what tells somebody apart in a table of credentials"
    if head.words in {"legal name", "legal full name"} and (of.subject is Subject.PERSON or of.has_people):
        return Kind.FULL_NAME, 0.8, "a legal name beside what is somebody's"
    if head.phrase in {("weight",), ("height",)} and _is_whole(name.column) and of.subject is not Subject.PERSON:
        return Kind.COUNTER, 0.6, said
    if kind is Kind.TRAIT and last in _OF_PEOPLE and not (of.is_personal or _owner(head.before, PERSON)):
        return Kind.CODE, 0.5, f"{said}, and nothing else there is about people"
    if kind in {Kind.REGION, Kind.CITY, Kind.TOWN} and of.subject is Subject.CATALOGUE and not of.has_people:
        return Kind.LABEL, 0.7, f"{said}, in a table of {of.word}"
    if kind is Kind.FREE_TEXT and of.subject is Subject.MACHINERY:
        return kind, 0.7, said
    if head.phrase == ("subject",) and _OF_MAIL & {c.name for c in name.table.columns}:
        return Kind.FREE_TEXT, 0.7, f"{said}, beside what a message says"
    if kind is Kind.LABEL and of.subject is Subject.MESSAGE and last in {"title", "subject", "headline"}:
        return Kind.FREE_TEXT, 0.7, f"{said}, of what people write"
    if kind is Kind.JOB and not (of.is_personal or _owner(head.before, PERSON)):
        return Kind.LABEL, 0.6, said
    if kind is Kind.ADDRESS and of.word == "email_address" and head.phrase == ("address",):
        return Kind.EMAIL, 0.95, "the address in a table of e-mail addresses"
    return kind, 0.9 if len(head.phrase) > 1 or len(last) > 3 else 0.8, said


def _names_people(table: Table) -> bool:
    """Whether a word of the table's name is of people, whatever else it says."""
    return any(singular(word) in PERSON for word in split(table.name.name))


def _is_whole(column: Column) -> bool:
    return column.type.kind is TypeClass.INTEGER


def _shows(table: Table) -> bool:
    """Whether a table is of pictures, which an application shows of what it offers."""
    return singular(split(table.name.name)[-1]) in {"image", "picture", "photo", "icon", "banner", "thumbnail", "asset"}


def _owner(before: tuple[str, ...], words: frozenset[str]) -> str | None:
    """The nearest word *before* the head that is one of *words*, others than modifiers left out."""
    for word in reversed(before):
        if word in words:
            return word
        if not (word in MODIFIERS or word.isdigit()):
            return None
    return None


def _in_address(head: Head, column: Column, table: Table) -> bool:
    """Whether other parts of an address stand beside *column*, called after the same."""
    return any(
        (other := head_of(c.name)) is not None and other.kind in _ADDRESS_PARTS and other.before[:1] == head.before[:1]
        for c in table.columns
        if c.name != column.name
    )


def _open(name: _Name) -> _Found | None:
    return _OPEN[name.head.phrase[-1]](name)


def _name_of(name: _Name) -> _Found | None:
    before = tuple(word for word in name.head.before if not (word in MODIFIERS or word.isdigit()))
    if before:
        if (who := _owner(before, PERSON)) is not None:
            return Kind.FULL_NAME, 0.85, f"its name says the name of a {who}"
        if name.of.subject is Subject.ADDRESS and set(before) & {"building", "house", "block", "number"}:
            return Kind.BUILDING, 0.8, "its name says a building"
        if "by" in before:
            return Kind.FULL_NAME, 0.75, "its name says by whom"
        if before[-1] in _GOES_TO:
            return Kind.FULL_NAME, 0.8, "its name says to whom something goes"
        if (who := _owner(before, COMPANY)) is not None:
            return Kind.COMPANY, 0.8, f"its name says the name of a {who}"
        if before[-1] in CATALOGUE:
            return Kind.LABEL, 0.85, f"its name says the name of a {before[-1]}"
        if before[-1] in _SOCIAL or before[-1] in _PAYMENT:
            return Kind.FULL_NAME, 0.6, f"its name says a name at {before[-1]}"
        return Kind.LABEL, 0.6, f"its name says the name of a {before[-1]}"
    if name.of.word == "bank_account" and not before:
        return Kind.FULL_NAME, 0.65, "a name in a table of bank accounts"
    if _BESIDE_FILES & {c.name for c in name.table.columns}:
        return Kind.FILE_NAME, 0.75, "a name beside what is said of a file"
    match name.of.subject:
        case Subject.PERSON:
            return Kind.FULL_NAME, 0.85, f"a name in a table of {name.of.word}"
        case Subject.COMPANY:
            return Kind.COMPANY, 0.85, f"a name in a table of {name.of.word}"
        case Subject.ADDRESS:
            return Kind.FULL_NAME, 0.75, "a name in a table of addresses"
        case Subject.MESSAGE if name.of.has_people:
            return Kind.FULL_NAME, 0.75, "a name beside somebody's address"
        case Subject.TRANSACTION if name.of.has_people:
            return Kind.FULL_NAME, 0.7, "a name beside somebody's address"
        case Subject.CATALOGUE:
            return Kind.LABEL, 0.9, f"a name in a table of {name.of.word}"
    if name.of.has_people:
        return Kind.FULL_NAME, 0.65, "a name in a table that holds people"
    return Kind.LABEL, 0.65, f"a name of {name.of.word}"


def _id(name: _Name) -> _Found | None:
    words = [word for word in name.head.before if word not in MODIFIERS]
    if not words and name.column.name.lower() in {"id", "uuid", "guid"}:
        return Kind.REFERENCE, 0.9, "a row's id"
    of_somebody = name.of.subject in {Subject.PERSON, Subject.CREDENTIAL}
    if any(name.column.name[:-3] + "_type" == other.name for other in name.table.columns):
        return Kind.REFERENCE, 0.9, "half of a polymorphic reference"
    if words in (["external"], ["remote"]) and not of_somebody:
        return Kind.CODE, 0.6, "an id of the row for others"
    if _owner(name.head.before, PERSON) in _TREATED:
        return Kind.AUTHORITY, 0.65, "its name says whose file it is"
    if any(word in _PAYMENT for word in words) and words[-1] not in {"price", "plan", "product", "coupon"}:
        return Kind.PAYMENT_ID, 0.8, f"its name says an id at {next(w for w in words if w in _PAYMENT)}"
    if any(word in _SOCIAL for word in words):
        return Kind.EXTERNAL_ID, 0.75, f"its name says an id at {next(w for w in words if w in _SOCIAL)}"
    whose = [singular(word) for word in split(name.table.name.name)]
    if any(word in _PAYMENT for word in whose):
        return Kind.PAYMENT_ID, 0.65, "an id in a table of payments"
    if of_somebody:
        return Kind.EXTERNAL_ID, 0.65, "an id of somebody elsewhere"
    return Kind.CODE, 0.7, f"its name says the id of a {(words or ['row'])[-1]}"


def _number(name: _Name) -> _Found | None:
    if not name.head.before and name.of.word == "phone_number":
        return Kind.PHONE, 0.95, "the number in a table of phone numbers"
    if (who := _owner(name.head.before, PERSON)) is not None:
        return Kind.AUTHORITY, 0.7, f"its name says the number of a {who}"
    is_text = name.column.type.kind is TypeClass.TEXT
    if is_text and name.of.subject is Subject.PERSON and name.head.before and not set(name.head.before) & _NUMBERED:
        return Kind.AUTHORITY, 0.6, "a number of somebody"
    return Kind.CODE, 0.75, f"its name says {name.head.words}"


#: People whose id elsewhere is a number of their file.
_TREATED = frozenset({"patient", "student", "pupil", "citizen", "taxpayer", "insured"})

_NUMBERED = listed(
    """
    order invoice line version sequence batch ticket check page row lot part item serial receipt track sort
    display rank
    position round season episode week day floor level max min total squad jersey shirt room
    """
)


def _code(name: _Name) -> _Found | None:
    if (who := _owner(name.head.before, PERSON)) is not None:
        return Kind.AUTHORITY, 0.6, f"its name says the code of a {who}"
    if not name.head.before and name.of.subject is Subject.CREDENTIAL:
        return Kind.SECRET, 0.7, "a code in a table of credentials"
    return Kind.CODE, 0.75, f"its name says {name.head.words}"


def _key(name: _Name) -> _Found | None:
    if not name.head.before and name.of.subject is Subject.CREDENTIAL:
        return Kind.KEY, 0.8, "a key in a table of credentials"
    return Kind.CODE, 0.75, "its name says a key of the application"


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
    idempotency
    """
)


def _hash(name: _Name) -> _Found | None:
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


def _nothing(name: _Name) -> _Found | None:
    del name
    return None


_OPEN: Mapping[str, Callable[[_Name], _Found | None]] = {
    "name": _name_of,
    "code": _code,
    "key": _key,
    **dict.fromkeys(("id", "uuid", "guid"), _id),
    **dict.fromkeys(("number", "no", "num", "nr"), _number),
    **dict.fromkeys(("hash", "digest"), _hash),
    **dict.fromkeys(("data", "value"), _nothing),
}
