"""Ciphertexts as Lockbox and attr_encrypted make and read them: AES-256-GCM, as base64, by their defaults.

Lockbox: the nonce, what is encrypted and its tag in one text; the key is derived from a master key, the table and the
attribute. attr_encrypted (per_attribute_iv): what is encrypted and its tag in one column, the nonce in another, the key
as the model gives it.
"""

from __future__ import annotations

import base64
import binascii
import re

from masker.masks.encrypted import Ciphertext
from masker.masks.locales.locale import Locale
from masker.ruleset.ciphertexts import digester, texts

_KEY, _NONCE = 32, 12

#: What Lockbox puts before the attribute's name when it derives a key.
_CONTEXT = b"\xb4" * 32

_HEX = re.compile(rf"[0-9a-fA-F]{{{2 * _KEY}}}\Z")


def read_key(written: str) -> bytes:
    """A key of 32 bytes, from as many characters or 64 hex digits. Raises ValueError, which shows nothing of it."""
    found = bytes.fromhex(written) if _HEX.match(written) else written.encode()
    if len(found) != _KEY:
        raise ValueError("no key of 32 bytes, expected 64 hex digits or 32 characters")
    return found


def gem_ciphertexts(rule: Ciphertext, secret: bytes, locale: Locale, key: bytes) -> tuple[str, ...]:
    """As many as *rule* says of its part, under the preview's *secret*; *key* is the run's. Both parts of one are at
    one place. Raises ModuleNotFoundError without the library, which an extra brings."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA384
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    digest = digester(rule, locale, key)
    if rule.library == "lockbox":
        table, attribute = (rule.key_table or "").encode(), (rule.key_attribute or "").encode()
        secret = HKDF(algorithm=SHA384(), length=_KEY, salt=table, info=_CONTEXT + attribute).derive(secret)
    cipher, found = AESGCM(secret), []
    for at, clear in enumerate(texts(rule, locale, digest)):
        nonce = digest(str(at), clear)[:_NONCE]
        sealed = cipher.encrypt(nonce, clear.encode(), None)
        if rule.library == "lockbox":
            found.append(base64.b64encode(nonce + sealed).decode())
        else:
            found.append(_packed(nonce if rule.part == "iv" else sealed))
    return tuple(found)


def _packed(content: bytes) -> str:
    """As Ruby's ``pack("m")`` writes it: lines of sixty characters, each ended."""
    return "".join(binascii.b2a_base64(content[at : at + 45]).decode() for at in range(0, len(content), 45))
