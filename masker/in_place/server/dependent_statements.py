"""The statements that drop what hangs on a column and create it anew, and those that put a table's own triggers and
rules to rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from masker.errors import Problem
from masker.in_place.facts import Change, Dependent, ObjectId, TableFacts
from masker.in_place.server.dependent_rows import Rows
from masker.names import TableName, quote, quote_literal
from masker.postgres.unidentified import Unidentified

_STATES = {"O": "ENABLE", "D": "DISABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}
_COMMANDS = {"*": "ALL", "r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
_CHANGES = frozenset("24")  # ev_type of UPDATE and DELETE


class Statements:
    """Objects as the statements that make them, from the *rows* of the catalogs."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def dependent(self, node: ObjectId, reads: frozenset[TableName]) -> Dependent:
        """The view, rule, trigger, policy or published table *node*, which reads *reads*."""
        kind, oid = node
        match kind:
            case "relation":
                return self._view(node, reads)
            case "rule":
                row = self.rows.rules[oid]
                table = self.rows.name(row.relation)
                return Dependent(
                    id=node,
                    title=f"rule {row.name} on {table}",
                    drop=f"DROP RULE {quote(row.name)} ON {table.sql}",
                    create=tuple(self._rule(row)),
                    reads=reads | {table},
                )
            case "trigger":
                row = self.rows.triggers[oid]
                table = self.rows.name(row.relation)
                return Dependent(
                    id=node,
                    title=f"trigger {row.name} on {table}",
                    drop=f"DROP TRIGGER {quote(row.name)} ON {table.sql}",
                    create=tuple(self._trigger(row)),
                    reads=reads | {table},
                )
            case "policy":
                row = self.rows.policies[oid]
                table = self.rows.name(row.relation)
                return Dependent(
                    id=node,
                    title=f"policy {row.name} on {table}",
                    drop=f"DROP POLICY {quote(row.name)} ON {table.sql}",
                    create=tuple(_policy(row, table)),
                    reads=reads | {table},
                )
            case _:
                row = self.rows.published[oid]
                table = self.rows.name(row.relation)
                columns = f" ({', '.join(quote(c) for c in row.columns)})" if row.columns else ""
                where = f" WHERE ({row.filter})" if row.filter else ""
                return Dependent(
                    id=node,
                    title=f"publication {row.publication} of {table}",
                    drop=f"ALTER PUBLICATION {quote(row.publication)} DROP TABLE ONLY {table.sql}",
                    create=(f"ALTER PUBLICATION {quote(row.publication)} ADD TABLE ONLY {table.sql}{columns}{where}",),
                    reads=reads | {table},
                )

    def _view(self, node: ObjectId, reads: frozenset[TableName]) -> Dependent:
        row = self.rows.relations[node[1]]
        name = self.rows.name(row.oid)
        kind = "VIEW" if row.kind == "v" else "MATERIALIZED VIEW"
        if row.extension:
            return Dependent(
                id=node,
                title=f"{kind.lower()} {name}",
                blocker=f"{kind.lower()} {name} belongs to the extension {row.extension}",
            )
        return Dependent(
            id=node,
            title=f"{kind.lower()} {name}",
            drop=f"DROP {kind} {name.sql}",
            create=tuple(self._view_statements(row, name, kind)),
            reads=reads,
            materialized=name if row.kind == "m" else None,
        )

    def _view_statements(self, row: Any, name: TableName, kind: str) -> Iterator[str]:
        method = f" USING {quote(row.method)}" if row.method and row.method != "heap" else ""
        options = f" WITH ({', '.join(_option(o) for o in row.options)})" if row.options else ""
        tablespace = f" TABLESPACE {quote(row.tablespace)}" if row.tablespace else ""
        tail = " WITH NO DATA" if row.kind == "m" else ""
        yield f"CREATE {kind} {name.sql}{method}{options}{tablespace} AS {row.definition.rstrip().rstrip(';')}{tail}"
        columns = self.rows.columns.get(row.oid, ())
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
        for index in self.rows.indexes.get(row.oid, ()):
            yield index.definition
            yield from (
                f"ALTER INDEX {quote(index.schema)}.{quote(index.name)} ALTER COLUMN {n} SET STATISTICS {t}"
                for n, t in index.statistics
            )
            yield from _comment("INDEX", f"{quote(index.schema)}.{quote(index.name)}", index.comment)
            if index.is_clustered:
                yield f"ALTER {kind} {name.sql} CLUSTER ON {quote(index.name)}"
        for statistics in self.rows.statistics.get(row.oid, ()):
            yield statistics.definition
            if statistics.target is not None and statistics.target >= 0:
                yield (
                    f"ALTER STATISTICS {quote(statistics.schema)}.{quote(statistics.name)} SET STATISTICS"
                    f" {statistics.target}"
                )
            yield from _comment(
                "STATISTICS", f"{quote(statistics.schema)}.{quote(statistics.name)}", statistics.comment
            )
        yield from _comment(kind, name.sql, row.comment)
        for column in columns:
            yield from _comment("COLUMN", f"{name.sql}.{quote(column.name)}", column.comment)
        yield from self._privileges(row, name)
        if not row.is_own:
            yield f"ALTER {kind} {name.sql} OWNER TO {quote(row.owner)}"

    def _privileges(self, row: Any, name: TableName) -> Iterator[str]:
        """Exactly the privileges there are, whatever a new relation is given by default."""
        grants = self.rows.grants.get(row.oid, [])
        if not row.has_acl and not self.rows.default_grantees and not any(g.column for g in grants):
            return
        for role in dict.fromkeys(["", row.owner, *self.rows.default_grantees]):
            yield f"REVOKE ALL ON {name.sql} FROM {_role(role)}"
        for grant in grants:
            column = f" ({quote(grant.column)})" if grant.column else ""
            option = " WITH GRANT OPTION" if grant.is_grantable else ""
            yield f"GRANT {grant.privilege}{column} ON {name.sql} TO {_role(grant.grantee)}{option}"

    def _rule(self, row: Any) -> Iterator[str]:
        table = self.rows.name(row.relation)
        yield row.definition.rstrip().rstrip(";")
        if row.enabled != "O":
            yield f"ALTER TABLE {table.sql} {_STATES[row.enabled]} RULE {quote(row.name)}"
        yield from _comment("RULE", f"{quote(row.name)} ON {table.sql}", row.comment)

    def _trigger(self, row: Any) -> Iterator[str]:
        yield row.definition
        yield from _comment("TRIGGER", f"{quote(row.name)} ON {self.rows.name(row.relation).sql}", row.comment)
        family = [row, *self._copies(row.oid)]
        if any(member.enabled != "O" for member in family):
            yield from (self._state(member, only=len(family) > 1) for member in family)

    def _copies(self, oid: int) -> Iterator[Any]:
        for row in self.rows.triggers.values():
            if row.parent == oid:
                yield row
                yield from self._copies(row.oid)

    def _state(self, trigger: Any, *, only: bool = False) -> str:
        return (
            f"ALTER TABLE {'ONLY ' if only else ''}{self.rows.name(trigger.relation).sql} {_STATES[trigger.enabled]}"
            f" TRIGGER {quote(trigger.name)}"
        )

    def table(self, oid: int, is_row_type_used: bool) -> TableFacts:
        """What keeps a table's own triggers, rules and row security from acting, and whether it can be rewritten at
        all."""
        row, name = self.rows.relations[oid], self.rows.name(oid).sql
        blocker = (
            "it is a typed table"
            if row.is_typed
            else "a column elsewhere is of its row type"
            if is_row_type_used
            else None
        )
        triggers = [
            t
            for t in self.rows.triggers.values()
            if t.relation == oid and not t.is_internal and not t.is_key and t.enabled != "D"
        ]
        rules = [r for r in self.rows.rules.values() if r.relation == oid and r.event in _CHANGES and r.enabled != "D"]
        suspend = [f"ALTER TABLE ONLY {name} DISABLE TRIGGER {quote(t.name)}" for t in triggers]
        suspend += [f"ALTER TABLE {name} DISABLE RULE {quote(r.name)}" for r in rules]
        restore = [self._state(t, only=True) for t in triggers]
        restore += [f"ALTER TABLE {name} {_STATES[r.enabled]} RULE {quote(r.name)}" for r in rules]
        if row.forces_row_security:
            suspend.append(f"ALTER TABLE ONLY {name} NO FORCE ROW LEVEL SECURITY")
            restore.append(f"ALTER TABLE ONLY {name} FORCE ROW LEVEL SECURITY")
        published = self.rows.unidentified.get(self.rows.name(oid))
        alter = f"ALTER TABLE ONLY {name} REPLICA IDENTITY"
        can_be_full = published is not None and published.is_full_enough and published.identity != ""
        identify, unidentify = (
            ((f"{alter} FULL",), (f"{alter} {published.identity}",)) if published and can_be_full else ((), ())
        )
        return TableFacts(
            suspend=(*suspend, *identify),
            restore=(*restore, *unidentify),
            identify=identify,
            unidentify=unidentify,
            forbidden=dict(_forbidden(self.rows.name(oid), published)) if published and not can_be_full else {},
            blocker=blocker,
        )


