"""A file of numbers beside the rules: written once, read as it was, and refused where it says something else."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from masker.errors import Refused, RuleErrors
from masker.masks.any_mask import AnyMask
from masker.masks.numbers import Drawn, Numbers
from masker.masks.permute import Range, as_numbers, range_of
from masker.masks.rule import MaskRule
from masker.ruleset.digest import rules_digest, said_by
from masker.ruleset.frozen import freeze, read_numbers
from masker.ruleset.numbers import record, recorded
from masker.ruleset.types import Resolution

_RULE: TypeAdapter[MaskRule] = TypeAdapter(AnyMask)

_SHAPES = {
    Drawn("person", "family", "ja_JP"): Numbers(common=(2048, 1024), tail=700, distinct=90),
    Drawn("名", "given", "en_US", by_value=True): Numbers(tail=50, distinct=5),
    Drawn("home", "place", "en_US"): Numbers(common=(4096,), distinct=1, of="city", places=3),
}


def test_what_is_frozen_is_read_as_it_was(tmp_path: Path) -> None:
    rules = (tmp_path / "masking.yml",)
    assert read_numbers(rules) == {}
    note = freeze(rules, _SHAPES)
    assert note is not None
    assert "masking.shape.json" in note.text
    assert read_numbers(rules) == recorded(record(_SHAPES)) == _SHAPES


def test_what_stands_there_stays_and_what_is_new_is_added(tmp_path: Path) -> None:
    rules = (tmp_path / "masking.yml",)
    (first, numbers), *_ = _SHAPES.items()
    freeze(rules, {first: numbers})
    assert freeze(rules, {first: numbers}) is None
    freeze(rules, _SHAPES)
    assert read_numbers(rules) == _SHAPES
    assert not list(tmp_path.glob(".*")), "no draft is left"


def test_numbers_that_another_run_froze_meanwhile_are_not_drawn_past(tmp_path: Path) -> None:
    rules = (tmp_path / "masking.yml",)
    (first, _), *_ = _SHAPES.items()
    freeze(rules, _SHAPES)
    with pytest.raises(Refused, match="written anew while this run was planned"):
        freeze(rules, _SHAPES | {first: Numbers(tail=3, distinct=3)})
    assert read_numbers(rules) == _SHAPES


def test_a_range_of_keys_that_production_has_outgrown_takes_the_place_of_the_narrower_one(tmp_path: Path) -> None:
    rules = (tmp_path / "masking.yml",)
    narrow, wide = ({range_of("users.id"): as_numbers(Range(side))} for side in (52, 74))
    freeze(rules, _SHAPES | narrow)
    note = freeze(rules, _SHAPES | wide)
    assert note is not None
    assert read_numbers(rules) == _SHAPES | wide
    with pytest.raises(Refused, match="written anew"):
        freeze(rules, narrow)


def test_where_it_cannot_be_written_that_is_told(tmp_path: Path) -> None:
    note = freeze((tmp_path / "nowhere" / "masking.yml",), _SHAPES)
    assert note is not None
    assert "cannot be written" in note.text
    assert "the target's marker alone holds them" in note.text


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('"version": 1', '"version": 2', "version"),
        ('"tail": 700', '"tail": 0', "slots with a tail of 0"),
        ("[2048, 1024]", "[2048, 2048]", "slots with a tail of 700"),
        ("[2048, 1024]", '["Yamada"]', "valid integer"),
        ('"of": "city", ', "", "which part of a place"),
        ('"places": 3', '"places": -1', "greater than or equal to 0"),
        ('"of": "city", "places": 3', '"of": "town"', "places of en_US have no town"),
        ("}", "", "Invalid JSON"),
    ],
)
def test_what_is_no_number_of_a_draw_is_refused(tmp_path: Path, before: str, after: str, says: str) -> None:
    rules = (tmp_path / "masking.yml",)
    freeze(rules, _SHAPES)
    path = tmp_path / "masking.shape.json"
    path.write_text(path.read_text().replace(before, after, 1))
    with pytest.raises(RuleErrors) as refused:
        read_numbers(rules)
    found = " ".join(str(problem.found) for problem in refused.value.problems)
    assert says in found
    assert "Yamada" not in found


def test_numbers_are_part_of_the_rules() -> None:
    rules = Resolution(tables={}, problems=())
    digests = {rules_digest(rules, shapes) for shapes in ({}, _SHAPES, dict(list(_SHAPES.items())[:2]))}
    assert len(digests) == 3


def test_arguments_that_a_rule_calls_like_its_own_words_are_part_of_it() -> None:
    def digest(reason: str, words: str) -> str:
        rule: MaskRule = _RULE.validate_python(
            {"mask": "hstore", "keys": {"mask": "token", "reason": words}, "other": "drop", "reason": reason}
        )
        return str(said_by(rule))

    assert digest("one", "email") == digest("other", "email")
    assert digest("one", "email") != digest("one", "keep")
