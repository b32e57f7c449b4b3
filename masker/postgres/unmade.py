"""What the target did not make of the schema, in words: what, why, and what to do on which side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from masker.errors import CatalogMismatch, ManyProblems, Problem

#: A name is not there: relation, column, type or role, function or operator, schema.
MISSING = frozenset({"42P01", "42703", "42704", "42883", "3F000"})

_SYNTAX = "42601"
_SHOWN = 120

_ROLE = re.compile(r'role "(?P<name>.+)" does not exist')


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmade:
    """An object and what the server said when it was to be made of no rows. *position* is the place of the character in
    *statement*, from 1; *context* is not empty where a function of the schema had been called."""

    title: str
    statement: str
    sqlstate: str
    text: str
    position: int | None = None
    context: str = ""

    def names(self, other: Unmade) -> bool:
        """Whether it could not be made because *other* was not."""
        name = other.title.rpartition(" ")[2].partition("(")[0]
        return (
            self.sqlstate in MISSING
            and re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)|\.{re.escape(name)}(?!\w)", self.text) is not None
        )

    @property
    def line(self) -> str:
        """The line of the statement that the server points to."""
        if self.position is None:
            return ""
        start = self.statement.rfind("\n", 0, self.position - 1) + 1
        end = self.statement.find("\n", self.position - 1)
        return self.statement[start : end if end >= 0 else None].strip()[:_SHOWN]


class Unmakeable(ManyProblems, CatalogMismatch):
    """Objects of the source's schema that the target does not make. No row was read."""

    exit_code = CatalogMismatch.exit_code
    code = CatalogMismatch.code

    def __init__(
        self,
        problems: Sequence[Problem],
        told: str = "the target cannot be given {} of the source's schema; no row was read",
    ) -> None:
        count = len(problems)
        super().__init__(told.format(f"{count} object{'s' if count != 1 else ''}"), problems)


def problem(found: Unmade, source_major: int, target_major: int) -> Problem:
    """What is to be told of one of them."""
    said = f"{found.text} (SQLSTATE {found.sqlstate})"
    if found.sqlstate == _SYNTAX and source_major != target_major:
        where = f" in `{found.line}`" if found.line else ""
        return Problem(
            found.title,
            f"PostgreSQL {target_major}, the target, does not know how it is written on {source_major}: {said}{where}",
            f"give the target's server the source's version, {source_major}, or do without it on the source",
        )
    return Problem(found.title, f"the target does not make it: {said}", _hint(found))


def _hint(found: Unmade) -> str | None:
    if (role := _ROLE.search(found.text)) and found.sqlstate == "42704":
        return f"CREATE ROLE {role['name']} on the target, as on the source"
    if found.sqlstate in MISSING and found.context:
        return SEARCH_PATH
    match found.sqlstate:
        case "42501":
            return "the target's role lacks a privilege it needs"
        case "42P17" if found.title.startswith("trigger "):
            return (
                "the source could not make it again either: a generated column came later; name columns in its WHEN"
                " condition rather than whole rows"
            )
        case "0A000" | "58P01":
            return "the target's server does not have what it needs: install it there, or do without it on the source"
        case _:
            return None


#: What to do about a function that looks for what it calls by the search_path.
SEARCH_PATH = (
    "a function that it calls finds other objects by the search_path, which is empty where a dump is loaded (and since"
    " PostgreSQL 17 where the server itself makes an index or fills a view); on the source: ALTER FUNCTION … SET"
    " search_path = public (the schemas it needs)"
)