def _forbidden(table: TableName, published: Unidentified) -> Iterator[tuple[Change, Problem]]:
    """What publications let nobody do to the rows of *table*, whatever could be altered for the time of a run."""
    names = published.publications
    who = f"the publication{'s' if len(names) > 1 else ''} {', '.join(names)}"
    only = "; ".join(f"ALTER PUBLICATION {quote(name)} SET (publish = 'insert')" for name in names)
    if published.identity:
        why = "what it sends of the table (columns, row filter, generated columns) does not go with the replica"
        why, what = f"{why} identity {published.identity}", "let them go together"
    else:
        why = "the table's replica identity is an index that is gone"
        what = f"ALTER TABLE {table.sql} REPLICA IDENTITY DEFAULT, or name another index"
    for change in sorted(published.forbidden):
        yield (
            change,
            Problem(
                f"{table}",
                f"every {change} of it is refused by the server: {who} sends them, and {why}",
                f"{what}, or until the run has ended: {only}",
            ),
        )


def _policy(row: Any, table: TableName) -> Iterator[str]:
    kind = "PERMISSIVE" if row.is_permissive else "RESTRICTIVE"
    using = f" USING ({row.qualifier})" if row.qualifier is not None else ""
    check = f" WITH CHECK ({row.checked})" if row.checked is not None else ""
    yield (
        f"CREATE POLICY {quote(row.name)} ON {table.sql} AS {kind} FOR {_COMMANDS[row.command]} TO"
        f" {', '.join(row.roles)}{using}{check}"
    )
    yield from _comment("POLICY", f"{quote(row.name)} ON {table.sql}", row.comment)


def _comment(kind: str, name: str, text: str | None) -> Iterator[str]:
    if text is not None:
        yield f"COMMENT ON {kind} {name} IS {quote_literal(text)}"


def _option(written: str) -> str:
    name, _, value = written.partition("=")
    return f"{name}={quote_literal(value)}"


def _role(name: str) -> str:
    return quote(name) if name else "PUBLIC"
