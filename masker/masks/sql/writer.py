"""The text of the few SQL shapes that masks are built from, as sqlglot would write it and ten times as fast: thousands
of tables are planned in seconds. What is not one of them is left to sqlglot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from masker.masks.sql.formula import Formula, Verbatim
from masker.names import quote

#: Stands before a text of somebody else's; no SQL holds it.
_TEXT = "\0"


class _Unknown(Exception):
    """A shape that is left to sqlglot."""


def written(expression: exp.Expression) -> str | None:
    """The SQL of *expression*, identifiers quoted; None where it holds anything but the shapes known here."""
    found = written_with_texts(expression)
    return None if found is None or found[1] else found[0]


def written_with_texts(expression: exp.Expression) -> tuple[str, bool] | None:
    """The same with texts that people wrote as they are, and whether there are any."""
    try:
        sql = _write(expression)
    except _Unknown:
        return None
    has_texts = _TEXT in sql
    return sql.replace(_TEXT, "") if has_texts else sql, has_texts


def _write(node: Any) -> str:
    write = _WRITERS.get(type(node))
    if write is None or node.comments:
        raise _Unknown
    return write(node)


def _only(args: dict[str, Any], known: frozenset[str]) -> None:
    """Nothing but *known* may be said of a node."""
    if not args.keys() <= known and any(args[name] for name in args.keys() - known):
        raise _Unknown


_THIS, _IFS, _TO = frozenset({"this"}), frozenset({"this", "ifs", "default"}), frozenset({"this", "to"})
_KIND, _BRANCH = frozenset({"this", "kind"}), frozenset({"this", "true"})
_EXPRESSIONS, _CALL = frozenset({"expressions"}), frozenset({"this", "expressions"})
_BETWEEN, _ITEM = frozenset({"this", "expression", "safe"}), frozenset({"this", "expressions", "offset"})


def _column(node: Any) -> str:
    args = node.args
    _only(args, _THIS)
    if type(node.this) is not exp.Identifier:
        raise _Unknown
    return quote(node.this.name)


def _literal(node: Any) -> str:
    args = node.args
    text: str = args["this"]
    if not args.get("is_string"):
        return text
    if _TEXT in text:
        raise _Unknown
    return "'" + text.replace("'", "''") + "'"


def _negative(node: Any) -> str:
    number = node.this
    # Of a literal, so that no two signs come together, which would begin a comment.
    if type(number) is not exp.Literal or number.is_string:
        raise _Unknown
    return f"-{_literal(number)}"


def _call(node: Any) -> str:
    args = node.args
    _only(args, _CALL)
    if not isinstance(args["this"], str):
        raise _Unknown
    return f"{args['this'].upper()}({', '.join(map(_write, node.expressions))})"


def _cast(node: Any) -> str:
    args = node.args
    _only(args, _TO)
    to = args["to"]
    _only(to.args, _KIND)
    if to.this != exp.DataType.Type.USERDEFINED or not isinstance(to.args.get("kind"), str):
        raise _Unknown
    return f"CAST({_write(args['this'])} AS {to.args['kind']})"


def _case(node: Any) -> str:
    args = node.args
    _only(args, _IFS)
    words = ["CASE"] if args.get("this") is None else ["CASE", _write(args["this"])]
    for branch in args["ifs"]:
        _only(branch.args, _BRANCH)
        words += ["WHEN", _write(branch.args["this"]), "THEN", _write(branch.args["true"])]
    if args.get("default") is not None:
        words += ["ELSE", _write(args["default"])]
    return " ".join([*words, "END"])


def _subquery(node: Any) -> str:
    args = node.args
    _only(args, _THIS)
    select = args["this"]
    if type(select) is not exp.Select:
        raise _Unknown
    _only(select.args, _EXPRESSIONS)
    return f"(SELECT {', '.join(map(_write, select.expressions))})"


def _paren(node: Any) -> str:
    args = node.args
    _only(args, _THIS)
    return f"({_write(args['this'])})"


def _bracket(node: Any) -> str:
    args = node.args
    _only(args, _ITEM)
    # Counted as the server counts, and of something that needs no parentheses.
    if args.get("offset") != 1 or len(node.expressions) != 1 or type(args["this"]) is not exp.Paren:
        raise _Unknown
    return f"{_write(args['this'])}[{_write(node.expressions[0])}]"


def _in(node: Any) -> str:
    args = node.args
    _only(args, _CALL)
    return f"{_write(args['this'])} IN ({', '.join(map(_write, node.expressions))})"


def _collate(node: Any) -> str:
    args = node.args
    _only(args, _BETWEEN)
    if type(args["expression"]) is not exp.Var:
        raise _Unknown
    return f"{_write(args['this'])} COLLATE {args['expression'].this}"


def _formula(node: Any) -> str:
    first, *others = node.args["texts"]
    return str(first) + "".join(_write(hole) + text for hole, text in zip(node.expressions, others, strict=True))


def _between(operator: str) -> Callable[[Any], str]:
    def write(node: Any) -> str:
        args = node.args
        _only(args, _BETWEEN)
        return f"{_write(args['this'])} {operator} {_write(args['expression'])}"

    return write


_DIVIDED = frozenset({"this", "expression", "typed"})


def _quotient(node: Any) -> str:
    """Of integers as the server divides them: what is not said to be *typed* sqlglot makes a fraction of."""
    args = node.args
    _only(args, _DIVIDED)
    if not args.get("typed"):
        raise _Unknown
    return f"{_write(args['this'])} / {_write(args['expression'])}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    exp.Column: _column,
    exp.Literal: _literal,
    exp.Neg: _negative,
    exp.Anonymous: _call,
    exp.Cast: _cast,
    exp.Case: _case,
    exp.Subquery: _subquery,
    exp.Paren: _paren,
    exp.Bracket: _bracket,
    exp.In: _in,
    exp.Collate: _collate,
    Formula: _formula,
    Verbatim: lambda node: _TEXT + _formula(node),
    exp.Null: lambda _: "NULL",
    exp.Boolean: lambda node: "TRUE" if node.this else "FALSE",
    exp.Not: lambda node: f"NOT {_write(node.this)}",
    exp.DPipe: _between("||"),
    exp.Add: _between("+"),
    exp.Sub: _between("-"),
    exp.Mod: _between("%"),
    exp.BitwiseAnd: _between("&"),
    exp.BitwiseOr: _between("|"),
    exp.BitwiseRightShift: _between(">>"),
    exp.EQ: _between("="),
    exp.NEQ: _between("<>"),
    exp.GT: _between(">"),
    exp.LT: _between("<"),
    exp.GTE: _between(">="),
    exp.LTE: _between("<="),
    exp.Mul: _between("*"),
    exp.Div: _quotient,
    exp.Like: _between("LIKE"),
    exp.Or: _between("OR"),
    exp.And: _between("AND"),
    exp.Is: _between("IS"),
}
