"""``masker status``: how the preview stands, in one line."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.building.databases import build_settings
from masker.cli.flags.databases import DatabaseFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.taking import taking
from masker.cli.log import current_log

EXAMPLES = """[bold]Examples[/]

masker status

MASKER_TARGET=$PREVIEW_DATABASE_URL masker status --json

masker status --log-format logfmt"""


@taking
def status_command(databases: DatabaseFlags, keys: Annotated[KeyFlags, Without()], *, output: OutputFlags) -> None:
    """Say in one line which run made the preview, how old it is, by which rules, whether its gate is open, and what
    production's schema has and it has not. Nothing is written."""
    from masker.companion.status import status

    settings = build_settings(databases, RuleFlags(), keys, needs_source=False, may_have_source=True, needs_rules=False)
    found = status(settings)
    if (log := current_log()) is not None:
        told = found.document()
        age = told["age_seconds"]
        log.came_to(
            target=found.target,
            gate=told["gate"],
            drift=len(found.drift) if found.drift is not None else None,
            **({"sample#masker.age": f"{age}s"} if age is not None else {}),
        )
    elif not output.json:
        typer.echo(found.line())
    if output.json:
        typer.echo(json.dumps(found.document(), ensure_ascii=False, indent=2))
