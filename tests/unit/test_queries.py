"""SQL in files of their own: every file belongs to a module, and every query in it is one that the module asks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import masker
from masker.queries import queries

_ROOT = Path(masker.__file__).parent
_FILES = [path for path in sorted(_ROOT.rglob("*.sql")) if path.read_text(encoding="utf-8").startswith("-- name: ")]


def _module(path: Path) -> str:
    return ".".join(("masker", *path.relative_to(_ROOT).with_suffix("").parts))


def _asked(path: Path) -> list[str]:
    """The names by which the module beside *path* takes its queries."""
    return [
        str(ast.literal_eval(node.slice))
        for node in ast.walk(ast.parse(path.with_suffix(".py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "_SQL"
    ]


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_every_query_is_asked_by_its_module(path: Path) -> None:
    found = queries(_module(path))
    assert set(found) == set(_asked(path))
    assert len(found) == path.read_text(encoding="utf-8").count("-- name: "), "a name stands twice"


@pytest.mark.parametrize("path", _FILES, ids=lambda path: str(path.relative_to(_ROOT)))
def test_lines_are_no_longer_than_those_of_the_program(path: Path) -> None:
    assert max(map(len, path.read_text(encoding="utf-8").splitlines())) <= 120


def test_no_module_takes_the_queries_of_another() -> None:
    for path in _ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "queries":
                assert [ast.unparse(argument) for argument in node.args] == ["__name__"], path
