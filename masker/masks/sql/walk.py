"""The walk through an expression: what each node may have, and what is noted on the way: faults, places to replace,
kinds of values, and operators that a database has besides PostgreSQL's own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from masker.catalog.overload import Overload
from masker.catalog.types import Column
from masker.masks.sql import grammar, kinds
from masker.masks.sql.grammar import Tree
from masker.masks.sql.judged import ExpressionError, Fault, Hole, Operator
from masker.masks.sql.kinds import LITERAL, OPEN
from masker.masks.sql.reader import Reader

_DEEPEST = 120

#: The fields a node may have; all others change what it means.
FIELDS: Mapping[str, frozenset[str]] = {
    node: frozenset(fields.split())
    for node, fields in {
        "A_ArrayExpr": "elements",
        "A_Const": "ival fval boolval sval bsval isnull",
        "A_Expr": "kind name lexpr rexpr",
        "A_Indices": "is_slice lidx uidx",
        "A_Indirection": "arg indirection",
        "BoolExpr": "boolop args",
        "BooleanTest": "arg booltesttype",
        "CaseExpr": "arg args defresult",
        "CaseWhen": "expr result",
        "CoalesceExpr": "args",
        "CollateClause": "arg collname",
        "ColumnRef": "fields",
        "FuncCall": "funcname args funcformat",
        "List": "items",
        "MinMaxExpr": "op args",
        "NamedArgExpr": "arg name argnumber",
        "NullTest": "arg nulltesttype",
        "RowExpr": "args row_format",
        "SQLValueFunction": "op typmod",
        "TypeCast": "arg typeName",
        "TypeName": "names typmods typemod arrayBounds",
    }.items()
}

_OTHER_FIELDS = {
    "agg_distinct": "distinct",
    "agg_filter": "a window function or aggregate",
    "agg_order": "a window function or aggregate",
    "agg_star": "a window function or aggregate",
    "agg_within_group": "a window function or aggregate",
    "func_variadic": "variadic",
    "over": "a window function or aggregate",
}

_OTHER_NODES = {
    "SubLink": "a sub-select",
    "ParamRef": "a parameter",
    "A_Star": "star",
    "SetToDefault": "default",
    "GroupingFunc": "grouping()",
    "XmlExpr": "xml",
    "XmlSerialize": "xml",
}

#: What looks at a node: given the walk, the node, and the tree of one node that it is.
Handler = Callable[[Any, dict[str, Any], Tree], str]


class Walk:
    """Looks at every node once, by the handler of its kind: its faults, the places in the text that will be replaced,
    and the kind of value it makes."""

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        reader: Reader,
        columns: Mapping[str, Column] | Collection[str] | None,
        overloads: tuple[Overload, ...],
    ) -> None:
        self._handlers = handlers
        self.reader = reader
        self.columns = columns
        self.overloads = overloads
        self.faults: list[Fault] = []
        self.holes: list[Hole] = []
        self.kind_of: dict[int, str] = {}
        self.location = -1
        self._depth = 0

    def fault(self, text: str, hint: str = "", location: int | None = None) -> None:
        line, column = self.reader.place_of(self.location if location is None else location)
        self.faults.append(Fault(text, hint, line, column))

    def visit(self, tree: Tree) -> str:
        """The kind of *tree*."""
        ((name, node),) = tree.items()
        before, self.location = self.location, node.get("location", -1)
        if self.location < 0:
            self.location = before
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ExpressionError([Fault("the expression is nested too deep")])
        try:
            return self._visit(name, node, tree)
        finally:
            self.location = before
            self._depth -= 1

    def _visit(self, name: str, node: dict[str, Any], tree: Tree) -> str:
        handler = self._handlers.get(name)
        if handler is None:
            words = _OTHER_NODES.get(name) or ("json" if name.startswith("Json") else name.lower())
            self.fault(f"{words} is not allowed here")
            return OPEN
        for field in (
            node.keys() - FIELDS[name] - {"location", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end"}
        ):
            self.fault(f"{_OTHER_FIELDS.get(field, field)} is not allowed here")
        kind: str = handler(self, node, tree)
        self.kind_of[id(tree)] = kind
        return kind

    def all(self, trees: Iterable[Tree]) -> list[str]:
        return [self.visit(tree) for tree in trees]

    def read_as(self, tree: Tree, found: str, expected: str) -> None:
        """*tree*, of kind *found*, will be read as *expected*: literals in it that say something else tomorrow are
        faults."""
        is_read = kinds.is_time(expected) if self.columns is None else kinds.may_be_time(expected)
        if not is_read or not (found in {LITERAL, OPEN} or kinds.is_text(found.removeprefix("_"))):
            return
        for name, node in [*tree.items()] if found == LITERAL else grammar.nodes(tree):
            if (
                name == "A_Const"
                and "sval" in node
                and (told := kinds.literal_problem(node["sval"].get("sval", ""), expected))
            ):
                text, _, hint = told.partition("\n")
                self.fault(text, hint, node["location"])

    def read_alike(self, trees: list[Tree], found: list[str]) -> str:
        """What CASE, COALESCE and arrays make of parts that become of one kind."""
        kind = kinds.common(found)
        for tree, its in zip(trees, found, strict=True):
            if its == LITERAL:
                self.read_as(tree, its, kind)
        return kind

    def overload(self, name: str, found: tuple[str, ...], *, is_operator: bool = True) -> Overload | None:
        """What a call of *name* with arguments of the kinds *found* may mean besides PostgreSQL's own."""
        return next(
            (o for o in self.overloads if o.is_operator == is_operator and o.name == name and _fits(o, found)), None
        )

    def resolve(self, node: dict[str, Any], name: str, left: str, right: str) -> None:
        """An operator of an extension is called by its schema; sessions have none on their search path."""
        overload = self.overload(name, (left, right))
        if overload is None:
            return
        # Whatever somebody has put beside the extension's own might fit better.
        strangers = [
            o
            for o in self.overloads
            if o.is_operator and (o.schema, o.name, o.extension) == (overload.schema, name, None)
        ]
        token = self.reader.token(self.location)
        if overload.extension is None or strangers or token is None:
            self.unreachable(f"the operator {name}", left, right)
            return
        taken = self.reader.following(token, 2 if token.name == "NOT" else 1)
        self.holes.append(Hole(token.start, taken[-1].end, None, Operator(overload.schema, name)))
        # What it means with the operator that is put there; LIKE is no more than one.
        node["name"] = [{"String": {"sval": overload.schema}}, {"String": {"sval": name}}]
        if node["kind"] in {"AEXPR_LIKE", "AEXPR_ILIKE"}:
            node["kind"] = "AEXPR_OP"

    def foreign_operator(self, names: list[str], left: str, right: str) -> None:
        """An operator that is written with its schema has to be an extension's."""
        schema, name = names[0], names[-1]
        there = [o for o in self.overloads if o.is_operator and (o.schema, o.name) == (schema, name)]
        if (
            len(names) != 2
            or not any(_fits(o, (left, right)) for o in there)
            or any(o.extension is None for o in there)
        ):
            self.fault(
                f"the operator {'.'.join(names)} is not allowed here",
                "those of PostgreSQL itself and of extensions are",
            )

    def unreachable(self, what: str, *found: str) -> None:
        """A fault: *what* would be PostgreSQL's own here and another one in the database."""
        remedy = (
            "write = ANY('{…}'), or cast the value to a built-in type, as in email::text"
            if what == "IN"
            else "cast the value to a built-in type, as in email::text"
        )
        own = ", ".join(dict.fromkeys(kind for kind in found if kind not in {"", LITERAL, OPEN}))
        self.fault(
            f"{what} is another one for {own} in this database than in PostgreSQL itself, whose own would run here",
            remedy,
        )


def _fits(overload: Overload, found: tuple[str, ...]) -> bool:
    """Whether a call with arguments of the kinds *found* may mean *overload*."""
    if len(overload.arguments) != len(found):
        return False
    pairs = list(zip(found, overload.arguments, strict=True))
    equal = [kind for kind, wanted in pairs if kind and (kind == wanted or (wanted == "text" and kinds.is_text(kind)))]
    # round(double precision, integer) is nothing to a numeric, which PostgreSQL's own takes as it is.
    if len(equal) < len(pairs) and kinds.are_numbers(*equal):
        return False
    return all(
        kind == wanted
        or kind in {LITERAL, OPEN}
        or (wanted == "text" and kinds.is_text(kind))
        or kinds.are_numbers(kind, wanted)
        for kind, wanted in pairs
    )
