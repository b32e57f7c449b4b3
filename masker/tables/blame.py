"""What to do about an error of a server, by what the rules do to the columns that it is about.

A constraint is broken by a mask only where a mask is on one of its columns; else the rows were so before. Nobody is
sent to look for a mask that is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from masker.catalog.types import Check, ForeignKey, Index, Table, TypeClass
from masker.names import TableName, quote
from masker.tables.plan import MaskedColumn, TablePlan

#: Columns named in one sentence.
_SHOWN = 6

_LARGE = frozenset({TypeClass.TEXT, TypeClass.BYTEA, TypeClass.JSON, TypeClass.JSONB})
_DOCUMENTS = frozenset({TypeClass.JSON, TypeClass.JSONB})


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a server said: its SQLSTATE, and the *table*, *column* and *constraint* that it named. *at* is the table
    that the run was busy with, *index* the index that was being built, *view* the materialized view that was being
    filled."""

    state: str
    table: TableName | None = None
    column: str | None = None
    constraint: str | None = None
    at: TableName | None = None
    index: str | None = None
    view: TableName | None = None


class Blame:
    """The rules of a run, table by table. *in_place*: they are applied to the target's own rows."""

    def __init__(self, plans: Iterable[TablePlan], *, in_place: bool) -> None:
        self._plans: Mapping[TableName, TablePlan] = {plan.table.name: plan for plan in plans}
        self._home = "the target" if in_place else "production"
        self._theirs = f"{self._home}'s own rows"
        self._ways = (
            "mend them there, or leave them out with `rows:`"
            if in_place
            else "mend them there, leave them out with `rows:`, or carry them with `tolerate:`"
        )

    def remedy(self, said: Complaint) -> str | None:
        """What to do about it, None where the rules have no part in it."""
        if said.view is not None:
            return self._viewed(said.view) if said.state[:2] == "22" else None
        plan = self._plans.get(said.table or said.at or TableName("", ""))
        if plan is None:
            return None
        match said.state:
            case "23505" | "23P01":
                return self._unique(plan, said)
            case "23514" | "23502":
                return self._checked(plan, said)
            case "23503":
                return self._foreign_key(plan, said)
            case "22P05" | "22021":
                return self._text(plan)
            case "54000":
                return self._too_large(plan, said) or _as_text(plan)
            case "XX000":
                return _as_text(plan)
            case "P0001":
                masks = self._listed(plan, list(plan.masked))
                return (
                    "a function of the schema raised it: a CHECK, a trigger, or one that an index or a generated"
                    " column is computed by; where it reads masked columns, choose masks whose values it takes:"
                    f" {masks}"
                    if masks
                    else None
                )
        return self._computed(plan, said) if said.state[:2] == "22" else None

    def _unique(self, plan: TablePlan, said: Complaint) -> str | None:
        index = _index(plan.table, said.constraint or said.index)
        columns = _read_by(index) if index is not None else tuple(c.name for c in plan.table.columns)
        if masks := self._masks(plan, columns):
            return f"{masks} gave two rows one value; give {_it(masks)} a mask that keeps UNIQUE"
        return f"no column of it is masked, so {self._theirs} break it: {_duplicates(plan.table, index)}{self._ways}"

    def _checked(self, plan: TablePlan, said: Complaint) -> str | None:
        check = next((c for c in plan.table.checks if c.name == said.constraint), None)
        if masks := self._masks(plan, _checked_columns(plan.table, check, said)):
            return f"{masks} made a value that it forbids; choose another mask"
        functions = (
            ", or a function that it calls reads rows that are not there yet"
            if check is None or check.runs_functions
            else ""
        )
        return f"no column of it is masked, so {self._theirs} break it{functions}: {self._ways}"

    def _foreign_key(self, plan: TablePlan, said: Complaint) -> str | None:
        key = self._key(plan.table, said.constraint)
        parent = self._plans.get(key.references) if key is not None else None
        if key is None or parent is None:
            return "rows that it references are not there: they were left out, masked otherwise, or are missing already"
        masks = [
            m
            for p, columns in ((plan, key.columns), (parent, key.referenced_columns))
            for m in (self._masks(p, columns),)
            if m
        ]
        if masks:
            return (
                f"{' and '.join(masks)} made values that do not agree: both ends need the same mask, scope and identity"
            )
        if self._is_thinned(parent):
            return (
                f"rows of {parent.table.name} that it references were left out by `rows:`; leave out the rows of"
                f" {plan.table.name} that reference them, too"
            )
        return (
            f"no column of it is masked and no row of {parent.table.name} left out, so {self._theirs} break it, though"
            f" it says that they do not: {_orphans(plan.table, key)}{self._ways}"
        )

    def _text(self, plan: TablePlan) -> str | None:
        documents = [
            m
            for m in plan.masked
            if (column := plan.table.column(m.name)) is not None and column.type.kind in _DOCUMENTS
        ]
        if documents:
            names = ", ".join(str(plan.table.column_name(m.name)) for m in documents)
            return (
                "a document holds \\u0000 or half of a surrogate pair, which a json column takes and PostgreSQL cannot"
                f" look into: mend it, or give {names} a mask that does not either (null, fixed)"
            )
        return (
            f"a text of {plan.table.name} cannot be written in the other encoding: mend it there, or give its column a"
            " mask"
        )

    def _too_large(self, plan: TablePlan, said: Complaint) -> str | None:
        index = _index(plan.table, said.constraint or said.index)
        if said.index is None and said.constraint is None:
            masked = self._listed(plan, list(plan.masked))
            return f"{masked} made it larger than it was; choose a mask with shorter values" if masked else None
        if masks := self._masks(plan, _read_by(index) if index is not None else tuple(m.name for m in plan.masked)):
            return (
                f"{masks} made a value that does not fit into the index, which the original did, being shorter or"
                " easier to compress; choose a mask with shorter values"
            )
        return None

    def _computed(self, plan: TablePlan, said: Complaint) -> str | None:
        """Of a value that something could not compute with: an expression of the rules, or one of the schema with
        masked values."""
        if said.index is not None:
            index = _index(plan.table, said.index)
            masks = self._masks(plan, _read_by(index) if index is not None else tuple(m.name for m in plan.masked))
            return f"its expression cannot compute with what {masks} made; choose another mask" if masks else None
        own = [m for m in plan.masked if m.mask == "sql" or m.leaves] or list(plan.masked)
        conditions = [word for word, condition in (("`rows:`", plan.predicate), ("`where:`", plan.where)) if condition]
        if not own and not conditions:
            return None
        listed = " and ".join(filter(None, (self._listed(plan, own), *conditions)))
        # In place one statement masks the rows and computes what rests on them.
        rests = (
            ", or an index or a generated column of it cannot with what they made" if self._home == "the target" else ""
        )
        return (
            f"a row of {plan.table.name} holds what the rules cannot compute with{rests}: look at {listed}; an"
            " expression can ask first, as in CASE WHEN … THEN … END"
        )

    def _viewed(self, view: TableName) -> str | None:
        if not any(plan.masked for plan in self._plans.values()):
            return None
        return (
            f"the query of {view} met a value that it cannot compute with: where it reads masked columns, choose masks"
            " whose values it takes"
        )

    def _is_thinned(self, parent: TablePlan) -> bool:
        """Whether the rules leave rows of the table out, or of one of its partitions."""
        name = parent.table.name
        family = [p for p in self._plans.values() if p is parent or name in self._ancestors(p.table)]
        return any(p.table.has_storage and (p.predicate or p.action in {"empty", "skip"}) for p in family)

    def _key(self, table: Table, constraint: str | None) -> ForeignKey | None:
        """The foreign key of that name, which a partition has from its parents."""
        for name in (table.name, *self._ancestors(table)):
            plan = self._plans.get(name)
            for key in plan.table.foreign_keys if plan is not None else ():
                if key.name == constraint:
                    return key
        return None

    def _ancestors(self, table: Table) -> list[TableName]:
        found: list[TableName] = []
        waiting = list(table.parents)
        while waiting:
            name = waiting.pop(0)
            if name not in found:
                found.append(name)
                waiting += self._plans[name].table.parents if name in self._plans else ()
        return found

    def _masks(self, plan: TablePlan, columns: Iterable[str]) -> str:
        """The masks on *columns*, or on what those are computed from, as the subject of a sentence; empty if there are
        none."""
        read = set(columns)
        for column in plan.table.columns:
            if column.name in read and column.generated:
                read |= {other.name for other in plan.table.columns if _mentions(column.default or "", other.name)}
        return self._listed(plan, [m for m in plan.masked if m.name in read])

    def _listed(self, plan: TablePlan, masked: list[MaskedColumn]) -> str:
        if not masked:
            return ""
        names = [f"{plan.table.column_name(m.name)} ({m.mask}, {m.position})" for m in masked[:_SHOWN]]
        more = [f"{len(masked) - _SHOWN} more"] if len(masked) > _SHOWN else []
        return f"the mask{'s' if len(masked) > 1 else ''} of {', '.join([*names, *more])}"


