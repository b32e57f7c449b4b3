"""``masker rules schema``: what editors know of rule files and of masker.yml."""

from __future__ import annotations

from typing import Annotated

import typer

from masker.errors import UsageError


def schema(
    settings: Annotated[bool, typer.Option("--settings", help="That of masker.yml instead.")] = False,
    facts: Annotated[
        bool, typer.Option("--facts", help="That of what an application says of itself, facts.json, instead.")
    ] = False,
) -> None:
    """Print the JSON Schema of rule files, for completion in editors."""
    if facts and settings:
        raise UsageError("--settings, --facts: two documents, expected one")
    if facts:
        from masker.ruleset.facts import facts_schema

        typer.echo(facts_schema(), nl=False)
        return
    if settings:
        from masker.cli.settings_schema import settings_schema

        typer.echo(settings_schema(), nl=False)
        return
    from masker.ruleset.files import shipped_rule_sets
    from masker.ruleset.schema import json_schema

    typer.echo(json_schema(tuple(shipped_rule_sets())), nl=False)
