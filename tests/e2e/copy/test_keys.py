"""One key, one result: whatever is masked twice with it comes out the same, hashes of passwords included."""

from __future__ import annotations

from pathlib import Path

import bcrypt

from tests.executable import run
from tests.shop import USERS, Shop, one

_KEYS = {
    "ONE": "a key for tests that is long enough, really",
    "OTHER": "another key for tests that is long enough",
    "PREVIEW_PASSWORD": "preview",
}


def _digest(shop: Shop, *key: str | Path) -> str:
    """What a copy with *key* has put into the masked columns."""
    run(*shop.arguments("copy", *key), env=_KEYS).expect(0)
    with shop.preview.connect(shop.target) as conn:
        hashes = one(conn, "SELECT array_agg(DISTINCT encrypted_password) FROM users")
        assert isinstance(hashes, list)
        assert len(hashes) == 1, "one hash for everybody"
        assert bcrypt.checkpw(b"preview", hashes[0].encode())
        agreeing = "SELECT FROM orders WHERE user_id = u.id AND shipping_name = u.name"
        assert one(conn, f"SELECT count(*) FROM users u WHERE EXISTS ({agreeing})") == USERS
        rows = one(
            conn,
            "SELECT md5(string_agg(md5(concat_ws('|', email, name, phone, encrypted_password)), '' ORDER BY id)) FROM"
            " users",
        )
    return f"{rows} {hashes[0]}"


def test_one_key_gives_equal_results_from_run_to_run_and_others_or_none_give_others(shop: Shop) -> None:
    shop.write_rules(
        "encrypted_password: password",
        "encrypted_password: {mask: password, plaintext: {env: PREVIEW_PASSWORD}, cost: 4}",
    )
    key = shop.rules.with_name("key")
    key.write_text(_KEYS["ONE"] + "\n")
    first = _digest(shop, "--key-env", "ONE")
    assert _digest(shop, "--key-file", key) == first
    other, drawn = _digest(shop, "--key-env", "OTHER"), _digest(shop)
    assert len({*first.split(), *other.split(), *drawn.split()}) == 6, "a salt of its own, too"
