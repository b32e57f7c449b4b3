"""Expressions of a schema file in the words in which a server tells of them."""

from __future__ import annotations

from collections.abc import Iterable

from masker.masks.sql.grammar import Tree, nodes
from masker.names import TableName
from masker.schemas.builtin import OIDS, WRITTEN
from masker.schemas.drafts import TypeDraft
from masker.schemas.source import relation

#: What a server puts parentheses around, where it is a whole condition.
_OPERATIONS = frozenset({"A_Expr", "BoolExpr", "NullTest", "BooleanTest"})

_INTEGERS = {"int2", "int4", "int8", "numeric", "float4", "float8", "oid"}

#: Numbers that a constant without a decimal point holds as an integer.
_MOST_INTEGER = 2**31 - 1


def columns_of(tree: Tree, known: Iterable[str] | None) -> tuple[str, ...]:
    """The columns among *known* that *tree* reads, in the order in which they stand there; where none are known,
    whatever may be one."""
    names = None if known is None else set(known)
    found = sorted(
        (node.get("location", 0), field["String"]["sval"])
        for kind, node in nodes(tree)
        if kind == "ColumnRef"
        for field in node["fields"][-1:]
        if "String" in field and (names is None or field["String"]["sval"] in names)
    )
    return tuple(dict.fromkeys(name for _, name in found))


def condition(text: str, tree: Tree) -> str:
    """*text*, a condition, as a server writes it."""
    if next(iter(tree)) not in _OPERATIONS or _is_enclosed(text):
        return text
    return f"({text})"


def _is_enclosed(text: str) -> bool:
    """Whether one pair of parentheses is around all of it."""
    if not text.startswith("(") or not text.endswith(")"):
        return False
    depth, quoted = 0, ""
    for at, character in enumerate(text):
        if quoted:
            quoted = "" if character == quoted else quoted
        elif character in "'\"":
            quoted = character
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0 and at < len(text) - 1:
                return False
    return True


def default(text: str, tree: Tree, of: TypeDraft) -> str:
    """*text*, the default of a column of such a type, as a server writes it."""
    constant = tree.get("A_Const")
    if constant is None:
        return text
    if "boolval" in constant:
        return "true" if constant["boolval"].get("boolval") else "false"
    if "sval" in constant:
        value = constant["sval"].get("sval", "")
        if of.schema in {None, "pg_catalog"} and of.name == "bool" and not of.is_array:
            return "true" if value in {"t", "true", "1", "on", "yes"} else "false"
        if of.schema in {None, "pg_catalog"} and of.name == "numeric" and not of.is_array:
            return value if not value.startswith("-") else f"'{value}'::numeric"
        quoted = value.replace("'", "''")
        return f"'{quoted}'::{_name(of)}"
    number = text.replace(" ", "")
    if of.name in _INTEGERS and number.startswith("-"):
        kind = "numeric" if "." in number else "integer" if abs(int(number)) <= _MOST_INTEGER else "bigint"
        return f"'{number}'::{kind}"
    if of.name == "int8" and number.isdigit() and int(number) > _MOST_INTEGER:
        return f"'{number}'::bigint"
    return text


def _name(of: TypeDraft) -> str:
    """The type as the server writes it after a constant."""
    if of.schema in {None, "pg_catalog"} and of.name in OIDS:
        plain = "bpchar" if of.name == "bpchar" else WRITTEN.get(of.name, of.name)
    else:
        plain = relation(TableName(of.schema or "public", of.name))
    return f"{plain}[]" if of.is_array else plain
