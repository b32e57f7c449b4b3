"""One key, one result: whatever is masked twice with it comes out the same, hashes of passwords included."""

from __future__ import annotations

import bcrypt

from tests.executable import run
from tests.shop import Shop, one

_KEYS = {
    "ONE": "a key for tests that is long enough, really",
    "OTHER": "another key for tests that is long enough",
    "PREVIEW_PASSWORD": "preview",
}


def _digest(shop: Shop, key: str) -> str:
    """What a copy with *key* has put into the masked columns."""
    run(*shop.arguments("copy", "--key-env", key), env=_KEYS).expect(0)
    with shop.preview.connect(shop.target) as conn:
        hashes = one(conn, "SELECT array_agg(DISTINCT encrypted_password) FROM users")
        assert isinstance(hashes, list)
        assert len(hashes) == 1, "one hash for everybody"
        assert bcrypt.checkpw(b"preview", hashes[0].encode())
        rows = one(
            conn,
            "SELECT md5(string_agg(md5(concat_ws('|', email, name, phone, encrypted_password)), '' ORDER BY id)) FROM"
            " users",
        )
    return f"{rows} {hashes[0]}"


def test_one_key_gives_equal_results_from_run_to_run_and_another_key_others(shop: Shop) -> None:
    shop.write_rules(
        "encrypted_password: password",
        "encrypted_password: {mask: password, plaintext: {env: PREVIEW_PASSWORD}, cost: 4}",
    )
    first = _digest(shop, "ONE")
    assert _digest(shop, "ONE") == first
    other = _digest(shop, "OTHER")
    assert not {*first.split()} & {*other.split()}, "a salt of its own, too"
