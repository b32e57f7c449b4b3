"""``masker rules check``: every problem of rule files at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from masker.cli.flags.databases import DatabaseFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.taking import taking
from masker.cli.rules.annotations import Format, annotated
from masker.cli.rules.inputs import source_url
from masker.cli.rules.texts import decisions_text, files_text
from masker.errors import MaskerError, RuleErrors, UsageError

if TYPE_CHECKING:
    from masker.notes import Note
    from masker.ruleset.ahead import ApplicationSchema
    from masker.ruleset.types import Resolution, RuleSet


@taking
def check(
    rules: RuleFlags,
    databases: Annotated[DatabaseFlags, Without("target")],
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            help="How problems are told: for people, as annotations of GitHub Actions, or as SARIF 2.1.0 on stdout.",
        ),
    ] = "text",
) -> None:
    """Check rule files: against a source all that a plan of it would find, against the application's schema alone all
    of that that needs no server. Every problem at once, exit code 3."""
    try:
        said, notes = _checked(rules, databases)
    except MaskerError as error:
        if form != "text" and error.problems:
            typer.echo(annotated(form, error.problems, ()))
        raise
    if form != "text":
        typer.echo(annotated(form, (), notes))
        return
    typer.echo(said)
    for note in notes:
        typer.echo(f"note  {note.subject}: {note.text}")


def _checked(rules: RuleFlags, databases: DatabaseFlags) -> tuple[str, Sequence[Note]]:
    """What the rules come to, in words, and the notes on them. Raises RuleErrors and what a source raises."""
    from masker.ruleset.parse import read_rules

    # A schema that is asked about is enough: the pull request's runner reaches no production.
    alone = "schema" in rules.said and "source" not in databases.said
    url = None if alone else source_url(databases)
    if not rules.files:
        raise UsageError("--rules is missing", hint="give rule files with --rules, or in masker.yml (-c)")
    ruleset = read_rules(tuple(rules.files), rules.schema)
    if url is not None:
        from masker.copy.check import check_rules

        examined = check_rules(url, ruleset)
        text = f"{files_text(ruleset)}: {decisions_text(examined.resolution)}"
        return text, (*_signed(rules, examined.resolution), *examined.resolution.notes, *examined.notes)
    if ruleset.schema is not None:
        return _by_schema(ruleset, ruleset.schema, rules)
    if rules.require_signed or rules.allowed_signers is not None:
        option = "--require-signed" if rules.require_signed else "--allowed-signers"
        raise UsageError(
            f"{option} needs --source or --schema",
            hint="what rules decide is a matter of the columns there are",
        )
    from masker.ruleset.expressions import expression_problems
    from masker.tables.documents import unsaid

    if found := [*unsaid(ruleset), *expression_problems(ruleset)]:
        raise RuleErrors(found)
    return f"{files_text(ruleset)}: read well; --source or --schema compares them with a database", ()


def _signed(rules: RuleFlags, resolution: Resolution) -> Sequence[Note]:
    """What is to be said of the signature. Raises NotSigned."""
    from masker.signing.check import signed_rules

    signed, unsigned = signed_rules(
        tuple(rules.files), resolution, required=rules.require_signed, signers=rules.allowed_signers
    )
    if unsigned is not None:
        raise unsigned
    return signed.notes() if signed is not None else ()


def _by_schema(ruleset: RuleSet, schema: ApplicationSchema, rules: RuleFlags) -> tuple[str, Sequence[Note]]:
    from masker.copy.offline import check_schema

    checked = check_schema(ruleset, schema)
    if checked.problems:
        raise RuleErrors(checked.problems)
    return f"{files_text(ruleset)} · {schema.file}: {decisions_text(checked.resolution)}", (
        *_signed(rules, checked.resolution),
        *checked.notes,
    )
