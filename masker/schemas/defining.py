"""What a statement does to one table: columns, constraints, parents and indexes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from masker.catalog.types import Index
from masker.errors import Position
from masker.masks.sql.grammar import Tree
from masker.names import ColumnName, TableName
from masker.schemas.constraints import (
    check,
    exclusion_index,
    foreign_key,
    free_name,
    key_index,
    made_name,
    strings,
)
from masker.schemas.drafts import ColumnDraft, Draft, TableDraft, TypeDraft, ViewDraft
from masker.schemas.expressions import columns_of, default
from masker.schemas.source import Source, identifier
from masker.schemas.types import type_draft

_SERIALS = {
    "serial": "int4", "serial4": "int4", "bigserial": "int8", "serial8": "int8", "smallserial": "int2",
    "serial2": "int2",
}  # fmt: skip

#: What is done to a table without touching its columns.
ALTERED_WITHOUT_BEARING = frozenset({
    "AT_ChangeOwner", "AT_SetStatistics", "AT_SetStorage", "AT_SetCompression", "AT_SetOptions", "AT_ResetOptions",
    "AT_EnableTrig", "AT_EnableAlwaysTrig", "AT_EnableReplicaTrig", "AT_DisableTrig", "AT_EnableTrigAll",
    "AT_DisableTrigAll", "AT_EnableTrigUser", "AT_DisableTrigUser", "AT_EnableRule", "AT_EnableAlwaysRule",
    "AT_EnableReplicaRule", "AT_DisableRule", "AT_SetRelOptions", "AT_ResetRelOptions", "AT_SetTableSpace",
    "AT_SetAccessMethod", "AT_GenericOptions", "AT_AlterColumnGenericOptions", "AT_DropCluster", "AT_AddOf",
    "AT_SetIdentity", "AT_DetachPartitionFinalize",
})  # fmt: skip


class Defining:
    """The tables of a draft under the statements of *source*; *schema* is where names without one are.

    *unread* is told of what is not understood.
    """

    def __init__(self, source: Source, draft: Draft, unread: Callable[[str, Position, bool], None]) -> None:
        self.source = source
        self.draft = draft
        self.schema = "public"
        #: Where the statement at hand begins, in bytes.
        self.offset = 0
        self._unread = unread

    def not_read(self, what: str, *, bears: bool = False) -> None:
        """Tell of *what* the statement at hand says; whether it *bears* on which columns there are."""
        self._unread(what, self.source.position(self.offset), bears)

    def name(self, node: Tree) -> TableName:
        """The name in a ``RangeVar``."""
        return TableName(node.get("schemaname", self.schema), node["relname"])

    def named(self, names: Sequence[str]) -> TableName:
        """The same of its parts."""
        return TableName(names[-2] if len(names) > 1 else self.schema, names[-1])

    def collation(self, clause: Tree) -> str:
        """A collation as the catalog names it."""
        names = strings(clause["collname"])
        return f"{identifier(names[-2] if len(names) > 1 else 'pg_catalog')}.{identifier(names[-1])}"

    def column(self, table: TableDraft, node: Tree) -> list[tuple[Tree, str | None]]:
        """Add a column to *table*. Its constraints that need the whole table come back, each with its column."""
        name = node["colname"]
        constraints = [each["Constraint"] for each in node.get("constraints", ())]
        stops = {each["location"] for each in (*constraints, node.get("collClause", {})) if "location" in each}
        known = table.columns.get(name)
        if "typeName" in node:
            made = ColumnDraft(name=name, type=type_draft(node["typeName"], self.source))
            if known is not None:
                made.is_required, made.comment = known.is_required, known.comment
                made.default, made.tree, made.generated = known.default, known.tree, known.generated
        elif known is not None:
            made = known
        else:
            self.not_read(f"column {table.name}.{name}, which is not there", bears=True)
            return []
        if made.type.name in _SERIALS and made.type.schema is None:
            self._serial(table, made)
        if (clause := node.get("collClause")) is not None:
            made.collation = self.collation(clause)
        table.columns[name] = made
        later: list[tuple[Tree, str | None]] = []
        for constraint in constraints:
            match constraint["contype"]:
                case "CONSTR_DEFAULT":
                    self._default(made, constraint, stops)
                case "CONSTR_GENERATED":
                    begin, end = self.source.inside(self.source.at(constraint["location"]))
                    made.default, made.tree = self.source.text(begin, end), constraint["raw_expr"]
                    made.generated = constraint.get("generated_kind", "s")
                case "CONSTR_IDENTITY":
                    self._identity(table, made, constraint)
                case "CONSTR_NOTNULL":
                    made.is_required = True
                case "CONSTR_NULL":
                    pass
                case (
                    "CONSTR_ATTR_DEFERRABLE"
                    | "CONSTR_ATTR_NOT_DEFERRABLE"
                    | "CONSTR_ATTR_DEFERRED"
                    | "CONSTR_ATTR_IMMEDIATE"
                ):
                    _defer(later, constraint["contype"])
                case _:
                    later.append((dict(constraint), name))
        return later

    def _serial(self, table: TableDraft, made: ColumnDraft) -> None:
        made.type = TypeDraft(schema="pg_catalog", name=_SERIALS[made.type.name], offset=made.type.offset)
        sequence = TableName(table.name.schema, made_name(table.name.name, [made.name], "seq"))
        self.draft.sequences[sequence] = (ColumnName(table.name, made.name), False)
        made.is_required = True
        made.default = f"nextval('{identifier(sequence.schema)}.{identifier(sequence.name)}'::regclass)"

    def _default(self, made: ColumnDraft, constraint: Tree, stops: set[int]) -> None:
        begin = self.source.find(self.source.at(constraint["location"]), "DEFAULT") + 1
        text = self.source.text(begin, self.source.end(begin, stops))
        made.default, made.tree = default(text, constraint["raw_expr"], made.type), constraint["raw_expr"]

    def _identity(self, table: TableDraft, made: ColumnDraft, constraint: Tree) -> None:
        made.identity, made.is_required = constraint["generated_when"], True
        named = [
            self.named(strings(option["DefElem"]["arg"]["List"]["items"]))
            for option in constraint.get("options", ())
            if option["DefElem"]["defname"] == "sequence_name"
        ]
        own = named[0] if named else TableName(table.name.schema, made_name(table.name.name, [made.name], "seq"))
        self.draft.sequences[own] = (ColumnName(table.name, made.name), table.persistence == "u")

    def constraint(self, table: TableDraft, node: Tree, column: str | None) -> None:
        """Add a constraint to *table*; *column* is the one it stands at."""
        match node["contype"]:
            case "CONSTR_CHECK":
                made = check(node, table, self.source, table.columns.get(column) if column is not None else None)
                table.checks[made.name] = made
                table.trees[f"check {made.name}"] = node["raw_expr"]
                if node.get("is_no_inherit"):
                    table.uninherited.add(made.name)
            case "CONSTR_PRIMARY" | "CONSTR_UNIQUE":
                if "indexname" in node:
                    self.not_read(f"a constraint of {table.name} USING INDEX")
                    return
                index = key_index(node, table, column)
                self.add_index(table.name, table, index, [])
                for name in index.columns if node["contype"] == "CONSTR_PRIMARY" else ():
                    if name in table.columns:
                        table.columns[name].is_required = True
            case "CONSTR_EXCLUSION":
                index = exclusion_index(node, table, self.source)
                self.add_index(table.name, table, index, [node["exclusions"], node.get("where_clause")])
            case "CONSTR_FOREIGN":
                references = self.name(node["pktable"])
                key = foreign_key(node, table, references, self._key_of(references), column)
                table.keys[key.name] = key
            case "CONSTR_NOTNULL":
                for name in strings(node.get("keys")) or ([column] if column else []):
                    if name in table.columns:
                        table.columns[name].is_required = True
                        table.columns[name].refuses_null = bool(node.get("skip_validation"))
            case _:
                self.not_read(f"a constraint of {table.name}")

    def _key_of(self, name: TableName) -> Sequence[str]:
        table = self.draft.tables.get(name)
        for index in table.indexes.values() if table is not None else ():
            if index.constraint_type == "p":
                return [column for column in index.columns if column is not None]
        return ()

    def add_index(self, name: TableName, holder: TableDraft | ViewDraft, index: Index, trees: Any) -> None:
        """*index* is one of *holder*, which is called *name*."""
        holder.indexes[index.name.name] = index
        self.draft.indexed[index.name] = name
        if isinstance(holder, TableDraft):
            holder.trees[f"index {index.name.name}"] = trees

    def spread_index(self, name: TableName, index: Index, trees: Any) -> None:
        """What is made on a partitioned table is made on its partitions."""
        for table in self.draft.partitions(name):
            parts = [column or "expr" for column in index.columns]
            ending = {"p": "pkey", "u": "key"}.get(index.constraint_type or "", "idx")
            own = free_name(made_name(table.name.name, [] if ending == "pkey" else parts, ending), table.indexes)
            below = TableName(table.name.schema, own)
            made = replace(
                index,
                name=below,
                constraint=own if index.constraint is not None else None,
                definition=index.definition.replace(identifier(index.name.name), identifier(own), 1)
                .replace("ON ONLY ", "ON ", 1)
                .replace(
                    f"{identifier(name.schema)}.{identifier(name.name)} ",
                    f"{identifier(table.name.schema)}.{identifier(table.name.name)} ",
                    1,
                ),
                parent=index.name,
                is_partitioned=table.kind == "p",
            )
            self.add_index(table.name, table, made, trees)
            self.spread_index(table.name, made, trees)

    def change_index(self, name: TableName, **changes: Any) -> None:
        """The index *name* with *changes*."""
        holder = self.draft.holder(name)
        if holder is None:
            self.not_read(f"ALTER INDEX {name}, which is not there")
            return
        holder.indexes[name.name] = replace(holder.indexes[name.name], **changes)

    def mark_index(self, indexes: dict[str, Index], command: Tree) -> None:
        """The table is clustered by one of its *indexes*, or known by it to replicas."""
        kind = command["subtype"]
        named = (
            command.get("name")
            if kind == "AT_ClusterOn"
            else command.get("def", {}).get("ReplicaIdentityStmt", {}).get("name")
        )
        if named in indexes:
            field = "is_clustered" if kind == "AT_ClusterOn" else "is_replica_identity"
            indexes[named] = replace(indexes[named], **{field: True})  # type: ignore[arg-type]

    def inherit(self, table: TableDraft, name: TableName, *, is_partition: bool) -> None:
        """*table* becomes a partition or heir of what is called *name*."""
        parent = self.draft.tables.get(name)
        if parent is None:
            self.not_read(f"{table.name} belongs to {name}, which is not there", bears=True)
            return
        table.parents.append(name)
        table.is_partition = is_partition
        if is_partition:
            self.draft.parts.setdefault(name, []).append(table.name)
        own = dict(table.columns)
        for column in parent.columns.values():
            found = own.get(column.name)
            if found is None:
                table.columns[column.name] = replace(column, comment=None, identity="")
            else:
                found.is_required = found.is_required or column.is_required
        for made in parent.checks.values():
            if made.name not in parent.uninherited:
                is_local = made.name in table.checks and not is_partition and table.checks[made.name].is_local
                table.checks[made.name] = replace(made, is_local=is_local)
                table.trees[f"check {made.name}"] = parent.trees[f"check {made.name}"]
        if is_partition:
            table.columns = {n: table.columns[n] for n in (own or table.columns)}
            for column in parent.columns.values():
                if column.identity and column.name in table.columns:
                    table.columns[column.name].identity = column.identity

    def like(self, table: TableDraft, node: Tree) -> None:
        """Columns like those of another table."""
        other = self.draft.tables.get(self.name(node["relation"]))
        if other is None or node.get("options"):
            self.not_read(f"CREATE TABLE {table.name} (LIKE …)", bears=True)
        for column in other.columns.values() if other is not None else ():
            plain = ColumnDraft(name=column.name, type=column.type, is_required=column.is_required)
            table.columns.setdefault(column.name, replace(plain, collation=column.collation))

    def of_type(self, table: TableDraft, names: Sequence[str]) -> None:
        """Columns as the composite type of that name has them."""
        found = self.draft.types.get(self.named(names))
        if found is None or found.kind != "c":
            self.not_read(f"CREATE TABLE {table.name} OF {'.'.join(names)}, which is not there", bears=True)
        for attribute in found.attributes if found is not None else ():
            table.columns[attribute.name] = replace(attribute)

    def partition_key(self, table: TableDraft, node: Tree) -> None:
        """The columns that the partitions of *table* are told by."""
        elements = [each["PartitionElem"] for each in node.get("partParams", ())]
        plain = {element["name"] for element in elements if "name" in element}
        trees = [element["expr"] for element in elements if "expr" in element]
        table.partition_key = tuple(sorted({*plain, *columns_of(trees, list(table.columns))}))

    def change(self, table: TableDraft, command: Tree, first: int) -> None:
        """One command of an ``ALTER TABLE``; its first token is *first*."""
        kind, node = command["subtype"], command.get("def", {})
        column = table.columns.get(command.get("name", ""))
        if kind == "AT_AddColumn":
            for constraint, name in self.column(table, node["ColumnDef"]):
                self.constraint(table, constraint, name)
        elif kind == "AT_AddConstraint":
            self.constraint(table, node["Constraint"], None)
        elif kind == "AT_AttachPartition":
            part = self.draft.tables.get(self.name(node["PartitionCmd"]["name"]))
            if part is None:
                self.not_read(f"ATTACH PARTITION to {table.name} of what is not there", bears=True)
            else:
                self.inherit(part, table.name, is_partition=True)
        elif kind == "AT_AddInherit":
            self.inherit(table, self.name(node["RangeVar"]), is_partition=False)
        elif kind in {"AT_EnableRowSecurity", "AT_DisableRowSecurity"}:
            table.has_row_security = kind == "AT_EnableRowSecurity"
        elif kind in {"AT_ForceRowSecurity", "AT_NoForceRowSecurity"}:
            table.forces_row_security = kind == "AT_ForceRowSecurity"
        elif kind in {"AT_ClusterOn", "AT_ReplicaIdentity"}:
            self.mark_index(table.indexes, command)
        elif kind in {"AT_SetLogged", "AT_SetUnLogged"}:
            table.persistence = "p" if kind == "AT_SetLogged" else "u"
        elif kind == "AT_ValidateConstraint":
            self._validate(table, command["name"])
        elif column is not None and kind in _OF_COLUMN:
            self._change_column(table, column, command, first)
        elif kind not in ALTERED_WITHOUT_BEARING:
            self.not_read(f"ALTER TABLE {table.name}", bears=True)

    def _change_column(self, table: TableDraft, column: ColumnDraft, command: Tree, first: int) -> None:
        kind, node = command["subtype"], command.get("def", {})
        if kind == "AT_ColumnDefault":
            column.default, column.tree = None, None
            if node:
                begin = self.source.find(first, "DEFAULT") + 1
                text = self.source.text(begin, self.source.end(begin))
                column.default, column.tree = default(text, node, column.type), node
        elif kind in {"AT_SetNotNull", "AT_DropNotNull"}:
            column.is_required = kind == "AT_SetNotNull"
        elif kind == "AT_AddIdentity":
            self._identity(table, column, node["Constraint"])
        elif kind == "AT_AlterColumnType":
            column.type = type_draft(node["ColumnDef"]["typeName"], self.source)
        else:
            del table.columns[column.name]

    def _validate(self, table: TableDraft, name: str) -> None:
        if name in table.keys:
            key = table.keys[name]
            table.keys[name] = replace(key, is_valid=True, definition=key.definition.removesuffix(" NOT VALID"))
        elif name in table.checks:
            made = table.checks[name]
            table.checks[name] = replace(made, is_valid=True, definition=made.definition.removesuffix(" NOT VALID"))


_OF_COLUMN = frozenset(
    {"AT_ColumnDefault", "AT_SetNotNull", "AT_DropNotNull", "AT_AddIdentity", "AT_AlterColumnType", "AT_DropColumn"}
)


def _defer(later: Sequence[tuple[Tree, str | None]], how: str) -> None:
    """What stands behind a column's constraint is said of the one before it."""
    if later:
        node = later[-1][0]
        node["deferrable"] = node.get("deferrable", False) or how in {"CONSTR_ATTR_DEFERRABLE", "CONSTR_ATTR_DEFERRED"}
        node["initdeferred"] = node.get("initdeferred", False) or how == "CONSTR_ATTR_DEFERRED"
