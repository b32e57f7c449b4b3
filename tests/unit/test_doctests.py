"""The examples in docstrings are run."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import masker

ROOT = Path(masker.__file__).parent
EXEMPLARY = sorted(
    ".".join(("masker", *file.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
    for file in ROOT.rglob("*.py")
    if ">>> " in file.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", EXEMPLARY)
def test_examples_come_to_what_they_say(module: str) -> None:
    done = doctest.testmod(importlib.import_module(module))
    assert done.attempted > 0
    assert done.failed == 0


def test_there_are_examples() -> None:
    assert len(EXEMPLARY) >= 10
