"""A rule file after a migration."""

from __future__ import annotations

import pytest

from masker.catalog.types import Catalog
from masker.draft.make import make
from masker.draft.mend import mend
from masker.draft.text import draft_text
from masker.draft.update import renames_of, updated
from masker.ruleset.document import read_document
from masker.ruleset.evidence import Evidence
from masker.ruleset.parse import parse_rules
from masker.ruleset.resolve import resolve
from masker.ruleset.types import RuleFile, RuleSet
from tests.catalogs import catalog, table

USERS = table("users", "email varchar", "name varchar", "role varchar", "note text")
OLD = catalog(USERS, table("legacy_notes", "body text"), table("pages", "title varchar", "slug varchar"))
NEW = catalog(
    table("users", "email varchar", "full_name varchar", "rank varchar", "phone varchar", "state varchar"),
    table("pages", "title varchar"),
    table("parcels", "recipient varchar", "status varchar"),
)
MIGRATION = """class X < ActiveRecord::Migration[7.1]
  def change
    rename_column :users, :name, :full_name
    rename_column "users", "role", "rank"
  end
end"""


def read(text: str) -> RuleFile:
    problems: list[object] = []
    file = parse_rules(read_document(text, "masking.yml"), problems)  # type: ignore[arg-type]
    assert file is not None, problems
    return file


def merged(text: str, database: Catalog, migrations: dict[str, str] | None = None) -> tuple[str, list[str]]:
    file = read(text)
    ruleset = RuleSet(files=(file,))
    draft = make(database, ruleset, {}, Evidence(), {})
    mend(draft, database, ruleset, {})
    return updated(text, file, draft, database, renames_of(migrations or {}))


def drafted() -> str:
    draft = make(OLD, RuleSet(files=()), {}, Evidence(), {})
    mend(draft, OLD, RuleSet(files=()), {})
    return draft_text(draft)


def test_where_nothing_changed_the_file_stays_as_it_is() -> None:
    text = drafted() + "# the end\n"
    assert merged(text, OLD) == (text, [])


def test_what_is_new_is_decided_and_what_is_gone_is_marked() -> None:
    text = drafted().replace("      note: lorem", "      # Ask Hanako.\n      note: lorem")
    now, told = merged(text, NEW)
    lines = now.splitlines()
    assert any(line.startswith("      # gone: note: lorem") for line in lines)
    assert any(line.startswith("      # gone: name: full_name") for line in lines)
    assert "  # gone: legacy_notes:" in lines
    assert "      # Ask Hanako." in lines
    assert any(line.startswith("      phone: phone") for line in lines)
    assert any(line.startswith("      recipient: full_name") for line in lines)
    assert "  - {tables: public.pages, columns: [title], mask: keep}" in lines
    assert resolve(RuleSet(files=(read(now),)), NEW).problems == ()
    assert merged(now, NEW) == (now, []), "a second time changes nothing"
    assert "users.phone: new; phone" in told


def test_a_renamed_column_has_its_rule_unless_it_was_kept() -> None:
    text = drafted().replace("name: full_name", "name: {mask: full_name, separator: '-'}")
    now, told = merged(text, NEW, {"20260101_x.rb": MIGRATION})
    (line,) = [line for line in now.splitlines() if line.strip().startswith("full_name:")]
    assert line.strip() == 'full_name: {mask: full_name, separator: "-"}   # it was name until 20260101_x.rb'
    assert "users.full_name: name until 20260101_x.rb; it has its rule" in told
    kept = text.replace("columns: [role]", "columns: [nothing]").replace(
        "    columns:\n      email", "    columns:\n      role: keep\n      email"
    )
    now, told = merged(kept, NEW, {"20260101_x.rb": MIGRATION})
    (line,) = [line for line in now.splitlines() if line.strip().startswith("rank:")]
    assert line.endswith("look: it was role until 20260101_x.rb, and kept")


@pytest.mark.parametrize(
    "text",
    [
        "tables: {legacy: {rows: none}, users: {columns: {email: email, salary: keep}}}\n",
        "tables: {\n  legacy: {rows: none}, users: {columns: {email: email, salary: keep}}}\n",
        "tables: {\n  users: {columns: {email: email, salary: keep}},\n  legacy: {rows: none}}\n",
        "tables:\n  users: {columns: {\n    email: email,\n    salary: keep}}\n  legacy: {\n    rows: none\n  }\n",
    ],
)
def test_what_is_gone_from_within_braces_is_told_and_nothing_else_is_lost(text: str) -> None:
    users = catalog(table("users", "email varchar"))
    now, told = merged(f"version: 1\n{text}", users)
    assert [(rules.written, len(rules.columns)) for rules in read(now).tables] == [
        (rules.written, len(rules.columns)) for rules in read(f"version: 1\n{text}").tables
    ]
    assert set(told) == {
        "legacy: the table is gone; take its rules out by hand",
        "users.salary: the column is gone; take its rule out by hand",
    }


def test_what_is_new_in_a_table_within_braces_is_put_outside_of_them() -> None:
    text = (
        "version: 1\ntables:\n  users:\n    columns: {\n      full_name: full_name,\n      rank: keep,\n"
        "      email: email\n    }\ndefaults:\n  - {columns: [state], mask: keep}\n"
    )
    now, _ = merged(text, NEW)
    assert "  - {tables: public.users, columns: [phone], mask: phone}" in now
    assert resolve(RuleSet(files=(read(now),)), NEW).problems == ()


def test_tables_on_one_line_get_their_new_columns_below_defaults() -> None:
    text = "version: 1\ntables:\n  users: {columns: {email: email, full_name: full_name, rank: keep, state: keep}}\n"
    now, _ = merged(text, NEW)
    assert "  - {tables: public.users, columns: [phone], mask: phone}" in now
    assert resolve(RuleSet(files=(read(now),)), NEW).problems == ()
