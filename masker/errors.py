"""What can go wrong, one tree, one exit code a branch.

::

    MaskerError
    ├── UsageError            2   the command line or the settings file
    ├── RuleErrors            3   the rules: wrong, incomplete, or against the schema (all problems at once)
    ├── CatalogMismatch       4   source and target differ in what they can hold
    │   └── SourceChanged     4   the source's schema changed under the run
    ├── SourceError           5   the source server failed or refused
    ├── TargetError           6   the target server failed or refused
    ├── StorageError          7   object storage failed
    ├── VerifyFailed          8   a check failed or was not run
    ├── Refused               9   refused for safety
    └── Interrupted         130   a signal ended the run

Messages read *subject: what was found, what was expected* and the hint says what to do. None holds a row's value:
server messages pass through :mod:`masker.postgres.errors`, which keeps only names and SQLSTATEs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class MaskerError(Exception):
    """Root of everything a user can cause or meet. *hint* says what to do about it, *aftermath* what the run has left
    behind.

    *document* is what the run had done by then, as plain values. *is_lost*: a server did not answer, so that what was
    asked of it may have come about or not. *is_missing_database*: it answered that there is none of that name.
    *is_conflict*: another attempt may well succeed. *problems* are those of an error that has several, *sqlstate* is
    what the server called it.
    """

    exit_code: int = 1
    code: str = "failed"

    def __init__(self, message: str, *, hint: str | None = None, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems: Sequence[Problem] = tuple(problems)
        self.sqlstate = ""
        self.aftermath: str | None = None
        self.is_lost = False
        self.is_missing_database = False
        self.is_conflict = False
        self.document: Mapping[str, Any] | None = None

    def lines(self) -> list[str]:
        """The message, the hint and the aftermath, ready to print below each other."""
        return [line for line in (self.message, self.hint, self.aftermath) if line]

    def told(self) -> Sequence[Problem]:
        """What went wrong, one by one."""
        if self.problems:
            return self.problems
        return [Problem.of(self.message, self.hint)]


class UsageError(MaskerError):
    exit_code = 2
    code = "usage"


class CatalogMismatch(MaskerError):
    exit_code = 4
    code = "catalogs-differ"


class SourceChanged(CatalogMismatch):
    """The source's tables were altered between the snapshot and the last row read."""

    code = "source-changed"


class SourceError(MaskerError):
    exit_code = 5
    code = "source"


class TargetError(MaskerError):
    exit_code = 6
    code = "target"


class StorageError(MaskerError):
    exit_code = 7
    code = "storage"


class VerifyFailed(MaskerError):
    exit_code = 8
    code = "check-failed"


class Refused(MaskerError):
    exit_code = 9
    code = "refused"


class Interrupted(MaskerError):
    exit_code = 130
    code = "interrupted"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a rule file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the rules: where, what, and what to do.

    *subject* is the table, column or key spoken of; *position* is None for what no file mentions, such as an undecided
    column.
    """

    subject: str
    found: str
    hint: str | None = None
    position: Position | None = None

    @classmethod
    def of(cls, message: str, hint: str | None = None) -> Problem:
        """From a message that reads *subject: what was found*, or *--option what was found*."""
        subject, mark, found = message.partition(" " if message.startswith("--") else ": ")
        return cls(subject.rstrip(":"), found, hint) if mark else cls("", message, hint)

    def __str__(self) -> str:
        return f"{self.position}   {self.subject}: {self.found}" if self.position else f"{self.subject}   {self.found}"


def told_once(problems: Iterable[Problem]) -> list[Problem]:
    """*problems*, those that one rule has with several tables, as with the partitions of one, as one."""
    alike: dict[tuple[object, ...], list[Problem]] = {}
    for problem in problems:
        key = (problem.position, problem.found, problem.hint, "" if problem.position else problem.subject)
        alike.setdefault(key, []).append(problem)
    return [_one_of(list({p.subject: p for p in group}.values())) for group in alike.values()]


def _one_of(group: list[Problem]) -> Problem:
    first, *others = group
    if not others:
        return first
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return Problem(first.subject, f"{first.found}; the same of {others[0].subject}{more}", first.hint, first.position)


class ManyProblems(MaskerError):
    """Several things that are wrong, told at once."""

    shown_at_most: ClassVar[int] = 40

    def __init__(self, message: str, problems: Sequence[Problem]) -> None:
        super().__init__(message, problems=problems)

    def lines(self) -> list[str]:
        """The message, each problem with its hint indented below it, the aftermath."""
        lines = [self.message, ""]
        for problem in self.problems[: self.shown_at_most]:
            lines.append(str(problem))
            if problem.hint:
                lines.extend(f"    {line}" for line in problem.hint.splitlines())
        if (more := len(self.problems) - self.shown_at_most) > 0:
            lines.append(f"… and {more} more")
        return [*lines, *(["", self.aftermath] if self.aftermath else [])]


class RuleErrors(ManyProblems):
    """Every problem found in the rules, in file order; those without a place come last."""

    exit_code = 3
    code = "rules"

    def __init__(self, problems: Sequence[Problem]) -> None:
        last = Position("\U0010ffff", 0, 0)
        problems = told_once(problems)
        count = len(problems)
        super().__init__(
            f"{count} problem{'s' if count != 1 else ''}, nothing was started",
            sorted(problems, key=lambda p: (p.position or last, p.subject)),
        )


class Several(ManyProblems):
    """What is wrong with more than one thing, found in one round. Its exit code is the lowest of theirs."""

    def __init__(self, errors: Sequence[MaskerError]) -> None:
        problems = [problem for error in errors for problem in error.told()]
        super().__init__(f"{len(problems)} problems, nothing was started", problems)
        first = min(errors, key=lambda error: error.exit_code)
        self.exit_code, self.code = first.exit_code, first.code


def raise_all(errors: Sequence[MaskerError]) -> None:
    """Raise what there is: nothing, the one, or all in one."""
    if errors:
        raise errors[0] if len(errors) == 1 else Several(errors)
