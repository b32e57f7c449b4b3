"""``masker shape freeze``: the numbers that steer masks, measured anew."""

from __future__ import annotations

from typing import Annotated

import typer

from masker.cli.flags.databases import DatabaseFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.taking import taking
from masker.cli.rules.inputs import source_url
from masker.errors import UsageError

EXAMPLES = """[bold]Examples[/]

masker shape freeze -c masker.yml

MASKER_SOURCE=$PRODUCTION_DATABASE_URL masker shape freeze --rules config/masking.yml"""


@taking
def freeze(
    rules: Annotated[RuleFlags, Without("require_signed", "allowed_signers")],
    databases: Annotated[DatabaseFlags, Without("target")],
) -> None:
    """Measure how often names and places repeat on the source, and freeze these numbers beside the rules, in place of
    those that stand there. People get other names then."""
    from masker.copy.numbers import measured_numbers
    from masker.ruleset.frozen import numbers_path, write_numbers
    from masker.ruleset.parse import read_rules

    url = source_url(databases)
    if url is None:
        raise UsageError("--source is missing", hint="give the database's URL with --source, or in masker.yml (-c)")
    if not rules.files:
        raise UsageError("--rules is missing", hint="give rule files with --rules, or in masker.yml (-c)")
    files = tuple(rules.files)
    shaped = measured_numbers(url, read_rules(files, rules.schema))
    if (why := write_numbers(files, shaped.shapes)) is not None:
        raise UsageError(
            f"--rules: {why}",
            hint=(
                "the numbers stand beside the first file of rules: give the user that runs masker the right to write"
                " there"
            ),
        )
    count = len(shaped.shapes)
    typer.echo(f"{numbers_path(files)}: the numbers of {count} list{'s' if count != 1 else ''} that masks draw from")
    for note in shaped.notes:
        typer.echo(f"note  {note.subject}: {note.text}")
