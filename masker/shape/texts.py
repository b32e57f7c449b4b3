"""Queries of an application as texts: told apart in a file, and shown without their values."""

from __future__ import annotations

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

#: Characters of a query that are shown.
_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query: *label* says where it is from, *text* goes to the servers, *shown* is its beginning on one line, ``?`` for each value."""

    label: str
    text: str
    shown: str

    def __str__(self) -> str:
        return f"{self.label}: {self.shown}"


def queries_of_file(text: str, name: str) -> tuple[Sequence[Query], Sequence[Problem]]:
    """The statements in *text*, the file *name*, divided by semicolons; and all that is no query."""
    try:
        tokens = grammar.tokens(text)
    except GrammarError as error:
        return (), (
            Problem("queries", f"it cannot be read as SQL: {error}", position=_position(name, text.encode(), max(error.offset, 0))),
        )
    written = text.encode()
    found: list[Query] = []
    problems: list[Problem] = []
    for part in _statements(tokens):
        position = _position(name, written, part[0].start)
        body = written[part[0].start : part[-1].end].decode()
        if (wrong := _wrong(body)) is not None:
            hint = "write `$1`, `$2` … where the application gives values" if "cannot be read" in wrong else "leave it out"
            problems.append(Problem("queries", wrong, hint, position))
        else:
            found.append(Query(label=f"{name}:{position.line}", text=body, shown=_brief(written, part)))
    if not found and not problems:
        problems.append(
            Problem("queries", "it holds no query", "write the application's queries, divided by semicolons", Position(name, 1, 1))
        )
    return found, problems


def query_of_statistics(text: str, label: str) -> Query | None:
    """A text of ``pg_stat_statements`` as a query; None where no plan can be made of it: no such statement, or not SQL any more once it
    has lost its values."""
    try:
        parts = _statements(grammar.tokens(text))
    except GrammarError:
        return None
    if len(parts) != 1:
        return None
    written = text.encode()
    body = written[parts[0][0].start : parts[0][-1].end].decode()
    return Query(label=label, text=body, shown=_brief(written, parts[0])) if _wrong(body) is None else None


def words(query: Query) -> frozenset[str]:
    """The names in a query, among them those of its columns."""
    written = query.text.encode()
    found = (written[t.start : t.end].decode() for t in grammar.tokens(query.text) if t.name not in _VALUES | _COMMENTS)
    return frozenset(word.strip('"') for word in found)


def _statements(tokens: Sequence[Token]) -> list[list[Token]]:
    """Tokens of each statement, comments left out."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.name == _END:
            parts.append([])
        elif token.name not in _COMMENTS:
            parts[-1].append(token)
    return [part for part in parts if part]


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
