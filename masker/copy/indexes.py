"""The steps that make indexes, keys, statistics and materialized views once rows are there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from masker.catalog.types import Catalog, ForeignKey, Index, MaterializedView, Table
from masker.copy.steps import AddForeignKey, BuildIndex, ValidateForeignKey
from masker.lanes.step import Analyze, StepId
from masker.names import TableName, quote
from masker.notes import Note
from masker.postgres.entries import plain_name
from masker.tables.tolerated import Key, plain_definition

#: Bytes of a table whose steps are done together with other tables'.
_SMALL_BYTES = 256 * 1024


def batch_of(table: Table, kind: str) -> str:
    """The batch of a step of *kind* on *table*: none for a large one."""
    return kind if table.bytes <= _SMALL_BYTES and sum(index.bytes for index in table.indexes) <= _SMALL_BYTES else ""


def index_steps(
    table: Table,
    loaded: frozenset[StepId],
    catalog: Catalog,
    notes: list[Note],
    carried: Collection[Key] = (),
    all_loaded: frozenset[StepId] = frozenset(),
) -> tuple[list[BuildIndex], BuildIndex]:
    """Steps that build the table's indexes side by side, and one that turns them into keys, which locks the table.

    What is *carried* is not unique. Whose functions may read other tables waits until they are *all loaded*.
    """
    builds: list[BuildIndex] = []
    keys: list[str] = []
    needs = set(loaded)
    attaches = any(index.parent is not None for index in table.indexes)
    weights = _weights(table)
    for index in table.indexes:
        if not index.is_valid and not index.is_partitioned:
            notes.append(_about_invalid(index))
            continue
        statements, after = _index_statements(
            table, index, is_plain=("unique index", table.name, index.name.name) in carried
        )
        keys += after
        needed = loaded | all_loaded if index.may_read else loaded
        needs |= needed
        if statements:
            step = BuildIndex(
                id=f"index {index.name}",
                needs=needed,
                weight=weights[index.name],
                table=table.name,
                name=index.name.name,
                statements=tuple(statements),
                batch=batch_of(table, "index"),
            )
            builds.append(step)
            needs.add(step.id)
        if index.parent is not None:
            needs.add(f"keys {catalog.index_owners[index.parent]}")
            keys.append(f"ALTER INDEX {index.parent.sql} ATTACH PARTITION {index.name.sql}")
    # Of a whole tree one at a time: where two sessions attach on two of its levels, each may find the other's index
    # missing or invalid, and the one at the top stays so.
    excluded = {f"attach {ancestor}" for ancestor in catalog.ancestors(table.name)} if attaches else set()
    return builds, BuildIndex(
        id=f"keys {table.name}",
        needs=frozenset(needs),
        weight=0,
        excludes=frozenset(excluded),
        table=table.name,
        name="keys",
        statements=tuple(keys),
        batch=batch_of(table, "keys"),
    )


def _weights(table: Table) -> Mapping[TableName, int]:
    """Weights that begin the indexes of *table* in the order they were made in on the source, each as early as the
    largest of those after it: of two indexes that serve a query as well, the planner takes the one that was made
    last."""
    weights: dict[TableName, int] = {}
    heaviest = 0
    for index in sorted(table.indexes, key=lambda one: one.oid, reverse=True):
        heaviest = max(heaviest + 1, index.bytes)
        weights[index.name] = heaviest
    return weights


def _about_invalid(index: Index) -> Note:
    return Note(
        subject=f"index {plain_name(index.name.schema)}.{plain_name(index.name.name)}",
        text="left out: it is invalid on the source",
    )


def _index_statements(table: Table, index: Index, *, is_plain: bool = False) -> tuple[list[str], list[str]]:
    """What builds the index without locking others out, and what has to follow when all indexes of the table are
    built."""
    build: list[str] = []
    after: list[str] = []
    definition = index.constraint_definition or ""
    if is_plain:
        (after if index.is_partitioned else build).append(plain_definition(index))
    elif index.constraint is None:
        (after if index.is_partitioned else build).append(index.definition)
    elif index.constraint_type in {"p", "u"} and not index.is_partitioned and "WITHOUT OVERLAPS" not in definition:
        build.append(index.definition)
        kind = "PRIMARY KEY" if index.constraint_type == "p" else "UNIQUE"
        deferrable = (
            " DEFERRABLE" + (" INITIALLY DEFERRED" if index.is_initially_deferred else "")
            if index.is_deferrable
            else ""
        )
        after.append(
            f"ALTER TABLE ONLY {table.name.sql} ADD CONSTRAINT {quote(index.constraint)} {kind} USING INDEX"
            f" {quote(index.name.name)}{deferrable}"
        )
    else:
        after.append(f"ALTER TABLE ONLY {table.name.sql} ADD CONSTRAINT {quote(index.constraint)} {definition}")
    for number, wanted in index.statistics:
        after.append(f"ALTER INDEX {index.name.sql} ALTER COLUMN {number} SET STATISTICS {wanted}")
    if index.is_clustered:
        after.append(f"ALTER TABLE {table.name.sql} CLUSTER ON {quote(index.name.name)}")
    if index.is_replica_identity:
        after.append(f"ALTER TABLE ONLY {table.name.sql} REPLICA IDENTITY USING INDEX {quote(index.name.name)}")
    return build, after


def analyze_steps(
    tables: Sequence[Table], catalog: Catalog, keyed: Mapping[TableName, StepId], target_version: int, notes: list[Note]
) -> Iterator[tuple[Analyze, Sequence[TableName]]]:
    """Every ANALYZE and the tables it covers: a partitioned table's covers its partitions, any other only itself."""
    elsewhere = {parent for t in catalog.tables.values() if t.kind == "f" for parent in catalog.ancestors(t.name)}
    for table in tables:
        if table.name in elsewhere:
            notes.append(
                Note(
                    subject=f"statistics of {table.name}",
                    text="left out: a part of it lives on another server, which ANALYZE would ask for rows",
                )
            )
            continue
        if table.is_partition and not elsewhere.intersection(table.parents):
            continue
        family = [table.name, *_descendants(table.name, catalog)]
        # Since 18 an ANALYZE of any parent goes on to its children, which have their own.
        only = "ONLY " if table.kind == "r" and len(family) > 1 and target_version >= 180000 else ""
        step = Analyze(
            id=f"analyze {table.name}",
            needs=frozenset(keyed[n] for n in family if n in keyed),
            weight=table.bytes,
            table=table.name,
            sql=f"ANALYZE {only}{table.name.sql}",
            batch=batch_of(table, "analyze") if len(family) == 1 else "",
        )
        yield step, family if table.kind == "p" else family[:1]


