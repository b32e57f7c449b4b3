"""What production's own rows break and the rules let stand: keys and checks that the preview has as NOT VALID, unique
indexes that it has as plain ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from masker.catalog.types import Catalog, Index, Table
from masker.errors import Problem
from masker.names import TableName, quote, shown
from masker.notes import Note
from masker.ruleset.types import Tolerate

Kind = Literal["foreign key", "check", "unique index"]
Key = tuple[Kind, TableName, str]

#: Since then a foreign key of a partitioned table may be NOT VALID.
_PARTITIONED_NOT_VALID = 180000


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Carried:
    """A constraint or index of *table* that rows of production break: *broken* of them, 0 of one that goes with a
    parent's or a partition's.

    Of a unique index *name* is the index's, which is that of the constraint it carries, too.
    """

    kind: Kind
    table: TableName
    name: str
    broken: int

    @property
    def key(self) -> Key:
        return self.kind, self.table, self.name

    def __str__(self) -> str:
        return f"{self.kind} {shown(self.name)} of {self.table}"

    @property
    def becomes(self) -> str:
        """What it is on the preview."""
        return "a plain index" if self.kind == "unique index" else "NOT VALID"

    @property
    def rows(self) -> str:
        """How many rows break it: ``2 rows break it``."""
        return rows_that_break(self.broken)

    def record(self) -> list[object]:
        """For the marker, as plain values."""
        return [self.kind, self.table.schema, self.table.name, self.name, self.broken]


def rows_that_break(count: int) -> str:
    """*count* of them in words."""
    return f"{count:,} rows break it" if count != 1 else "1 row breaks it"


def read_carried(record: Mapping[str, Any]) -> tuple[Carried, ...]:
    """What a marker's *record* keeps of it."""
    return tuple(
        Carried(kind=kind, table=TableName(schema, table), name=name, broken=broken)
        for kind, schema, table, name, broken in record.get("tolerated", ())
    )


def with_relatives(catalog: Catalog, found: Iterable[Carried]) -> tuple[Carried, ...]:
    """*found*, and what can only be carried with it: the same check of parents and children, the index of the whole
    partitioned table."""
    broken = {carried.key: carried for carried in found}
    for carried in list(broken.values()):
        relatives = (
            _checks_alike(catalog, carried)
            if carried.kind == "check"
            else _index_tree(catalog, carried)
            if carried.kind == "unique index"
            else ()
        )
        for table, name in relatives:
            other = Carried(kind=carried.kind, table=table, name=name, broken=0)
            broken.setdefault(other.key, other)
    return tuple(sorted(broken.values()))


def check_family(catalog: Catalog, table: TableName, name: str) -> list[TableName]:
    """The tables that have the check *name* of *table* from each other by inheritance, parents first."""
    root = table
    while parents := [p for p in catalog.tables[root].parents if _inherits(catalog, p, name)]:
        root = parents[0]
    family, waiting = [root], [root]
    while waiting:
        at = waiting.pop(0)
        below = (
            [c for c in catalog.children.get(at, ()) if c not in family and _has_check(catalog, c, name)]
            if _inherits(catalog, at, name)
            else []
        )
        family += below
        waiting += below
    return family


def _has_check(catalog: Catalog, table: TableName, name: str) -> bool:
    return any(check.name == name for check in catalog.tables[table].checks)


def _inherits(catalog: Catalog, parent: TableName, name: str) -> bool:
    """Whether children of *parent* have its check."""
    found = catalog.tables.get(parent)
    return found is not None and any(
        check.name == name and not check.definition.endswith("NO INHERIT") for check in found.checks
    )


def _checks_alike(catalog: Catalog, carried: Carried) -> Iterator[tuple[TableName, str]]:
    for table in check_family(catalog, carried.table, carried.name):
        yield table, carried.name


