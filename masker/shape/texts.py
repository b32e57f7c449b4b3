"""Queries of an application as texts: told apart in a file, and shown without their values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from masker.errors import Position, Problem
from masker.masks.sql import grammar
from masker.masks.sql.grammar import GrammarError, Token

#: Statements that the planner makes a plan of, by their nodes in the grammar.
_PLANNED = frozenset({"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"})

_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})
_VALUES = frozenset({"SCONST", "USCONST", "BCONST", "XCONST", "ICONST", "FCONST"})
_END = "ASCII_59"

#: A comment above a query that says what a parameter is to be, on each side by itself: ``-- $1 = (SELECT email FROM
#: users WHERE id = 42)``.
_VALUE = re.compile(r"--\s*\$(\d{1,4})\s*=\s*(.+)", re.DOTALL)

#: Characters of a query that are shown.
_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query: *label* says where it is from, *text* goes to the servers, *shown* is its beginning on one line, ``?``
    for each value.

    *values* are expressions of its parameters, in order, that each side computes from its own rows; without any its
    plan is generic.
    """

    label: str
    text: str
    shown: str
    values: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.label}: {self.shown}"


def queries_of_file(text: str, name: str) -> tuple[Sequence[Query], Sequence[Problem]]:
    """The statements in *text*, the file *name*, divided by semicolons; and all that is no query."""
    try:
        tokens = grammar.tokens(text)
    except GrammarError as error:
        return (), (
            Problem(
                "queries",
                f"it cannot be read as SQL: {error}",
                position=_position(name, text.encode(), max(error.offset, 0)),
            ),
        )
    written = text.encode()
    found: list[Query] = []
    problems: list[Problem] = []
    for statement in _statements(tokens):
        part = statement.tokens
        position = _position(name, written, part[0].start)
        body = written[part[0].start : part[-1].end].decode()
        values, amiss = _values([written[t.start : t.end].decode() for t in statement.above], body)
        if (wrong := _wrong(body) or amiss) is not None:
            problems.append(Problem("queries", wrong, _remedy(wrong), position))
        else:
            found.append(Query(label=f"{name}:{position.line}", text=body, shown=_brief(written, part), values=values))
    if not found and not problems:
        problems.append(
            Problem(
                "queries",
                "it holds no query",
                "write the application's queries, divided by semicolons",
                Position(name, 1, 1),
            )
        )
    return found, problems


def query_of_statistics(text: str, label: str) -> Query | None:
    """A text of ``pg_stat_statements`` as a query; None where no plan can be made of it: no such statement, or not SQL
    any more once it has lost its values."""
    try:
        parts = _statements(grammar.tokens(text))
    except GrammarError:
        return None
    if len(parts) != 1:
        return None
    written, part = text.encode(), parts[0].tokens
    body = written[part[0].start : part[-1].end].decode()
    return Query(label=label, text=body, shown=_brief(written, part)) if _wrong(body) is None else None


def words(query: Query) -> frozenset[str]:
    """The names in a query, among them those of its columns."""
    written = query.text.encode()
    found = (written[t.start : t.end].decode() for t in grammar.tokens(query.text) if t.name not in _VALUES | _COMMENTS)
    return frozenset(word.strip('"') for word in found)


def has_constants(query: Query) -> bool:
    """Whether it compares with values that stand in its text."""
    return any(token.name in _VALUES for token in grammar.tokens(query.text))


@dataclass(frozen=True, slots=True)
class _Statement:
    """Tokens of a statement without comments, and the comments above it."""

    tokens: list[Token]
    above: list[Token]


def _statements(tokens: Sequence[Token]) -> list[_Statement]:
    found = [_Statement([], [])]
    for token in tokens:
        statement = found[-1]
        if token.name == _END:
            found.append(_Statement([], []))
        elif token.name not in _COMMENTS:
            statement.tokens.append(token)
        elif not statement.tokens:
            statement.above.append(token)
    return [statement for statement in found if statement.tokens]


def _values(comments: Sequence[str], body: str) -> tuple[tuple[str, ...], str | None]:
    """What *comments* say of the parameters of *body*, and what is wrong with that."""
    said = {
        int(match[1]): match[2].strip().rstrip(";")
        for comment in comments
        if (match := _VALUE.match(comment)) is not None
    }
    if not said:
        return (), None
    try:
        for text in said.values():
            grammar.expression(text)
        used = {
            node["number"]
            for tree in grammar.statements(body)
            for kind, node in grammar.nodes(tree)
            if kind == "ParamRef"
        }
    except GrammarError as error:
        return (), f"it cannot be read as SQL, or a value of it: {error}"
    if said.keys() != used or used != set(range(1, len(used) + 1)):
        numbers = (", ".join(f"${number}" for number in sorted(each)) or "none" for each in (said, used))
        return (), "values are given for {}, its parameters are {}".format(*numbers)
    return tuple(said[number] for number in sorted(said)), None


def _remedy(wrong: str) -> str:
    if "cannot be read" in wrong:
        return "write `$1`, `$2` … where the application gives values"
    return (
        "say `-- $1 = (SELECT …)` of each above the query, or of none" if wrong.startswith("values") else "leave it out"
    )


def _wrong(body: str) -> str | None:
    """Why *body* is no query, None if it is one."""
    try:
        trees = grammar.statements(body)
    except GrammarError as error:
        return f"it cannot be read as SQL: {error}"
    kinds = [kind for tree in trees for kind in tree]
    if len(kinds) != 1 or kinds[0] not in _PLANNED:
        return "it has no plan, expected SELECT, INSERT, UPDATE, DELETE or MERGE"
    return "SELECT INTO makes a table, expected a query" if "intoClause" in trees[0][kinds[0]] else None


def _brief(written: bytes, tokens: Sequence[Token]) -> str:
    """Some of it on one line. White space is as it was between two tokens, or not."""
    said: list[str] = []
    end = tokens[0].start
    for token in tokens:
        said.append(" " if token.start > end else "")
        said.append("?" if token.name in _VALUES else written[token.start : token.end].decode())
        end = token.end
    whole = "".join(said)
    return whole if len(whole) <= _SHOWN else whole[: _SHOWN - 1] + "…"


def _position(name: str, written: bytes, offset: int) -> Position:
    before = written[:offset].decode("utf-8", "replace")
    return Position(name, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
