"""A draft of rules as values: what becomes of each table and each column, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from masker.catalog.types import Column, Table
from masker.kinds.kind import Kind, Risk
from masker.kinds.saying import Verdict
from masker.names import TableName
from masker.ruleset.wording import flow

_MASK = re.compile(r"(?:\{mask: )?\"?(\w+)")


@dataclass(slots=True)
class ColumnDraft:
    """One column: the *verdict* on it, and *rules* that could be, best first; the first is the one of the draft.

    *is_covered*: fail closed asks for a decision. *is_open*: no file at hand decides it. *note* is what else is to be
    said of the choice.
    """

    column: Column
    verdict: Verdict
    rules: list[str]
    is_covered: bool
    is_open: bool = True
    note: str = ""
    given_up: bool = False

    @property
    def rule(self) -> str:
        return self.rules[0]

    @property
    def mask(self) -> str:
        """The name of the rule's mask."""
        if self.rule.startswith("{sql"):
            return "sql"
        found = _MASK.match(self.rule)
        return found[1] if found is not None else self.rule

    @property
    def kind(self) -> Kind:
        return self.verdict.kind

    @property
    def is_written(self) -> bool:
        """Whether the file names it: what fail closed leaves alone, and the draft too, needs no line."""
        return self.is_open and not self.column.generated and (self.is_covered or self.rule != "keep")

    @property
    def risk(self) -> Risk:
        return max(Risk.PERSONAL, self.kind.risk) if self.given_up else self.kind.risk

    def prefer(self, rule: str) -> None:
        """*rule* before all others."""
        self.rules = [rule, *(other for other in self.rules if other != rule)]

    def give_way(self) -> bool:
        """The next rule instead; at last it is kept, and somebody has to look. False if nothing is left to try."""
        if len(self.rules) > 1:
            self.rules = self.rules[1:]
        elif self.rules != ["keep"]:
            self.rules, self.given_up = ["keep"], self.kind.is_personal
        else:
            return False
        return True


@dataclass(slots=True)
class TableDraft:
    """One table: its *columns*, and why no row of it is copied, if none is. *by_set* is the
    shipped set that says so. *heirs* are its partitions and what inherits from it, which have its rules."""

    table: Table
    columns: dict[str, ColumnDraft]
    heirs: tuple[TableName, ...] = ()
    empty: str = ""
    by_set: str = ""
    is_forced: bool = False  # to keep its rows, whatever a shipped set says of them

    @property
    def rows(self) -> str:
        return "none" if self.empty else "all"


@dataclass(slots=True)
class Draft:
    """All tables, in the order of their names; *include* are shipped sets, *locale* whose names masks make, and why."""

    tables: list[TableDraft]
    include: list[str] = field(default_factory=list)
    locale: tuple[str, str] | None = None

    def columns(self) -> list[tuple[TableDraft, ColumnDraft]]:
        """Every column with its table."""
        return [(table, column) for table in self.tables for column in table.columns.values()]


def more(rule: str, **arguments: object) -> str:
    """*rule* with further *arguments*.

    >>> more('email', by='value'), more('{mask: email, length: keep}', scope='email')
    ('{mask: email, by: value}', '{mask: email, length: keep, scope: email}')
    """
    said = flow(dict(arguments))[1:-1]
    return f"{rule.removesuffix('}')}, {said}}}" if rule.startswith("{") else f"{{mask: {rule}, {said}}}"
