"""What hangs on the columns of a database's tables, as the statements that drop it and create it anew.

The server itself says how an object is made (``pg_get_viewdef`` and its kin); owners, privileges, comments, states and options are put
around it. What is not understood here blocks a rewrite rather than being lost in one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.names import ColumnName, TableName, quote, quote_literal
from masker.plan.mask_facts import ColumnFacts, Dependent, Facts, ObjectId, TableFacts

_VISIBLE = "n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)"

#: References to relations: to a column (number above 0), to the whole (0), to the row type or an array of it (-1).
_REFERENCES = """
SELECT d.classid::regclass::text AS catalog, d.objid::int8 AS object, d.objsubid AS part, c.oid::int8 AS relation, d.refobjsubid AS number, d.deptype::text AS kind
FROM pg_depend d JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND d.deptype <> 'e' AND {visible}
UNION ALL
SELECT d.classid::regclass::text, d.objid::int8, d.objsubid, c.oid::int8, -1, d.deptype::text
FROM pg_depend d JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid JOIN pg_class c ON c.reltype IN (t.oid, t.typelem) AND c.reltype <> 0
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND d.deptype NOT IN ('e', 'i') AND {visible}
"""

_RELATIONS = """
SELECT c.oid::int8, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.reloptions AS options, c.relispopulated AS is_populated, c.reloftype <> 0 AS is_typed,
       c.relrowsecurity AND c.relforcerowsecurity AS forces_row_security,
       pg_get_userbyid(c.relowner) AS owner, pg_has_role(c.relowner, 'USAGE') AS is_ours, c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) AS is_own, obj_description(c.oid, 'pg_class') AS comment,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS definition, c.relacl IS NOT NULL AS has_acl,
       CASE WHEN c.relkind = 'm' THEN (SELECT amname FROM pg_am WHERE oid = c.relam) END AS method, (SELECT spcname FROM pg_tablespace WHERE oid = c.reltablespace) AS tablespace,
       (SELECT e.extname FROM pg_depend x JOIN pg_extension e ON e.oid = x.refobjid WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e') AS extension
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {visible}
"""

_COLUMNS = """
SELECT a.attrelid::int8 AS relation, a.attname AS name, a.attnum::int AS number, a.attgenerated <> '' AS is_generated,
       CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END AS storage,
       {compression} AS compression,
       CASE WHEN a.attcollation <> t.typcollation THEN (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname) FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END AS collation,
       col_description(a.attrelid, a.attnum) AS comment, a.attoptions AS options, nullif(a.attstattarget, -1)::int AS statistics, pg_get_expr(d.adbin, d.adrelid) AS default_value
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND {visible}
"""

_GRANTS = """
SELECT c.oid::int8 AS relation, NULL::text AS column, coalesce(r.rolname, '') AS grantee, a.privilege_type AS privilege, a.is_grantable
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relkind IN ('v', 'm') AND {visible}
UNION ALL
SELECT c.oid::int8, t.attname, coalesce(r.rolname, ''), a.privilege_type, a.is_grantable
FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(t.attacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relkind IN ('v', 'm') AND t.attnum > 0 AND NOT t.attisdropped AND {visible}
ORDER BY 1, 2, 3, 4
"""

_DEFAULT_GRANTEES = """
SELECT DISTINCT coalesce(r.rolname, '') FROM pg_default_acl d, aclexplode(d.defaclacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee WHERE d.defaclobjtype = 'r' ORDER BY 1
"""

_RULES = """
SELECT r.oid::int8, r.ev_class::int8 AS relation, r.rulename AS name, pg_get_ruledef(r.oid) AS definition, r.ev_enabled::text AS enabled, r.ev_type::text AS event, obj_description(r.oid, 'pg_rewrite') AS comment
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {visible}
"""

_TRIGGERS = """
SELECT t.oid::int8, t.tgrelid::int8 AS relation, t.tgname AS name, t.tgparentid::int8 AS parent, t.tgisinternal AND t.tgparentid = 0 AS is_internal, t.tgconstraint <> 0 AND t.tgisinternal AS is_key,
       CASE WHEN t.tgisinternal THEN '' ELSE pg_get_triggerdef(t.oid) END AS definition, t.tgenabled::text AS enabled, obj_description(t.oid, 'pg_trigger') AS comment
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {visible} ORDER BY t.oid
"""

_POLICIES = """
SELECT p.oid::int8, p.polrelid::int8 AS relation, p.polname AS name, p.polpermissive AS is_permissive, p.polcmd::text AS command,
       ARRAY(SELECT CASE WHEN o = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(o)) END FROM unnest(p.polroles) o ORDER BY 1) AS roles,
       pg_get_expr(p.polqual, p.polrelid) AS qualifier, pg_get_expr(p.polwithcheck, p.polrelid) AS checked, obj_description(p.oid, 'pg_policy') AS comment
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {visible}
"""

_PUBLISHED = """
SELECT r.oid::int8, r.prrelid::int8 AS relation, p.pubname AS publication, pg_has_role(p.pubowner, 'USAGE') AS is_ours, {filter} AS filter, {columns} AS columns
FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {visible}
"""

_INDEXES = """
SELECT i.indrelid::int8 AS relation, n.nspname AS schema, x.relname AS name, pg_get_indexdef(i.indexrelid) AS definition, obj_description(i.indexrelid, 'pg_class') AS comment, i.indisclustered AS is_clustered,
       ARRAY(SELECT ARRAY[s.attnum::int, s.attstattarget::int] FROM pg_attribute s WHERE s.attrelid = i.indexrelid AND s.attstattarget >= 0 ORDER BY s.attnum) AS statistics
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND {visible} ORDER BY x.oid
"""

_STATISTICS = """
SELECT e.stxrelid::int8 AS relation, sn.nspname AS schema, e.stxname AS name, pg_get_statisticsobjdef(e.oid) AS definition, e.stxstattarget::int AS target, obj_description(e.oid, 'pg_statistic_ext') AS comment
FROM pg_statistic_ext e JOIN pg_namespace sn ON sn.oid = e.stxnamespace JOIN pg_class c ON c.oid = e.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND {visible} ORDER BY e.oid
"""

_GENERATED = """
SELECT ad.oid::int8, ad.adrelid::int8 AS relation, ad.adnum::int AS number FROM pg_attrdef ad JOIN pg_attribute a ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum WHERE a.attgenerated <> ''
"""

_KEY_COMMENTS = """
SELECT n.nspname AS schema, c.relname AS name, con.conname AS constraint, d.description AS comment
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_description d ON d.classoid = 'pg_constraint'::regclass AND d.objoid = con.oid WHERE con.contype = 'f' AND {visible}
"""

_STATES = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
_CHANGES = frozenset("24")  # ev_type of UPDATE and DELETE


def read_facts(conn: psycopg.Connection) -> Facts:
    """Everything in the current database that altering a column would break or lose. The session's ``search_path`` must be empty."""
    return _Reading(conn).facts()


class _Reading:
    """One reading of the catalogs, by oid."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self._conn = conn
        version = conn.info.server_version
        self.relations = {row.oid: row for row in self._rows(_RELATIONS)}
        compression = "CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END" if version >= 140000 else "NULL::text"
        self.columns = _grouped(self._rows(_COLUMNS.replace("{compression}", compression)))
        self.grants = _grouped(self._rows(_GRANTS))
        self.default_grantees = [row[0] for row in conn.execute(_DEFAULT_GRANTEES).fetchall()]
        self.rules = {row.oid: row for row in self._rows(_RULES)}
        self.triggers = {row.oid: row for row in self._rows(_TRIGGERS)}
        self.policies = {row.oid: row for row in self._rows(_POLICIES)}
        self.published = {row.oid: row for row in self._rows(_published(version))}
        self.indexes = _grouped(self._rows(_INDEXES))
        self.statistics = _grouped(self._rows(_STATISTICS))
        self.generated = {row.oid: (row.relation, row.number) for row in self._rows(_GENERATED)}
        self.references = self._rows(_REFERENCES)
        self.key_comments = self._rows(_KEY_COMMENTS)

    def _rows(self, query: str) -> list[Any]:
        cursor = self._conn.cursor(row_factory=namedtuple_row)
        return cursor.execute(query.replace("{visible}", _VISIBLE).encode(), {"hidden": list(HIDDEN_SCHEMAS)}).fetchall()

    def name(self, oid: int) -> TableName:
        row = self.relations[oid]
        return TableName(row.schema, row.name)

    def facts(self) -> Facts:
        numbers = {(c.relation, c.number): c.name for columns in self.columns.values() for c in columns}
        on_column: dict[tuple[int, int], list[ObjectId]] = defaultdict(list)
        generated: dict[tuple[int, int], list[str]] = defaultdict(list)
        above: dict[ObjectId, list[ObjectId]] = defaultdict(list)
        typed_by: dict[int, str] = {}
        reads: dict[ObjectId, set[TableName]] = defaultdict(set)
        blocked: dict[ObjectId, Dependent] = {}
        for ref in self.references:
            if found := self._generated_column(ref, numbers):
                generated[ref.relation, ref.number].append(found)
                continue
            node = self._node(ref)
            if node is None:
                continue
            if ref.number == -1 and node[0] == "column":
                typed_by.setdefault(ref.relation, node[0])
            reads[node].add(self.name(ref.relation))
            if node[0] not in _KNOWN:
                blocked[node] = Dependent(id=node, title=self._title(ref), blocker=f"{self._title(ref)} rests on it")
            if ref.number > 0 and node != ("relation", ref.relation):
                on_column[ref.relation, ref.number].append(node)
            if self.relations[ref.relation].kind in {"v", "m"} and node != ("relation", ref.relation):
                above["relation", ref.relation].append(node)
        nodes = {node for found in on_column.values() for node in found} | {node for found in above.values() for node in found}
        dependents = {node: blocked.get(node) or self._dependent(node, frozenset(reads[node])) for node in nodes}
        return Facts(
            columns={
                ColumnName(self.name(c.relation), c.name): ColumnFacts(
                    storage=c.storage, compression=c.compression, collation=c.collation,
                    dependents=tuple(dict.fromkeys(on_column.get((c.relation, c.number), ()))),
                    generated=tuple(dict.fromkeys(generated.get((c.relation, c.number), ()))),
                )
                for columns in self.columns.values() for c in columns if self.relations[c.relation].kind in {"r", "p"}
            },
            tables={self.name(oid): self._table(oid, oid in typed_by) for oid, row in self.relations.items() if row.kind in {"r", "p"}},
            dependents=dependents,
            above={node: tuple(dict.fromkeys(found)) for node, found in above.items()},
            matview_sources=self._matview_sources(),
            foreign_key_comments={(TableName(row.schema, row.name), row.constraint): row.comment for row in self.key_comments},
        )  # fmt: skip

    def _generated_column(self, ref: Any, numbers: Mapping[tuple[int, int], str]) -> str | None:
        """The generated column that *ref* makes rest on another one of its table."""
        if ref.number <= 0:
            return None
        where = (
            self.generated.get(ref.object) if ref.catalog == "pg_attrdef" else (ref.object, ref.part) if ref.catalog == "pg_class" else None
        )
        if where is None or where[0] != ref.relation or where[1] == ref.number or where[1] == 0:
            return None
        return numbers.get(where)

    def _node(self, ref: Any) -> ObjectId | None:
        """What *ref* starts from; None for what the server alters or drops along by itself."""
        match ref.catalog:
            case "pg_rewrite":
                if (rule := self.rules.get(ref.object)) is None:
                    return (ref.catalog, ref.object)
                return ("relation", rule.relation) if rule.name == "_RETURN" else ("rule", rule.oid)
            case "pg_trigger":
                return self._trigger_node(ref.object)
            case "pg_policy":
                return ("policy" if ref.object in self.policies else ref.catalog, ref.object)
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
        row = self.triggers.get(oid)
        while row is not None and row.parent:
            row = self.triggers.get(row.parent)
        return ("trigger", row.oid) if row is not None and not row.is_internal else None

    def _title(self, ref: Any) -> str:
        row = self._conn.execute("SELECT pg_describe_object(%s::regclass, %s::oid, %s)", [ref.catalog, ref.object, ref.part]).fetchone()
        return str(row[0]) if row else ref.catalog

    def _dependent(self, node: ObjectId, reads: frozenset[TableName]) -> Dependent:
        found = self._understood(node, reads)
        kind, oid = node
        rows: Mapping[str, Mapping[int, Any]] = {
            "rule": self.rules,
            "trigger": self.triggers,
            "policy": self.policies,
            "published": self.published,
        }
        relation = oid if kind == "relation" else rows[kind][oid].relation
        if not self.relations[relation].is_ours or (kind == "published" and not self.published[oid].is_ours):
            return replace(found, blocker=f"{found.title} belongs to another role")
        return found

    def _understood(self, node: ObjectId, reads: frozenset[TableName]) -> Dependent:
        kind, oid = node
        match kind:
            case "relation":
                return self._view(node, reads)
            case "rule":
                row = self.rules[oid]
                table = self.name(row.relation)
                return Dependent(
                    id=node,
                    title=f"rule {row.name} on {table}",
                    drop=f"DROP RULE {quote(row.name)} ON {table.sql}",
                    create=tuple(self._rule(row)),
                    reads=reads | {table},
                )
            case "trigger":
                row = self.triggers[oid]
                table = self.name(row.relation)
                return Dependent(
                    id=node,
                    title=f"trigger {row.name} on {table}",
                    drop=f"DROP TRIGGER {quote(row.name)} ON {table.sql}",
                    create=tuple(self._trigger(row)),
                    reads=reads | {table},
                )
            case "policy":
                row = self.policies[oid]
                table = self.name(row.relation)
                return Dependent(
                    id=node,
                    title=f"policy {row.name} on {table}",
                    drop=f"DROP POLICY {quote(row.name)} ON {table.sql}",
                    create=tuple(_policy(row, table)),
                    reads=reads | {table},
                )
            case _:
                row = self.published[oid]
                table = self.name(row.relation)
                columns = f" ({', '.join(quote(c) for c in row.columns)})" if row.columns else ""
                where = f" WHERE ({row.filter})" if row.filter else ""
                return Dependent(
                    id=node, title=f"publication {row.publication} of {table}", drop=f"ALTER PUBLICATION {quote(row.publication)} DROP TABLE ONLY {table.sql}",
                    create=(f"ALTER PUBLICATION {quote(row.publication)} ADD TABLE ONLY {table.sql}{columns}{where}",), reads=reads | {table},
                )  # fmt: skip

    def _view(self, node: ObjectId, reads: frozenset[TableName]) -> Dependent:
        row = self.relations[node[1]]
        name = self.name(row.oid)
        kind = "VIEW" if row.kind == "v" else "MATERIALIZED VIEW"
        if row.extension:
            return Dependent(
                id=node, title=f"{kind.lower()} {name}", blocker=f"{kind.lower()} {name} belongs to the extension {row.extension}"
            )
        return Dependent(
            id=node, title=f"{kind.lower()} {name}", drop=f"DROP {kind} {name.sql}", create=tuple(self._view_statements(row, name, kind)), reads=reads,
            materialized=name if row.kind == "m" else None,
        )  # fmt: skip

    def _view_statements(self, row: Any, name: TableName, kind: str) -> Iterator[str]:
        method = f" USING {quote(row.method)}" if row.method and row.method != "heap" else ""
        options = f" WITH ({', '.join(_option(o) for o in row.options)})" if row.options else ""
        tablespace = f" TABLESPACE {quote(row.tablespace)}" if row.tablespace else ""
        tail = " WITH NO DATA" if row.kind == "m" else ""
        yield f"CREATE {kind} {name.sql}{method}{options}{tablespace} AS {row.definition.rstrip().rstrip(';')}{tail}"
        columns = self.columns.get(row.oid, ())
        for column in columns:
            alter = f"ALTER {kind} {name.sql} ALTER COLUMN {quote(column.name)}"
            if column.default_value is not None:
                yield f"{alter} SET DEFAULT {column.default_value}"
            if column.statistics is not None:
                yield f"{alter} SET STATISTICS {column.statistics}"
            if column.options:
                yield f"{alter} SET ({', '.join(_option(o) for o in column.options)})"
            if row.kind == "m" and column.storage:
                yield f"{alter} SET STORAGE {column.storage}"
            if row.kind == "m" and column.compression:
                yield f"{alter} SET COMPRESSION {column.compression}"
        for index in self.indexes.get(row.oid, ()):
            yield index.definition
            yield from (
                f"ALTER INDEX {quote(index.schema)}.{quote(index.name)} ALTER COLUMN {n} SET STATISTICS {t}" for n, t in index.statistics
            )
            yield from _comment("INDEX", f"{quote(index.schema)}.{quote(index.name)}", index.comment)
            if index.is_clustered:
                yield f"ALTER {kind} {name.sql} CLUSTER ON {quote(index.name)}"
        for statistics in self.statistics.get(row.oid, ()):
            yield statistics.definition
            if statistics.target is not None and statistics.target >= 0:
                yield f"ALTER STATISTICS {quote(statistics.schema)}.{quote(statistics.name)} SET STATISTICS {statistics.target}"
            yield from _comment("STATISTICS", f"{quote(statistics.schema)}.{quote(statistics.name)}", statistics.comment)
        yield from _comment(kind, name.sql, row.comment)
        for column in columns:
            yield from _comment("COLUMN", f"{name.sql}.{quote(column.name)}", column.comment)
        yield from self._privileges(row, name)
        if not row.is_own:
            yield f"ALTER {kind} {name.sql} OWNER TO {quote(row.owner)}"

    def _privileges(self, row: Any, name: TableName) -> Iterator[str]:
        """Exactly the privileges there are, whatever a new relation is given by default."""
        grants = self.grants.get(row.oid, [])
        if not row.has_acl and not self.default_grantees and not any(g.column for g in grants):
            return
        for role in dict.fromkeys(["", row.owner, *self.default_grantees]):
            yield f"REVOKE ALL ON {name.sql} FROM {_role(role)}"
        for grant in grants:
            column = f" ({quote(grant.column)})" if grant.column else ""
            option = " WITH GRANT OPTION" if grant.is_grantable else ""
            yield f"GRANT {grant.privilege}{column} ON {name.sql} TO {_role(grant.grantee)}{option}"

    def _rule(self, row: Any) -> Iterator[str]:
        table = self.name(row.relation)
        yield row.definition.rstrip().rstrip(";")
        if row.enabled != "O":
            yield f"ALTER TABLE {table.sql} {_STATES[row.enabled]} RULE {quote(row.name)}"
        yield from _comment("RULE", f"{quote(row.name)} ON {table.sql}", row.comment)

    def _trigger(self, row: Any) -> Iterator[str]:
        yield row.definition
        yield from _comment("TRIGGER", f"{quote(row.name)} ON {self.name(row.relation).sql}", row.comment)
        family = [row, *self._copies(row.oid)]
        if any(member.enabled != "O" for member in family):
            yield from (self._state(member, only=len(family) > 1) for member in family)

    def _copies(self, oid: int) -> Iterator[Any]:
        for row in self.triggers.values():
            if row.parent == oid:
                yield row
                yield from self._copies(row.oid)

    def _state(self, trigger: Any, *, only: bool = False) -> str:
        return f"ALTER TABLE {'ONLY ' if only else ''}{self.name(trigger.relation).sql} {_STATES[trigger.enabled]} TRIGGER {quote(trigger.name)}"

    def _table(self, oid: int, is_row_type_used: bool) -> TableFacts:
        row, name = self.relations[oid], self.name(oid).sql
        blocker = "it is a typed table" if row.is_typed else "a column elsewhere is of its row type" if is_row_type_used else None
        triggers = [t for t in self.triggers.values() if t.relation == oid and not t.is_internal and not t.is_key and t.enabled != "D"]
        rules = [r for r in self.rules.values() if r.relation == oid and r.event in _CHANGES and r.enabled != "D"]
        suspend = [f"ALTER TABLE ONLY {name} DISABLE TRIGGER {quote(t.name)}" for t in triggers]
        suspend += [f"ALTER TABLE {name} DISABLE RULE {quote(r.name)}" for r in rules]
        restore = [self._state(t, only=True) for t in triggers]
        restore += [f"ALTER TABLE {name} {_STATES[r.enabled]} RULE {quote(r.name)}" for r in rules]
        if row.forces_row_security:
            suspend.append(f"ALTER TABLE ONLY {name} NO FORCE ROW LEVEL SECURITY")
            restore.append(f"ALTER TABLE ONLY {name} FORCE ROW LEVEL SECURITY")
        return TableFacts(suspend=tuple(suspend), restore=tuple(restore), blocker=blocker)

    def _matview_sources(self) -> Mapping[TableName, frozenset[TableName]]:
        """Every relation that a materialized view reads, at any depth."""
        direct: dict[int, set[int]] = defaultdict(set)
        for ref in self.references:
            if ref.catalog == "pg_rewrite" and (rule := self.rules.get(ref.object)) and rule.relation != ref.relation:
                direct[rule.relation].add(ref.relation)

        def closure(oid: int, seen: set[int]) -> set[int]:
            for read in direct[oid] - seen:
                seen.add(read)
                closure(read, seen)
            return seen

        return {
            self.name(oid): frozenset(self.name(o) for o in closure(oid, set())) for oid, row in self.relations.items() if row.kind == "m"
        }


_KNOWN = frozenset({"relation", "rule", "trigger", "policy", "published"})


def _published(version: int) -> str:
    is_new = version >= 150000
    return _PUBLISHED.replace("{filter}", "pg_get_expr(r.prqual, r.prrelid)" if is_new else "NULL::text").replace(
        "{columns}",
        "ARRAY(SELECT a.attname::text FROM unnest(r.prattrs::int2[]) k JOIN pg_attribute a ON a.attrelid = r.prrelid AND a.attnum = k)"
        if is_new
        else "NULL::text[]",
    )


def _policy(row: Any, table: TableName) -> Iterator[str]:
    kind = "PERMISSIVE" if row.is_permissive else "RESTRICTIVE"
    using = f" USING ({row.qualifier})" if row.qualifier is not None else ""
    check = f" WITH CHECK ({row.checked})" if row.checked is not None else ""
    yield f"CREATE POLICY {quote(row.name)} ON {table.sql} AS {kind} FOR {_COMMANDS[row.command]} TO {', '.join(row.roles)}{using}{check}"
    yield from _comment("POLICY", f"{quote(row.name)} ON {table.sql}", row.comment)


def _comment(kind: str, name: str, text: str | None) -> Iterator[str]:
    if text is not None:
        yield f"COMMENT ON {kind} {name} IS {quote_literal(text)}"


def _option(written: str) -> str:
    name, _, value = written.partition("=")
    return f"{name}={quote_literal(value)}"


def _role(name: str) -> str:
    return quote(name) if name else "PUBLIC"


def _grouped(rows: Iterable[Any]) -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.relation].append(row)
    return found
