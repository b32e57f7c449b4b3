"""Names of columns and tables taken apart into words."""

from __future__ import annotations

import re
from functools import lru_cache


def listed(words: str) -> frozenset[str]:
    """The words of a text.

    >>> sorted(listed("b a"))
    ['a', 'b']
    """
    return frozenset(words.split())


def comma_separated(phrases: str) -> tuple[str, ...]:
    """The phrases of a text.

    >>> comma_separated("a b, c")
    ('a b', 'c')
    """
    return tuple(" ".join(phrase.split()) for phrase in phrases.split(","))


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NUMBERS = frozenset({"no", "num", "nbr", "nr"})
#: Short forms of what a name ends in, as tables of Japanese systems have them.
_SHORT = dict.fromkeys(_NUMBERS, "number") | {
    "nm": "name", "cd": "code", "kbn": "kubun", "flg": "flag", "adr": "address",
}  # fmt: skip
_BREAK = re.compile(r"[\W_]+")
_DIGITS = re.compile(r"^([a-z]{2,}?)(\d{1,2})$")

#: Words with digits that are not numbered ones.
_WHOLE = listed(
    """
    sha256 sha1 sha512 md5 oauth2 s3 x509 p12 e164 base64 utf8 i18n
    """
)

#: Words that are written together as often as apart.
_TOGETHER = {
    written.replace(" ", ""): tuple(written.split())
    for written in comma_separated(
        """
        first name, last name, full name, middle name, family name, given name, maiden name, display name, user
        agent, zip code, post code, postal code, phone number, cell phone, mobile phone, ip address, ip addr,
        email address, mail address, file name, account number, card number, house number, street name, birth
        date, birth day, date of birth, place of birth, birth place, birth country, api key, auth token, access
        token, my number, tax id, home page, web site, login name, street address, bank account, account holder,
        credit card, debit card, line 1, first kana, last kana, name kana, vor name, nach name, geburts datum,
        geburts ort, tele fon, passport number, social security number, national id, driver license, web hook,
        host name, ldap name, nom famille, code postal, telefon nummer, konto nummer, konto inhaber, haus nummer, mobil
        nummer, steuer nummer, steuer id, ausweis nummer, kunden nummer, firmen name, benutzer name, spitz name,
        staats angehoerigkeit, familien stand, fax no, high school
        """
    )
} | {"birthday": ("birthday",), "website": ("website",), "homepage": ("homepage",), "firstkana": ("first", "kana")}

_IRREGULAR = {
    "people": "person", "children": "child", "addresses": "address", "statuses": "status", "aliases": "alias",
    "news": "news", "series": "series", "staff": "staff", "data": "data", "media": "media", "criteria": "criteria",
    "men": "man", "women": "woman", "parents": "parent", "analyses": "analysis", "diagnoses": "diagnosis",
    "caches": "cache", "movies": "movie", "cookies": "cookie", "types": "type", "names": "name", "notes": "note",
    "codes": "code", "places": "place", "files": "file", "sites": "site", "devices": "device", "images": "image",
    "messages": "message", "pages": "page", "houses": "house", "nurses": "nurse", "spouses": "spouse",
    "courses": "course", "licenses": "license", "licences": "licence", "invoices": "invoice", "services": "service",
    "resources": "resource", "sources": "source", "responses": "response", "purchases": "purchase", "cases": "case",
    "databases": "database", "releases": "release", "expenses": "expense", "phases": "phase", "houses ": "house",
    "employees": "employee", "attendees": "attendee", "trainees": "trainee", "referees": "referee",
    "zones": "zone", "phones": "phone", "roles": "role", "rules": "rule", "profiles": "profile", "queues": "queue",
    "leagues": "league", "venues": "venue", "values": "value", "pictures": "picture", "features": "feature",
    "anonymous": "anonymous", "previous": "previous", "bonus": "bonus", "virus": "virus", "campus": "campus",
    "sms": "sms", "gps": "gps", "address": "address", "access": "access", "business": "business", "class": "class",
    "process": "process", "progress": "progress", "illness": "illness", "fitness": "fitness", "witness": "witness",
    "address's": "address", "boss": "boss", "class's": "class", "basis": "basis", "analysis": "analysis",
    "diagnosis": "diagnosis", "this": "this", "is": "is", "has": "has", "was": "was", "as": "as", "wages": "wage",
    "skus": "sku", "menus": "menu", "jobs": "job", "https": "https",
    "aws": "aws", "dns": "dns", "cms": "cms", "ens": "ens", "os": "os", "pass": "pass",
}  # fmt: skip


@lru_cache(maxsize=20_000)
def split(name: str) -> tuple[str, ...]:
    """*name* as words in lower case, those that are written together apart, numbers by themselves.

    >>> split('userEmailAddress2'), split('zipcode'), split('SHA256'), split('氏名_カナ')
    (('user', 'email', 'address', '2'), ('zip', 'code'), ('sha256',), ('氏名', 'カナ'))
    """
    found: list[str] = []
    for part in _BREAK.split(_HUMP.sub("_", name)):
        word = part.lower()
        if not word:
            continue
        numbered = _DIGITS.match(word) if word not in _WHOLE else None
        for each in numbered.groups() if numbered else (word,):
            found += _TOGETHER.get(each) or _apart(each)
    return tuple(_SHORT.get(word, word) if at else word for at, word in enumerate(found))


#: What other words are written together with, and but a few words end in by chance.
_ENDING = re.compile(
    r"(?!katakana|subaddress)(.{2,})(tokens?|password|passwd|secret|emails?|address|[hf]urigana|kana)\Z"
)


def _apart(word: str) -> tuple[str, ...]:
    found = _ENDING.match(word)
    return found.groups() if found is not None else (word,)


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """*word* without its plural.

    >>> [singular(word) for word in ('users', 'companies', 'addresses', 'status', 'boxes')]
    ['user', 'company', 'address', 'status', 'box']
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses", "zes")):
        return word[:-2]
    return word[:-1]


_SOUNDS = (
    ("shi", "si"), ("chi", "ti"), ("tsu", "tu"), ("fu", "hu"), ("sha", "sya"), ("shu", "syu"), ("sho", "syo"),
    ("cha", "tya"), ("chu", "tyu"), ("cho", "tyo"), ("ja", "zya"), ("ju", "zyu"), ("jo", "zyo"), ("jya", "zya"),
    ("jyu", "zyu"), ("jyo", "zyo"), ("ji", "zi"), ("mb", "nb"), ("mp", "np"), ("mm", "nm"), ("ou", "o"), ("oo", "o"),
    ("oh", "o"), ("uu", "u"), ("nn", "n"), ("ī", "i"), ("ō", "o"), ("ū", "u"),
)  # fmt: skip


@lru_cache(maxsize=20_000)
def romaji(word: str) -> str:
    """*word* in one way of writing Japanese in Latin letters, whichever it was written in.

    >>> romaji('todoufuken') == romaji('todohuken'), romaji('kouza') == romaji('koza'), romaji('shimei')
    (True, True, 'simei')
    """
    for written, one in _SOUNDS:
        word = word.replace(written, one)
    return word


def counts_them(name: str) -> bool:
    """Whether a number called *name* says how many of them there are, because the thing stands in the plural.

    >>> counts_them("phones"), counts_them("phone"), counts_them("address")
    (True, False, False)
    """
    words = split(name)
    return bool(words) and singular(words[-1]) != words[-1]
