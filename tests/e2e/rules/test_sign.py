"""Rules that somebody has signed, and runs that take no others."""

from __future__ import annotations

from tests.executable import run
from tests.shop import Shop


def test_a_run_takes_only_decisions_that_are_signed(shop: Shop) -> None:
    """Signed against production; a column that nobody has signed is refused, and a rule that is gone; one that holds
    nothing personal is not."""
    shop.rules.write_text(
        shop.rules.read_text().replace("page: keep", "page: keep\n      seconds: {mask: round, to: 10}")
    )
    source = ("--rules", shop.rules, "--source", shop.source)
    run("rules", "check", *source, "--require-signed").expect(9, "there is no signature, and one is required")
    run("rules", "sign", shop.rules, "--by", "Ada Lovelace", "--source", shop.source).expect(
        0, r"rules.yml.sig: \d+ columns of \d+ tables, signed by Ada Lovelace, recorded, not proven"
    )
    recorded = "signed by Ada Lovelace on .{10}: recorded, not proven"
    shop.plan("--require-signed").expect(0, recorded)
    done = shop.copy("--require-signed", "--json").expect(0, recorded)
    assert any("recorded, not proven" in note["text"] for note in done.json()["notes"])
    with shop.preview.connect(shop.target) as conn:
        (record,) = conn.execute("SELECT record -> 'signed' FROM masker.run").fetchone() or ()
    assert (record["by"], record["proven"], record["unsigned"]) == ("Ada Lovelace", False, [])

    with shop.production.connect(shop.source) as conn:
        conn.execute("ALTER TABLE users ADD COLUMN nickname text; CREATE TABLE colours (id bigint PRIMARY KEY)")
    text = shop.rules.read_text()
    text = text.replace("      seconds: {mask: round, to: 10}\n", "")
    shop.rules.write_text(text.replace("      role: keep\n", "      role: token\n      nickname: username\n"))
    unsigned = (
        "users.nickname decided as username, which nobody has signed",
        "users.role signed as keep, now token",
        "visits.seconds signed as .*, now copied as it is, by no rule",
        "3 things that nobody has signed, nothing was started",
    )
    shop.copy("--require-signed").expect(9, *unsigned)
    shop.plan("--require-signed").expect(0, "a run would be refused: users.(nickname|role)")
    in_place = ("mask", "--rules", shop.rules, "--target", shop.target, "--confirm", shop.database, "--no-source")
    run(*in_place, "--again", "--require-signed").expect(
        9, "nothing was started", "users.role signed as keep, now token"
    )
    run("rules", "sign", shop.rules, "--by", "Ada Lovelace", "--source", shop.source).expect(
        0, "users.nickname: decided as username", "users.role: signed as keep, now token"
    )
    run("rules", "check", *source, "--require-signed").expect(0, recorded)
