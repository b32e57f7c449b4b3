"""Expressions that rule files hold: read, held against a list of what is harmless, rendered anew.

What goes to the server is never the user's text but the tree that was checked, so that what was checked is what runs. Everything not
listed is refused: statements, sub-selects, aggregates, parameters, casts to types that name objects, functions with side effects.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from masker.catalog.types import Column
from masker.masks.arguments import Sql
from masker.masks.expressions import call
from masker.masks.registry import Context, Mask, Uniqueness, any_type


class ExpressionError(Exception):
    """An expression that may not be used; *line* and *column* count from 1 within it, 0 where it has no place of its own."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


#: Shapes that are not functions.
_SHAPES: tuple[type[exp.Expression], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Tuple, exp.Array, exp.Bracket, exp.Slice, exp.DataType, exp.DataTypeParam, exp.Interval, exp.Var,
    exp.Not, exp.Neg, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Any, exp.All,
    exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.RegexpILike, exp.Escape,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.DPipe, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseNot, exp.BitwiseLeftShift, exp.BitwiseRightShift,
    exp.Case, exp.If, exp.Cast, exp.AtTimeZone, exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey, exp.JSONPathSubscript, exp.JSONExtract, exp.JSONExtractScalar,
    exp.JSONBExtract, exp.JSONBExtractScalar, exp.JSONBContains, exp.ArrayContainsAll, exp.ArrayContainedBy, exp.RawString, exp.ByteString,
)  # fmt: skip

#: Functions by the name PostgreSQL gives them: immutable ones, and the time of the transaction. What a function's node renders to where
#: sqlglot would write another dialect's name is put right in :func:`_native`.
_FUNCTIONS = frozenset({
    "lower", "upper", "initcap", "length", "char_length", "character_length", "octet_length", "left", "right", "substr", "substring", "replace", "translate", "overlay",
    "trim", "btrim", "ltrim", "rtrim", "lpad", "rpad", "repeat", "reverse", "split_part", "strpos", "position", "starts_with", "concat", "concat_ws", "ascii", "chr", "to_hex",
    "format", "regexp_replace", "coalesce", "nullif", "greatest", "least", "abs", "round", "ceil", "ceiling", "floor", "trunc", "mod", "sign", "power", "sqrt", "div", "width_bucket",
    "date_trunc", "date_part", "extract", "make_date", "make_timestamp", "make_interval", "to_char", "to_date", "to_timestamp", "to_number", "age", "now", "current_timestamp", "current_date",
    "localtimestamp", "jsonb_build_object", "jsonb_build_array", "json_build_object", "json_build_array", "jsonb_set", "jsonb_strip_nulls", "jsonb_typeof", "jsonb_array_length", "jsonb_extract_path",
    "jsonb_extract_path_text", "json_extract_path_text", "to_jsonb", "to_json", "array_length", "cardinality", "array_to_string", "string_to_array", "array_remove", "array_replace",
    "array_append", "array_cat", "encode", "decode", "host", "family", "masklen", "network", "set_masklen", "abbrev", "to_tsvector", "row_to_json", "isfinite", "justify_days", "lower_inf", "upper_inf", "isempty",
})  # fmt: skip

#: sqlglot's names of nodes whose PostgreSQL name is another.
_NODE_NAMES = {
    "hex": "to_hex", "array_size": "array_length", "str_position": "strpos", "timestamp_trunc": "date_trunc", "time_to_str": "to_char", "str_to_date": "to_date", "str_to_time": "to_timestamp",
    "pow": "power", "substring": "substring", "char": "chr", "unix_to_time": "to_timestamp", "current_timestamp": "now", "unicode": "ascii", "array_concat": "array_cat", "ts_or_ds_to_date": "to_date",
    "date": "date", "to_number": "to_number", "pad": "lpad", "json_object": "json_build_object", "current_date": "current_date", "logical_or": "or", "logical_and": "and", "byte_length": "octet_length", "to_double": "to_number",
    "date_trunc": "date_trunc", "timestamp_from_parts": "make_timestamp", "date_from_parts": "make_date", "json_extract": "jsonb_extract_path", "string_to_array": "string_to_array", "trim": "trim", "array_to_string": "array_to_string",
}  # fmt: skip

_REFUSED_TYPES = ("reg", "pg_", "oid")


