"""The statements of a schema file, each taken into the draft of what the database then holds.

What is not understood is told with its place; what has no bearing on tables, columns and types is passed over by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from masker.masks.sql.grammar import Tree, nodes
from masker.names import ColumnName, TableName
from masker.schemas.constraints import plain_index, strings
from masker.schemas.defining import ALTERED_WITHOUT_BEARING, Defining
from masker.schemas.drafts import ColumnDraft, DefinedType, FunctionDraft, TableDraft, ViewDraft
from masker.schemas.source import identifier
from masker.schemas.types import type_draft

#: What does not touch tables, columns and types.
_WITHOUT_BEARING = frozenset({
    "CreateTrigStmt", "RuleStmt", "GrantStmt", "GrantRoleStmt", "AlterOwnerStmt", "InsertStmt", "TransactionStmt",
    "CreatePolicyStmt", "CreateStatsStmt", "AlterStatsStmt", "CreateCastStmt", "CreateOpClassStmt",
    "CreateOpFamilyStmt", "AlterOpFamilyStmt", "AlterDefaultPrivilegesStmt", "CreateSubscriptionStmt",
    "CreateForeignServerStmt", "CreateFdwStmt", "CreatePLangStmt", "CreateTransformStmt", "CreateAmStmt",
    "AlterObjectDependsStmt", "AlterTSConfigurationStmt", "AlterTSDictionaryStmt", "CreateConversionStmt",
    "SecLabelStmt", "AlterFunctionStmt", "AlterEventTrigStmt", "AlterPublicationStmt", "AlterOperatorStmt",
    "AlterTypeStmt", "AlterExtensionStmt", "AlterExtensionContentsStmt", "VacuumStmt",
})  # fmt: skip

#: What is not read and may change which columns there are.
_OF_COLUMNS = frozenset({
    "RenameStmt", "DropStmt", "DoStmt", "CallStmt", "AlterObjectSchemaStmt", "ExecuteStmt", "ImportForeignSchemaStmt",
})  # fmt: skip

_TEXT_LANGUAGES = frozenset({"sql", "plpgsql"})


class Statements(Defining):
    """Takes the statements of *source* into the draft. *unread* gets what is not understood: what, and where."""

    def take_all(self) -> None:
        """Every statement, in the order of the file."""
        readers: Mapping[str, Callable[[Any], None]] = {
            "CreateStmt": self._table,
            "CreateForeignTableStmt": self._foreign_table,
            "AlterTableStmt": self._alter,
            "IndexStmt": self._index,
            "CommentStmt": self._comment,
            "CreateSchemaStmt": self._schema,
            "CreateExtensionStmt": self._extension,
            "CreateEnumStmt": self._enum,
            "AlterEnumStmt": self._alter_enum,
            "CompositeTypeStmt": self._composite,
            "CreateRangeStmt": self._range,
            "CreateDomainStmt": self._domain,
            "AlterDomainStmt": self._alter_domain,
            "DefineStmt": self._define,
            "CreateFunctionStmt": self._function,
            "CreateSeqStmt": self._sequence,
            "AlterSeqStmt": self._alter_sequence,
            "ViewStmt": self._view,
            "CreateTableAsStmt": self._table_as,
            "RefreshMatViewStmt": self._refresh,
            "VariableSetStmt": self._set,
            "SelectStmt": self._select,
            "CreateEventTrigStmt": self._event_trigger,
            "CreatePublicationStmt": self._publication,
        }
        for tree, offset in self.source.statements:
            kind, node = next(iter(tree.items()))
            self.offset = offset
            if (reader := readers.get(kind)) is not None:
                reader(node)
            elif kind == "CreateUserMappingStmt":
                self.draft.user_mappings += 1
            elif kind not in _WITHOUT_BEARING:
                self.not_read(_words(kind), bears=kind in _OF_COLUMNS)

    def _set(self, node: Tree) -> None:
        if node.get("name") == "search_path":
            names = [each.get("A_Const", {}).get("sval", {}).get("sval", "") for each in node.get("args", ())]
            self.schema = next(iter(names), "") or "public"

    def _select(self, node: Tree) -> None:
        calls = [n for kind, n in nodes(node) if kind == "FuncCall"]
        names = {strings(call["funcname"])[-1] for call in calls}
        if "set_config" in names:
            first, second, *_ = [
                argument.get("A_Const", {}).get("sval", {}).get("sval", "") for argument in calls[0].get("args", ())
            ] + ["", ""]
            if first == "search_path":
                self.schema = second.split(",")[0].strip().strip('"') or "public"
        elif names != {"setval"}:
            self.not_read("SELECT", bears=True)

    def _schema(self, node: Tree) -> None:
        self.draft.schemas.add(node.get("schemaname", ""))
        if node.get("schemaElts"):
            self.not_read("CREATE SCHEMA with what is in it", bears=True)

    def _extension(self, node: Tree) -> None:
        schema = next(
            (
                o["DefElem"]["arg"]["String"]["sval"]
                for o in node.get("options", ())
                if o["DefElem"]["defname"] == "schema"
            ),
            "public",
        )
        self.draft.extensions.setdefault(node["extname"], schema)

    def _comment(self, node: Tree) -> None:
        kind, told = node["objtype"], node.get("comment") or None
        if kind not in {"OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_COLUMN"}:
            return
        names = strings(node["object"]["List"]["items"])
        is_column = kind == "OBJECT_COLUMN"
        table = self.draft.tables.get(self.named(names[:-1] if is_column else names))
        if table is not None and is_column and names[-1] in table.columns:
            table.columns[names[-1]].comment = told
        elif table is not None and not is_column:
            table.comment = told
        elif self.named(names[:-1] if is_column else names) not in {*self.draft.views, *self.draft.types}:
            self.not_read(f"COMMENT ON {'COLUMN' if is_column else 'TABLE'} {'.'.join(names)}, which is not there")

    def _foreign_table(self, node: Tree) -> None:
        self._table(node["base"], kind="f")

    def _table(self, node: Tree, kind: str = "r") -> None:
        name = self.name(node["relation"])
        if node["relation"].get("relpersistence") == "t":
            return
        if name in self.draft.tables:
            if not node.get("if_not_exists"):
                self.not_read(f"CREATE TABLE {name}, which is there already", bears=True)
            return
        table = TableDraft(name=name, kind=kind, persistence=node["relation"].get("relpersistence", "p"))
        self.draft.tables[name] = table
        if "partspec" in node:
            table.kind = "p"
        for parent in node.get("inhRelations", ()):
            self.inherit(table, self.name(parent["RangeVar"]), is_partition="partbound" in node)
        if "ofTypename" in node:
            self.of_type(table, strings(node["ofTypename"]["names"]))
        later: list[tuple[Tree, str | None]] = []
        for element in node.get("tableElts", ()):
            if (column := element.get("ColumnDef")) is not None:
                later += self.column(table, column)
            elif (constraint := element.get("Constraint")) is not None:
                later.append((constraint, None))
            else:
                self.like(table, element["TableLikeClause"])
        for constraint in node.get("constraints", ()):
            later.append((constraint["Constraint"], None))
        for constraint, column_name in later:
            self.constraint(table, constraint, column_name)
        if "partspec" in node:
            self.partition_key(table, node["partspec"])

    def _alter(self, node: Tree) -> None:
        if node.get("objtype") == "OBJECT_INDEX":
            self._alter_index(node)
            return
        if node.get("objtype") == "OBJECT_TYPE":
            self.not_read("ALTER TYPE", bears=True)
            return
        commands = [command["AlterTableCmd"] for command in node["cmds"]]
        name = self.name(node["relation"])
        table = self.draft.tables.get(name)
        if table is None:
            bearing = [c for c in commands if c["subtype"] not in ALTERED_WITHOUT_BEARING]
            if bearing and name not in self.draft.views and name not in self.draft.sequences:
                self.not_read(f"ALTER TABLE {name}, which is not there", bears=True)
            elif name in self.draft.views:
                for command in bearing:
                    self.mark_index(self.draft.views[name].indexes, command)
            return
        first = self.source.at(self.offset)
        items = self.source.items(first, self.source.end(first))
        for command, (begin, _) in zip(commands, items, strict=True):
            self.change(table, command, begin)

    def _alter_index(self, node: Tree) -> None:
        name = self.name(node["relation"])
        holder = self.draft.holder(name)
        for command in (each["AlterTableCmd"] for each in node["cmds"]):
            if command["subtype"] == "AT_AttachPartition":
                part = self.name(command["def"]["PartitionCmd"]["name"])
                self.change_index(part, parent=name)
            elif command["subtype"] == "AT_SetStatistics" and holder is not None:
                target = command["def"]["Integer"].get("ival", 0)
                known = holder.indexes[name.name].statistics
                if target >= 0:
                    self.change_index(name, statistics=tuple(sorted({*known, (command["num"], target)})))
            elif command["subtype"] not in ALTERED_WITHOUT_BEARING:
                self.not_read("ALTER INDEX")

    def _index(self, node: Tree) -> None:
        name = self.name(node["relation"])
        holder = self.draft.tables.get(name) or self.draft.views.get(name)
        if holder is None:
            self.not_read(f"CREATE INDEX on {name}, which is not there")
            return
        index, trees = plain_index(node, self.offset, name, holder, self.source)
        self.add_index(name, holder, index, trees)
        if isinstance(holder, TableDraft) and holder.kind == "p" and node["relation"].get("inh"):
            self.spread_index(name, index, trees)

    def _enum(self, node: Tree) -> None:
        self.draft.types[self.named(strings(node["typeName"]))] = DefinedType(
            kind="e", labels=strings(node.get("vals"))
        )

    def _alter_enum(self, node: Tree) -> None:
        found = self.draft.types.get(self.named(strings(node["typeName"])))
        if found is None or "newVal" not in node:
            self.not_read("ALTER TYPE")
        elif "oldVal" in node:
            found.labels = [node["newVal"] if label == node["oldVal"] else label for label in found.labels]
        elif (beside := node.get("newValNeighbor")) is not None:
            found.labels.insert(found.labels.index(beside) + bool(node.get("newValIsAfter")), node["newVal"])
        else:
            found.labels.append(node["newVal"])

    def _composite(self, node: Tree) -> None:
        attributes = []
        for each in (element["ColumnDef"] for element in node.get("coldeflist", ())):
            made = ColumnDraft(name=each["colname"], type=type_draft(each["typeName"], self.source))
            if (clause := each.get("collClause")) is not None:
                made.collation = self.collation(clause)
            attributes.append(made)
        self.draft.types[self.name(node["typevar"])] = DefinedType(kind="c", attributes=attributes)

    def _range(self, node: Tree) -> None:
        name = self.named(strings(node["typeName"]))
        options = {each["DefElem"]["defname"]: each["DefElem"]["arg"] for each in node.get("params", ())}
        self.draft.types[name] = DefinedType(kind="r", over=type_draft(options["subtype"]["TypeName"], self.source))
        multi = options.get("multirange_type_name", {}).get("TypeName")
        made = name.name.replace("range", "multirange", 1) if "range" in name.name else f"{name.name}_multirange"
        self.draft.types[self.named(strings(multi["names"])) if multi else TableName(name.schema, made)] = DefinedType(
            kind="m"
        )

    def _domain(self, node: Tree) -> None:
        made = DefinedType(kind="d", over=type_draft(node["typeName"], self.source))
        if (clause := node.get("collClause")) is not None:
            made.collation = self.collation(clause)
        for constraint in (each["Constraint"] for each in node.get("constraints", ())):
            made.is_required = made.is_required or constraint["contype"] == "CONSTR_NOTNULL"
            if constraint["contype"] == "CONSTR_CHECK":
                made.checks.append(constraint["raw_expr"])
        self.draft.types[self.named(strings(node["domainname"]))] = made

    def _alter_domain(self, node: Tree) -> None:
        found = self.draft.types.get(self.named(strings(node["typeName"])))
        added = node.get("def", {}).get("Constraint", {})
        if found is not None and added.get("contype") == "CONSTR_CHECK":
            found.checks.append(added["raw_expr"])
        elif found is not None and node.get("subtype") == "O":
            found.is_required = True
        elif node.get("subtype") not in {"T", "V"}:
            self.not_read("ALTER DOMAIN")

    def _define(self, node: Tree) -> None:
        name = self.named(strings(node["defnames"]))
        options = {each["DefElem"]["defname"]: each["DefElem"].get("arg", {}) for each in node.get("definition", ())}
        if node["kind"] == "OBJECT_TYPE":
            has_binary = {"send", "receive"} <= options.keys()
            self.draft.types[name] = DefinedType(kind="b", has_binary_io=has_binary)
        elif node["kind"] == "OBJECT_COLLATION":
            told = options.get("deterministic", {})
            if told.get("String", {}).get("sval") == "false" or told.get("Boolean", {"boolval": True}) == {}:
                self.draft.loose_collations.add(f"{identifier(name.schema)}.{identifier(name.name)}")

    def _function(self, node: Tree) -> None:
        options = {each["DefElem"]["defname"]: each["DefElem"].get("arg", {}) for each in node.get("options", ())}
        language = options.get("language", {}).get("String", {}).get("sval", "sql").lower()
        body = [item["String"]["sval"] for item in options.get("as", {}).get("List", {}).get("items", ())]
        text = body[0] if body else self.source.text(at := self.source.at(self.offset), self.source.find(at))
        returned = strings(node.get("returnType", {}).get("names"))
        self.draft.functions.append(
            FunctionDraft(
                name=strings(node["funcname"])[-1],
                text=text if language in _TEXT_LANGUAGES else None,
                returns_trigger=bool(returned) and returned[-1] in {"trigger", "event_trigger"},
                is_compiled=language in {"c", "internal"},
            )
        )

    def _sequence(self, node: Tree) -> None:
        name = self.name(node["sequence"])
        self.draft.sequences[name] = (self._owner(node), node["sequence"].get("relpersistence") == "u")

    def _alter_sequence(self, node: Tree) -> None:
        name = self.name(node["sequence"])
        owner, is_unlogged = self.draft.sequences.get(name, (None, False))
        self.draft.sequences[name] = (self._owner(node) or owner, is_unlogged)

    def _owner(self, node: Tree) -> ColumnName | None:
        for option in (each["DefElem"] for each in node.get("options", ())):
            names = strings(option.get("arg", {}).get("List", {}).get("items"))
            if option["defname"] == "owned_by" and names[-1:] != ["none"] and len(names) > 1:
                return ColumnName(self.named(names[:-1]), names[-1])
        return None

    def _view(self, node: Tree) -> None:
        self.draft.views[self.name(node["view"])] = ViewDraft(tree=node["query"])

    def _table_as(self, node: Tree) -> None:
        if node.get("objtype") != "OBJECT_MATVIEW":
            self.not_read("CREATE TABLE … AS", bears=True)
            return
        into = node["into"]
        self.draft.views[self.name(into["rel"])] = ViewDraft(
            tree=node["query"], is_kept=True, is_populated=not into.get("skipData")
        )

    def _refresh(self, node: Tree) -> None:
        if (view := self.draft.views.get(self.name(node["relation"]))) is not None:
            view.is_populated = not node.get("skipData")

    def _event_trigger(self, node: Tree) -> None:
        self.draft.event_triggers.append(node["trigname"])

    def _publication(self, node: Tree) -> None:
        self.draft.publications.append(node["pubname"])
        if node.get("for_all_tables"):
            self.draft.publications_of_all_tables.append(node["pubname"])


def _words(kind: str) -> str:
    """``CreateTableAsStmt`` as ``CREATE TABLE AS``."""
    return " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+", kind.removesuffix("Stmt"))).upper()
