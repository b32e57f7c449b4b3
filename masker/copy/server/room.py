"""Whether a target has the room a copy takes: locks for what one transaction has to hold at once, and disk, where
somebody has said how much."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from masker.catalog.types import Catalog, ForeignKey, Table
from masker.errors import MaskerError, TargetError
from masker.figures import size
from masker.names import TableName
from masker.postgres.errors import server_errors
from masker.ruleset.types import Resolution
from masker.sides import Side

_LOCKS = """
SELECT current_setting('max_locks_per_transaction')::int8, current_setting('max_connections')::int8 +
current_setting('max_prepared_transactions')::int8
"""


def lock_shortage(conn: psycopg.Connection, catalog: Catalog) -> MaskerError | None:
    """An error where a foreign key between partitioned tables locks more partitions and indexes than the server of
    *conn* has locks for all."""
    keys = [
        (locks, key)
        for table in catalog.tables.values()
        for key in table.foreign_keys
        if (locks := _locks(catalog, table, key))
    ]
    if not keys:
        return None
    with server_errors(Side.TARGET, "its locks were counted"):
        row = conn.execute(_LOCKS).fetchone()
    each, sessions = (int(row[0]), int(row[1])) if row else (0, 0)
    most, key = max(keys, key=lambda found: found[0])
    if not sessions or most <= each * sessions:
        return None
    return TargetError(
        f"target: the foreign key {key.name} of {key.table} locks about {most:,} tables and indexes at once, and the"
        f" server has {each * sessions:,} locks for all its sessions",
        hint=(
            f"set max_locks_per_transaction to {-(-most * 3 // 2 // sessions)} or more there (it takes a restart); it"
            f" is {each}"
        ),
    )


def _locks(catalog: Catalog, table: Table, key: ForeignKey) -> int:
    """How many relations adding *key* locks, 0 where no partitions are concerned."""
    referenced = catalog.tables.get(key.references)
    if table.kind != "p" and (referenced is None or referenced.kind != "p"):
        return 0
    family = {name for of in (table.name, key.references) for name in (of, *catalog.descendants(of))}
    return sum(1 + len(catalog.tables[name].indexes) for name in family if name in catalog.tables)


def disk_shortage(
    catalog: Catalog,
    resolution: Resolution,
    free_bytes: int | None,
    shares: Mapping[TableName, float] | None = None,
) -> MaskerError | None:
    """An error where rows, indexes and views of the source do not fit into *free_bytes* beside the live preview; None
    where that is not known. *shares* are the parts of tables that come, where that is not all of them."""
    if free_bytes is None:
        return None
    copied = [
        decision.table
        for decision in resolution.tables.values()
        if decision.table.has_storage and decision.rows != "none"
    ]
    views = sum(view.bytes for view in catalog.materialized_views if view.is_populated)
    needed = views + sum(
        round((table.bytes + sum(index.bytes for index in table.indexes)) * (shares or {}).get(table.name, 1.0))
        for table in copied
    )
    if needed <= free_bytes:
        return None
    return TargetError(
        f"target: {size(free_bytes)} are free by its settings (free_space), and the copy takes about {size(needed)}"
        " beside the preview that is there",
        hint=(
            "give the server a larger volume, empty tables that the preview does not need (`rows: none`), or use"
            " --publish direct, which empties the preview first"
        ),
    )
