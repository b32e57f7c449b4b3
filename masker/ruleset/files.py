"""The edge to the file system: rule files named by a user, and the rule sets that come with masker."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from masker.errors import Position, Problem
from masker.ruleset.document import MOST_BYTES, too_long


def read_text(path: Path) -> str | Problem:
    """The text of a rule file, or what stands in the way."""
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return Problem(name, "there is no such file", "check the path given with --rules or under `rules:`")
    except IsADirectoryError:
        inside = sorted(p.name for p in path.glob("*.y*ml"))[:3]
        return Problem(name, "it is a directory, expected a file", f"name its files one by one: {', '.join(inside)}" if inside else None)
    except PermissionError:
        return Problem(name, "it may not be read", "give the user that runs masker the right to read it")
    except OSError as error:
        return Problem(name, f"it cannot be read ({error.strerror or type(error).__name__})")
    if len(content) > MOST_BYTES:
        return too_long(name, f"more than {MOST_BYTES:,} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig", errors="replace")) + 1
        return Problem(name, "it is not UTF-8", "save it as UTF-8", Position(name, before.count(b"\n") + 1, column))


@cache
def shipped_rule_sets() -> Mapping[str, Traversable]:
    """The rule sets that ``include:`` may name, by name: from the installed package, or from ``rules/`` of a source checkout."""
    package = files("masker.ruleset")
    shipped = package / "shipped"
    if not shipped.is_dir():
        shipped = Path(__file__).resolve().parents[2] / "rules"
    found = [entry for entry in shipped.iterdir() if entry.name.endswith(".yml")] if shipped.is_dir() else []
    return {entry.name.removesuffix(".yml"): entry for entry in sorted(found, key=lambda e: e.name)}
