"""Rules of a release whose migration production has not seen yet."""

from __future__ import annotations

from tests.executable import run
from tests.shop import RULES, Shop

_SCHEMA = """\
ActiveRecord::Schema[8.0].define(version: 2026_11_26_101500) do
  create_table "users", force: :cascade do |t|
    t.string "email", null: false
    t.string "middle_name"
  end
  create_table "coupons", force: :cascade do |t|
    t.string "code"
  end
end
"""


def test_rules_ahead_of_production_wait_for_the_migration_and_a_misspelling_does_not(shop: Shop) -> None:
    """In every command that reads them; masked as soon as the columns are there."""
    shop.rules.write_text(
        RULES.replace("      role: keep\n", "      role: keep\n      middle_name: first_name\n")
        + "  coupons:\n    columns:\n      code: token\n"
    )
    folder = shop.rules.parent
    (folder / "db").mkdir()
    (folder / "db" / "schema.rb").write_text(_SCHEMA)
    settings = folder / "masker.yml"
    settings.write_text(
        f"version: 1\nsource: {{url: '{shop.source}'}}\ntarget: {{url: '{shop.target}'}}\nrules: [rules.yml]\nschema:"
        " db/schema.rb\n"
    )

    shop.plan().expect(
        3,
        "2 problems, nothing was started",
        "users.middle_name: there is no such column remove the rule, or correct the name; if a migration is to make it,"
        " give --schema db/schema.rb",
        "coupons: there is no such table",
    )
    waits = (
        (
            "note users: it has no middle_name yet; .*db/schema.rb has, and rules for that wait until a migration has"
            " made it"
        ),
        "coupons: it is not there yet",
    )
    run("rules", "check", "-c", settings).expect(0, *waits)
    run("plan", "copy", "-c", settings).expect(0, *waits)
    shop.copy("--schema", folder / "db" / "schema.rb").expect(0)
    run("verify", "-c", settings).expect(0)
    shop.expect_masked()

    good = shop.rules.read_text()
    shop.rules.write_text(good.replace("middle_name:", "midle_name:"))
    run("rules", "check", "-c", settings).expect(
        3,
        r"users.midle_name: there is no such column .*did you mean users.middle_name\? \(\S+db/schema.rb has no such"
        r" column either\)",
    )
    shop.rules.write_text(good)

    # The migration comes to the preview first, where masking in place then finds the column, and to production later.
    for server, url in ((shop.preview, shop.target), (shop.production, shop.source)):
        with server.connect(url) as conn:
            conn.execute(
                "ALTER TABLE users ADD COLUMN middle_name text; UPDATE users SET middle_name = 'canary ' || id"
            )
    done = run("plan", "mask", "-c", settings, "--all").expect(
        0, r"middle_name first_name", "coupons: it is not there yet"
    )
    assert "middle_name yet" not in done.out
    run("copy", "-c", settings, "--confirm", shop.database).expect(0, "8 columns masked")
    shop.expect_masked()
