"""What a server's statistics say of columns, read as numbers: ``most_common_vals`` and ``histogram_bounds``, which hold
values, stay there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import psycopg

from masker.catalog.numbers import ColumnNumbers
from masker.names import TableName
from masker.notes import Note
from masker.postgres.errors import server_errors
from masker.queries import queries
from masker.ruleset.types import Resolution
from masker.sides import Side
from masker.tables.losses import losses, masked_columns

_SQL = queries(__name__)

#: The place alone of the empty text among the most common values is told. Of a partitioned table it is what was read of
#: all its partitions.
_COLUMNS = _SQL["columns"]


def column_numbers(
    conn: psycopg.Connection, columns: Mapping[TableName, Sequence[str]]
) -> Mapping[TableName, Mapping[str, ColumnNumbers]]:
    """The numbers of those of *columns* that *conn*'s server has statistics of and shows to the role. Raises
    psycopg.Error."""
    of = [(name.schema, name.name, column) for name, own in columns.items() for column in own]
    given = {
        "schemas": [schema for schema, _, _ in of],
        "tables": [table for _, table, _ in of],
        "columns": [column for _, _, column in of],
    }
    found: dict[TableName, dict[str, ColumnNumbers]] = defaultdict(dict)
    for schema, table, name, nulls, width, distinct, shares, empty_at in conn.execute(_COLUMNS, given).fetchall():
        found[TableName(schema, table)][name] = ColumnNumbers(
            null_share=nulls,
            width=width,
            distinct=distinct,
            frequencies=tuple(shares or ()),
            empty_share=shares[empty_at - 1] if empty_at is not None else 0.0,
        )
    return found


def shape_notes(conn: psycopg.Connection, resolution: Resolution, side: Side) -> tuple[Note, ...]:
    """What a plan says beforehand of the shape that masks lose. Raises SourceError or TargetError."""
    with server_errors(side, "its statistics were read"):
        known = column_numbers(conn, masked_columns(resolution))
    return tuple(losses(resolution, known))
