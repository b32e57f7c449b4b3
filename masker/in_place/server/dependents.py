"""What hangs on the columns of a database's tables, as the statements that drop it and create it anew.

What is not understood here blocks a rewrite rather than being lost in one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import psycopg

from masker.in_place.facts import ColumnFacts, Dependent, Facts, ObjectId
from masker.in_place.server.dependent_rows import Rows
from masker.in_place.server.dependent_statements import Statements
from masker.in_place.server.derived import read_derived
from masker.in_place.server.functions import run_by_server
from masker.names import ColumnName, TableName

_KNOWN = frozenset({"relation", "rule", "trigger", "policy", "published"})


def read_facts(conn: psycopg.Connection) -> Facts:
    """Everything in the current database that altering a column would break or lose. The session's ``search_path`` must
    be empty."""
    return replace(_Graph(Rows(conn)).facts(), derived=read_derived(conn), functions=run_by_server(conn))


class _Graph:
    """What starts from what: references from objects to columns, relations and row types."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.statements = Statements(rows)

    def facts(self) -> Facts:
        """All of it, by name."""
        numbers = {(c.relation, c.number): c.name for columns in self.rows.columns.values() for c in columns}
        on_column: dict[tuple[int, int], list[ObjectId]] = defaultdict(list)
        generated: dict[tuple[int, int], list[str]] = defaultdict(list)
        above: dict[ObjectId, list[ObjectId]] = defaultdict(list)
        typed_by: dict[int, str] = {}
        reads: dict[ObjectId, set[TableName]] = defaultdict(set)
        blocked: dict[ObjectId, Dependent] = {}
        for ref in self.rows.references:
            if found := self._generated_column(ref, numbers):
                generated[ref.relation, ref.number].append(found)
                continue
            node = self._node(ref)
            if node is None:
                continue
            if ref.number == -1 and node[0] == "column":
                typed_by.setdefault(ref.relation, node[0])
            reads[node].add(self.rows.name(ref.relation))
            if node[0] not in _KNOWN:
                blocked[node] = Dependent(
                    id=node, title=self.rows.title(ref), blocker=f"{self.rows.title(ref)} rests on it"
                )
            if ref.number > 0 and node != ("relation", ref.relation):
                on_column[ref.relation, ref.number].append(node)
            if self.rows.relations[ref.relation].kind in {"v", "m"} and node != ("relation", ref.relation):
                above["relation", ref.relation].append(node)
        views = {self.rows.name(oid): ("relation", oid) for oid, row in self.rows.relations.items() if row.kind == "m"}
        nodes = (
            {node for found in on_column.values() for node in found}
            | {node for found in above.values() for node in found}
            | {*views.values()}
        )
        dependents = {node: blocked.get(node) or self._dependent(node, frozenset(reads[node])) for node in nodes}
        return Facts(
            columns={
                ColumnName(self.rows.name(c.relation), c.name): ColumnFacts(
                    storage=c.storage,
                    compression=c.compression,
                    collation=c.collation,
                    dependents=tuple(dict.fromkeys(on_column.get((c.relation, c.number), ()))),
                    generated=tuple(dict.fromkeys(generated.get((c.relation, c.number), ()))),
                    again=self.rows.lost.again.get((c.relation, c.name), ()),
                    lost=self.rows.lost.for_good.get((c.relation, c.name)),
                )
                for columns in self.rows.columns.values()
                for c in columns
                if self.rows.relations[c.relation].kind in {"r", "p"}
            },
            tables={
                self.rows.name(oid): self.statements.table(oid, oid in typed_by)
                for oid, row in self.rows.relations.items()
                if row.kind in {"r", "p"}
            },
            dependents=dependents,
            above={node: tuple(dict.fromkeys(found)) for node, found in above.items()},
            stored_views=views,
            resting_keys=frozenset((TableName(row.schema, row.name), row.constraint) for row in self.rows.resting_keys),
            foreign_key_comments={
                (TableName(row.schema, row.name), row.constraint): row.comment for row in self.rows.key_comments
            },
        )

    def _generated_column(self, ref: Any, numbers: Mapping[tuple[int, int], str]) -> str | None:
        """The generated column that *ref* makes rest on another one of its table."""
        if ref.number <= 0:
            return None
        where = (
            self.rows.generated.get(ref.object)
            if ref.catalog == "pg_attrdef"
            else (ref.object, ref.part)
            if ref.catalog == "pg_class"
            else None
        )
        if where is None or where[0] != ref.relation or where[1] == ref.number or where[1] == 0:
            return None
        return numbers.get(where)

    def _node(self, ref: Any) -> ObjectId | None:
        """What *ref* starts from; None for what the server alters or drops along by itself."""
        match ref.catalog:
            case "pg_rewrite":
                if (rule := self.rows.rules.get(ref.object)) is None:
                    return (ref.catalog, ref.object)
                return ("relation", rule.relation) if rule.name == "_RETURN" else ("rule", rule.oid)
            case "pg_trigger":
                return self._trigger_node(ref.object)
            case "pg_policy":
                return ("policy" if ref.object in self.rows.policies else ref.catalog, ref.object)
            case "pg_publication_rel":
                return ("published", ref.object) if ref.number > 0 else None
            case "pg_class" if ref.number == -1 and ref.part > 0:
                return ("column", ref.object)
            case "pg_class" | "pg_constraint" | "pg_statistic_ext" | "pg_attrdef" | "pg_type" if ref.number >= 0:
                return None
            case _ if ref.kind != "n":
                return None
            case catalog:
                return (catalog, ref.object)

    def _trigger_node(self, oid: int) -> ObjectId | None:
        """A trigger, for its copy on a partition the one it was copied from."""
        row = self.rows.triggers.get(oid)
        while row is not None and row.parent:
            row = self.rows.triggers.get(row.parent)
        return ("trigger", row.oid) if row is not None and not row.is_internal else None

    def _dependent(self, node: ObjectId, reads: frozenset[TableName]) -> Dependent:
        found = self.statements.dependent(node, reads)
        kind, oid = node
        rows: Mapping[str, Mapping[int, Any]] = {
            "rule": self.rows.rules,
            "trigger": self.rows.triggers,
            "policy": self.rows.policies,
            "published": self.rows.published,
        }
        relation = oid if kind == "relation" else rows[kind][oid].relation
        if not self.rows.relations[relation].is_ours or (kind == "published" and not self.rows.published[oid].is_ours):
            return replace(found, blocker=f"{found.title} belongs to another role")
        return found
