"""Which passwords are hashed before it is known whether they are needed, and that they are not hashed twice."""

from __future__ import annotations

import bcrypt
import pytest

from masker.copy.hashing import hashed_ahead
from masker.ruleset.secrets import hashes_of, known_values
from tests.catalogs import catalog, table
from tests.unit.ruleset.files import resolved, rule_set

_KEY = b"k" * 32
_RULES = """
undecided: keep
tables:
  users:
    columns:
      password: {mask: password, plaintext: {env: ONE}, cost: 4}
      note: {mask: json, paths: {$.secret: {mask: password, plaintext: {env: TWO}, cost: 4}}}
defaults:
  - {columns: digest, mask: password, plaintext: {env: UNSET}, cost: 4}
  - {columns: hash, mask: password, hash: {env: ONE}}
"""
_DATABASE = catalog(table("users", "password text", "note jsonb"))
_ENVIRONMENT = {"ONE": "the first", "TWO": "the second"}


def test_passwords_that_are_set_are_hashed_ahead_and_only_once() -> None:
    hashes = hashes_of(rule_set(_RULES), _ENVIRONMENT, _KEY)
    assert len(hashes) == 2
    decided = resolved(_DATABASE, _RULES)
    assert decided.problems == ()
    with hashed_ahead(hashes) as ahead:
        made = known_values(decided, _ENVIRONMENT, _KEY, ahead)
    assert made == known_values(decided, _ENVIRONMENT, _KEY)
    for password in _ENVIRONMENT.values():
        assert any(bcrypt.checkpw(password.encode(), each.encode()) for each in made.values())
    assert known_values(decided, _ENVIRONMENT, _KEY, {name: lambda: "made before" for name in hashes}) == dict.fromkeys(
        hashes, "made before"
    )


def test_a_hash_that_cannot_be_made_fails_who_asks_for_it() -> None:
    def fail() -> str:
        raise ValueError("no hash")

    with hashed_ahead({"a": fail}) as ahead, pytest.raises(ValueError, match="no hash"):
        ahead["a"]()
