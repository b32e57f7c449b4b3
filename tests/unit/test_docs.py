"""The documents against the program: what it has stands in them, what they link to is there, what they show can be
read."""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

from masker import errors
from masker.cli.settings_file import read_settings_file
from masker.cli.settings_schema import setting_rows
from masker.errors import MaskerError
from masker.masks.every import MASKS
from masker.ruleset.parse import read_rules

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
REFERENCE = DOCS / "reference"

#: Functions of the package whose first argument, or whose argument ``check``, is a check's name.
_TELLING = {"finding", "_finding", "_result", "not_answered", "guarded"}


@pytest.fixture(scope="module")
def generated() -> Iterator[ModuleType]:
    sys.path.insert(0, str(DOCS))
    try:
        yield importlib.import_module("generated")
    finally:
        sys.path.remove(str(DOCS))


def page(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def test_every_command_and_option_is_described(generated: ModuleType) -> None:
    text = page("cli.md")
    commands: list[tuple[str, Any]] = list(generated.walk())
    assert len(commands) > 10
    for path, command in commands:
        section = text.split(f"\n## {path}\n")[1].split("\n## ")[0]
        for parameter in command.params:
            for option in parameter.opts if parameter.param_type_name == "option" else []:
                assert option == "--help" or f"`{option}" in section, f"{path} {option}"
            assert option_help(parameter) or parameter.name == "help", f"{path}: {parameter.name} is not described"


def option_help(parameter: Any) -> str:
    return str(getattr(parameter, "help", "") or "")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("cli.md", "commands"),
        ("masks.md", "mask_table"),
        ("settings.md", "settings"),
        ("rules.md", "rule_keys"),
        ("rules.md", "rule_sets"),
    ],
)
def test_the_generated_parts_are_of_this_program(generated: ModuleType, name: str, made: str) -> None:
    assert getattr(generated, made)().strip() in page(name), "run `nox -s cog`"


def test_every_mask_has_a_page_of_its_own_which_is_of_this_program(generated: ModuleType) -> None:
    pages = importlib.import_module("mask_pages")
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert {path.stem for path in pages.FOLDER.glob("*.md")} == set(MASKS), "run `nox -s cog`"
    for name in MASKS:
        assert pages.page(name).strip() in page(f"masks/{name}.md"), f"{name}: run `nox -s cog`"
        assert f"[`{name}`](masks/{name}.md)" in page("masks.md")
        assert f"- reference/masks/{name}.md\n" in navigation, f"{name}: run `nox -s cog`"


def test_every_setting_is_listed_and_described() -> None:
    listed = {path: meaning for path, _, _, meaning in setting_rows()}
    assert {"source.url", "target.publish", "buckets[].acl", "buckets[].scope.kind"} <= set(listed)
    assert all(f"| `{path}` |" in page("settings.md") for path in listed)
    assert all(listed.values())


def test_every_check_is_listed_and_no_other() -> None:
    used = set()
    for module in (ROOT / "masker").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            used |= set(_checks(node))
    assert len(used) > 15
    assert set(re.findall(r"^\| `([a-z ]+)` \|", page("checks.md"), re.MULTILINE)) == used


def _checks(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.Call):
        return
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    told = [k.value for k in node.keywords if k.arg == "check"] + (node.args[:1] if name in _TELLING else [])
    yield from (each.value for each in told if isinstance(each, ast.Constant) and isinstance(each.value, str))


def test_every_exit_code_is_listed() -> None:
    codes = {e.exit_code for e in vars(errors).values() if isinstance(e, type) and issubclass(e, MaskerError)}
    listed = set(re.findall(r"^\| (\d+) \|", page("exit-codes.md"), re.MULTILINE))
    assert {str(code) for code in codes} <= listed


def test_every_page_is_in_the_navigation_and_every_entry_a_page() -> None:
    def pages(entry: Any) -> Iterator[str]:
        if isinstance(entry, str):
            yield entry
        else:
            for each in entry.values() if isinstance(entry, dict) else entry:
                yield from pages(each)

    navigation = YAML(typ="safe").load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    assert sorted(pages(navigation)) == sorted(str(p.relative_to(DOCS)) for p in PAGES)


@pytest.mark.parametrize(
    "path", [*PAGES, *ROOT.glob("*.md"), ROOT / "benchmarks" / "README.md"], ids=lambda p: str(p.relative_to(ROOT))
)
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in re.findall(r"(?<!`)\[[^\]\n]+\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if re.match(r"https?://", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists(), link
        if anchor:
            assert anchor in {
                _anchor(h) for h in re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            }, link


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


def examples() -> list[tuple[str, str]]:
    """The whole files of YAML that the documents show: (page, text)."""
    texts = ((p, p.read_text(encoding="utf-8")) for p in [*PAGES, ROOT / "README.md"])
    return [
        (str(p.relative_to(ROOT)), block)
        for p, text in texts
        for block in re.findall(r"```yaml\n(version: 1\n.*?)```", text, re.DOTALL)
    ]


@pytest.mark.parametrize(
    ("where", "text"), examples(), ids=[f"{where} {at}" for at, (where, _) in enumerate(examples())]
)
def test_the_files_that_are_shown_can_be_read(where: str, text: str, tmp_path: Path) -> None:
    file = tmp_path / "shown.yml"
    file.write_text(text, encoding="utf-8")
    if re.search(r"^(source|buckets|hooks):", text, re.MULTILINE):
        read_settings_file(file)
    else:
        read_rules([file])


def test_the_front_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
