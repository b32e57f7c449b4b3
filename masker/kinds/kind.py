"""The kinds of what a column may hold, and how much each is worth a look."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Risk(IntEnum):
    """What it would mean if values of a kind were copied."""

    NONE = 0
    TEXT = 1  # may hold anything that people write
    PERSONAL = 2  # says something of somebody
    NUMBER = 3  # identifies or charges somebody
    SECRET = 4  # lets somebody in


class Kind(StrEnum):
    """What a column holds, in words."""

    PASSWORD = "password"  # noqa: S105 - a word, and the next two
    SECRET = "secret"  # noqa: S105
    TOKEN = "token"  # noqa: S105
    KEY = "key material"
    HASH = "hash of something personal"
    ENCRYPTED = "encrypted text"
    AUTHORITY = "number of an authority"
    CARD = "card number"
    IBAN = "IBAN"
    BIC = "bank code"
    BANK_ACCOUNT = "bank account"
    PAYMENT_ID = "payment id"
    EXTERNAL_ID = "external id"
    EMAIL = "e-mail"
    PHONE = "telephone"
    GIVEN_NAME = "given name"
    FAMILY_NAME = "family name"
    FULL_NAME = "person name"
    INITIALS = "initials"
    USER_NAME = "user name"
    COMPANY = "company"
    JOB = "job"
    POSTAL_CODE = "postal code"
    PLACE_CODE = "place code"
    REGION = "region"
    CITY = "city"
    TOWN = "town"
    STREET = "street"
    BUILDING = "building"
    ADDRESS = "address"
    GEO = "geo"
    IP = "IP address"
    MAC = "MAC address"
    USER_AGENT = "user agent"
    DEVICE = "device"
    URL = "URL"
    FILE_NAME = "file name"
    PICTURE = "picture"
    BIRTH = "birth date"
    TRAIT = "trait"
    INCOME = "income"
    DOCUMENT = "document"
    HISTORY = "history"
    SEARCH = "search text"
    FREE_TEXT = "free text"
    LIST = "list"
    BINARY = "binary"
    OTHER = "other"
    LABEL = "catalogue text"
    SLUG = "slug"
    CODE = "internal code"
    CLASS_NAME = "class name"
    FLAG_LIST = "flag list"
    SETTINGS = "settings"
    CHECKSUM = "checksum"
    REFERENCE = "reference"
    COUNTER = "counter"
    AMOUNT = "amount"
    DATE = "date"
    FLAG = "flag"

    @property
    def risk(self) -> Risk:
        return _RISKS.get(self, Risk.PERSONAL)

    @property
    def is_personal(self) -> bool:
        """Whether values of it are not to reach a preview."""
        return self.risk is not Risk.NONE


_RISKS = {
    **dict.fromkeys((Kind.PASSWORD, Kind.SECRET, Kind.TOKEN, Kind.KEY, Kind.ENCRYPTED), Risk.SECRET),
    **dict.fromkeys(
        (Kind.HASH, Kind.AUTHORITY, Kind.CARD, Kind.IBAN, Kind.BIC, Kind.BANK_ACCOUNT, Kind.PAYMENT_ID), Risk.NUMBER
    ),
    **dict.fromkeys(
        (Kind.DOCUMENT, Kind.HISTORY, Kind.SEARCH, Kind.FREE_TEXT, Kind.LIST, Kind.BINARY, Kind.OTHER), Risk.TEXT
    ),
    **dict.fromkeys(
        (
            Kind.LABEL,
            Kind.SLUG,
            Kind.CODE,
            Kind.CLASS_NAME,
            Kind.FLAG_LIST,
            Kind.SETTINGS,
            Kind.CHECKSUM,
            Kind.REFERENCE,
            Kind.COUNTER,
            Kind.AMOUNT,
            Kind.DATE,
            Kind.FLAG,
        ),
        Risk.NONE,
    ),
}