def _index_tree(catalog: Catalog, carried: Carried) -> Iterator[tuple[TableName, str]]:
    indexes = {index.name: index for table in catalog.tables.values() for index in table.indexes}
    root = indexes.get(TableName(carried.table.schema, carried.name))
    while root is not None and root.parent is not None:
        root = indexes.get(root.parent)
    waiting = [root] if root is not None else []
    while waiting:
        index = waiting.pop()
        yield catalog.index_owners[index.name], index.name.name
        waiting += [other for other in indexes.values() if other.parent == index.name]


def plain_definition(index: Index) -> str:
    """What makes *index* without UNIQUE."""
    return index.definition.replace("CREATE UNIQUE INDEX ", "CREATE INDEX ", 1)


def uncarriable(catalog: Catalog, carried: Collection[Carried], target_version: int | None) -> Iterator[Problem]:
    """What is broken and cannot be carried, and why. *target_version* is None where that is not known."""
    keys = {one.key for one in carried}
    for one in carried:
        table = catalog.tables[one.table]
        said = (
            f"{one.broken:,} {'rows break' if one.broken != 1 else 'row breaks'} the {one.kind} {shown(one.name)} on"
            " the source itself, which cannot be carried: "
        )
        if (
            one.kind == "foreign key"
            and table.kind == "p"
            and (target_version or 0) < _PARTITIONED_NOT_VALID
            and one.broken
        ):
            yield Problem(
                str(one.table),
                f"{said}a foreign key of a partitioned table cannot be NOT VALID before PostgreSQL 18",
                "mend the rows on production, or leave them out with `rows:`",
            )
        if one.kind == "unique index":
            for why in _needed(catalog, table, one, keys):
                yield Problem(
                    str(one.table), f"{said}{why}", "mend the rows on production, or leave them out with `rows:`"
                )


def _needed(catalog: Catalog, table: Table, one: Carried, keys: Collection[Key]) -> Iterator[str]:
    """What needs the index to be unique."""
    index = next((i for i in table.indexes if i.name.name == one.name), None)
    if index is None:
        return
    if index.is_replica_identity:
        yield "it is the replica identity of the table"
    others = [
        i
        for i in table.indexes
        if i is not index
        and i.is_unique
        and i.is_valid
        and not i.is_partial
        and ("unique index", table.name, i.name.name) not in keys
    ]
    for key in catalog.references_to.get(table.name, ()):
        wanted = set(key.referenced_columns)
        if wanted == set(index.columns) and not index.is_partial and not any(set(i.columns) == wanted for i in others):
            yield f"the foreign key {shown(key.name)} of {key.table} references it"


def carried_notes(catalog: Catalog, carried: Iterable[Carried]) -> Iterator[Note]:
    """What the plan, and the result, tell of each. A constraint that is left out is named as the comparison of schemas
    names it."""
    for one in carried:
        rows = f"{one.rows} on the source" if one.broken else "it goes with those that rows break"
        index = (
            next((i for i in catalog.tables[one.table].indexes if i.name.name == one.name), None)
            if one.kind == "unique index"
            else None
        )
        lost = {"p": "; there is no primary key", "u": "; there is no unique constraint"}.get(
            (index.constraint_type if index else None) or "", ""
        )
        yield Note(subject=str(one), text=f"carried as {one.becomes}{lost}, since {rows} (tolerate)")


def in_place_notes(tolerate: Tolerate) -> Iterator[Note]:
    """What the rules' leave is worth where nothing is made anew."""
    if tolerate:
        yield Note(
            subject="tolerate",
            text=(
                "is for copies: in place the keys, checks and indexes are the target's own and stay as they are; where"
                " rows break one that masking has to make again, make it NOT VALID, or not unique, before"
            ),
        )


def comment_starts(table: TableName, name: str, *, domain: bool = False) -> tuple[str, ...]:
    """How a dump may begin the comment on the constraint *name* of *table*, or of a *domain*: it quotes where it has
    to."""
    on = "DOMAIN " if domain else ""
    return tuple(
        f"COMMENT ON CONSTRAINT {n} ON {on}{s}.{t} IS "
        for n in _forms(name)
        for s in _forms(table.schema)
        for t in _forms(table.name)
    )


def _forms(identifier: str) -> tuple[str, str]:
    return identifier, quote(identifier)
