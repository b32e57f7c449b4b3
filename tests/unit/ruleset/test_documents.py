"""Suggested rules for documents."""

from __future__ import annotations

import pytest

from masker.masks.json_rule import Json
from masker.ruleset.documents import Leaf
from masker.ruleset.suggest import suggest_column
from tests.catalogs import column, table
from tests.unit.ruleset.files import rule_file


def leaf(path: str, texts: int = 0, kinds: int = 0, *, has_numbers: bool = False) -> Leaf:
    steps = tuple(step if step == "[*]" else f".{step}" for step in path.split("/"))
    return Leaf(steps=steps, texts=texts, kinds=kinds, has_numbers=has_numbers)


def suggested(*leaves: Leaf) -> str:
    return suggest_column(column("profile jsonb not null"), table("users", "profile jsonb"), leaves).text


def test_each_text_is_masked_by_what_its_key_says_and_of_numbers_ids_and_counters_stay() -> None:
    rule = suggested(
        leaf("email", 900, 890),
        leaf("contact/phone", 900, 3),
        leaf("tags/[*]", 900, 12),
        leaf("page", has_numbers=True),
        leaf("myNumber", has_numbers=True),
        leaf("odd key", 9, 9),
        leaf("kind", 9, 2),
        leaf("is_on", has_numbers=True),
        leaf("geo/lat", has_numbers=True),
        leaf("longitude", has_numbers=True),
        leaf("price", has_numbers=True),
        leaf("itemIds/[*]", has_numbers=True),
    )
    (found,) = rule_file(f"tables: {{t: {{columns: {{c: {rule}}}}}}}").tables[0].columns
    assert isinstance(found.rule, Json)
    assert found.rule.other == "mask"
    assert {path: (of.mask, of.is_by_value) for path, of in found.rule.leaves.items()} == {
        "$.email": ("email", False),
        "$.contact.phone": ("phone", True),
        "$.tags[*]": ("lorem", True),
        "$.page": ("keep", False),
        "$.myNumber": ("null", False),
        '$."odd key"': ("token", False),
        "$.kind": ("keep", False),
        "$.itemIds[*]": ("keep", False),
    }


@pytest.mark.parametrize("leaves", [(), [leaf(f"k{number}", 1, 1) for number in range(41)]])
def test_documents_of_which_nothing_or_too_much_is_known_are_masked_by_what_stands_in_them(leaves: list[Leaf]) -> None:
    assert suggested(*leaves) == "{mask: json, other: mask}"


def test_documents_of_numbers_alone_have_no_paths() -> None:
    assert suggested(leaf("lat", has_numbers=True), leaf("lng", has_numbers=True)) == "{mask: json, other: mask}"