def _as_text(plan: TablePlan) -> str | None:
    """Of a table that is sent as text, in which a bytea takes twice its bytes."""
    if plan.format != "text" or not any(c.type.kind in _LARGE for c in plan.table.columns):
        return None
    names = ", ".join(str(plan.table.column_name(c.name)) for c in plan.table.columns if c.type.kind in _LARGE)
    return (
        f"a row of {plan.table.name} may be too large to be sent as text, which PostgreSQL does up to 1 GB and in which"
        f" a bytea takes twice its bytes (a column of a type without binary form has it sent so): look at {names},"
        " leave such rows out with `rows:`, or mask the column; else it is an error inside the server, whose own log"
        " says more"
    )


def _it(masks: str) -> str:
    return "them" if masks.startswith("the masks") else "it"


def _index(table: Table, name: str | None) -> Index | None:
    return next((i for i in table.indexes if name is not None and name in {i.constraint, i.name.name}), None)


def _read_by(index: Index) -> tuple[str, ...]:
    return (*(c for c in index.columns if c is not None), *index.expression_columns)


def _checked_columns(table: Table, check: Check | None, said: Complaint) -> tuple[str, ...]:
    if check is not None:
        return check.columns
    if said.column is not None:
        return (said.column,)
    # A domain's check names no table, and a row that no partition takes no constraint.
    return (
        tuple(c.name for c in table.columns if c.type.is_domain)
        if said.table is None
        else tuple(c.name for c in table.columns)
    )


def _duplicates(table: Table, index: Index | None) -> str:
    if index is None or index.is_partial or not all(index.columns) or index.constraint_type == "x":
        return ""
    columns = ", ".join(quote(c) for c in index.columns if c is not None)
    return f"`SELECT {columns} FROM {table.name.sql} GROUP BY {columns} HAVING count(*) > 1` finds them; "  # noqa: S608 - shown


def _orphans(table: Table, key: ForeignKey) -> str:
    match = " AND ".join(
        f"p.{quote(r)} = c.{quote(c)}" for c, r in zip(key.columns, key.referenced_columns, strict=True)
    )
    whole = " AND ".join(f"c.{quote(c)} IS NOT NULL" for c in key.columns)
    parents = f"SELECT FROM {key.references.sql} p WHERE {match}"
    return f"`SELECT * FROM {table.name.sql} c WHERE {whole} AND NOT EXISTS ({parents})` finds them; "  # noqa: S608


def _mentions(expression: str, name: str) -> bool:
    return re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", expression) is not None
