"""The rooms keep their order: every import goes down, none in a circle. And the pure core stays pure: what its modules
import, at any depth inside masker, does not reach a driver, the clock, chance or the environment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import masker

_ROOT = Path(masker.__file__).parent

#: Rooms from the ground up. Those of one floor import nothing of each other, but for the words of the ground, which
#: everybody uses.
_FLOORS = (
    (
        "errors",
        "model",
        "names",
        "notes",
        "sides",
        "findings",
        "figures",
        "runs",
        "settings",
        "stages",
        "confirmation",
        "queries",
        "at_once",
        "collector",
        "erb",
    ),
    ("catalog",),
    ("kinds",),
    ("masks",),
    ("schemas",),
    ("ruleset",),
    ("signing",),
    ("tables",),
    ("postgres",),
    ("lanes",),
    ("verify",),
    ("copy", "in_place", "buckets", "shape", "report", "hooks", "branches"),
    ("delta",),
    ("crew",),
    ("refresh", "protect", "draft", "dumps"),
    ("companion",),
    ("demo",),
    ("cli",),
)

#: Parts of masker that only look at values, and single modules of others.
_PURE = (
    "schemas",
    "kinds",
    "draft",
    "ruleset",
    "masks",
    "tables",
    "catalog/types.py",
    "signing/decisions.py",
    "catalog/queries.py",
    "catalog/classes.py",
    "catalog/changes.py",
    "catalog/derived.py",
    "copy/plan.py",
    "copy/layout.py",
    "copy/reading.py",
    "copy/steps.py",
    "copy/explain.py",
    "copy/extension_rows.py",
    "delta/decide.py",
    "delta/layout.py",
    "delta/tables.py",
    "delta/steps.py",
    "copy/for_target.py",
    "copy/indexes.py",
    "copy/rehearsal.py",
    "copy/row_steps.py",
    "copy/usable.py",
    "in_place/audit.py",
    "in_place/batch_steps.py",
    "in_place/beside.py",
    "in_place/derived_steps.py",
    "in_place/explain.py",
    "in_place/facts.py",
    "in_place/layout.py",
    "in_place/locks.py",
    "in_place/plan.py",
    "in_place/proof_steps.py",
    "in_place/reach.py",
    "in_place/removal.py",
    "in_place/rewrites.py",
    "in_place/room.py",
    "in_place/steps.py",
    "in_place/trees.py",
    "in_place/units.py",
    "postgres/entries.py",
    "postgres/unmade.py",
    "lanes/events.py",
    "shape/advice.py",
    "shape/compare.py",
    "shape/numbers.py",
    "shape/plans.py",
    "shape/queries.py",
    "shape/report.py",
    "shape/scope.py",
    "shape/texts.py",
    "report/checked.py",
    "report/compare.py",
    "report/document.py",
    "report/drawing.py",
    "report/reading.py",
    "report/spans.py",
    "report/view.py",
    "buckets/plan.py",
    "buckets/diff.py",
    "buckets/objects.py",
    "buckets/policies.py",
    "buckets/attachments/placeholders.py",
    "buckets/attachments/active_storage.py",
    "buckets/listing/spans.py",
    "buckets/since/known.py",
    "buckets/client/requests.py",
    "names.py",
    "notes.py",
    "errors.py",
    "findings.py",
)

#: What a maintainer runs and no run imports.
_TOOLS = frozenset(
    {
        f"masks/locales/{name}.py"
        for name in (
            "freeze",
            "freeze_common",
            "freeze_european",
            "freeze_people",
            "freeze_places",
            "freeze_sources",
            "prose_making",
        )
    }
)

#: Where rule files are opened.
_FILE_EDGE = frozenset({"masker.ruleset.files", "masker.ruleset.frozen", "masker.ruleset.parse"})

#: Where masker reads its own words and queries, which come with its code.
_OWN_FILES = ("masker.masks.locales.words", "masker.queries")

_FORBIDDEN = frozenset({
    "boto3", "botocore", "psycopg", "psycopg_binary", "psycopg_pool", "requests", "socket", "ssl", "http", "urllib",
    "subprocess", "multiprocessing", "threading", "asyncio", "time", "random", "secrets", "logging", "structlog", "os",
    "sys", "select", "signal", "tempfile", "shutil", "rich", "typer",
})  # fmt: skip
_FILES = frozenset({"pathlib", "io", "importlib"})

#: Attributes that ask for the time, for chance or for the environment, whatever they are looked up on.
_IMPURE_ATTRIBUTES = frozenset(
    {"now", "today", "utcnow", "uuid1", "uuid4", "urandom", "environ", "getenv", "default_rng"}
)


def _modules() -> Iterator[Path]:
    for part in _PURE:
        path = _ROOT / part
        found = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        yield from (module for module in found if str(module.relative_to(_ROOT)) not in _TOOLS)


def _name(path: Path) -> str:
    parts = path.relative_to(_ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _imports(module: str) -> frozenset[str]:
    """Modules that *module* imports anywhere, in functions too."""
    tree = ast.parse(_path(module).read_text())
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = {f"{node.module}.{alias.name}" for alias in node.names}
            found.update({name for name in below if _exists(name)} or {node.module})
    return frozenset(found)


def _path(module: str) -> Path:
    path = _ROOT.parent.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _exists(module: str) -> bool:
    return module.startswith("masker.") and _path(module).exists()


def _reached(module: str) -> Iterator[tuple[str, str]]:
    """Every import from *module* on, with the module of masker that makes it."""
    seen, left = {module}, [module]
    while left:
        importer = left.pop()
        for imported in sorted(_imports(importer)):
            yield importer, imported
            if imported.startswith("masker.") and imported not in seen:
                seen.add(imported)
                left.append(imported)


_MODULES = [_name(path) for path in _modules()]


@pytest.mark.parametrize("module", _MODULES)
def test_the_core_reaches_nothing_outside(module: str) -> None:
    reached = {
        f"{importer} imports {imported}"
        for importer, imported in _reached(module)
        if imported.partition(".")[0] in _FORBIDDEN
        or (imported.partition(".")[0] in _FILES and importer not in _FILE_EDGE and not importer.startswith(_OWN_FILES))
    }
    assert reached == set()


@pytest.mark.parametrize("module", _MODULES)
def test_the_core_asks_neither_clock_nor_chance(module: str) -> None:
    tree = ast.parse(_path(module).read_text())
    asked = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & _IMPURE_ATTRIBUTES
    opened = {
        node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    } & {
        "open",
        "print",
        "input",
    }
    assert (asked, opened) == (set(), set())


def test_sessions_are_opened_at_the_edge() -> None:
    """Sessions are opened in ``postgres`` and ``buckets.client``, and by the demo; others get them handed, and may name
    the driver's types and errors."""
    opening = {
        _name(path)
        for path in _ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr)
        in {("psycopg", "connect"), ("boto3", "client"), ("boto3", "resource"), ("boto3", "Session")}
    }
    assert {
        module
        for module in opening
        if not module.startswith(("masker.postgres.", "masker.buckets.client.", "masker.demo."))
    } == set()


