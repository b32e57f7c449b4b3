"""Lists that rules name by file: read beside the rule file, part of what the rules decide, refused with what is
wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.errors import RuleErrors
from masker.masks.lists import BESIDE, Rows, read_list
from masker.ruleset.digest import rules_digest
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from tests.catalogs import catalog, table

_USERS = catalog(table("users", "id int8 primary key", "name text"))


def _digest(folder: Path, rule: str) -> str:
    path = folder / "rules.yml"
    path.write_text(f"version: 1\ntables:\n  users:\n    columns:\n      name: {rule}\n", encoding="utf-8")
    resolution = resolve(read_rules([path]), _USERS)
    assert resolution.problems == ()
    return rules_digest(resolution, {})


def _refused(folder: Path, rule: str) -> str:
    with pytest.raises(RuleErrors) as refused:
        _digest(folder, rule)
    (problem,) = refused.value.problems
    assert str(problem.position).startswith(f"{folder / 'rules.yml'}:5:")
    return str(problem)


def test_what_a_list_holds_is_part_of_what_the_rules_decide(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    words, codes = tmp_path / "lists" / "words.txt", tmp_path / "codes.csv"
    words.write_text("\ufeffred\n\nblue\n", encoding="utf-8")
    codes.write_text('old,new,weight\n"a,b",x,1\nc,y,1\n', encoding="utf-8")
    rules = (
        "{mask: dictionary, file: lists/words.txt}",
        "{mask: dictionary, file: codes.csv, column: new}",
        "{mask: map, file: codes.csv, other: null}",
    )
    before = [_digest(tmp_path, rule) for rule in rules]
    assert before == [_digest(tmp_path, rule) for rule in rules]
    words.write_text("red\ngreen\n", encoding="utf-8")
    codes.write_text('old,new,weight\n"a,b",x,1\nc,z,1\n', encoding="utf-8")
    assert all(one != other for one, other in zip(before, [_digest(tmp_path, rule) for rule in rules], strict=True))


def test_cells_hold_line_ends_of_every_kind(tmp_path: Path) -> None:
    content = 'old,new\r\n"a\nb",x\u2028y\r\n"c\r\nd",e\x85\r\n\r\n'
    rows = read_list("codes.csv", {BESIDE: {"codes.csv": content}.__getitem__})
    assert rows == Rows(("old", "new"), (("a\nb", "x\u2028y"), ("c\r\nd", "e\x85")))
    texts = read_list("words.txt", {BESIDE: {"words.txt": "red\u2028wine\r\n\rblue\n"}.__getitem__})
    assert texts.rows == (("red\u2028wine",), ("blue",))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{mask: dictionary, file: missing.txt}", "file: missing.txt: there is no such file"),
        ("{mask: dictionary, file: codes.csv}", "it has columns: add `column:`, one of old, new"),
        ("{mask: dictionary, file: codes.csv, column: newer}", "there is no newer, there are old, new"),
        ("{mask: dictionary, file: words.txt, column: new}", "there is no new, there are no columns"),
        ("{mask: dictionary, file: one.txt}", "1 entries, expected 2 to 100,000"),
        ("{mask: dictionary, file: latin.txt}", "it is not UTF-8"),
        ("{mask: dictionary, file: words.txt, entries: [a]}", "entries are read from the file"),
        ("{mask: dictionary}", "file"),
        ("{mask: map, file: one.csv, other: keep}", "expected two columns"),
        ("{mask: map, file: twice.csv, other: keep}", "an original stands there twice"),
        ("{mask: map, file: codes.csv}", "other"),
        ("{mask: map, values: {a: b}, file: codes.csv, other: keep}", "takes either values or a file"),
        ("{mask: map, values: {a: b}, other: drop}", "other"),
        ("{mask: choice, values: [a]}", "values"),
        ("{mask: choice, values: {a: 0, b: 1}}", "a weight is more than 0"),
    ],
)
def test_a_list_that_cannot_be_used_is_told(tmp_path: Path, rule: str, said: str) -> None:
    (tmp_path / "words.txt").write_text("red\nblue\n", encoding="utf-8")
    (tmp_path / "one.txt").write_text("red\n", encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes("é\n".encode("latin-1"))
    (tmp_path / "codes.csv").write_text("old,new\na,b\nc,d\n", encoding="utf-8")
    (tmp_path / "one.csv").write_text("old\na\n", encoding="utf-8")
    (tmp_path / "twice.csv").write_text("old,new\na,b\na,c\n", encoding="utf-8")
    assert said in _refused(tmp_path, rule)
