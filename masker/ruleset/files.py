"""The edge to the file system: rule files named by a user, and the rule sets that come with masker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from masker.errors import Position, Problem
from masker.ruleset.document import MOST_BYTES, too_long

#: Bytes of an application's schema.
_MOST_OF_SCHEMA = 64 * 1024 * 1024

#: Bytes of a list that rules draw from.
_MOST_OF_LIST = 8 * 1024 * 1024


def read_schema_text(path: Path) -> str | Problem:
    """The text of an application's schema, or what stands in the way."""
    return read_text(path, given="--schema or under `schema:`", most=_MOST_OF_SCHEMA)


def read_text(path: Path, *, given: str = "--rules or under `rules:`", most: int = MOST_BYTES) -> str | Problem:
    """The text of a rule file, or what stands in the way. *given* is how the path came, *most* the bytes it may
    have."""
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except FileNotFoundError:
        return Problem(name, "there is no such file", f"check the path given with {given}")
    except IsADirectoryError:
        inside = sorted(p.name for p in path.glob("*.y*ml"))[:3]
        return Problem(
            name,
            "it is a directory, expected a file",
            f"name its files one by one: {', '.join(inside)}" if inside else None,
        )
    except PermissionError:
        return Problem(name, "it may not be read", "give the user that runs masker the right to read it")
    except OSError as error:
        return Problem(name, f"it cannot be read ({error.strerror or type(error).__name__})")
    if len(content) > most:
        found = f"more than {most:,} bytes"
        return too_long(name, found) if most == MOST_BYTES else Problem(name, found, "expected a smaller file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig", errors="replace")) + 1
        return Problem(name, "it is not UTF-8", "save it as UTF-8", Position(name, before.count(b"\n") + 1, column))


def is_library(name: str) -> bool:
    """Whether ``include:`` means a file of the user's: ``../shared/base.yml``, ``acme_rules:base.yml``."""
    return name.endswith((".yml", ".yaml"))


def read_library(name: str, file: str) -> tuple[str, str | Problem]:
    """What the library of rules *name* is called by, and its text: a path from the rule *file* that includes it, or
    ``package:path`` of what an installed Python package brings along."""
    package, colon, inside = name.partition(":")
    if not colon or "/" in package or "\\" in package:
        path = Path(file).parent / name
        return str(path), read_text(path, given="`include:`")
    try:
        found = files(package).joinpath(inside)
        return name, found.read_text(encoding="utf-8-sig")
    except ModuleNotFoundError:
        return name, Problem(name, f"there is no package {package}", "install it beside masker, or correct its name")
    except (OSError, UnicodeDecodeError, TypeError):
        return name, Problem(name, f"the package {package} has no such file that could be read", "correct its path")


def reads_beside(file: str) -> Callable[[str], str]:
    """What reads a list that the rule file *file* names by its path from there. It raises ValueError where it
    cannot."""

    def read(name: str) -> str:
        found = read_text(Path(file).parent / name, given="`file:`", most=_MOST_OF_LIST)
        if isinstance(found, Problem):
            raise ValueError(f"file: {name}: {found.found}")  # noqa: TRY004 - it is not the type that is wrong
        return found

    return read


def write_text(path: Path, text: str) -> str | None:
    """Put *text* there, whole or not at all. Returns why it could not be done, None if it was."""
    # A draft of this text's own: two runs may write the same file.
    beside = path.with_name(f".{path.name}.{blake2b(text.encode(), digest_size=6).hexdigest()}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        return f"{path} cannot be written ({error.strerror or type(error).__name__})"
    return None


@cache
def shipped_rule_sets() -> Mapping[str, Traversable]:
    """The rule sets that ``include:`` may name, by name: from the installed package, or from ``rules/`` of a source
    checkout."""
    package = files("masker.ruleset")
    shipped = package / "shipped"
    if not shipped.is_dir():
        shipped = Path(__file__).resolve().parents[2] / "rules"
    found = [entry for entry in shipped.iterdir() if entry.name.endswith(".yml")] if shipped.is_dir() else []
    return {entry.name.removesuffix(".yml"): entry for entry in sorted(found, key=lambda e: e.name)}
