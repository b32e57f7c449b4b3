"""Rule files that a person writes in good faith and masker would read otherwise: each is refused, or told."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.copy.offline import check_schema
from masker.errors import RuleErrors
from masker.ruleset.parse import read_rules
from tests.unit.ruleset.files import refused

_SCHEMA = """
CREATE TABLE public.users (id bigint PRIMARY KEY, email text, phone text, staff boolean, country text);
CREATE TABLE public.visits (id bigint PRIMARY KEY, email text);
CREATE TABLE public.logs (ip inet, at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE public.logs_1 PARTITION OF public.logs FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
"""


def told(folder: Path, text: str, **files: str) -> list[str]:
    """The problems of rules against the schema, else their notes, with bare file names."""
    (folder / "structure.sql").write_text(_SCHEMA)
    for name, content in {"rules": text, **files}.items():
        (folder / f"{name}.yml").write_text(f"version: 1\n{content}")
    try:
        ruleset = read_rules([folder / "rules.yml"], folder / "structure.sql")
        assert ruleset.schema is not None
        checked = check_schema(ruleset, ruleset.schema)
    except RuleErrors as error:
        return [str(problem).replace(f"{folder}/", "") for problem in error.problems]
    found = [*map(str, checked.problems)] or [f"{note.subject}: {note.text}" for note in checked.notes]
    return [each.replace(f"{folder}/", "") for each in found]


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        ("users: {where: 'false', columns: {email: email}}", "users: where: it reads no column"),
        ("users: {columns: {email: {mask: email, unless: 'true'}}}", "users.email: unless: it reads no column"),
        ("users: {columns: {email: {mask: email, where: now() < '2020-01-01'}}}", "users.email: where: it reads no"),
        ("users: {columns: {email: [{when: 'true', mask: keep}, {else: email}]}}", "users.email: when: it reads no"),
    ],
)
def test_a_condition_that_is_the_same_for_every_row_is_none(tmp_path: Path, rule: str, found: str) -> None:
    (only,) = told(tmp_path, f"undecided: keep\ntables:\n  {rule}")
    assert found in only


def test_rows_that_are_all_or_none_may_be_written_as_a_condition(tmp_path: Path) -> None:
    assert told(tmp_path, "undecided: keep\ntables:\n  users: {rows: '1 = 0'}") == []


def test_a_comment_does_not_swallow_the_lines_that_yaml_folds(tmp_path: Path) -> None:
    lines = "      not staff\n      -- abroad\n      and country = 'JP'\n"
    folded = f"undecided: keep\ntables:\n  users:\n    where: >-\n{lines}"
    (found,) = told(tmp_path, folded)
    assert found == (
        "rules.yml:5:12   users: where: a comment with --, and YAML makes one line of its text, all of whose rest it is"
    )
    plain = folded.replace(">-\n      ", "")
    assert "a comment with --" in told(tmp_path, plain)[0]
    for lines_stay in ("|", "|-"):
        assert told(tmp_path, folded.replace(">-", lines_stay)) == []
    assert told(tmp_path, "undecided: keep\ntables: {users: {where: not staff -- those abroad}}") == []


@pytest.mark.parametrize(
    "lines",
    [
        "not staff\nand email <> 'a -- b'",
        "not staff\nand email <> $$a -- b$$",
        "not staff /* those -- abroad */\nand country = 'JP'",
        "not staff -- all of one line",
    ],
)
def test_what_only_looks_like_a_comment_may_be_folded(tmp_path: Path, lines: str) -> None:
    folded = "".join(f"      {line}\n" for line in lines.splitlines())
    assert told(tmp_path, f"undecided: keep\ntables:\n  users:\n    where: >-\n{folded}") == []


@pytest.mark.parametrize("tag", ["!!python/object:os.system", "!!set", "!own"])
def test_tags_of_mappings_and_lists_are_told_as_those_of_texts(tmp_path: Path, tag: str) -> None:
    for text in (f"version: 1\ntables: {tag} {{users: {{rows: none}}}}", f"version: 1\ninclude: {tag} [rails]"):
        assert "means nothing here" in refused(tmp_path, text)[0][0]


def test_a_name_in_other_letters_is_a_slip_of_the_pen(tmp_path: Path) -> None:
    """PostgreSQL tells them apart; the schema alone takes what it does not know for what production still has."""
    wrong = "undecided: keep\ntables: {USERS: {columns: {email: email}}, visits: {columns: {Email: email}}}"
    assert sorted(told(tmp_path, wrong)) == [
        "rules.yml:3:10   USERS: there is no such table",
        'rules.yml:3:63   visits."Email": there is no such column',
    ]


def test_a_default_behind_one_that_fits_all_of_its_columns_is_told(tmp_path: Path) -> None:
    keeps = "defaults:\n  - {columns: '*', mask: keep}\n  - {columns: phone, mask: phone}"
    (found,) = told(tmp_path, keeps)
    assert found == (
        "defaults phone: an entry before it decides every column that it fits (rules.yml:4:5): the first decides, as at"
        " rules.yml:3:5"
    )
    assert told(tmp_path, "defaults:\n  - {columns: phone, mask: phone}\n  - {columns: '*', mask: keep}") == []


@pytest.mark.parametrize(
    ("own", "locked", "found"),
    [
        ("all", "none", "rows: all, but base.yml:3:18 has locked it as none"),
        ("not staff", "none", "rows: not staff, but base.yml:3:18 has locked it as none"),
        ("all", "not staff", "rows: all, but base.yml:3:18 has locked it as not staff"),
        ("none", "not staff", ""),
        ("not staff", "all", ""),
    ],
)
def test_rows_that_are_locked_out_are_not_brought_back(tmp_path: Path, own: str, locked: str, found: str) -> None:
    rules = f"include: ./base.yml\nundecided: keep\ntables: {{users: {{rows: {own}}}}}"
    said = told(tmp_path, rules, base=f"locked: true\ntables: {{users: {{rows: {locked}}}}}")
    assert said == ([f"rules.yml:4:18   users: {found}"] if found else [])


def test_a_partition_that_keeps_what_its_parent_masks_is_told(tmp_path: Path) -> None:
    rules = "undecided: keep\ntables:\n  logs: {columns: {ip: ip}}\n  logs_1: {columns: {ip: keep}}"
    (found,) = told(tmp_path, rules)
    assert found == "logs_1.ip: it stays as it is (rules.yml:5:22), and is masked in logs (rules.yml:4:20)"
    assert told(tmp_path, rules.replace("keep}}", "ip}}")) == []
