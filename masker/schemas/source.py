"""A text of SQL with its tokens and places: what an expression was written as, which no tree says."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection

from masker.errors import Position
from masker.masks.sql.grammar import Token, Tree, needs_quotes, placed_statements, tokens
from masker.names import TableName, quote

_OPEN, _CLOSE, _COMMA, _END = (
    frozenset({"ASCII_40", "ASCII_91"}),
    frozenset({"ASCII_41", "ASCII_93"}),
    "ASCII_44",
    "ASCII_59",
)

_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})


def identifier(name: str) -> str:
    """*name* as PostgreSQL writes it: in double quotes only where it has to be."""
    return quote(name) if needs_quotes(name) else name


def relation(name: TableName) -> str:
    """*name* with its schema, as PostgreSQL writes it."""
    return f"{identifier(name.schema)}.{identifier(name.name)}"


class Source:
    """The text *sql*; *place* says where a byte of it stands in the file. Raises GrammarError."""

    def __init__(self, sql: str, place: Callable[[int], Position]) -> None:
        self._bytes = sql.encode("utf-8", "surrogateescape")
        self._place = place
        self.tokens: list[Token] = [token for token in tokens(sql) if token.name not in _COMMENTS]
        self._starts = [token.start for token in self.tokens]
        self.statements: list[tuple[Tree, int]] = [
            (tree, self._start(self.at(begin))) for tree, begin in placed_statements(sql)
        ]

    def position(self, offset: int) -> Position:
        return self._place(offset)

    def at(self, offset: int) -> int:
        """The first token at or after the byte *offset*."""
        return bisect_left(self._starts, offset)

    def _start(self, token: int) -> int:
        return self._starts[token] if token < len(self._starts) else len(self._bytes)

    def word(self, token: int) -> str:
        """The token's name; that of the end where there is none."""
        return self.tokens[token].name if token < len(self.tokens) else _END

    def text(self, first: int, end: int) -> str:
        """What the tokens from *first* to before *end* were written as."""
        if first >= end:
            return ""
        return self._bytes[self.tokens[first].start : self.tokens[end - 1].end].decode("utf-8", "surrogateescape")

    def find(self, token: int, *names: str) -> int:
        """The first token from *token* on that is called one of *names*, or ends the statement."""
        while self.word(token) not in {*names, _END}:
            token += 1
        return token

    def end(self, token: int, stops: Collection[int] = ()) -> int:
        """Where the clause ends that begins at *token*: before what closes or goes on in the list it stands in, and
        before what begins at one of the bytes *stops*."""
        depth, at = 0, token
        while at < len(self.tokens):
            name = self.tokens[at].name
            if depth == 0 and (name in _CLOSE or name in {_COMMA, _END} or (at > token and self._starts[at] in stops)):
                break
            depth += (name in _OPEN) - (name in _CLOSE)
            at += 1
        return at

    def inside(self, token: int) -> tuple[int, int]:
        """The first token within the parentheses that open at or after *token*, and the one that closes them."""
        begin = self.find(token, "ASCII_40") + 1
        at = begin
        while (at := self.end(at)) < len(self.tokens) and self.word(at) == _COMMA:
            at += 1
        return begin, at

    def items(self, first: int, end: int) -> list[tuple[int, int]]:
        """The items, from and to before a token, of the list between *first* and *end*."""
        found: list[tuple[int, int]] = []
        while first < end:
            stop = self.end(first)
            found.append((first, stop))
            first = stop + 1
        return found

    def clause(self, token: int, end: int, *names: str) -> int:
        """The first of the tokens from *token* on, outside of parentheses, that is called one of *names*; *end* if
        there is none."""
        depth = 0
        for at in range(token, end):
            name = self.tokens[at].name
            if depth == 0 and name in names:
                return at
            depth += (name in _OPEN) - (name in _CLOSE)
        return end
