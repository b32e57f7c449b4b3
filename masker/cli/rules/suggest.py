"""``masker rules suggest``: a rule file to begin with."""

from __future__ import annotations

from typing import Annotated

import typer

from masker.cli.flags.databases import DatabaseFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.taking import taking
from masker.cli.rules.inputs import source_with_evidence


@taking
def suggest(
    rules: Annotated[RuleFlags, Without("schema")], databases: Annotated[DatabaseFlags, Without("target")]
) -> None:
    """Write a rule file for the columns no rule decides. Its rules are guesses from names, types, counts and the keys
    of documents: read each of them."""
    from masker.ruleset.explain import suggested_file
    from masker.ruleset.files import shipped_rule_sets
    from masker.ruleset.parse import read_rules, read_shipped

    shipped = {name: read_shipped(name) for name in shipped_rule_sets()}
    catalog, evidence = source_with_evidence(databases)
    typer.echo(suggested_file(read_rules(tuple(rules.files)), catalog, shipped, evidence), nl=False)
