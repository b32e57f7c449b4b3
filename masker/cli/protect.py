"""``masker protect``: a database that no command may write to."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.taking import taking
from masker.errors import UsageError

EXAMPLES = """[bold]Examples[/]

MASKER_TARGET=$PRODUCTION_DATABASE_URL masker protect

masker protect --target 'postgres://?service=production'

MASKER_TARGET=$FORK_DATABASE_URL masker protect --off --confirm shop"""


Protected = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="URL",
        envvar="MASKER_TARGET",
        show_default=False,
        show_envvar=True,
        help="The database that nothing is to be written to: production. By the environment if with a password.",
    ),
]


@taking
def protect_command(
    target: Protected = None,
    off: Annotated[bool, typer.Option("--off", help="Take the mark away again.")] = False,
    confirm: Annotated[
        str | None,
        typer.Option("--confirm", metavar="NAME", help="With --off: the database's name.", show_default=False),
    ] = None,
    *,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Mark a database as one that masker never writes to: production. It prints the one statement that it makes
    there."""
    if not target:
        raise UsageError(
            "--target is missing", hint="name the database that is to be protected, by --target or MASKER_TARGET"
        )
    if confirm and not off:
        raise UsageError("--confirm says nothing where a database is protected", hint="leave it out, or add --off")
    from masker.protect import protect, unprotect

    done = unprotect(target, confirm) if off else protect(target)
    if output.json:
        document = {
            "kind": "protect",
            "database": done.database,
            "protected": not off,
            "marks": [str(mark) for mark in done.marks],
            "statements": list(done.statements),
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for statement in done.statements:
        typer.echo(f"{statement};")
    if off:
        typer.echo(f"{done.database} is not protected{'' if done.statements else ', and was not before'}")
    else:
        typer.echo(
            f"{done.database} is {'; '.join(map(str, done.marks))}: no command of masker writes to"
            f" it{'' if done.statements else '. It was so before'}"
        )
