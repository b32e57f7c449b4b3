"""Rules tried against a source as a plan tries them, without a target."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping

from masker.catalog.read import read_catalog
from masker.errors import RuleErrors
from masker.masks.bindings import INSTANT, derive
from masker.pg.agreement import disagreements
from masker.pg.bare_path import without_path
from masker.pg.connect import connect, parse_url
from masker.pg.errors import Side, server_errors
from masker.pg.probe import probe
from masker.pg.probe_originals import probe_originals
from masker.plan.copy import groups, read_tables, table_plans
from masker.plan.unmade import Unmakeable
from masker.ruleset.resolve import resolve
from masker.ruleset.types import Resolution, RuleSet
from masker.run.documents import against_documents


def check_rules(url: str, ruleset: RuleSet) -> Resolution:
    """What *ruleset* decides for the database at *url*. Raises RuleErrors with what a plan of it would find, UsageError or SourceError."""
    with connect(parse_url(url, Side.SOURCE)) as conn:
        with server_errors(Side.SOURCE, "its catalog was read"):
            conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            row = conn.execute("SELECT now()::text").fetchone()
            catalog = read_catalog(conn)
        resolution = against_documents(conn, resolve(ruleset, catalog), Side.SOURCE)
        # Passwords of the preview matter to the run alone, not to whether the rules fit.
        known: Mapping[str, str] = defaultdict(str, {INSTANT: str(row[0]) if row else ""})
        pathless = without_path(conn, catalog, Side.SOURCE)
        if pathless:
            raise Unmakeable([problem for problems in pathless.values() for problem in problems])
        reads, bindings = read_tables(catalog, resolution, known)
        plans, values = table_plans(catalog, resolution, reads), derive(secrets.token_bytes(32), bindings.used)
        shown, _ = probe_originals(conn, plans, catalog, values)
        tried = probe(conn, plans, values) or disagreements(conn, groups(catalog, resolution), plans, values, Side.SOURCE)
        if problems := [*tried, *shown]:
            raise RuleErrors(problems)
    return resolution
