"""The pull request that adds a column finds out from the schema file, without a database."""

from __future__ import annotations

import json
from pathlib import Path

from tests.executable import run

_RULES = """\
version: 1
tables:
  users:
    columns:
      email: email
"""

_SCHEMA = """\
ActiveRecord::Schema[8.0].define(version: 2026_11_26_101500) do
  create_table "users", force: :cascade do |t|
    t.string "email", null: false
  end
end
"""


def test_a_migration_that_adds_a_column_fails_its_pull_request(tmp_path: Path) -> None:
    rules, schema, settings = tmp_path / "masking.yml", tmp_path / "schema.rb", tmp_path / "masker.yml"
    rules.write_text(_RULES)
    schema.write_text(_SCHEMA)
    settings.write_text("version: 1\nsource: {url: {env: NO_SUCH_DATABASE}}\nrules: [masking.yml]\nschema: schema.rb\n")
    given = ("rules", "check", "--rules", rules, "--schema", schema)
    run(*given).expect(3, r"schema_migrations.version")
    rules.write_text(f"{_RULES}include: rails\n")
    run(*given).expect(0, "1 columns masked, .* nothing undecided")
    run("rules", "check", "-c", settings, "--schema", schema).expect(0, "nothing undecided")
    # A source that is named and not there is no schema's business to pass over.
    run("rules", "check", "-c", settings).expect(2, "NO_SUCH_DATABASE")

    schema.write_text(_SCHEMA.replace("null: false\n", 'null: false\n    t.text "biography"\n'))
    run(*given).expect(3, r"schema.rb:4:1 users.biography: text, decided by no rule add it, for instance: biography:")
    github = run(*given, "--format", "github").expect(3)
    assert github.out.startswith(
        f"::error file={schema},line=4,col=1,title=masker%3A users.biography::users.biography:"
    )
    log = json.loads(run(*given, "--format", "sarif").expect(3).out)
    (result,) = log["runs"][0]["results"]
    assert (result["ruleId"], result["locations"][0]["physicalLocation"]["region"]["startLine"]) == ("undecided", 4)

    rules.write_text(f"{_RULES}      biography: lorem\n      nickname: username\ninclude: rails\n")
    run(*given).expect(0, "note users: .*schema.rb has no nickname: rules for that are of use only while production")
    assert run(*given, "--format", "github").expect(0).out.startswith("::notice title=masker%3A users::")
    rules.write_text(f"{_RULES}      biograpy: lorem\ninclude: rails\n")
    run(*given).expect(3, r"users.biograpy: there is no such column did you mean users.biography\?")
