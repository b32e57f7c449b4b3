"""``masker rules test``: masks held against examples."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from masker.cli.building.databases import read_key
from masker.cli.flags.databases import DatabaseFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.taking import taking
from masker.cli.rules.decided import given_files
from masker.cli.rules.inputs import source_url
from masker.errors import Problem, RuleErrors, UsageError, VerifyFailed

if TYPE_CHECKING:
    from masker.copy.examples import Masks
    from masker.ruleset.examples import Example


@taking
def test(
    examples: Annotated[Path, typer.Argument(metavar="FILE", help="Examples, as YAML.", show_default=False)],
    rules: Annotated[RuleFlags, Without("require_signed", "allowed_signers")],
    databases: Annotated[DatabaseFlags, Without("target")],
    keys: KeyFlags,
) -> None:
    """Try masks on rows of your own, in a read-only transaction of the source: `users.email: {given: {email: a@b.c},
    expect: /@example\\\\.com$/}`. Exit 8 where one is not as expected."""
    from masker.copy.examples import open_masks
    from masker.ruleset.document import read_document
    from masker.ruleset.examples import FORM, read_examples
    from masker.ruleset.files import read_text
    from masker.ruleset.parse import read_rules

    text = read_text(examples, given="FILE")
    if isinstance(text, Problem):
        raise RuleErrors([text])
    problems: list[Problem] = []
    listed = read_examples(read_document(text, str(examples), FORM), problems)
    if problems:
        raise RuleErrors(problems)
    url = source_url(databases)
    if url is None:
        raise UsageError("--source is missing", hint="masks are computed by a server: give one with --source")
    missing: list[str] = []
    key = read_key(keys, os.environ, missing)
    if missing:
        raise UsageError("; ".join(missing))
    with open_masks(url, read_rules(given_files(None, rules), rules.schema), key) as masks:
        failed = [fault for example in listed if (fault := _fault(example, masks, problems)) is not None]
    if problems:
        raise RuleErrors(problems)
    for fault in failed:
        typer.echo(fault)
    typer.echo(f"{len(listed) - len(failed)} of {len(listed)} examples are as expected")
    if failed:
        raise VerifyFailed(f"{examples}: {len(failed)} of {len(listed)} examples are not as expected")


def _fault(example: Example, masks: Masks, problems: list[Problem]) -> str | None:
    """What is wrong with what the mask makes, None if nothing is; what keeps it from being tried is added to
    *problems*."""
    from masker.postgres.errors import ServerFault
    from masker.ruleset.explain import find_column

    try:
        table, column = find_column(example.column, masks.catalog)
    except UsageError as error:
        problems.append(Problem.of(error.message, error.hint))
        return None
    unknown = [name for name in example.given if table.column(name) is None]
    found = [Problem(example.column, f"given: there is no column {name}", None, example.position) for name in unknown]
    if found := found or masks.problems(table, column):
        problems.extend(found)
        return None
    original = example.given.get(column.name)
    try:
        made, same = masks.make(table, column, [example.given, example.given])
        if original is not None:
            original = masks.given(table, column, example.given)
    except ServerFault as fault:
        problems.append(Problem(example.column, f"the server does not take it ({fault})", None, example.position))
        return None
    if made != same:
        return f"{example.position}   {example.column}: the same row got two values"
    if example.is_met_by(made, original):
        return None
    shown = "another value, which is not shown: its mask reads rows of the source"
    if not masks.shows_rows(table):
        shown = "NULL" if made is None else made
    return f"{example.position}   {example.column}: expected {example.expected}, got {shown}"