def _room(module: str) -> str:
    return module.split(".")[1]


def _everything() -> list[str]:
    """Every module but the entrance, which is above all."""
    return [name for path in sorted(_ROOT.rglob("*.py")) if (name := _name(path)) not in {"masker", "masker.__main__"}]


def test_every_module_stands_on_a_floor() -> None:
    assert {_room(module) for module in _everything()} == {room for floor in _FLOORS for room in floor}


def test_every_import_goes_down() -> None:
    level = {room: at for at, floor in enumerate(_FLOORS) for room in floor}
    wrong = [
        f"{module} imports {imported}"
        for module in _everything()
        for imported in _imports(module)
        if imported.startswith("masker.")
        and _room(imported) != _room(module)
        and (level[_room(imported)] > level[_room(module)] or level[_room(imported)] == level[_room(module)] > 0)
    ]
    assert wrong == []


def test_no_import_comes_back_to_where_it_began() -> None:
    """In functions and for types too: two modules that need each other are one, or lack a third below them."""
    left = {m: {i for i in _imports(m) if i.startswith("masker.") and i != m} for m in _everything()}
    while ends := {module for module, imported in left.items() if not imported & left.keys()}:
        left = {module: imported for module, imported in left.items() if module not in ends}
    assert left == {}


def test_the_core_is_there() -> None:
    assert {"masker.copy.plan", "masker.masks.apply", "masker.ruleset.resolve", "masker.catalog.types"} <= set(_MODULES)
