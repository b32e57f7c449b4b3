"""``masker.yml`` read, with the place of every problem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from masker.cli.flags.group import Declared, Flags, Variable, declared
from masker.cli.settings_model import attribute, members_of, settings_model
from masker.cli.settings_words import expected, may_be_empty, meant
from masker.errors import Problem, UsageError
from masker.model import FromEnvironment
from masker.ruleset.document import Document, read_document
from masker.ruleset.document import Path as Path_
from masker.ruleset.unclear import unclear_values

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


#: What stands in the place of a problem and is the name of a type.
_OF_TYPES = frozenset({"str", "int", "FromEnvironment", "function-before[as_hook(), Hook]"})


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the file that holds fields of groups: the whole of it, or one of its pairs of buckets. Paths start from
    *folder*."""

    model: Any
    folder: Path
    prefix: str = ""

    def said(self, group: type[Flags]) -> dict[str, Any]:
        """What stands here of the fields of *group*."""
        found = {
            each.name: self._value(each)
            for each in declared(group)
            if each.setting is not None and each.setting.path.startswith(self.prefix)
        }
        return {name: value for name, value in found.items() if value is not None}

    def _value(self, each: Declared) -> Any:
        assert each.setting is not None  # noqa: S101 - narrowed by the caller
        value = self.model
        for part in each.setting.path.removeprefix(self.prefix).split("."):
            value = getattr(value, attribute(part), None)
        if value is None:
            return None
        if isinstance(value, FromEnvironment):
            return Variable(value.env)
        if each.setting.negated:
            return not value
        if each.type == list[Path]:
            return [self._path(path) for path in value]
        if each.setting.may_be_path and "://" not in value:
            return str(self._path(value))
        return self._path(value) if Path in members_of(each.type) else value

    def _path(self, text: str) -> Path:
        """*text* from the file's folder; ``~`` is the home, as in a shell."""
        try:
            return self.folder / Path(text).expanduser()
        except RuntimeError:  # nobody's, or of a machine that has none
            return self.folder / text

    @property
    def pairs(self) -> tuple[Section, ...]:
        """The pairs of buckets."""
        return tuple(Section(pair, self.folder, "buckets[].") for pair in self.model.buckets or ())

    @property
    def databases(self) -> dict[str, Section]:
        """Further databases by name, each with a source, a target and rules as the file itself has."""
        return {name: Section(each, self.folder) for name, each in (self.model.databases or {}).items()}


def read_settings_file(path: Path) -> Section:
    """The settings file at *path*. Raises UsageError with every problem and its place."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read ({(error.strerror or 'no reason given').lower()})",
            hint="-c names a settings file, usually masker.yml",
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8", hint="save it as UTF-8") from None
    document = read_document(text, str(path))
    problems = list(document.problems)
    model: Any = None
    if not problems:
        # A section all of whose lines are comments says what none says.
        empty = [key for key in document.empty if not may_be_empty(key)]
        try:
            model = settings_model().model_validate(document.value)
        except ValidationError as error:
            problems = [_complaint(e, document) for e in _causes(error.errors(), empty)]
        said = {problem.position for problem in problems}
        unclear = unclear_values(document, empty, "write its value, or leave the key out", become_text=False)
        problems += [problem for problem in unclear if problem.position not in said]
    if not problems:
        return Section(model, path.parent)
    problems = _merged(problems)
    raise UsageError(
        f"{path}: {len(problems)} problem{'s' if len(problems) != 1 else ''}",
        hint="\n".join(line for problem in problems for line in _told(problem)),
        problems=problems,
    )


def _told(problem: Problem) -> Iterator[str]:
    yield str(problem)
    yield from (f"    {line}" for line in (problem.hint or "").splitlines())


def _causes(errors: list[ErrorDetails], empty: Sequence[Path_]) -> Iterator[ErrorDetails]:
    """*errors* without what only follows from others: that there is a wrong type where something within is wrong, or
    where nothing stands, at *empty*, which is told by itself."""
    paths = {_path(error) for error in errors}
    for error in errors:
        path = _path(error)
        follows = any(_is_within(other, path) and other != path for other in paths) or any(
            _is_within(other, path) or _is_within(path, other) for other in empty
        )
        if not (path and follows and expected(error["type"]) is not None):
            yield error


def _is_within(path: Path_, other: Path_) -> bool:
    return path[: len(other)] == other


def _path(error: ErrorDetails) -> Path_:
    return tuple(part for part in error["loc"] if part not in _OF_TYPES)


def _complaint(error: ErrorDetails, document: Document) -> Problem:
    path = _path(error)
    subject, position = ".".join(str(part) for part in path) or document.file, document.key_position(path)
    if (wanted := expected(error["type"])) is not None:
        return Problem(subject, f"expected {wanted}", position=position)
    match error["type"]:
        case "extra_forbidden":
            return Problem(subject, "there is no such setting", meant(path), position)
        case "missing":
            return Problem(subject, "missing", position=position)
        case "value_error":
            return Problem(subject, str(error["ctx"]["error"]), position=position)
        case "literal_error":
            return Problem(subject, f"expected {error['ctx']['expected']}", position=position)
    return Problem(subject, f"{error['msg'][:1].lower()}{error['msg'][1:]}", position=position)


def _merged(problems: list[Problem]) -> list[Problem]:
    """*problems*, those of one value that may be of several types as one."""
    said: dict[tuple[str, object], Problem] = {}
    for problem in problems:
        first = said.setdefault((problem.subject, problem.position), problem)
        if first is not problem and first.found != problem.found:
            one, other = first.found.removeprefix("expected "), problem.found.removeprefix("expected ")
            if first.found != one and problem.found != other:
                said[problem.subject, problem.position] = replace(first, found=f"expected {one} or {other}")
            else:
                said[f"{problem.subject} ", problem.found] = problem
    return list(said.values())
