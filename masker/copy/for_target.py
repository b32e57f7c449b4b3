"""What the source's schema has and a target cannot hold, as far as the two catalogs say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from masker.catalog.types import Catalog
from masker.errors import Problem
from masker.postgres.entries import SchemaEntry, plain_name

#: Since when generated columns may be virtual.
_VIRTUAL = 180000

#: Objects that are named of those that need an extension.
_SHOWN_USERS = 5


def virtual_columns(catalog: Catalog, target_version: int) -> Iterator[Problem]:
    """A problem for each virtual column that the target's version does not know."""
    if target_version >= _VIRTUAL:
        return
    for table in catalog.tables.values():
        for column in table.columns:
            if column.generated == "v" and table.extension is None:
                yield Problem(
                    str(table.column_name(column.name)),
                    f"it is a virtual generated column, and the target is PostgreSQL {target_version // 10000}, which"
                    " has only stored ones",
                    "give the target's server version 18 or later, or make the column STORED on the source",
                )


def without_virtual_columns(entries: Sequence[SchemaEntry], catalog: Catalog) -> Iterator[SchemaEntry]:
    """*entries* without the lines of those columns, which are told of already."""
    lines = {
        (table.name.schema, table.name.name): tuple(
            f"    {plain_name(c.name)} " for c in table.columns if c.generated == "v"
        )
        for table in catalog.tables.values()
        if any(c.generated == "v" for c in table.columns)
    }
    for entry in entries:
        virtual = lines.get((entry.schema, entry.name), ()) if entry.type == "TABLE" else ()
        kept = [line for line in entry.sql.split("\n") if not virtual or not line.startswith(virtual)]
        for at, line in enumerate(kept[1:], start=1):
            if virtual and line.startswith(")"):
                kept[at - 1] = kept[at - 1].removesuffix(",")
        yield replace(entry, sql="\n".join(kept)) if virtual else entry


def moved_extensions(catalog: Catalog, installed: Mapping[str, str]) -> Iterator[Problem]:
    """A problem for each extension that a target which is emptied keeps in another schema than the source. *installed*
    are the target's."""
    for extension in catalog.extensions:
        there = installed.get(extension.name)
        if there is None or there == extension.schema:
            continue
        users = extension.needed_by
        more = f" and {len(users) - _SHOWN_USERS} more" if len(users) > _SHOWN_USERS else ""
        yield Problem(
            f"extension {extension.name}",
            f"it is in schema {extension.schema} on the source and in {there} on the target, "
            + (
                f"and needed by {', '.join(users[:_SHOWN_USERS])}{more}" if users else "where functions may look for it"
            ),
            f"move it on one of the two: ALTER EXTENSION {plain_name(extension.name)} SET SCHEMA {plain_name(there)} on"
            " the source, where the host of the target keeps its extensions there; or --publish swap, into a database"
            " of its own",
        )
