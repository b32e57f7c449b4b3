"""PostgreSQL's own grammar, by libpg_query: the parse tree of a text, its tokens, and whether two trees are one.

The only module that knows the wheel it comes in. A tree is what libpg_query prints as JSON, since that, unlike its
protobuf form, may be as deep as people write: ``{"A_Expr": {"kind": "AEXPR_OP", …, "location": 9}}``. Locations count
bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

#: A node, a list of them, or a plain value.
Tree = Any

#: A tree as a list, its places left out: two texts mean the same to the grammar if these are equal.
Shape = list[object]

#: What no value of a tree can be taken for.
_BEGIN, _END = object(), object()

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")

#: What stands for one expression alone, in whose place another can be put.
_NOTHING = '{"A_Const":{"isnull":true}}'

_PLACES = frozenset(
    {"location", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end", "stmt_location", "stmt_len"}
)


#: A place in a tree as libpg_query prints it. Within a text a quote has a backslash before it, so that none ends there.
_PLACE = re.compile(r',"(?:{0})":-?\d+|"(?:{0})":-?\d+,?'.format("|".join(sorted(_PLACES))))


class GrammarError(Exception):
    """A text that is no SQL; *offset* (bytes) is where that shows, -1 where it has no place."""

    def __init__(self, message: str, offset: int = -1) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Token:
    """A token by its name in the grammar (``IDENT``, ``SCONST``, ``NULL_P``) and the bytes ``[start, end)`` it
    takes."""

    name: str
    start: int
    end: int


def statements(sql: str) -> list[Tree]:
    """The trees of the statements in *sql*. Raises GrammarError."""
    return [tree for tree, _ in placed_statements(sql)]


def placed_statements(sql: str) -> list[tuple[Tree, int]]:
    """The trees of the statements in *sql*, each with where it begins (bytes), what stands before it included. Raises
    GrammarError."""
    try:
        found = json.loads(_printed(sql))
    except RecursionError:
        raise GrammarError("it is nested too deep") from None
    return [(statement["stmt"], statement.get("stmt_location", 0)) for statement in found.get("stmts", ())]


def _printed(sql: str) -> str:
    # A shared library and a schema are loaded by these imports, which a command without rules does without.
    from postgast.errors import PgQueryError, check_error
    from postgast.native import lib

    result = lib.pg_query_parse(_bytes(sql))
    try:
        check_error(result)
        return str(result.parse_tree.decode("utf-8", "surrogateescape"))
    except PgQueryError as error:
        raise GrammarError(str(error), error.cursorpos - 1) from None
    finally:
        lib.pg_query_free_parse_result(result)


def meaning(sql: str) -> str:
    """The statements of *sql* as they are printed, without places: two texts mean the same to the grammar if these are
    equal. Raises GrammarError."""
    return _PLACE.sub("", _printed(sql))


def count_parameters(meant: str) -> int:
    """How many parameters (``$1``) are in a meaning."""
    return meant.count('{"ParamRef":')


def with_parameters(meant: str, parameters: Sequence[str]) -> str:
    """A meaning whose parameters ``$1`` … are *parameters*, meanings of expressions."""
    for number, parameter in enumerate(parameters, start=1):
        meant = meant.replace(f'{{"ParamRef":{{"number":{number}}}}}', parameter)
    return meant


@cache
def meaning_of_expression(sql: str) -> str:
    """The one expression that *sql* is, as it is printed within a statement. Raises GrammarError."""
    expression(sql)
    before, _, after = meaning("SELECT NULL").partition(_NOTHING)
    return meaning(f"SELECT {sql}").removeprefix(before).removesuffix(after)


def tokens(sql: str) -> list[Token]:
    """The tokens of *sql*, comments among them. Raises GrammarError."""
    from postgast import PgQueryError, pg_query_pb2, scan

    _bytes(sql)
    try:
        found = scan(sql).tokens
    except PgQueryError as error:
        raise GrammarError(str(error), error.cursorpos - 1) from None
    names = {number: name for name, number in pg_query_pb2.Token.items()}
    return [Token(names[token.token], token.start, token.end) for token in found]


@cache
def needs_quotes(identifier: str) -> bool:
    """Whether PostgreSQL writes *identifier* in double quotes: other characters, or a word of its own."""
    if not _PLAIN.fullmatch(identifier):
        return True
    from postgast import pg_query_pb2, scan

    return bool(
        scan(identifier).tokens[0].keyword_kind not in {pg_query_pb2.NO_KEYWORD, pg_query_pb2.UNRESERVED_KEYWORD}
    )


def _bytes(sql: str) -> bytes:
    if "\0" in sql:
        raise GrammarError("it holds a NUL character", len(sql.partition("\0")[0].encode("utf-8", "surrogateescape")))
    return sql.encode("utf-8", "surrogateescape")


def expression(sql: str) -> Tree:
    """The tree of the one expression that *sql* is. Raises GrammarError."""
    found = statements(f"SELECT {sql}")
    select = found[0].get("SelectStmt", {}) if len(found) == 1 else {}
    targets = select.get("targetList", ())
    if (
        len(targets) != 1
        or select.keys() - {"targetList", "limitOption", "op"}
        or targets[0]["ResTarget"].keys() - {"val", "location"}
    ):
        raise GrammarError("it is not one expression")
    return targets[0]["ResTarget"]["val"]


def shape(tree: Tree, instead: Mapping[int, Shape] | None = None, parameters: Sequence[Shape] = ()) -> Shape:
    """*tree* without its places: the nodes whose ``id()`` is in *instead*, and the parameters ``$1`` …, replaced by
    what is given for them.

    Raises GrammarError for one that is nested deeper than Python goes.
    """
    found: Shape = []

    def add(node: Tree) -> None:
        if instead and id(node) in instead:
            found.extend(instead[id(node)])
        elif type(node) is dict:
            if parameters and "ParamRef" in node:
                found.extend(parameters[node["ParamRef"]["number"] - 1])
                return
            found.append(_BEGIN)
            for key, value in node.items():
                if key not in _PLACES:
                    found.append(key)
                    add(value)
            found.append(_END)
        elif type(node) is list:
            found.append(_BEGIN)
            for value in node:
                add(value)
            found.append(_END)
        else:
            found.append(node)

    try:
        add(tree)
    except RecursionError:
        raise GrammarError("it is nested too deep") from None
    return found


def nodes(tree: Tree) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every node of *tree* with its kind, in no particular order."""
    left: list[Any] = [tree]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            for key, value in node.items():
                if isinstance(value, dict) and key[:1].isupper():
                    yield key, value
                left.append(value)
        elif isinstance(node, list):
            left += node
