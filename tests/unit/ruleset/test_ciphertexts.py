"""Ciphertexts are those of Active Record, letter by letter, and nothing else is written where it decrypts."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from masker.errors import RuleErrors
from masker.masks.encrypted import Ciphertext
from masker.masks.locales import LOCALES
from masker.ruleset.ciphertexts import ciphertexts
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from masker.ruleset.secrets import known_values
from tests.catalogs import catalog, table

KEY = bytes(range(32))
_DETERMINISTIC, _PRIMARY, _SALT = "preview deterministic key", "preview primary key", "preview salt"


@pytest.mark.parametrize(
    ("digest", "text", "stored"),
    [
        (
            "SHA256",
            "taro.1@example.com",
            '{"p":"SvSjSOn/eXRmd7ZhpbRiv2Hr","h":{"iv":"ZXue4qQDADqeiyEs","at":"5Hepd++CVsdlCqjwyU499w=="}}',
        ),
        (
            "SHA256",
            "寺田 圭介",
            '{"p":"UMEG+Kh4Nni2CyWHxw==","h":{"iv":"+DDK7bjxB9hgqxeN","at":"49ghgGFKXZkd7PGY+ohZFA=="}}',
        ),
        (
            "SHA1",
            "taro.1@example.com",
            '{"p":"Kq9CLg3Y4hY4W5d0egKs/oKs","h":{"iv":"GpC1TYq/2DW9ILTk","at":"zc18t7s2kEUTau5G22KsUQ=="}}',
        ),
    ],
)
def test_deterministic_ones_are_what_active_record_7_1_stores(digest: str, text: str, stored: str) -> None:
    rule = Ciphertext.model_validate({"value": text, "deterministic": True, "digest": digest})
    assert ciphertexts(rule, _DETERMINISTIC, _SALT, LOCALES["en_US"], KEY) == (stored,)


def _opened(stored: str, password: str) -> str:
    found = json.loads(stored)
    payload, nonce, tag = (base64.b64decode(v) for v in (found["p"], found["h"]["iv"], found["h"]["at"]))
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), _SALT.encode(), 1 << 16, 32)
    return AESGCM(key).decrypt(nonce, payload + tag, None).decode()


@pytest.mark.parametrize("of", ["email", "phone", "first_name", "last_name", "full_name", "token", "digits"])
@pytest.mark.parametrize("locale", ["en_US", "ja_JP", "de_DE"])
def test_others_are_read_back_under_the_preview_s_key(of: str, locale: str) -> None:
    rule = Ciphertext.model_validate({"of": of, "count": 40, "digest": "SHA256"})
    made = ciphertexts(rule, _PRIMARY, _SALT, LOCALES[locale], KEY)
    texts = [_opened(stored, _PRIMARY) for stored in made]
    assert made == ciphertexts(rule, _PRIMARY, _SALT, LOCALES[locale], KEY)
    assert len({*made}) == 40
    assert len({*texts}) == 40 or of in {"phone", "first_name", "last_name", "full_name"}
    assert all(texts)


_FACTS: dict[str, Any] = {
    "encryption": {"digest": "SHA1"},
    "models": {
        "User": {
            "table": "users",
            "encrypted": {
                "email": {"deterministic": True, "downcase": True},
                "phone": {},
                "note": {"key_provider": "K"},
            },
        }
    },
}


def _resolved(columns: dict[str, Any], facts: dict[str, Any]) -> Any:
    users = table("users", "id int8 primary key", "email text", "phone text", "note text")
    rules = {"version": 1, "tables": {"users": {"columns": columns}}, "facts": facts}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rules.yml"
        file.write_text(json.dumps(rules), encoding="utf-8")
        return resolve(read_rules([file]), catalog(users))


def test_the_application_says_how_and_what_it_could_not_read_is_refused() -> None:
    found = _resolved({"email": {"mask": "encrypted", "of": "email"}, "phone": "phone", "note": "null"}, _FACTS)
    rule = next(iter(found.tables.values())).columns["email"].rule
    assert (rule.deterministic, rule.downcase, rule.digest) == (True, True, "SHA1")
    assert [(p.subject, p.found.partition(",")[0]) for p in found.problems] == [
        ("users.phone", "facts: the application encrypts it")
    ]
    reads = {**_FACTS, "encryption": {"support_unencrypted_data": True}}
    assert _resolved({"email": "email", "phone": "phone", "note": "lorem"}, reads).problems == ()
    (own,) = _resolved(
        {"email": "null", "phone": "null", "note": {"mask": "encrypted", "of": "token"}}, _FACTS
    ).problems
    assert "a key provider of its own" in own.found


def test_keys_that_are_not_set_are_told_and_lists_encrypt_by_the_last() -> None:
    rules = {"email": {"mask": "encrypted", "of": "email"}, "phone": "null", "note": "null"}
    found = _resolved(rules, _FACTS)
    with pytest.raises(RuleErrors) as told:
        known_values(found, {}, KEY)
    assert [p.found.split()[3] for p in told.value.problems] == [
        "ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY",
        "ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT",
    ]
    names = [p.found.split()[3] for p in told.value.problems]
    one, listed = (known_values(found, {names[0]: key, names[1]: _SALT}, KEY) for key in ("new", '["old", "new"]'))
    assert one == listed
