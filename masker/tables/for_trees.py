"""Expressions as one ALTER TABLE applies them to a tree of partitions or inheriting tables, to which it cannot apply
all.

PostgreSQL (13 to 18) reads such an expression once for every table of a tree and writes into what it has read of ``x IS
NULL``: the second table gets "unrecognized node type" or, worse, the column that has the number of the first one's.
What it has read of ``x IS NOT DISTINCT FROM NULL``, which comes to the same, it leaves alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from masker.masks.sql import grammar
from masker.masks.sql.grammar import GrammarError, Shape, Token, Tree

#: How the tokens that are looked for are written, in lower case.
_LETTERS = {"SELECT": "select", "EQUALS_GREATER": "=>"}

_VALUES = {"NULL_P": "NULL", "TRUE_P": "TRUE", "FALSE_P": "FALSE", "UNKNOWN": "NULL"}


def has(sql: str, token: str) -> bool:
    """Whether *token* (``SELECT``, ``EQUALS_GREATER``) is among those of *sql*; what stands in quotes does not
    count."""
    # Few expressions have its letters anywhere, and taking one apart costs milliseconds where it holds a list.
    return _LETTERS[token] in sql.lower() and any(found.name == token for found in grammar.tokens(sql))


def for_trees(sql: str) -> str | None:
    """The expression *sql* with tests spelled as comparisons; None where that would say something else.

    >>> for_trees("CASE WHEN f(x) IS NULL THEN ' IS NULL' WHEN (b) IS NOT FALSE THEN c END")
    "CASE WHEN f(x) IS NOT DISTINCT FROM NULL THEN ' IS NULL' WHEN (b) IS DISTINCT FROM FALSE THEN c END"
    >>> for_trees("a IS NULL = b") is None
    True
    """
    written, spelled, at = sql.encode(), b"", 0
    for start, end, comparison in _tests(
        [t for t in grammar.tokens(sql) if t.name not in {"SQL_COMMENT", "C_COMMENT"}]
    ):
        spelled += written[at:start] + comparison.encode()
        at = end
    if not at:
        return sql
    text = (spelled + written[at:]).decode()
    try:
        return text if grammar.shape(grammar.expression(text)) == _meant(grammar.expression(sql)) else None
    except GrammarError:
        return None


def _tests(tokens: list[Token]) -> Iterator[tuple[int, int, str]]:
    """The bytes that each test takes, and the comparison it comes to."""
    for number, token in enumerate(tokens):
        if token.name in {"ISNULL", "NOTNULL"}:
            yield token.start, token.end, _comparison("NULL", is_not=token.name == "NOTNULL")
        if token.name != "IS":
            continue
        is_not = len(tokens) > number + 1 and tokens[number + 1].name == "NOT"
        last = tokens[number + 1 + is_not] if len(tokens) > number + 1 + is_not else token
        if last.name in _VALUES:
            yield token.start, last.end, _comparison(_VALUES[last.name], is_not=is_not)


def _comparison(value: str, *, is_not: bool) -> str:
    return f"IS DISTINCT FROM {value}" if is_not else f"IS NOT DISTINCT FROM {value}"


def _meant(tree: Tree) -> Shape | None:
    """*tree* with its tests as the comparisons they come to; None where one is of a row, which comes to none."""
    left = [tree]
    while left:
        holder = left.pop()
        left += holder.values() if isinstance(holder, dict) else holder if isinstance(holder, list) else ()
        found = {"NullTest", "BooleanTest"} & holder.keys() if isinstance(holder, dict) else None
        if not found:
            continue
        node = holder.pop(found.pop())
        if "RowExpr" in node["arg"]:
            return None
        holder["A_Expr"] = _tree_of(node.get("nulltesttype") or node["booltesttype"], node["arg"])
    return grammar.shape(tree)


def _tree_of(test: str, operand: Tree) -> Tree:
    value = (
        {"boolval": {"boolval": True} if test.endswith("TRUE") else {}}
        if test.endswith(("TRUE", "FALSE"))
        else {"isnull": True}
    )
    kind = "AEXPR_DISTINCT" if "_NOT_" in test else "AEXPR_NOT_DISTINCT"
    return {"kind": kind, "name": [{"String": {"sval": "="}}], "lexpr": operand, "rexpr": {"A_Const": value}}
