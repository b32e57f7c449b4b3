"""Rules checked against a source as a plan of it checks them, without a target."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from masker.catalog.read import read_catalog
from masker.copy.examine import Examined, examine
from masker.errors import raise_all
from masker.masks.sql.bindings import INSTANT
from masker.postgres.connect import connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.overlap import overlapping
from masker.postgres.statistics import shape_notes
from masker.ruleset.severed import severed
from masker.ruleset.types import Resolution, RuleSet
from masker.sides import Side


def check_rules(url: str, ruleset: RuleSet) -> Examined:
    """What *ruleset* comes to for the database at *url*. Raises what a plan of it would: UsageError, SourceError or
    RuleErrors."""
    with connect(parse_url(url, Side.SOURCE)) as conn:
        with server_errors(Side.SOURCE, "its catalog was read"):
            conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            row = conn.execute("SELECT now()::text").fetchone()
            catalog = read_catalog(conn)
        instant = str(row[0]) if row else ""

        def known_of(resolution: Resolution) -> Mapping[str, str]:
            # Passwords of the preview matter to the run alone, not to whether the rules fit.
            del resolution
            return defaultdict(str, {INSTANT: instant})

        examined = examine(conn, ruleset, catalog, secrets.token_bytes(32), known_of)
        raise_all(examined.errors)
        resolution = examined.resolution
        shape = shape_notes(conn, resolution, Side.SOURCE)
        cut = tuple(overlapping(conn, severed(resolution)))
    return replace(examined, notes=(*examined.notes, *cut, *shape))
