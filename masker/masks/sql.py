"""Expressions that rule files hold: read, held against a list of what is harmless, rendered anew.

What goes to the server is never the user's text but the tree that was checked, so that what was checked is what runs. Everything not
listed is refused: statements, sub-selects, aggregates, parameters, casts to types that name objects, functions with side effects.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.parsers.postgres import PostgresParser

from masker.catalog.types import Column
from masker.masks.arguments import Sql
from masker.masks.registry import Context, Mask, Uniqueness, any_type


class ExpressionError(Exception):
    """An expression that may not be used; *line* and *column* count from 1 within it, 0 where it has no place of its own."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class _Reader(Postgres):
    """PostgreSQL without sqlglot's knowledge of functions, so that a call comes out under the name and with the arguments it went in by."""

    class Parser(PostgresParser):
        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar = {
            name: parser for name, parser in PostgresParser.FUNCTION_PARSERS.items()
            if name in {"CAST", "EXTRACT", "OVERLAY", "POSITION", "SUBSTRING", "TRIM"}
        }  # fmt: skip
        NO_PAREN_FUNCTION_PARSERS: ClassVar = {
            name: parser for name, parser in PostgresParser.NO_PAREN_FUNCTION_PARSERS.items() if name in {"ANY", "CASE"}
        }  # fmt: skip
        # Here x -> y is an operator, never a function of x.
        LAMBDAS: ClassVar = {token: parser for token, parser in PostgresParser.LAMBDAS.items() if token.name == "FARROW"}


#: Shapes that are no calls, and calls that SQL spells with words: EXTRACT(year FROM …).
_SHAPES: tuple[type[exp.Expression], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.RawString, exp.ByteString, exp.Boolean, exp.Null, exp.Paren, exp.Tuple, exp.Array, exp.Bracket, exp.Slice,
    exp.DataType, exp.DataTypeParam, exp.Interval, exp.IntervalSpan, exp.Var, exp.Kwarg, exp.Cast, exp.Case, exp.If, exp.AtTimeZone,
    exp.Not, exp.Neg, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Any, exp.All,
    exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.RegexpILike, exp.Escape,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.DPipe, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseNot, exp.BitwiseLeftShift, exp.BitwiseRightShift,
    exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript, exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBExtract, exp.JSONBExtractScalar,
    exp.JSONBContainsTopKey, exp.JSONBContainsAnyTopKeys, exp.JSONBContainsAllTopKeys, exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps,
    exp.CurrentDate, exp.CurrentTimestamp, exp.Localtimestamp, exp.Extract, exp.Overlay, exp.StrPosition, exp.Substring, exp.Trim,
)  # fmt: skip

#: Functions without side effects whose results depend on their arguments alone, and the time of the transaction.
_FUNCTIONS = frozenset({
    "abbrev", "abs", "age", "array_append", "array_cat", "array_length", "array_position", "array_prepend", "array_remove", "array_replace", "array_to_string", "ascii", "bit_length", "btrim",
    "cardinality", "ceil", "ceiling", "char_length", "character_length", "chr", "coalesce", "concat", "concat_ws", "current_timestamp", "date_part", "date_trunc", "decode", "div", "encode", "exp",
    "family", "floor", "format", "greatest", "host", "initcap", "isempty", "isfinite", "json_array_length", "json_build_array", "json_build_object", "json_extract_path_text", "json_typeof",
    "jsonb_array_length", "jsonb_build_array", "jsonb_build_object", "jsonb_exists", "jsonb_extract_path", "jsonb_extract_path_text", "jsonb_insert", "jsonb_set", "jsonb_strip_nulls", "jsonb_typeof",
    "justify_days", "least", "left", "length", "ln", "localtimestamp", "log", "lower", "lower_inf", "lpad", "ltrim", "make_date", "make_interval", "make_time", "make_timestamp", "masklen", "mod",
    "network", "now", "nullif", "num_nonnulls", "num_nulls", "octet_length", "power", "regexp_match", "regexp_replace", "repeat", "replace", "reverse", "right", "round", "rpad", "rtrim",
    "set_masklen", "sign", "split_part", "sqrt", "starts_with", "string_to_array", "strpos", "substr", "to_char", "to_date", "to_hex", "to_json", "to_jsonb", "to_number", "to_timestamp",
    "translate", "trunc", "upper", "upper_inf", "width_bucket",
})  # fmt: skip

