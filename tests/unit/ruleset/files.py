"""Rule files for tests: written, read, and their problems."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from masker.catalog.types import Catalog
from masker.errors import Problem, RuleErrors
from masker.ruleset.document import read_document
from masker.ruleset.parse import parse_rules, read_rules, read_shipped
from masker.ruleset.resolve import resolve
from masker.ruleset.types import Resolution, RuleFile, RuleSet


def rule_file(text: str, name: str = "rules.yml") -> RuleFile:
    """The rules of *text*, to which ``version: 1`` is added."""
    problems: list[Problem] = []
    file = parse_rules(read_document("version: 1\n" + dedent(text), name), problems)
    assert file is not None, [str(p) for p in problems]
    return file


def rule_set(*texts: str | RuleFile) -> RuleSet:
    """Files a.yml, b.yml … of *texts*, and the shipped sets they include."""
    files = [
        text if isinstance(text, RuleFile) else rule_file(text, f"{chr(97 + at)}.yml") for at, text in enumerate(texts)
    ]
    included = dict.fromkeys(name for file in files for name in file.include)
    return RuleSet(files=tuple(files), included=tuple(read_shipped(name) for name in included))


def resolved(database: Catalog, *texts: str | RuleFile) -> Resolution:
    """*texts* against *database*."""
    return resolve(rule_set(*texts), database)


def told(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    """Each problem as a person reads it, without its hint."""
    return [(str(p), p.hint or "") for p in problems]


def refused(folder: Path, *texts: str | bytes) -> list[tuple[str, str]]:
    """The problems of files with exactly these *texts*, as lines with bare file names, each with its hint."""
    paths = []
    for at, text in enumerate(texts):
        path = folder / f"{chr(97 + at)}.yml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        paths.append(path)
    try:
        read_rules(paths)
    except RuleErrors as error:
        return [(str(p).replace(f"{folder}/", ""), (p.hint or "").replace(f"{folder}/", "")) for p in error.problems]
    return []
