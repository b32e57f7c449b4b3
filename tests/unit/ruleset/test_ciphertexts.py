"""Ciphertexts are those of Active Record, letter by letter, and nothing else is written where it decrypts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from masker.errors import RuleErrors
from masker.masks.encrypted import Ciphertext
from masker.masks.locales import LOCALES
from masker.ruleset.ciphertexts import ciphertexts
from masker.ruleset.gem_ciphertexts import read_key
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
@pytest.mark.parametrize("locale", ["en_US", "ja_JP", "de_DE", "es_ES"])
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
    return _of(table("users", "id int8 primary key", "email text", "phone text", "note text"), columns, facts)


def _of(users: Any, columns: dict[str, Any], facts: dict[str, Any] | None = None) -> Any:
    tables = {users.name.name: {"columns": columns}}
    rules = {"version": 1, "locale": "en_US", "tables": tables, "facts": facts or {}}
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


def _lockbox(stored: str, master: bytes, table: str, attribute: str) -> str:
    """As Lockbox reads it, its key by RFC 5869 written out."""
    prk = hmac.digest(table.encode(), master, "sha384")
    key = hmac.digest(prk, b"\xb4" * 32 + attribute.encode() + b"\x01", "sha384")[:32]
    content = base64.b64decode(stored, validate=True)
    return AESGCM(key).decrypt(content[:12], content[12:], None).decode()


_MASTER = bytes(range(32))


def test_lockbox_reads_what_is_made_for_its_table_and_attribute() -> None:
    rules = {"email_ciphertext": {"mask": "encrypted", "library": "lockbox", "of": "email", "count": 20}}
    people = table("people", "id int8 primary key", "email_ciphertext text", "email_bidx text")
    found = _of(people, {**rules, "email_bidx": "null"})
    assert found.problems == ()
    with pytest.raises(RuleErrors) as told:
        known_values(found, {"LOCKBOX_MASTER_KEY": "short"}, KEY)
    assert [p.found for p in told.value.problems] == [
        "the environment variable LOCKBOX_MASTER_KEY holds no key of 32 bytes, expected 64 hex digits or 32 characters"
    ]
    (made,) = known_values(found, {"LOCKBOX_MASTER_KEY": _MASTER.hex()}, KEY).values()
    texts = [_lockbox(stored, _MASTER, "people", "email") for stored in json.loads(made)]
    assert len({*texts}) == 20
    assert all(text.endswith("@example.com") for text in texts)
    with pytest.raises(InvalidTag):
        _lockbox(json.loads(made)[0], _MASTER, "people", "name")
    (kept,) = _of(people, {**rules, "email_bidx": "keep"}).problems
    assert "email_bidx is kept, the blind index of what stood there" in kept.found


def test_attr_encrypted_reads_text_and_iv_of_one_place() -> None:
    rule = {"mask": "encrypted", "library": "attr_encrypted", "of": "full_name", "keys": {"key": {"env": "SSN_KEY"}}}
    people = table("people", "id int8 primary key", "encrypted_ssn text", "encrypted_ssn_iv text")
    pair = {"encrypted_ssn": rule, "encrypted_ssn_iv": {**rule, "part": "iv"}}
    found = _of(people, pair)
    assert found.problems == ()
    columns = next(iter(found.tables.values())).columns
    assert columns["encrypted_ssn"].rule.scope == columns["encrypted_ssn_iv"].rule.scope == "people.encrypted_ssn"
    known = known_values(found, {"SSN_KEY": "k" * 32}, KEY)
    texts, ivs = (json.loads(known[c.rule.known_name("en_US")]) for c in columns.values())
    assert all(text.endswith("\n") and max(map(len, text.splitlines())) <= 60 for text in texts)
    clear = {
        AESGCM(b"k" * 32).decrypt(base64.b64decode(iv), base64.b64decode(text), None).decode()
        for text, iv in zip(texts, ivs, strict=True)
    }
    assert all(" " in text for text in clear)
    for other in ("null", {**rule, "part": "iv", "of": "email"}, rule):
        told = _of(people, {**pair, "encrypted_ssn_iv": other}).problems
        assert "is read together with it, and is not decided alike" in told[0].found
    salted = table(
        "people", "id int8 primary key", "encrypted_ssn text", "encrypted_ssn_iv text", "encrypted_ssn_salt text"
    )
    told = _of(salted, {**pair, "encrypted_ssn_salt": "null"}).problems
    assert [(p.subject, p.hint) for p in told] == [
        (f"people.{name}", "use null for all three") for name in ("encrypted_ssn", "encrypted_ssn_iv")
    ]


def test_keys_of_gems_are_32_bytes() -> None:
    assert read_key("00" * 32) == bytes(32)
    assert read_key("x" * 32) == b"x" * 32
    for wrong in ("", "00", "é" * 32):
        with pytest.raises(ValueError, match=r"^no key of 32 bytes"):
            read_key(wrong)
