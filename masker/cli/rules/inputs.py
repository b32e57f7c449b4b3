"""What the commands on rules read: the source's URL, and its catalog."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from masker.cli.flags.databases import DatabaseFlags
from masker.cli.flags.group import Variable
from masker.errors import UsageError

if TYPE_CHECKING:
    from masker.catalog.types import Catalog


def source_url(databases: DatabaseFlags) -> str | None:
    """The source's URL, None if none is named. Raises UsageError."""
    if not isinstance(databases.source, Variable):
        return databases.source
    found = os.environ.get(databases.source.env)
    if not found:
        raise UsageError(
            f"source.url: the environment variable {databases.source.env} is not set",
            hint=f"export {databases.source.env}, or give --source",
        )
    return found


def source_catalog(databases: DatabaseFlags) -> Catalog:
    """The catalog of the source, which has to be named. Raises UsageError."""
    from masker.catalog.read import read_catalog
    from masker.postgres.connect import connect, parse_url
    from masker.postgres.errors import server_errors
    from masker.sides import Side

    url = source_url(databases)
    if url is None:
        raise UsageError("--source is missing", hint="give the database's URL with --source, or in masker.yml (-c)")
    with connect(parse_url(url, Side.SOURCE)) as conn, server_errors(Side.SOURCE, "its catalog was read"):
        return read_catalog(conn)