_WHY_NOT = {
    **dict.fromkeys(("md5", "sha224", "sha256", "sha384", "sha512", "hashtext", "hashtextextended"), "an unkeyed hash is found out by trying: use the mask token, or `by: value`"),
    **dict.fromkeys(("random", "gen_random_uuid", "uuid_generate_v4", "clock_timestamp", "timeofday"), "results have to be the same for the same row: use a mask"),
    **dict.fromkeys(("count", "sum", "min", "max", "avg", "string_agg", "array_agg", "json_agg", "jsonb_agg"), "it sums up rows, and a mask sees one"),
}  # fmt: skip

#: Calls to the eye, syntax to the server: the first two are read as functions, the others have nodes of their own.
_QUANTIFIERS = frozenset({"all", "some"})
_SPELLED_CALLS = frozenset({"any", "extract", "overlay", "position", "substring", "trim"})

_TYPES = frozenset({
    "bigint", "bit", "boolean", "bpchar", "bytea", "char", "cidr", "date", "daterange", "decimal", "double precision", "inet", "int", "int4range", "int8range", "interval", "json", "jsonb",
    "name", "numrange", "real", "smallint", "text", "time", "timestamp", "timestamptz", "timetz", "tsrange", "tstzrange", "uuid", "varchar",
})  # fmt: skip


def parse_expression(text: str, columns: Collection[str]) -> exp.Expression:
    """The one expression that *text* is, over *columns* of a table, in parentheses where it needs them. Raises ExpressionError.

    Unquoted names are folded to lower case, as the server does. For a condition, too: whether it is boolean is the server's to say.
    """
    try:
        trees: list[Any] = [tree for tree in _Reader().parse(f"SELECT {text}") if tree is not None]
    except SqlglotError as error:
        raise _unreadable(error) from None
    if len(trees) != 1:
        raise ExpressionError(f"expected one expression, found {'several statements' if trees else 'nothing'}")
    tree = _alone(trees[0])
    if problems := dict.fromkeys(_problems(tree, columns)):
        raise ExpressionError("; ".join(problems))
    folded: exp.Expression = tree.transform(_folded).transform(_grouped)
    return folded if isinstance(folded, (exp.Column, exp.Literal)) else exp.Paren(this=folded)


def _unreadable(error: SqlglotError) -> ExpressionError:
    found = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    line, column = int(found.get("line") or 0), int(found.get("col") or 0)
    near = str(found.get("highlight") or "").strip()
    if line == 1:
        column = max(1, column - len("SELECT "))
    return ExpressionError("the expression cannot be read" + (f' near "{near}"' if near else ""), line, column)


def _alone(tree: exp.Expression) -> exp.Expression:
    """The expression of ``SELECT expression``, if there is nothing besides."""
    if not isinstance(tree, exp.Select):
        raise ExpressionError("expected an expression, found a statement")
    others = [name.strip("_").upper() for name, value in tree.args.items() if value and name not in {"kind", "expressions"}]
    if others:
        raise ExpressionError(f"expected one expression, found {others[0]}")
    if len(tree.expressions) != 1:
        raise ExpressionError(f"expected one expression, found {len(tree.expressions) or 'none'}")
    found: exp.Expression = tree.expressions[0]
    if isinstance(found, exp.Alias):
        raise ExpressionError("expected an expression without a name of its own")
    return found


