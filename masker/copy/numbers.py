"""What steers masks' draws from lists, measured on a source by itself: for whoever freezes it beside the rules."""

from __future__ import annotations

from masker.catalog.read import read_catalog
from masker.errors import RuleErrors
from masker.postgres.connect import connect, parse_url
from masker.postgres.document_paths import against_documents
from masker.postgres.errors import server_errors
from masker.postgres.pools import Frozen, Shaped, shape
from masker.ruleset.resolve import resolve
from masker.ruleset.types import RuleSet
from masker.sides import Side


def measured_numbers(url: str, ruleset: RuleSet) -> Shaped:
    """The numbers of the database at *url* that masks of *ruleset* draw by. Raises UsageError, SourceError or
    RuleErrors."""
    with connect(parse_url(url, Side.SOURCE)) as conn:
        with server_errors(Side.SOURCE, "its catalog was read"):
            conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            catalog = read_catalog(conn)
        resolution = against_documents(conn, resolve(ruleset, catalog), Side.SOURCE)
        if resolution.problems:
            raise RuleErrors(resolution.problems)
        return shape(conn, resolution, catalog, Frozen(), Side.SOURCE)
