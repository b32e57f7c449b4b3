"""Ciphertexts as Active Record Encryption makes and reads them: AES-256-GCM in an envelope of JSON.

Made from the preview's keys and the run's own, so that one key gives one ciphertext from run to run: the nonce of a
text is drawn from the run's key and the text.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence

from masker.masks.encrypted import Ciphertext
from masker.masks.families import SECOND
from masker.masks.locales.locale import Locale

_ROUNDS, _KEY, _NONCE, _TAG = 1 << 16, 32, 12, 16

#: ``number(index, part)``: a number drawn for the text of that index.
Number = Callable[[int, str], int]

#: 32 bytes drawn for a path of texts.
Digest = Callable[..., bytes]


def last_key(written: str) -> str:
    """The key that encrypts, of one, or of a list as JSON.

    >>> last_key("one"), last_key('["old", "new"]')
    ('one', 'new')
    """
    if not written.startswith("["):
        return written
    try:
        found = json.loads(written)
    except json.JSONDecodeError:
        return written
    return str(found[-1]) if found else written


def ciphertexts(rule: Ciphertext, password: str, salt: str, locale: Locale, key: bytes) -> tuple[str, ...]:
    """As many as *rule* says, under the preview's *password* and *salt* (``primary_key`` or ``deterministic_key``, and
    ``key_derivation_salt``); *key* is the run's. Raises ModuleNotFoundError without the library, which an extra
    brings."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    digest = digester(rule, locale, key)
    derived = hashlib.pbkdf2_hmac((rule.digest or "SHA256").lower(), password.encode(), salt.encode(), _ROUNDS, _KEY)
    cipher = AESGCM(derived)
    found = []
    for at, clear in enumerate(texts(rule, locale, digest)):
        seed = hmac.digest(derived, clear.encode(), hashlib.sha256)
        nonce = seed[:_NONCE] if rule.deterministic else digest(str(at), clear)[:_NONCE]
        sealed = cipher.encrypt(nonce, clear.encode(), None)
        found.append(_envelope(sealed[:-_TAG], nonce, sealed[-_TAG:]))
    return tuple(found)


def digester(rule: Ciphertext, locale: Locale, key: bytes) -> Digest:
    """Draws from the run's *key* for *rule*, whichever part of a ciphertext it is for."""
    name = rule.model_copy(update={"part": "text"}).known_name(locale.name)

    def digest(*parts: str) -> bytes:
        return hmac.digest(key, "\0".join(("masker encrypted", name, *parts)).encode(), hashlib.sha256)

    return digest


def _envelope(payload: bytes, nonce: bytes, tag: bytes) -> str:
    """As Ruby's JSON writes it: equal ciphertexts have to be equal letter by letter."""
    written = {"p": _base64(payload), "h": {"iv": _base64(nonce), "at": _base64(tag)}}
    return json.dumps(written, separators=(",", ":"))


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def texts(rule: Ciphertext, locale: Locale, digest: Digest) -> Iterator[str]:
    """What is encrypted, as many as *rule* says."""

    def number(at: int, part: str) -> int:
        return int.from_bytes(digest(str(at), part)[:8], "big")

    for at in range(rule.count if rule.value is None else 1):
        made = rule.value if rule.value is not None else _text(rule.of or "", at, locale, number)
        yield made.lower() if rule.downcase else made


def _text(of: str, at: int, locale: Locale, number: Number) -> str:
    family, given = (_name(part, locale, locale.scripts[0], number(at, part)) for part in ("family", "given"))
    match of:
        case "email":
            return f"{_name('given', locale, 'romaji', number(at, 'given')).lower()}.{at + 1}@example.com"
        case "first_name":
            return given
        case "last_name":
            return family
        case "full_name":
            if locale.two_families:
                return f"{given} {family} {_name('family', locale, locale.scripts[0], number(at, SECOND))}"
            return f"{family} {given}" if locale.family_first else f"{given} {family}"
        case "phone":
            return _phone(locale, number(at, "phone"))
        case "digits":
            return f"{at:05d}{number(at, 'digits') % 10**7:07d}"
        case _:
            return f"{number(at, 'token'):016x}"


def _name(part: str, locale: Locale, script: str, number: int) -> str:
    names = _listed(part, locale, script)
    return names[number % len(names)]


def _listed(part: str, locale: Locale, script: str) -> Sequence[str]:
    pool = locale.names(part, script)  # type: ignore[arg-type]  # one of the locale's
    return pool.common.entries or pool.rare.entries


def _phone(locale: Locale, number: int) -> str:
    """A number that rings nowhere in the style of those with hyphens: the digits put into a format of to_char."""
    phones = locale.phones
    digits = str(phones.first + number % phones.drawn)
    (form,) = (style.format for style in phones.hyphenated if style.when is None)
    outside = form.removeprefix("FM").split('"')[::2]
    left = iter(digits.rjust(sum(piece.count("0") for piece in outside), "0"))
    pieces = form.removeprefix("FM").split('"')
    return "".join(
        piece if at % 2 else "".join(next(left) for letter in piece if letter == "0") for at, piece in enumerate(pieces)
    )
