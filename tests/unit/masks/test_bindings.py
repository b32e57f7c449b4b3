"""Keys to seeds, pads and settings: the same for ever, different where they ought to be, and nowhere to be read."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from itertools import combinations

import bcrypt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from masker.masks.sql.bindings import (
    Binding,
    FunctionBindings,
    Known,
    Locked,
    Pad,
    Seed,
    SessionBindings,
    Shares,
    Words,
    bcrypt_salt,
    derive,
    lists_once,
    setting_name,
)
from masker.masks.sql.verbatim import render

KEY = bytes(range(32))

_EVERY: tuple[Binding, ...] = (
    Seed("person", "family"),
    Seed("person", "given"),
    Seed("personf", "amily"),
    Seed("users.email", "tag"),
    Pad("person", "inner"),
    Pad("person", "outer"),
    Pad("other", "inner"),
    Words("list", ("a", "b")),
    Words("list", ("a", "c")),
    Words("other", ("a", "b")),
    Shares("list", (("a", 0.5), ("b", 0.5))),
    Shares("list", (("a", 0.9), ("b", 0.1))),
    Known("password:1", "x"),
    Known("password:2", "x"),
    Locked("password"),
)


def _values(key: bytes, *bindings: Binding) -> list[str]:
    return list(derive(key, {setting_name(b): b for b in bindings}).values())


def test_every_binding_has_a_setting_of_its_own() -> None:
    names = [setting_name(binding) for binding in _EVERY]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"masker\.([a-z_]+_|(seeds|pads)_[0-9a-f]{2}#)[0-9a-f]{12}", name) for name in names)


def test_what_is_derived_never_changes() -> None:
    """Masked values of earlier runs under the same key hang on these numbers."""
    assert _values(KEY, Seed("person", "family"), Seed("users.email", "tag")) == [
        "5548649220532889279",
        "464907114064723352",
    ]
    assert _values(KEY, Locked("password")) == [_LOCKED]
    assert hashlib.sha256(_values(KEY, Pad("person", "inner"))[0].encode()).hexdigest()[:16] == _PAD


_LOCKED = "$2a$12$r46aSv6CdlQJ2IY1n38KJO8qRWyJt5St5lFV2II91/LUYywJ1RIV."
_PAD = "bedb516e5a2f288d"


def test_pads_are_those_of_hmac() -> None:
    inner, outer = (
        bytes.fromhex(value.removeprefix("\\x"))
        for value in _values(KEY, Pad("person", "inner"), Pad("person", "outer"))
    )
    assert len(inner) == len(outer) == 64
    subkey = bytes(byte ^ 0x36 for byte in inner)
    assert subkey == bytes(byte ^ 0x5C for byte in outer)
    message = "髙橋".encode()
    spelled = hashlib.sha256(outer + hashlib.sha256(inner + message).digest()).digest()
    assert spelled == hmac.digest(subkey.rstrip(b"\0"), message, hashlib.sha256)


@given(
    st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), min_size=2, max_size=6, unique=True),
    st.binary(min_size=32, max_size=40),
)
def test_seeds_of_different_scopes_and_parts_differ(pairs: list[tuple[str, str]], key: bytes) -> None:
    seeds = [int(_values(key, Seed(scope, part))[0]) for scope, part in pairs]
    assert all(a != b for a, b in combinations(seeds, 2))
    assert all(-(1 << 63) <= seed < 1 << 63 for seed in seeds)


def test_another_key_derives_other_values_under_the_same_names() -> None:
    used = {setting_name(b): b for b in _EVERY}
    one, other = derive(KEY, used), derive(KEY[::-1], used)
    assert one.keys() == other.keys()
    for name, binding in used.items():
        assert (one[name] == other[name]) == isinstance(binding, (Words, Shares, Known)), binding


def test_words_are_a_json_array() -> None:
    entries = ("佐藤", "O'Brien", 'a"b', "back\\slash")
    assert json.loads(_values(KEY, Words("list", entries))[0]) == list(entries)


@pytest.mark.parametrize("bindings", [SessionBindings(), FunctionBindings()])
def test_expressions_name_settings_and_hold_no_value(bindings: SessionBindings) -> None:
    known = Known("password:1", "$2a$12$secret")
    made = [
        bindings.seed("person", "family"),
        bindings.pad("person", "inner"),
        bindings.words(Words("list", ("geheim",))),
        bindings.known(known),
    ]
    written = " ".join(render(expression) for expression in made)
    named = re.findall(r"'(masker\.[a-z_]+_[0-9a-f]{12})'|'(masker\.[a-z]+_[0-9a-f]{2})'[^']*'([0-9a-f]{12})'", written)
    assert {whole or f"{setting}#{field}" for whole, setting, field in named} == set(bindings.used)
    assert len(bindings.used) == 4
    assert not any(secret in written for secret in ("person", "geheim", "secret", *derive(KEY, bindings.used).values()))


def test_a_rewrite_s_expressions_hold_no_sub_select() -> None:
    bindings = FunctionBindings()
    assert "SELECT" not in render(bindings.seed("a", "b")).upper()
    assert "SELECT" in render(SessionBindings().seed("a", "b")).upper()


def test_a_known_value_is_not_shown() -> None:
    assert "geheim" not in repr(Known("password:1", "geheim"))


def test_a_locked_hash_is_shaped_like_bcrypt_s() -> None:
    (value,) = _values(KEY, Locked("password"))
    assert re.fullmatch(r"\$2a\$12\$[./0-9A-Za-z]{53}", value)


def test_one_key_gives_one_salt_of_bcrypt_and_another_name_another() -> None:
    salts = [bcrypt_salt(key, name, 4) for key in (KEY, KEY[::-1]) for name in ("password:1", "password:2")]
    assert len(set(salts)) == 4
    assert salts[0] == bcrypt_salt(KEY, "password:1", 4)
    for salt in salts:
        hashed = bcrypt.hashpw(b"preview", salt)
        assert hashed.startswith(salt), "bcrypt reads the salt as it is written"
        assert bcrypt.checkpw(b"preview", hashed)


def test_a_list_is_read_once_by_a_statement_of_many_questions_and_seeds_as_ever() -> None:
    bindings = SessionBindings()
    lists = [render(bindings.words(Words("list", (word,)))) for word in "ab"]
    shares, seed = render(bindings.shares(Shares("list", (("a", 1.0),)))), render(bindings.seed("person", "given"))
    query = f"SELECT {lists[0]}, {lists[1]}, {lists[0]} -> 0, {shares}, {seed}"
    once = lists_once(query)
    of_lists = [name for name in bindings.used if "seeds" not in name]
    assert len(of_lists) == 3
    assert [once.count(f"'{name}'") for name in of_lists] == [1, 1, 1]
    assert once.endswith(f'(SELECT "list 0" FROM "masker lists") -> 0, (SELECT "list 2" FROM "masker lists"), {seed}')
    assert lists_once(f"SELECT {seed}") == f"SELECT {seed}"