def _problems(tree: exp.Expression, columns: Collection[str]) -> Iterator[str]:
    for node in tree.walk():
        match node:
            case exp.Column():
                yield from _column_problem(node, columns)
            case exp.Subquery() | exp.Select() | exp.Exists() | exp.SetOperation():
                yield "a sub-select is not allowed here"
            case exp.Parameter() | exp.Placeholder() | exp.SessionParameter():
                yield "a parameter is not allowed here"
            case exp.Window() | exp.Filter():
                yield "a window function or aggregate is not allowed here"
            case exp.Pow():
                yield "the operator ^ is not allowed here, write power(x, y)"
            case exp.UnicodeString():
                yield "U&'…' is not allowed here, write the characters themselves"
            case exp.Cast():
                yield from _cast_problem(node)
            case exp.Anonymous():
                yield from _call_problem(node)
            case _ if not isinstance(node, _SHAPES):
                yield f"{node.sql_name().lower() if isinstance(node, exp.Func) else node.key} is not allowed here"


def _column_problem(node: exp.Column, columns: Collection[str]) -> Iterator[str]:
    name = _folded_name(node.this) if isinstance(node.this, exp.Identifier) else "*"
    if node.table:
        yield f"{node.table}.{node.name}: columns are written without their table"
    elif name not in columns:
        close = difflib.get_close_matches(name, list(columns), n=1)
        yield f"there is no column {name}" + (f", did you mean {close[0]}?" if close else "")


def _cast_problem(node: exp.Cast) -> Iterator[str]:
    kind: exp.Expression = node.to
    while isinstance(kind, exp.DataType) and kind.this is exp.DataType.Type.ARRAY and kind.expressions:
        kind = kind.expressions[0]
    name = kind.sql(_Reader).lower().partition("(")[0].strip()
    if not isinstance(kind, exp.DataType) or name not in _TYPES:
        yield f"a cast to {name} is not allowed here; the result is cast to the column's type anyway"


def _call_problem(node: exp.Anonymous) -> Iterator[str]:
    name = str(node.name).lower()
    if name in _FUNCTIONS | _QUANTIFIERS and not isinstance(node.parent, exp.Dot):
        return
    if why := _WHY_NOT.get(name):
        yield f"the function {name}() is not allowed here; {why}"
        return
    close = difflib.get_close_matches(name, _FUNCTIONS | _SPELLED_CALLS, n=1, cutoff=0.75)
    yield f"the function {name}() is not allowed here" + (f", did you mean {close[0]}?" if close and close[0] != name else "")


def _folded_name(identifier: exp.Identifier) -> str:
    name = str(identifier.this)
    return name if identifier.args.get("quoted") else name.lower()


def _folded(node: exp.Expression) -> exp.Expression:
    return exp.Identifier(this=_folded_name(node), quoted=True) if isinstance(node, exp.Identifier) else node


def _grouped(node: exp.Expression) -> exp.Expression:
    """``a NOT IN (1) = b`` is written anew as ``NOT a IN (1) = b``, which the server would read as ``NOT (a IN (1) = b)``."""
    is_operand = isinstance(node.parent, (exp.Binary, exp.Predicate)) and not isinstance(node.parent, exp.Connector)
    return exp.Paren(this=node) if isinstance(node, exp.Not) and is_operand else node


def sql(original: exp.Expression, column: Column, rule: Sql, context: Context) -> exp.Expression:
    """The rule's expression over the row's original values."""
    del original, column
    return parse_expression(rule.sql, [c.name for c in context.table.columns])


def _problem(column: Column, rule: Sql, context: Context) -> str | None:
    del column
    try:
        parse_expression(rule.sql, [c.name for c in context.table.columns])
    except ExpressionError as error:
        return str(error)
    return None


SQL = Mask(
    name="sql",
    rule=Sql,
    serves="every type the expression casts to",
    uniqueness=Uniqueness.UNKNOWN,
    accepts=any_type,
    render=sql,
    chance=None,
    problem=_problem,
    keeps_null=False,
    keeps_empty=False,
    example="山 for left(name, 1)",
)