def parse_expression(text: str, columns: Collection[str]) -> exp.Expression:
    """The one expression that *text* is, over *columns* of a table. Raises ExpressionError.

    Unquoted names are folded to lower case, as the server does. Where it is a condition, the server says at plan time if it is not boolean.
    """
    try:
        trees = [tree for tree in sqlglot.parse(f"SELECT {text}", dialect="postgres") if tree is not None]
    except SqlglotError as error:
        found = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
        line, column = int(found.get("line") or 0), int(found.get("col") or 0)
        raise ExpressionError(f"the expression cannot be read near character {max(1, column - len('SELECT '))}", line, column) from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Select):
        raise ExpressionError("expected one expression, found several statements")
    select = trees[0]
    others = [name for name, value in select.args.items() if value and name not in {"kind", "expressions"}]
    if others or len(select.expressions) != 1:
        raise ExpressionError(
            "expected one expression" + (f", found {'FROM' if others == ['from_'] else others[0].strip('_').upper()}" if others else "")
        )
    tree = select.expressions[0]
    if isinstance(tree, exp.Alias):
        raise ExpressionError("expected an expression without a name of its own")
    problems = list(_problems(tree, columns))
    if problems:
        raise ExpressionError("; ".join(dict.fromkeys(problems)))
    folded = tree.copy().transform(_folded)
    native: exp.Expression = folded.transform(_native)
    return native if isinstance(native, (exp.Column, exp.Literal)) else exp.Paren(this=native)


def _problems(tree: exp.Expression, columns: Collection[str]) -> Iterator[str]:
    for node in tree.walk():
        if isinstance(node, exp.Column):
            yield from _column_problem(node, columns)
        elif isinstance(node, (exp.Subquery, exp.Select, exp.Exists, exp.SetOperation)):
            yield "a sub-select is not allowed here"
        elif isinstance(node, (exp.Parameter, exp.Placeholder, exp.SessionParameter)):
            yield "a parameter is not allowed here"
        elif isinstance(node, exp.Window):
            yield "a window function is not allowed here"
        elif isinstance(node, exp.Cast):
            yield from _cast_problem(node)
        elif isinstance(node, exp.UnicodeString):
            yield "U&'…' is not allowed here, write the characters themselves"
        elif isinstance(node, exp.Func) and not isinstance(node, _SHAPES):
            yield from _function_problem(node)
        elif not isinstance(node, _SHAPES):
            yield f"{type(node).__name__.lower()} is not allowed here"


def _column_problem(node: exp.Column, columns: Collection[str]) -> Iterator[str]:
    name = node.name if node.this.args.get("quoted") else node.name.lower()
    if node.table:
        yield f"{node.table}.{node.name}: columns are written without their table"
    elif name not in columns:
        close = difflib.get_close_matches(name, list(columns), n=1)
        yield f"there is no column {name}" + (f", did you mean {close[0]}?" if close else "")


def _cast_problem(node: exp.Cast) -> Iterator[str]:
    name = node.to.sql("postgres").lower().strip('"')
    if name.startswith(_REFUSED_TYPES):
        yield f"a cast to {name} is not allowed here"


def _function_problem(node: exp.Func) -> Iterator[str]:
    name = _function_name(node)
    if name in _FUNCTIONS:
        return
    if isinstance(node, exp.AggFunc):
        yield f"{name}() sums up rows, which is not allowed here"
        return
    hint = {
        "md5": "; an unkeyed hash is found out by trying: use the mask token, or `by: value`",
        "random": "; results have to be the same for the same row: use a mask",
    }.get(name, "")
    close = difflib.get_close_matches(name, _FUNCTIONS, n=1, cutoff=0.75)
    yield f"the function {name}() is not allowed here" + (hint or (f", did you mean {close[0]}?" if close else ""))


def _function_name(node: exp.Func) -> str:
    if isinstance(node, exp.Anonymous):
        return str(node.this).lower()
    name = node.sql_name().lower()
    return _NODE_NAMES.get(name, name)


def _folded(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Identifier) and not node.args.get("quoted"):
        return exp.Identifier(this=node.this.lower(), quoted=True)
    return node


def _native(node: exp.Expression) -> exp.Expression:
    """Nodes that sqlglot would write in another dialect's words."""
    if isinstance(node, exp.Hex):
        return call("to_hex", node.this)
    return node


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
    name="sql", rule=Sql, serves="every type the expression casts to", uniqueness=Uniqueness.UNKNOWN, accepts=any_type, render=sql, problem=_problem, keeps_null=False,
    keeps_empty=False, example="left(name, 1)",
)  # fmt: skip
