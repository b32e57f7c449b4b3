"""The text of an expression as PostgreSQL's grammar reads it: one expression, its tokens, and where in it something
stands."""

from __future__ import annotations

from masker.masks.sql import grammar
from masker.masks.sql.grammar import GrammarError, Token, Tree
from masker.masks.sql.judged import ExpressionError, Fault

_LONGEST = 200_000


class Reader:
    """The text as the grammar reads it: *clean* is it without comments, byte for byte in its place, *tree* what it
    means."""

    _BEFORE = "SELECT ("

    def __init__(self, text: str) -> None:
        self.written = text
        if len(text) > _LONGEST:
            raise ExpressionError(
                [Fault(f"the expression has {len(text):,} characters, expected {_LONGEST:,} at most")]
            )
        try:
            tree = _alone(grammar.statements(f"SELECT {text}\n"))
        except GrammarError as error:
            raise self._unreadable(error, len("SELECT ")) from None
        try:
            self.tokens = grammar.tokens(text)
            self.clean = self._without_comments()
            # In parentheses, as it will stand: SELECT takes words in front and behind that are no part of an
            # expression.
            self.tree = grammar.expression(f"({self.clean})")
            is_whole = grammar.shape(self.tree) == grammar.shape(tree)
        except GrammarError as error:
            raise self._unreadable(error, len(self._BEFORE)) from None
        if not is_whole:
            raise ExpressionError([Fault("expected one expression, found something around it")])
        self.tokens = [token for token in self.tokens if token.name not in {"SQL_COMMENT", "C_COMMENT"}]
        self.at = {token.start: number for number, token in enumerate(self.tokens)}

    def _without_comments(self) -> str:
        found = bytearray(self.written.encode())
        for token in self.tokens:
            if token.name in {"SQL_COMMENT", "C_COMMENT"}:
                found[token.start : token.end] = b" " * (token.end - token.start)
        return found.decode()

    def _unreadable(self, error: GrammarError, before: int) -> ExpressionError:
        line, column = self.place(error.offset - before) if error.offset >= before else (0, 0)
        return ExpressionError([Fault(f"the expression cannot be read: {error}", "", line, column)])

    def token(self, location: int) -> Token | None:
        """The token that stands where the tree says something begins."""
        number = self.at.get(location - len(self._BEFORE))
        return None if number is None else self.tokens[number]

    def following(self, token: Token, count: int) -> list[Token]:
        first = self.at[token.start]
        return self.tokens[first : first + count]

    def place_of(self, location: int) -> tuple[int, int]:
        return self.place(location - len(self._BEFORE)) if location >= len(self._BEFORE) else (0, 0)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of a byte."""
        before = self.written.encode()[:offset].decode("utf-8", "ignore")
        return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _alone(found: list[Tree]) -> Tree:
    """The expression of ``SELECT expression``, if there is nothing besides."""
    if len(found) != 1:
        raise ExpressionError([Fault(f"expected one expression, found {'several statements' if found else 'nothing'}")])
    select = found[0].get("SelectStmt")
    if select is None:
        raise ExpressionError([Fault("expected an expression, found a statement")])
    if select.get("op") != "SETOP_NONE":
        raise ExpressionError([Fault("expected an expression, found a statement")])
    names = {
        "fromClause": "FROM",
        "whereClause": "WHERE",
        "sortClause": "ORDER BY",
        "limitCount": "LIMIT",
        "limitOffset": "OFFSET",
        "lockingClause": "FOR",
        "intoClause": "INTO",
    }
    others = [
        names.get(name, name.removesuffix("Clause").upper())
        for name in select
        if name not in {"targetList", "limitOption", "op"}
    ]
    if others:
        raise ExpressionError([Fault(f"expected one expression, found {others[0]}")])
    targets = select.get("targetList", ())
    if len(targets) != 1:
        raise ExpressionError([Fault(f"expected one expression, found {len(targets) or 'none'}")])
    target = targets[0]["ResTarget"]
    if "name" in target:
        raise ExpressionError([Fault("expected an expression without a name of its own")])
    if target["val"].get("ColumnRef", {}).get("fields") == [{"A_Star": {}}]:
        raise ExpressionError([Fault("star is not allowed here")])
    return target["val"]
