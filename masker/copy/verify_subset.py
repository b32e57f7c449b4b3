"""A preview that has a subset, held against what a source still has of its rows.

Which rows belonged to it cannot be told of a source that has changed since: a new row may have brought others, a
changed one may lead elsewhere. But of the rows that are as they were before the run those that belong to it *among each
other* belonged to it then, since a subset only grows with the rows it is looked for among. These the preview must have.
"""

from __future__ import annotations

import psycopg

from masker.copy.steps import CopyPlan
from masker.errors import UsageError
from masker.names import TableName
from masker.postgres.errors import server_errors
from masker.postgres.marker import Marker
from masker.ruleset.parse import read_rules
from masker.settings import Settings
from masker.sides import Side
from masker.verify.again import older_rows
from masker.verify.gate import key_id
from masker.verify.kept import read_proofs

#: Whether the file that the snapshot knows of a table is the one that there is.
_FILES = (
    "SELECT o.oid::int8, c.relfilenode::int8 IS NOT DISTINCT FROM pg_relation_filenode(c.oid)::int8 AND c.oid IS NOT"
    " NULL FROM unnest(%s::oid[]) AS o (oid) LEFT JOIN pg_class c ON c.oid = o.oid"
)


def require_drawable(settings: Settings, marker: Marker | None) -> None:
    """Raise UsageError where rules draw a share of rows by the key of the run, and that is not at hand."""
    subset = [file.subset for file in read_rules(settings.rules, settings.schema).files if file.subset is not None]
    if not any(root.share is not None for rules in subset[-1:] for root in rules.roots):
        return
    key = marker.record.get("key") if marker is not None else None
    if settings.key is None or key_id(settings.key) != key:
        raise UsageError(
            "--source: the rules take a share of rows, which was drawn by the key of the run, and that key is not"
            " given",
            hint=(
                "give it (--key-file, --key-env); or leave the source out (--no-source): the preview is then held"
                " against what its run has proved"
            ),
        )


def rows_from_before(marker: Marker | None) -> str:
    """SQL of the rows of the source that a subset can be looked for among: those from before the run, which belonged to
    it then if they belong to it among each other; newer ones may have brought or taken any."""
    proofs = read_proofs(marker.record) if marker is not None else None
    return older_rows(proofs.origin.horizon) if proofs is not None and proofs.origin is not None else "false"


def rewritten(plan: CopyPlan, conn: psycopg.Connection) -> frozenset[TableName]:
    """Of the tables of which not all rows come, which are known by their places in a file, those that have another file
    by now. *conn* is in the snapshot that its rows were looked for in."""
    taken = {table.table.oid: table.table.name for table in plan.tables if table.taken is not None}
    if not taken:
        return frozenset()
    with server_errors(Side.SOURCE, "its tables' files were read"):
        rows = conn.execute(_FILES, [list(taken)]).fetchall()
    return frozenset(taken[oid] for oid, is_the_same in rows if not is_the_same)
