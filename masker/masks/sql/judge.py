"""The judge of the SQL that rule files hold: PostgreSQL's own grammar reads it, and every node has to be on the list of
what is harmless.

Nothing is rendered anew: what goes to the server is the text itself, with names, words for the current time and
operators of extensions replaced in their places (see :mod:`masker.masks.sql.verbatim`). Everything not listed is
refused: statements, sub-selects, aggregates, parameters, casts to types that name objects, functions with side effects.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from masker.catalog.overload import Overload
from masker.catalog.types import Column
from masker.masks.sql import kinds
from masker.masks.sql.grammar import Tree
from masker.masks.sql.harmless import (
    COMPARISONS,
    FUNCTIONS,
    INSTANTS,
    LOOK_LIKE_CALLS,
    OPERATORS,
    SPELLED,
    SYSTEM_COLUMNS,
    TYPES,
    WHY_NOT,
)
from masker.masks.sql.judged import ExpressionError, Hole, Judged, Moment, Named
from masker.masks.sql.kinds import LITERAL, OPEN
from masker.masks.sql.reader import Reader
from masker.masks.sql.walk import FIELDS, Handler, Walk

#: What asks for a column's value as the source has it: ``original.email``.
ORIGINAL = "original"

#: Operations whose operator has no place of its own in the text, in the words they are written with.
_WORDED = {
    "AEXPR_IN": "IN",
    "AEXPR_LIKE": "LIKE",
    "AEXPR_ILIKE": "ILIKE",
    "AEXPR_SIMILAR": "SIMILAR TO",
    "AEXPR_NULLIF": "NULLIF",
    "AEXPR_DISTINCT": "IS DISTINCT FROM",
    "AEXPR_NOT_DISTINCT": "IS NOT DISTINCT FROM",
    "AEXPR_BETWEEN": "BETWEEN",
    "AEXPR_NOT_BETWEEN": "NOT BETWEEN",
    "AEXPR_BETWEEN_SYM": "BETWEEN SYMMETRIC",
    "AEXPR_NOT_BETWEEN_SYM": "NOT BETWEEN SYMMETRIC",
}

#: Operators beside which a literal is read as what stands on the other side.
_ALIKE = COMPARISONS | {"+", "-", "@>", "<@", "&&", "-|-", "&<", "&>", "<<", ">>"}

#: Arguments that are read as a date or a time, by the function; those it takes first are a field, a zone or none.
_TIME_ARGUMENTS = {"age": 0, "date_part": 1, "date_trunc": 1, "extract": 1, "isfinite": 0, "overlaps": 0, "timezone": 1}

_OVER_ARRAYS = frozenset(
    {"array_append", "array_cat", "array_position", "array_prepend", "array_remove", "array_replace"}
)


def judge(
    text: str,
    columns: Mapping[str, Column] | Collection[str] | None,
    *,
    overloads: Iterable[Overload] = (),
    target: str | None = None,
) -> Judged:
    """The one expression that *text* is, over *columns* of a table. Raises ExpressionError with everything that is
    wrong with it.

    *columns* may be names without types, or None where no catalog is at hand: then any name is one. *overloads* are
    what the database has under the names of built-in functions and operators. *target* is the kind the value is turned
    into in the end. For a condition, too: whether it is boolean is the server's to say.
    """
    reader = Reader(text)
    judge_ = _Judge(_HANDLERS, reader, columns, tuple(overloads))
    kind = judge_.visit(reader.tree)
    if target is not None:
        judge_.read_as(reader.tree, kind, target)
    if judge_.faults:
        raise ExpressionError(sorted(dict.fromkeys(judge_.faults), key=lambda fault: (fault.line, fault.column)))
    return Judged(
        text=reader.clean, tree=reader.tree, kind=kind, holes=tuple(sorted(judge_.holes, key=lambda hole: hole.start))
    )


class _Judge(Walk):
    """What each node makes, one method a node."""

    def column(self, node: dict[str, Any], tree: Tree) -> str:
        fields = [field["String"]["sval"] if "String" in field else "*" for field in node["fields"]]
        *before, name = fields
        is_original = before == [ORIGINAL]
        if name == "*" and not before:
            self.fault("star is not allowed here")
            return OPEN
        if before and not is_original:
            self.fault(
                f"{'.'.join(fields)}: columns are written without their table",
                "original.NAME is a column as the source has it",
            )
            return OPEN
        if name in SYSTEM_COLUMNS:
            self.fault(f"the system column {name} is not allowed here")
            return OPEN
        if self.columns is not None and name not in self.columns:
            close = difflib.get_close_matches(name, list(self.columns), n=1)
            self.fault(f"there is no column {name}" + (f", did you mean {close[0]}?" if close else ""))
            return OPEN
        first = self.reader.token(self.location)
        taken = self.reader.following(first, 2 * len(fields) - 1) if first else []
        if not taken or any(token.name == "UIDENT" for token in taken):
            self.fault(f"the name {name} is written with U&", "write the characters themselves")
            return OPEN
        self.holes.append(Hole(taken[0].start, taken[-1].end, tree, Named(name, is_original)))
        if not isinstance(self.columns, Mapping):
            return OPEN
        return self.columns[name].type.name

    def constant(self, node: dict[str, Any], _: Tree) -> str:
        if "sval" in node or "isnull" in node:
            return LITERAL
        if "boolval" in node:
            return "bool"
        if "bsval" in node:
            return "bit"
        token = self.reader.token(node.get("location", -1))
        if token is not None and not _is_plain_number(self.reader.clean.encode()[token.start : token.end].decode()):
            self.fault(
                "numbers with underscores, and those that are not decimal, mean something else to older servers",
                "write the digits alone",
            )
        return "int4" if "ival" in node else "numeric"

    def cast(self, node: dict[str, Any], _: Tree) -> str:
        kind = self.type_name(node["typeName"])
        found = self.visit(node["arg"])
        self.read_as(node["arg"], found, kind)
        return kind

    def type_name(self, node: dict[str, Any]) -> str:
        names = [name["String"]["sval"] for name in node["names"]]
        name = names[-1]
        if (
            node.keys() - FIELDS["TypeName"] - {"location"}
            or name not in TYPES
            or names[:-1] not in ([], ["pg_catalog"])
        ):
            self.fault(
                f"a cast to {'.'.join(n for n in names if n != 'pg_catalog')} is not allowed here; the result is cast"
                " to the column's type anyway",
                location=node.get("location"),
            )
            return OPEN
        if any("A_Const" not in modifier for modifier in node.get("typmods", ())):
            self.fault("only numbers are allowed as a type's length", location=node.get("location"))
        return f"_{name}" if "arrayBounds" in node else name

    def collate(self, node: dict[str, Any], _: Tree) -> str:
        names = [name["String"]["sval"] for name in node["collname"]]
        if names[:-1] not in ([], ["pg_catalog"]):
            self.fault(f"the collation {'.'.join(names)} is not allowed here", "those of PostgreSQL itself are")
        return self.visit(node["arg"])

    def operation(self, node: dict[str, Any], _: Tree) -> str:
        kind, names = node["kind"], [name["String"]["sval"] for name in node["name"]]
        sides = [node[side] for side in ("lexpr", "rexpr") if side in node]
        parts = [side["List"]["items"] if "List" in side else [side] for side in sides]
        found = [self.all(part) for part in parts]
        left, right = (found[0], found[1]) if len(found) == 2 else ([""], found[0])
        if kind in _WORDED:
            return self._worded(node, parts, left, right)
        name = names[-1]
        if names[:-1] not in ([], ["pg_catalog"]):
            self.foreign_operator(names, left[0], right[0])
            return kinds.operation(name, left[0], right[0])
        if name not in OPERATORS:
            close = difflib.get_close_matches(name, OPERATORS, n=1)
            self.fault(f"the operator {name} is not allowed here" + (f", did you mean {close[0]}?" if close else ""))
            return OPEN
        is_list = kind in {"AEXPR_OP_ANY", "AEXPR_OP_ALL"}
        other = kinds.element(right[0]) if is_list and right[0] not in {LITERAL, OPEN} else right[0]
        if "RowExpr" in sides[0] and "RowExpr" in sides[-1]:
            self._rows(name, sides[0]["RowExpr"].get("args", []), sides[-1]["RowExpr"].get("args", []))
            return "bool"
        if not names[:-1]:
            self.resolve(node, name, left[0], other)
        if name in _ALIKE and len(sides) == 2:
            expected = kinds.array(left[0]) if is_list else left[0]
            if right[0] == LITERAL and not kinds.shifts(name, left[0]):
                self.read_as(sides[1], LITERAL, expected)
            if left[0] == LITERAL and not kinds.shifts(name, other):
                self.read_as(sides[0], LITERAL, other)
        return "bool" if is_list else kinds.operation(name, left[0], right[0])

    def _worded(self, node: dict[str, Any], parts: list[list[Tree]], left: list[str], right: list[str]) -> str:
        kind = node["kind"]
        is_like = kind in {"AEXPR_LIKE", "AEXPR_ILIKE"} and not _escapes(parts[1][0])
        for name in ("<=", ">=") if "BETWEEN" in kind else (node["name"][-1]["String"]["sval"],):
            for other in dict.fromkeys(right):
                if is_like:
                    self.resolve(node, name, left[0], other)
                elif self.overload(name, (left[0], other)):
                    self.unreachable(_WORDED[kind], left[0], other)
                    break
        if kind not in {"AEXPR_LIKE", "AEXPR_ILIKE", "AEXPR_SIMILAR"}:
            subject = parts[0][0]
            if "RowExpr" in subject:
                for other_row in parts[1]:
                    if "RowExpr" in other_row:
                        self._rows("=", subject["RowExpr"].get("args", []), other_row["RowExpr"].get("args", []))
                return "bool"
            self.read_alike([subject, *parts[1]], [left[0], *right])
        return left[0] if kind == "AEXPR_NULLIF" else "bool"

    def _rows(self, name: str, left: list[Tree], right: list[Tree]) -> None:
        """Rows are compared field by field; their parts have been looked at already."""
        for one, other in zip(left, right, strict=False):
            kind, its = self.kind_of[id(one)], self.kind_of[id(other)]
            if self.overload(name, (kind, its)):
                self.unreachable(f"a comparison of rows by {name}", kind, its)
            self.read_alike([one, other], [kind, its])

    def truth(self, node: dict[str, Any], _: Tree) -> str:
        self.all(node["args"])
        return "bool"

    def test(self, node: dict[str, Any], _: Tree) -> str:
        self.visit(node["arg"])
        return "bool"

    def case(self, node: dict[str, Any], _: Tree) -> str:
        whens = [when["CaseWhen"] for when in node["args"]]
        conditions = self.all(when["expr"] for when in whens)
        if "arg" in node:
            subject = self.visit(node["arg"])
            for other in dict.fromkeys(conditions):
                if self.overload("=", (subject, other)):
                    self.unreachable("CASE … WHEN", subject, other)
            self.read_alike([node["arg"], *(when["expr"] for when in whens)], [subject, *conditions])
        results = [when["result"] for when in whens] + ([node["defresult"]] if "defresult" in node else [])
        return self.read_alike(results, self.all(results))

    def one_of(self, node: dict[str, Any], _: Tree) -> str:
        return self.read_alike(node["args"], self.all(node["args"]))

    def array(self, node: dict[str, Any], _: Tree) -> str:
        elements = node.get("elements", [])
        return kinds.array(self.read_alike(elements, self.all(elements))) if elements else OPEN

    def row(self, node: dict[str, Any], _: Tree) -> str:
        self.all(node.get("args", ()))
        return "record"

    def subscript(self, node: dict[str, Any], _: Tree) -> str:
        kind = self.visit(node["arg"])
        is_slice = False
        for step in node["indirection"]:
            if "A_Indices" not in step:
                self.fault("dot is not allowed here")
                continue
            indices = step["A_Indices"]
            is_slice = is_slice or "is_slice" in indices
            self.all(indices[bound] for bound in ("lidx", "uidx") if bound in indices)
        return kind if is_slice or not kind.startswith("_") else kinds.element(kind)

    def value_function(self, node: dict[str, Any], tree: Tree) -> str:
        name = node["op"]
        token = self.reader.token(self.location)
        if name not in INSTANTS or token is None:
            word = name.removeprefix("SVFOP_").lower()
            own = self.columns is not None and word in self.columns
            self.fault(f"{word} is not allowed here", f'the column of that name is written "{word}"' if own else "")
            return OPEN
        precision = node.get("typmod", 0) if name.endswith("_N") else None
        taken = self.reader.following(token, 4 if precision is not None else 1)
        self.holes.append(Hole(taken[0].start, taken[-1].end, tree, Moment(INSTANTS[name], precision)))
        return INSTANTS[name]

    def call(self, node: dict[str, Any], tree: Tree) -> str:
        name, arguments = _name_of(node["funcname"]), node.get("args", [])
        found = [self.visit(a["NamedArgExpr"]["arg"] if "NamedArgExpr" in a else a) for a in arguments]
        result = FUNCTIONS.get(name) or SPELLED.get(name)
        schemas = [part["String"]["sval"] for part in node["funcname"]][:-1]
        if result is None or schemas not in ([], ["pg_catalog"]) or (name == "timezone" and len(arguments) != 2):
            self._unknown_function(".".join([*(s for s in schemas if s != "pg_catalog"), name]))
            return OPEN
        if name == "age" and len(arguments) == 1:
            self.fault(
                "age() with one argument counts from today, which is another day for each run",
                "write age(current_date, …)",
            )
        if not schemas and (overload := self.overload(name, tuple(found), is_operator=False)):
            self.unreachable(f"{name}()", *overload.arguments)
        if name in INSTANTS:
            self._moment(node, tree, arguments)
        for at, (argument, kind) in enumerate(zip(arguments, found, strict=True)):
            if kind == LITERAL and at >= _TIME_ARGUMENTS.get(name, len(arguments)):
                self.read_as(argument, kind, "timestamptz")
        if name == "to_char" and arguments and found[0] == LITERAL:
            self.read_as(arguments[0], LITERAL, "timestamptz")
        if name in _OVER_ARRAYS and LITERAL in found:
            self.read_alike(arguments, found)
        return _result(result, found)

    def _moment(self, node: dict[str, Any], tree: Tree, arguments: list[Tree]) -> None:
        token = self.reader.token(self.location)
        if token is None or arguments:
            self.fault(f"{_name_of(node['funcname'])}() takes no arguments")
            return
        taken = self.reader.following(token, len(self.reader.tokens))
        end = next(t.end for t in taken if t.name == "ASCII_41")
        self.holes.append(Hole(token.start, end, tree, Moment("timestamptz", None)))

    def _unknown_function(self, name: str) -> None:
        if why := WHY_NOT.get(name):
            self.fault(f"the function {name}() is not allowed here; {why}")
            return
        close = difflib.get_close_matches(name, FUNCTIONS.keys() | LOOK_LIKE_CALLS, n=1, cutoff=0.75)
        self.fault(
            f"the function {name}() is not allowed here"
            + (f", did you mean {close[0]}?" if close and close[0] != name else "")
        )

    def named_argument(self, node: dict[str, Any], _: Tree) -> str:
        return self.visit(node["arg"])


def _escapes(pattern: Tree) -> bool:
    """Whether the pattern of a LIKE has an ESCAPE."""
    return "FuncCall" in pattern and _name_of(pattern["FuncCall"]["funcname"]) == "like_escape"


def _result(result: str, found: list[str]) -> str:
    match result:
        case "first" | "last":
            kind = (found or [OPEN])[0 if result == "first" else -1]
            return OPEN if kind == LITERAL else kind
        case "bound":
            return OPEN if not found or found[0].endswith("range") or found[0] == OPEN else "text"
        case "zone":
            return {"timestamptz": "timestamp", "timestamp": "timestamptz", "date": "timestamp"}.get(found[-1], OPEN)
        case _:
            return result


def _name_of(names: list[Tree]) -> str:
    return str(names[-1]["String"]["sval"])


def _is_plain_number(written: str) -> bool:
    return "_" not in written and written[:2].lower() not in {"0x", "0o", "0b"}


_HANDLERS: Mapping[str, Handler] = {
    "A_ArrayExpr": _Judge.array,
    "A_Const": _Judge.constant,
    "A_Expr": _Judge.operation,
    "A_Indirection": _Judge.subscript,
    "BoolExpr": _Judge.truth,
    "BooleanTest": _Judge.test,
    "CaseExpr": _Judge.case,
    "CoalesceExpr": _Judge.one_of,
    "CollateClause": _Judge.collate,
    "ColumnRef": _Judge.column,
    "FuncCall": _Judge.call,
    "MinMaxExpr": _Judge.one_of,
    "NamedArgExpr": _Judge.named_argument,
    "NullTest": _Judge.test,
    "RowExpr": _Judge.row,
    "SQLValueFunction": _Judge.value_function,
    "TypeCast": _Judge.cast,
}
