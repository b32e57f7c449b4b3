"""What rules decide for whatever is at hand: a source, or the application's schema file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from masker.cli.flags.databases import DatabaseFlags, RuleFlags
from masker.cli.rules.inputs import source_catalog, source_url
from masker.errors import UsageError

if TYPE_CHECKING:
    from masker.catalog.types import Catalog
    from masker.ruleset.types import RuleSet


def catalog_at_hand(ruleset: RuleSet, rules: RuleFlags, databases: DatabaseFlags) -> Catalog:
    """The catalog of the source, or of the schema file where one is given and no source: what rules decide is a matter
    of the columns there are. Raises UsageError."""
    alone = "schema" in rules.said and "source" not in databases.said
    if not alone and source_url(databases) is not None:
        return source_catalog(databases)
    if ruleset.schema is not None:
        return ruleset.schema.catalog
    raise UsageError(
        "--source and --schema are missing: what rules decide is a matter of the columns there are",
        hint="give the application's db/schema.rb or db/structure.sql with --schema, or a database with --source",
    )


def is_alone(rules: RuleFlags, databases: DatabaseFlags) -> bool:
    """Whether the schema file is all that is asked about."""
    return "source" not in databases.said and ("schema" in rules.said or source_url(databases) is None)


def given_files(files: list[Path] | None, rules: RuleFlags) -> tuple[Path, ...]:
    """The rule files that are meant. Raises UsageError where there are none."""
    if not (paths := tuple(files or rules.files)):
        raise UsageError("--rules is missing", hint="give rule files with --rules, or in masker.yml (-c)")
    return paths
