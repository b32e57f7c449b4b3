"""Tables with their partitions and inheriting tables, which PostgreSQL alters together, and the statements that do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from masker.catalog.types import Catalog, ForeignKey, Table
from masker.errors import Problem
from masker.in_place.facts import Facts
from masker.in_place.wrapped import wrapped
from masker.names import ColumnName, TableName, quote, quote_literal
from masker.tables.for_trees import for_trees, has


class Trees:
    """Who belongs to whom in *catalog*, and how a whole tree is altered."""

    def __init__(self, catalog: Catalog, facts: Facts) -> None:
        self.catalog = catalog
        self.facts = facts
        self._families: dict[TableName, tuple[TableName, ...]] = {}
        self._holders: dict[TableName, list[TableName]] = {}

    def family(self, name: TableName) -> tuple[TableName, ...]:
        """The tree *name* is in, root first; itself alone if it is in none. Trees that share a table, which inherits
        from both, are one."""
        if name not in self._families:
            whole = self._whole(name)
            self._families.update(dict.fromkeys(whole, whole))
        return self._families[name]

    def _whole(self, name: TableName) -> tuple[TableName, ...]:
        roots: dict[TableName, None] = {}
        below: dict[TableName, None] = {}
        waiting = [*self._roots(name)]
        while waiting:
            if (root := waiting.pop()) in roots:
                continue
            roots[root] = None
            for member in self.catalog.descendants(root):
                if member not in below and len(self.catalog.tables[member].parents) > 1:
                    waiting += self._roots(member)
                below[member] = None
        return (*sorted(roots), *below)

    def _roots(self, name: TableName) -> Iterator[TableName]:
        return (member for member in (name, *self.catalog.ancestors(name)) if self._is_root(member))

    def _is_root(self, name: TableName) -> bool:
        tables = self.catalog.tables
        return name in tables and not any(parent in tables for parent in tables[name].parents)

    def has_one_root(self, family: Iterable[TableName]) -> bool:
        """Whether all of *family* can be altered through one table."""
        return sum(map(self._is_root, family)) == 1

    def holders(self, name: TableName) -> list[TableName]:
        if name not in self._holders:
            self._holders[name] = [
                m for m in (name, *self.catalog.descendants(name)) if self.catalog.tables[m].has_storage
            ]
        return self._holders[name]

    def keys_to(self, name: TableName) -> Iterator[ForeignKey]:
        for target in (name, *self.catalog.ancestors(name)):
            yield from self.catalog.references_to.get(target, ())

    def keys_over(self, members: Iterable[TableName], columns: Collection[str]) -> Iterator[ForeignKey]:
        """The foreign keys that compare one of *columns* of *members*, on either side."""
        wanted = set(columns)
        for name in members:
            yield from (k for k in self.catalog.tables[name].foreign_keys if wanted & set(k.columns))
            yield from (k for k in self.catalog.references_to.get(name, ()) if wanted & set(k.referenced_columns))

    def can_alter(self, family: tuple[TableName, ...], column: str) -> bool:
        return not any(
            self.facts.column(m, column).generated
            or self.facts.column(m, column).lost
            or column in self.catalog.tables[m].partition_key
            for m in family
        ) and not any(d.blocker for d in self.facts.in_the_way(columns_of(family, [column])))

    def alter(self, family: tuple[TableName, ...], expressions: Mapping[str, str | None]) -> list[str]:
        """One ALTER TABLE for the whole family, functions that it calls before it, then what single members store
        otherwise than the root."""
        root = self.catalog.tables[family[0]]
        clauses: list[str] = []
        statements: list[str] = []
        for name, expression in expressions.items():
            column = root.column(name)
            if column is None:
                continue
            facts = self.facts.column(root.name, name)
            collation = f" COLLATE {facts.collation}" if facts.collation else ""
            using = ""
            if expression is not None and has(expression, "SELECT"):
                made, called = wrapped(root, column, expression)
                statements.append(made)
                using = f" USING {called}"
            elif expression is not None:
                using = f" USING {self._using(family, expression)}"
            clauses.append(f"ALTER COLUMN {quote(name)} TYPE {column.type.sql}{collation}{using}")
            clauses += _storage(name, facts.storage, facts.compression)
        statements.append(f"ALTER TABLE {root.name.sql} {', '.join(clauses)}")
        for member in family[1:]:
            own: list[str] = []
            for name in expressions:
                facts, above = self.facts.column(member, name), self.facts.column(root.name, name)
                if (facts.storage, facts.compression) != (above.storage, above.compression):
                    own += _storage(name, facts.storage or "DEFAULT", facts.compression or "default")
            if own:
                statements.append(f"ALTER TABLE ONLY {member.sql} {', '.join(own)}")
        return statements

    @staticmethod
    def _using(family: tuple[TableName, ...], expression: str) -> str:
        found = for_trees(expression) if len(family) > 1 else expression
        if found is None:
            raise AssertionError("a table whose expressions cannot be spelled for its tree is masked in batches")
        return found

    def again(self, members: Iterable[TableName], names: Collection[str]) -> Iterator[str]:
        """What makes good what the *members* have lost when columns called *names* were altered, besides what is
        dropped for that: statistics targets of what was built anew, comments on what they inherit."""
        found: dict[str, None] = {}
        for member in members:
            # An index that was made again has its name by then.
            found.update((s, None) for name in names for s in self.facts.column(member, name).again)
            for index in self.catalog.tables[member].indexes:
                if set(names) & {*index.columns, *index.expression_columns}:
                    found.update(
                        (f"ALTER INDEX {index.name.sql} ALTER COLUMN {n} SET STATISTICS {target}", None)
                        for n, target in index.statistics
                    )
        yield from found

    def not_as_they_were(self, keys: Iterable[ForeignKey]) -> Iterator[Problem]:
        """Those of *keys*, which are made anew, whose triggers somebody has disabled: new ones are not."""
        for key in keys:
            if (key.table, key.name) in self.facts.resting_keys:
                yield Problem(
                    f"{key.table}",
                    f"triggers of its foreign key {key.name} are disabled, and it is made anew, which enables them",
                    f"ALTER TABLE … ENABLE TRIGGER ALL on {key.table} and {key.references}, or drop the key",
                )

    def add_key(self, key: ForeignKey) -> Iterator[str]:
        yield (
            f"ALTER TABLE {_only(self.catalog.tables[key.table])}{key.table.sql} ADD CONSTRAINT {quote(key.name)}"
            f" {key.definition}"
        )
        if (comment := self.facts.foreign_key_comments.get((key.table, key.name))) is not None:
            yield f"COMMENT ON CONSTRAINT {quote(key.name)} ON {key.table.sql} IS {quote_literal(comment)}"


def columns_of(members: Iterable[TableName], names: Iterable[str]) -> list[ColumnName]:
    wanted = list(names)
    return [ColumnName(member, name) for member in members for name in wanted]


def drop_key(key: ForeignKey) -> str:
    return f"ALTER TABLE {key.table.sql} DROP CONSTRAINT {quote(key.name)}"


def _only(table: Table) -> str:
    return "" if table.kind == "p" else "ONLY "


def _storage(column: str, storage: str | None, compression: str | None) -> list[str]:
    clauses = [f"ALTER COLUMN {quote(column)} SET STORAGE {storage}"] if storage and storage != "DEFAULT" else []
    return clauses + (
        [f"ALTER COLUMN {quote(column)} SET COMPRESSION {compression}"]
        if compression and compression != "default"
        else []
    )
