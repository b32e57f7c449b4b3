"""One more mask takes one file and one line: whatever tells of masks knows it, and whatever masks uses it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.executable import ROOT, run
from tests.servers import Server, database_of

_FILE = '''
"""``initials``: the first letter of each word."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import text
from masker.masks.sql.formula import formula


class Initials(MaskRule):
    """The first letter of each word, and a full stop."""

    mask: Literal["initials"] = "initials"


def _render(original: exp.Expression, column: Column, rule: Initials, context: Context) -> exp.Expression:
    del column, rule, context
    return formula("regexp_replace({v}, '([^ ])[^ ]*', {to}, 'g')", v=text(original), to="\\\\1.")


INITIALS = Mask(
    rule=Initials,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="fewer than before",
        example="M. S.",
        shows="how its words begin",
        cost=2.0,
    ),
    render=_render,
    chance=None,
)
'''
_LINE = '    "initials": "masker.masks.initials:INITIALS",\n'

_SCRIPT = """
    CREATE TABLE people (id bigint PRIMARY KEY, name varchar(40), age int);
    INSERT INTO people SELECT n, 'Canary number ' || n, n FROM generate_series(1, 50) n;
"""
_RULES = "version: 1\ntables: {people: {columns: {name: MASK, age: keep}}}\n"


def _grown(folder: Path) -> Path:
    """masker with one mask more, below *folder*."""
    for part in ("masker", "docs"):
        shutil.copytree(ROOT / part, folder / part)
    for name in ("mkdocs.yml", "pyproject.toml"):
        shutil.copy2(ROOT / name, folder / name)
    (folder / "masker" / "masks" / "initials.py").write_text(_FILE.lstrip(), encoding="utf-8")
    every = folder / "masker" / "masks" / "every.py"
    every.write_text(every.read_text(encoding="utf-8").replace("\n}\n", f"\n{_LINE}}}\n", 1), encoding="utf-8")
    return folder


def _documented(folder: Path) -> dict[str, str]:
    """What is written of it by what writes the documents."""
    listed, own = folder / "docs/reference/masks.md", folder / "docs/reference/masks/initials.md"
    for command in (["docs/mask_pages.py"], ["-m", "cogapp", "-I", "docs", "-r", str(listed), str(own)]):
        env = {**os.environ, "PYTHONPATH": str(folder)}
        subprocess.run([sys.executable, *command], cwd=folder, env=env, check=True)
    return {path.name: path.read_text(encoding="utf-8") for path in (listed, own, folder / "mkdocs.yml")}


@pytest.mark.slow
def test_one_file_and_one_line_make_a_mask_that_everything_knows(production: Server, tmp_path: Path) -> None:
    grown = _grown(tmp_path / "grown")
    run("rules", "masks", "initials", folder=grown).expect(0, "The first letter of each word", "how its words begin")

    said = _documented(grown)
    assert "[`initials`](masks/initials.md)" in said["masks.md"]
    assert "| what can be read of the original | how its words begin |" in said["initials.md"]
    assert "- reference/masks/initials.md\n" in said["mkdocs.yml"]

    source, flown, stayed = (production.create_database() for _ in range(3))
    for url in (source, stayed):
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(_SCRIPT.encode())
    rules = tmp_path / "rules.yml"
    rules.write_text(_RULES.replace("name: MASK, age: keep", "name: keep, age: initials"))
    run("rules", "check", "--source", source, "--rules", rules, folder=grown).expect(
        3, "integer: the mask initials serves text"
    )
    rules.write_text(_RULES.replace("MASK", "initials"))
    databases = ("--source", source, "--target", flown, "--rules", rules)
    run("copy", *databases, "--confirm", database_of(flown), folder=grown).expect(0)
    run(
        "mask", "--target", stayed, "--rules", rules, "--confirm", database_of(stayed), "--terminate", folder=grown
    ).expect(0)
    for url in (flown, stayed):
        with psycopg.connect(url) as conn:
            made = conn.execute("SELECT id, name FROM people ORDER BY id").fetchall()
        assert made == [(n, f"C. n. {str(n)[0]}.") for n in range(1, 51)]
