"""What a rule file with every mistake in it is told, word by word: read and judged by people, since it is what they
have to mend their rules by."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from masker.copy.offline import check_schema
from masker.errors import ManyProblems, RuleErrors
from masker.ruleset.parse import read_rules

_HERE = Path(__file__).parent / "mistakes"

_MASKS = re.compile(r"there are null, .*, or keep")


def _told(name: str) -> str:
    """All lines that are told of a file against the schema, as the command line shows them, without this folder."""
    try:
        ruleset = read_rules([_HERE / f"{name}.yml"], _HERE / "schema.rb")
        assert ruleset.schema is not None
        alone = replace(ruleset.schema, schema=ruleset.schema.schema)
        error: ManyProblems = RuleErrors(check_schema(ruleset, alone).problems)
    except RuleErrors as refused:
        error = refused
    lines = (line.replace(f"{_HERE}/", "") for line in error.lines())
    # A new mask changes no message.
    return "\n".join(_MASKS.sub("there are …, or keep", line) for line in lines) + "\n"


@pytest.mark.parametrize("name", ["written", "decided"])
def test_every_mistake_is_told_with_its_place_and_a_remedy(name: str) -> None:
    """The file of mistakes is told as its .txt says: whoever changes a message reads all of them again."""
    assert _told(name) == (_HERE / f"{name}.txt").read_text(encoding="utf-8")
