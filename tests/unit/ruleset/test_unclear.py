"""What YAML reads as something else than what stands in a file is refused with its place: values that are not there,
``null`` where it says nothing, numbers that are texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.cli.settings_file import read_settings_file
from masker.errors import Problem, UsageError
from masker.masks.cases import Cases
from masker.masks.every import MASK_RULES
from masker.masks.json_rule import Json
from masker.masks.map import Map
from masker.masks.null import Null
from masker.ruleset.document import read_document
from masker.ruleset.examples import read_examples
from tests.unit.ruleset.files import refused, rule_file

A_MASK = "write the mask, `keep`, or `null` if every value is to be NULL"
A_VALUE = "write its value, or leave the key out"

MASKS = [
    ("a:", "5:7   u.a: nothing stands here, expected a mask"),
    ("a: # later", "5:7   u.a: nothing stands here, expected a mask"),
    ("a: {mask: }", "5:11   u.a: mask: nothing stands here, expected a mask"),
    ("a: {mask: array, of: }", "5:24   u.a: of: nothing stands here, expected a mask"),
    ("a: {mask: json, other: keep, paths: {$.b: }}", "5:44   u.a: $.b: nothing stands here, expected a mask"),
    (
        "a: {mask: json, other: keep, paths: {$.b: {mask: , optional: true}}}",
        "5:50   u.a: $.b.mask: nothing stands here, expected a mask",
    ),
    ("a: {mask: hstore, other: drop, keys: {b: }}", "5:45   u.a: keys.b: nothing stands here, expected a mask"),
    ("a: [{when: b, mask: }, {else: keep}]", "5:21   u.a: mask 1.mask: nothing stands here, expected a mask"),
    ("a: [{when: b, mask: email}, {else: }]", "5:36   u.a: else: nothing stands here, expected a mask"),
    (
        "a: {mask: cases, cases: [{when: b, mask: email}], else: }",
        "5:57   u.a: else: nothing stands here, expected a mask",
    ),
    ("a: &x\n      b: *x", "5:7   u.a: nothing stands here, expected a mask"),
]


@pytest.mark.parametrize(("line", "found"), MASKS)
def test_a_mask_that_is_not_there_is_no_null(tmp_path: Path, line: str, found: str) -> None:
    first = refused(tmp_path, f"version: 1\ntables:\n  u:\n    columns:\n      {line}")[0]
    assert first == (f"a.yml:{found}", A_MASK)


def test_a_null_that_is_written_is_the_mask() -> None:
    file = rule_file("""
        tables:
          u:
            columns:
              a: null
              b: ~
              c: {mask: null}
              d: {mask: json, other: keep, paths: {$.b: null}}
              e: [{when: b, mask: null}, {else: null}]
              f: {mask: map, values: {x: y}, other: null}
            references: {g: {type: h, classes: {User: users}, other: null}}
        defaults: [{columns: x, mask: null}]
        undecided: null
        facts: {models: {User: {table: users, base: null}}}
        """)
    a, b, c, d, e, f = (column.rule for column in file.tables[0].columns)
    assert a == b == c == file.defaults[0].rule == Null()
    assert isinstance(d, Json)
    assert d.leaves == {"$.b": Null()}
    assert isinstance(e, Cases)
    assert e.rules == (Null(), Null())
    assert isinstance(f, Map)
    assert (f.other, file.tables[0].references[0].other, file.undecided) == ("null", "null", "null")


@pytest.mark.parametrize("key", ["where", "unless", "by", "scope", "locale", "null", "share", "unique", "reason"])
@pytest.mark.parametrize("written", ["", "null"])
def test_what_a_rule_says_besides_needs_a_value(tmp_path: Path, key: str, written: str) -> None:
    rule = f"version: 1\ntables:\n  u:\n    columns:\n      a: {{mask: email, {key}: {written}}}"
    ((said, hint),) = refused(tmp_path, rule)
    assert "u.a: " in said
    assert key in said
    assert hint == A_VALUE


@pytest.mark.parametrize("mask", [name for name in MASK_RULES if name not in {"cases", "dictionary"}])
def test_no_argument_of_a_mask_is_silently_nothing(tmp_path: Path, mask: str) -> None:
    """Whatever else is wrong with the rule, what is not there is told."""
    for name, field in MASK_RULES[mask].model_fields.items():
        key = field.alias or name
        text = f"version: 1\ntables:\n  u:\n    columns:\n      a: {{mask: '{mask}', {key}: }}"
        if key != "mask":
            assert any(key in said or "nothing" in said for said, _ in refused(tmp_path, text)), key


FORMS = (
    "write each table's name below it, with a colon",
    "write each column's name below it, with its mask",
    'write a list: `- {columns: "*_token", mask: token}`',
)

FILES = [
    ("tables: {u: {where: }}", "2:14   u: where: nothing stands here", A_VALUE),
    ("tables: {u: {rows: }}", "2:14   u: rows: nothing stands here", A_VALUE),
    (
        "tables: {u: {rows: null}}",
        "2:14   u: rows: null says nothing here",
        "write `rows: none` if no row is to be copied, or leave the key out",
    ),
    ("tables: {u: {rows: all, strategy: }}", "2:25   u: strategy: nothing stands here", A_VALUE),
    ("defaults: [{columns: a, mask: }]", "2:25   defaults a: mask: nothing stands here, expected a mask", A_MASK),
    ("defaults: [{columns: a, mask: email, tables: }]", "2:38   defaults a: tables: nothing stands here", A_VALUE),
    ("defaults: [{columns: a, mask: email, types: null}]", "2:38   defaults a: types: null says nothing here", A_VALUE),
    (
        "tables: {u: {references: {a: {type: b, classes: {A: }}}}}",
        "2:50   u: references: a.classes.A: expected text, found nothing",
        A_VALUE,
    ),
    (
        "tables:\n# later\n\nundecided: keep",
        "2:1   tables: expected a mapping, found nothing",
        f"{FORMS[0]}, or leave the key out",
    ),
    (
        "tables: {u: {columns: }}",
        "2:14   u: columns: expected a mapping, found nothing",
        f"{FORMS[1]}, or leave the key out",
    ),
    ("defaults: ", "2:1   defaults: expected a list, found nothing", f"{FORMS[2]}, or leave the key out"),
    ("subset: {u: {share: 5%, where: }}", "2:25   subset: u.where: nothing stands here", A_VALUE),
    ("subset: {roots: {u: {share: 5%}}, whole: }", "2:35   subset: whole: nothing stands here", A_VALUE),
    ("tolerate: {checks: }", "2:12   tolerate: nothing stands here", A_VALUE),
    ("facts: {models: {A: {table: a, base: }}}", "2:32   facts: models.A.base: nothing stands here", A_VALUE),
    *((f"{key}:", f"2:1   {key}: nothing stands here", A_VALUE) for key in ("locale", "include", "large_objects")),
    *((f"{key}:", f"2:1   {key}: nothing stands here", A_VALUE) for key in ("facts", "tolerate", "subset")),
    ("undecided:", "2:1   undecided: nothing stands here", A_VALUE),
    ("subset: null", "2:1   subset: null says nothing here", A_VALUE),
    ("include: [rails, ]\nlocked: ", "3:1   locked: expected true or false, found nothing", A_VALUE),
]


@pytest.mark.parametrize(("text", "found", "hint"), FILES)
def test_keys_of_a_file_need_a_value(tmp_path: Path, text: str, found: str, hint: str) -> None:
    assert refused(tmp_path, f"version: 1\n{text}") == [(f"a.yml:{found}", hint)]


MISREAD = [
    ("{mask: fixed, value: 0312}", "5:31   u.a: value: 0312 is read as 312"),
    ("{mask: fixed, value: 1.10}", "5:31   u.a: value: 1.10 is read as 1.1"),
    ("{mask: fixed, value: True}", "5:31   u.a: value: True is read as true"),
    ("{mask: token, length: 010}", "5:32   u.a: length: 010 is read as 10"),
    ("{mask: fixed, value: 0o17}", "5:31   u.a: value: 0o17 is read as 15"),
    ("{mask: choice, values: [a, 1_000]}", "5:37   u.a: values.item 2: 1_000 is read as 1000"),
    ("{mask: map, values: {a: 1e3}, other: keep}", "5:34   u.a: values.a: 1e3 is read as 1000.0"),
    (
        "{mask: map, values: {a: b}, other: {value: 007}}",
        "5:53   u.a: other.value: 007 is read as 7",
    ),
]


@pytest.mark.parametrize(("rule", "found"), MISREAD)
def test_a_number_that_is_not_what_stands_there_is_refused(tmp_path: Path, rule: str, found: str) -> None:
    ((said, hint),) = refused(tmp_path, f"version: 1\ntables:\n  u:\n    columns:\n      a: {rule}")
    assert said == f"a.yml:{found}"
    assert "in quotes, if it is a text" in hint


def test_numbers_may_be_written_with_zeros_where_they_are_numbers() -> None:
    file = rule_file("tables: {u: {columns: {a: {mask: choice, values: {x: 1.0, y: 0.50}}, b: {sql: '1.10'}}}}")
    assert file.tables[0].columns[0].rule.values == {"x": 1.0, "y": 0.5}  # type: ignore[attr-defined]


def test_numbers_may_be_written_in_any_form_where_they_are_numbers(tmp_path: Path) -> None:
    file = rule_file("""
        tables:
          u:
            columns: {a: {mask: token, length: 0x20}, b: {mask: choice, values: {1: 1_000, 2: +0.5, 2024-01-31: 1e3}}}
        """)
    a, b = (column.rule for column in file.tables[0].columns)
    assert a.length == 32  # type: ignore[attr-defined]
    assert b.values == {"1": 1000, "2": 0.5, "2024-01-31": 1000}  # type: ignore[attr-defined]
    (tmp_path / "masker.yml").write_text("version: 1\nworkers: +4\n")
    assert read_settings_file(tmp_path / "masker.yml").model.workers == 4


@pytest.mark.parametrize("number", [".inf", "-.inf", ".nan"])
@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("choice, values: {{x: {}, y: 1}}", "values.x: expected a finite number"),
        ("round, to: {}", "to: expected a finite number"),
        ("fixed, value: {}", "value: expected text or a whole number or a finite number or true or false"),
    ],
)
def test_a_number_is_one_to_reckon_with(tmp_path: Path, number: str, rule: str, what: str) -> None:
    text = f"version: 1\ntables:\n  u:\n    columns:\n      a: {{mask: {rule.format(number)}}}"
    ((said, _),) = refused(tmp_path, text)
    assert said.partition("u.a: ")[2] == f"{what}, found infinity, or what is no number"


@pytest.mark.parametrize("value", ["null", "[1]", "{x: 1}"])
def test_values_of_lists_are_simple(tmp_path: Path, value: str) -> None:
    """None of them becomes its Python form."""
    for rule in (f"{{mask: choice, values: [{value}, b]}}", f"{{mask: map, values: {{a: {value}}}, other: keep}}"):
        found = refused(tmp_path, f"version: 1\ntables:\n  u:\n    columns:\n      a: {rule}")
        assert "u.a: values" in found[0][0]


def test_an_example_says_null_where_it_means_it() -> None:
    problems: list[Problem] = []
    read_examples(read_document("u.a: {given: {b: , c: null}, expect: }\nu.b: {given: {}, expect: 007}", "f"), problems)
    assert [(str(p), p.hint) for p in problems] == [
        ("f:1:15   u.a.given.b: nothing stands here", "write `null` for NULL"),
        ("f:1:30   u.a.expect: nothing stands here", "write `null` for NULL"),
        ("f:2:26   u.b.expect: 007 is read as 7", 'write "007", in quotes, if it is a text, or 7'),
    ]


def test_settings_need_a_value(tmp_path: Path) -> None:
    file = tmp_path / "masker.yml"
    file.write_text("version: 1\nsource: {url: }\nsigning: {required: }\nkey:\nworkers: 010\n")
    with pytest.raises(UsageError) as refusal:
        read_settings_file(file)
    assert [str(problem).rpartition("/")[2] for problem in refusal.value.problems] == [
        "masker.yml:2:10   source.url: nothing stands here",
        "masker.yml:3:11   signing.required: nothing stands here",
        "masker.yml:4:1   key: nothing stands here",
        "masker.yml:5:10   workers: 010 is read as 10",
    ]


SETTINGS = [
    ("source: {url: {env: }}", ["2:16   source.url.env: nothing stands here"]),
    ("source: {url: {env: null}}", ["2:16   source.url.env: expected text"]),
    ("bucket: ", ["2:1   bucket: there is no such setting"]),
    ("databases: {a: }", ["2:13   databases.a: nothing stands here"]),
    ("buckets: [{source: , target: s3://b}]", ["2:12   buckets.0.source: nothing stands here"]),
    ("buckets: [{source: s3://a, target: s3://b, scope: }]", ["2:44   buckets.0.scope: nothing stands here"]),
]


@pytest.mark.parametrize(("text", "found"), SETTINGS)
def test_a_setting_that_is_not_there_is_told_once(tmp_path: Path, text: str, found: list[str]) -> None:
    file = tmp_path / "masker.yml"
    file.write_text(f"version: 1\n{text}\n")
    with pytest.raises(UsageError) as refusal:
        read_settings_file(file)
    assert [str(problem).rpartition("/masker.yml:")[2] for problem in refusal.value.problems] == found


@pytest.mark.parametrize("section", ["buckets:", "hooks:", "databases:", "source:", "buckets: null"])
def test_a_section_whose_lines_are_all_comments_is_as_none(tmp_path: Path, section: str) -> None:
    file = tmp_path / "masker.yml"
    file.write_text(f"version: 1\n{section}\n#   - later\nworkers: 2\n")
    assert read_settings_file(file).model.workers == 2


def test_settings_without_any_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "masker.yml"
    for text in ("---\n", "null\n", "-\n"):
        file.write_text(text)
        with pytest.raises(UsageError) as refusal:
            read_settings_file(file)
        assert "expected a section, keys with values" in refusal.value.problems[0].found
