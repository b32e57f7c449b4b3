"""Checks that are made after rows and not before them: those that call functions which may read rows of other tables,
and those that production's own rows break.

A dump makes checks with their tables and domains. There they are taken back before the first row, and made again when
all tables have theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from masker.catalog.types import Catalog, Check, DomainCheck, Table
from masker.copy.steps import AddCheck
from masker.lanes.step import StepId
from masker.names import TableName, quote
from masker.postgres.entries import SchemaEntry
from masker.tables.tolerated import Key, check_family, comment_starts

#: What one reads another may lock.
_ONE_AT_A_TIME = frozenset({"checks"})


@dataclass(frozen=True, slots=True)
class LateCheck:
    """One check of a table and of those that have it from there. *own* are the tables that have it by themselves, too,
    parents first."""

    table: TableName
    name: str
    own: tuple[tuple[TableName, Check], ...]
    is_carried: bool


@dataclass(frozen=True, slots=True)
class LateChecks:
    """All of them."""

    of_tables: tuple[LateCheck, ...]
    of_domains: tuple[DomainCheck, ...]

    def drops(self) -> Iterator[SchemaEntry]:
        """What takes them back, to come after the schema is made."""
        for late in self.of_tables:
            for table, _ in late.own:
                statement = f"ALTER TABLE {table.sql} DROP CONSTRAINT IF EXISTS {quote(late.name)};\n"
                yield SchemaEntry(
                    "LATE CHECK", table.schema, f"{table.name} {late.name}", statement, is_post_data=False
                )
        for check in self.of_domains:
            statement = f"ALTER DOMAIN {check.domain.sql} DROP CONSTRAINT IF EXISTS {quote(check.name)};\n"
            yield SchemaEntry(
                "LATE CHECK", check.domain.schema, f"{check.domain.name} {check.name}", statement, is_post_data=False
            )

    def steps(self, needs: frozenset[StepId], catalog: Catalog) -> Iterator[AddCheck]:
        """What makes them again, when *needs* are done."""
        for late in self.of_tables:
            adds = [
                f"ALTER TABLE {table.sql} ADD CONSTRAINT {quote(late.name)} {check.definition} NOT VALID"
                for table, check in late.own
            ]
            validates = [f"ALTER TABLE {table.sql} VALIDATE CONSTRAINT {quote(late.name)}" for table, _ in late.own]
            yield AddCheck(
                id=f"check {late.table} {late.name}",
                needs=needs,
                weight=catalog.tables[late.table].bytes,
                excludes=_ONE_AT_A_TIME,
                table=late.table,
                name=late.name,
                statements=(*adds, *([] if late.is_carried else validates)),
            )
        for check in self.of_domains:
            add = f"ALTER DOMAIN {check.domain.sql} ADD CONSTRAINT {quote(check.name)} {check.definition} NOT VALID"
            yield AddCheck(
                id=f"check of domain {check.domain} {check.name}",
                needs=needs,
                excludes=_ONE_AT_A_TIME,
                table=check.domain,
                name=check.name,
                statements=(add, f"ALTER DOMAIN {check.domain.sql} VALIDATE CONSTRAINT {quote(check.name)}"),
            )

    def made(self) -> Iterator[tuple[str, str, str]]:
        """Entries of a dump that would make them after rows: type, schema, name."""
        for late in self.of_tables:
            yield from (("CHECK CONSTRAINT", table.schema, f"{table.name} {late.name}") for table, _ in late.own)
        yield from (
            ("CHECK CONSTRAINT", check.domain.schema, f"{check.domain.name} {check.name}") for check in self.of_domains
        )

    def comments(self) -> tuple[str, ...]:
        """How a dump begins comments on them."""
        found = [
            start for late in self.of_tables for table, _ in late.own for start in comment_starts(table, late.name)
        ]
        return (
            *found,
            *(start for check in self.of_domains for start in comment_starts(check.domain, check.name, domain=True)),
        )


def filled_last(catalog: Catalog) -> frozenset[TableName]:
    """Tables whose generated columns, or values of domains that cannot wait, are computed and checked row by row, while
    they are filled, by functions that may read other tables."""
    late = {check.oid for check in catalog.reading_domain_checks}
    return frozenset(
        table.name
        for table in catalog.tables.values()
        if any(
            (c.generated == "s" and c.may_read) or (c.type.may_read and not (c.type.is_domain and c.type.oid in late))
            for c in table.columns
        )
    )


def read_before(catalog: Catalog, tables: Iterable[Table], last: Collection[TableName]) -> Iterator[StepId]:
    """What has to be done before tables are filled that are filled *last*: the keys of all others, by which functions
    find rows, unless these wait for all rows themselves."""
    for table in tables:
        line = [table, *(catalog.tables[name] for name in catalog.ancestors(table.name) if name in catalog.tables)]
        if not any(t.name in last or any(index.may_read for index in t.indexes) for t in line):
            yield f"keys {table.name}"


def late_checks(catalog: Catalog, carried: Collection[Key]) -> LateChecks:
    """The checks of *catalog* that have to wait for rows, those that are *carried* among them."""
    found: dict[tuple[TableName, str], LateCheck] = {}
    for table in catalog.tables.values():
        if table.extension is not None or table.kind == "f":
            continue
        for check in table.checks:
            is_carried = ("check", table.name, check.name) in carried
            if not check.is_valid or not (check.may_read or is_carried):
                continue
            family = [catalog.tables[name] for name in check_family(catalog, table.name, check.name)]
            own = tuple(
                (t.name, c) for t in family for c in t.checks if c.name == check.name and c.is_local and t.kind != "f"
            )
            found[family[0].name, check.name] = LateCheck(family[0].name, check.name, own, is_carried)
    return LateChecks(tuple(found.values()), catalog.reading_domain_checks)