def foreign_key_steps(
    tables: Sequence[Table], catalog: Catalog, analyzed: Mapping[TableName, StepId], carried: Collection[Key] = ()
) -> Iterator[AddForeignKey | ValidateForeignKey]:
    """Every foreign key, each in two steps where PostgreSQL allows it. What is *carried* is not validated."""
    for table in tables:
        for key in table.foreign_keys:
            yield from _foreign_key(
                table, key, catalog, analyzed, is_carried=("foreign key", table.name, key.name) in carried
            )


def _foreign_key(
    table: Table, key: ForeignKey, catalog: Catalog, analyzed: Mapping[TableName, StepId], *, is_carried: bool
) -> Iterator[AddForeignKey | ValidateForeignKey]:
    """Added unvalidated at once, then validated beside others: adding locks both tables, validating only one against
    writes of its shape."""
    referenced = catalog.tables.get(key.references)
    is_partitioned = table.kind == "p" or (referenced is not None and referenced.kind == "p")
    two_steps = key.is_valid and not is_partitioned and "NOT ENFORCED" not in key.definition
    only = "" if table.kind == "p" else "ONLY "
    family = [table.name, *_descendants(table.name, catalog), key.references, *_descendants(key.references, catalog)]
    add = AddForeignKey(
        id=f"foreign key {table.name} {key.name}",
        needs=frozenset(analyzed[n] for n in family if n in analyzed),
        weight=table.bytes if not two_steps else 2**62,
        excludes=frozenset(f"keys {n}" for n in family),
        table=table.name,
        name=key.name,
        batch=(
            batch_of(table, "foreign key")
            if two_steps and referenced is not None and batch_of(referenced, "foreign key")
            else ""
        ),
        sql=f"ALTER TABLE {only}{table.name.sql} ADD CONSTRAINT {quote(key.name)} {key.definition}"
        + (" NOT VALID" if two_steps or is_carried else ""),
    )
    yield add
    if two_steps and not is_carried:
        yield ValidateForeignKey(
            id=f"validate {table.name} {key.name}",
            needs=frozenset({add.id}),
            weight=table.bytes,
            excludes=frozenset({f"keys {table.name}"}),
            table=table.name,
            name=key.name,
            sql=f"ALTER TABLE {table.name.sql} VALIDATE CONSTRAINT {quote(key.name)}",
            batch=add.batch and "validate",
        )


def _descendants(name: TableName, catalog: Catalog) -> Iterator[TableName]:
    for child in catalog.children.get(name, ()):
        yield child
        yield from _descendants(child, catalog)


def in_order(views: Sequence[MaterializedView]) -> list[MaterializedView]:
    """Each after those it reads: *needs* holds all it reads at any depth, so fewer needs come first."""
    return sorted(views, key=lambda view: (len(view.needs), view.name))


def refresh_statements(view: MaterializedView, catalog: Catalog, notes: list[Note]) -> Iterator[str]:
    """What fills the view, if it is filled on the source and reads nothing from another server, and then makes its
    indexes."""
    is_filled = view.is_populated and not view.foreign
    if view.is_populated and view.foreign:
        notes.append(
            Note(
                subject=f"rows of materialized view {plain_name(view.name.schema)}.{plain_name(view.name.name)}",
                text=(
                    f"left out, since it reads {', '.join(map(str, view.foreign))} from another server: how to log in"
                    " there is not copied, and what it would bring is not masked"
                ),
            )
        )
    if is_filled:
        yield f"REFRESH MATERIALIZED VIEW {view.name.sql}"
    for index in catalog.materialized_view_indexes.get(view.name, ()):
        if not index.is_valid:
            notes.append(_about_invalid(index))
            continue
        yield index.definition
        for number, wanted in index.statistics:
            yield f"ALTER INDEX {index.name.sql} ALTER COLUMN {number} SET STATISTICS {wanted}"
        if index.is_clustered:
            yield f"ALTER MATERIALIZED VIEW {view.name.sql} CLUSTER ON {quote(index.name.name)}"
    if is_filled:
        yield f"VACUUM (ANALYZE) {view.name.sql}"
