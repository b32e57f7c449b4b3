"""``masker rules suggest``: a rule file to begin with, and to sign."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from masker import __version__
from masker.cli.flags.databases import DatabaseFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.taking import taking
from masker.cli.log import note
from masker.cli.rules.inputs import source_url, source_with_evidence
from masker.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from masker.draft.mend import Objections
    from masker.errors import Problem
    from masker.ruleset.types import RuleSet


@taking
def suggest(
    rules: Annotated[RuleFlags, Without("schema")],
    databases: Annotated[DatabaseFlags, Without("target")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write it there instead of to stdout.", show_default=False),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Every table and column with its kind and reasons, as one JSON document.")
    ] = False,
) -> None:
    """Write a rule file for the columns no rule decides: what needs a person's eye first, then what is decided, then
    what is kept. Its rules are guesses from names, types, comments, counts and the keys of documents; the file passes
    `rules check` and `plan` as it is."""
    from masker.draft.data import draft_data
    from masker.draft.make import make
    from masker.draft.mend import mend
    from masker.draft.text import Origin, draft_text
    from masker.ruleset.files import shipped_rule_sets
    from masker.ruleset.parse import read_rules, read_shipped

    shipped = {name: read_shipped(name) for name in shipped_rule_sets()}
    ruleset = read_rules(tuple(rules.files))
    catalog, evidence = source_with_evidence(databases)
    draft = make(catalog, ruleset, shipped, evidence, {}, catalog.server.time_zone)
    url = source_url(databases)
    left = mend(draft, catalog, ruleset, shipped, _asking(url) if url is not None else None)
    if as_json:
        text = json.dumps(draft_data(draft), ensure_ascii=False, indent=1) + "\n"
    else:
        origin = Origin(
            what=f"the database {catalog.server.database}",
            when=datetime.now().astimezone().date().isoformat(),
            version=__version__,
        )
        text = draft_text(draft, origin)
    if output is None:
        typer.echo(text, nl=False)
    else:
        _write(output, text)
    for problem in left:
        note(f"not for these rules to mend: {problem}", level="warning")


def _asking(url: str) -> Objections:
    """What the source itself objects to rules, as ``rules check`` asks it."""

    def asked(whole: RuleSet) -> Sequence[Problem]:
        from masker.copy.check import check_rules
        from masker.errors import ManyProblems, RuleErrors

        try:
            check_rules(url, whole)
        except RuleErrors as error:
            return error.problems
        except ManyProblems:
            # What is wrong with the source itself is told by whoever copies it.
            return ()
        return ()

    return asked


def _write(path: Path, text: str) -> None:
    if path.exists():
        raise UsageError(f"{path}: there is such a file already", hint="name another, or give it to --update")
    path.write_text(text, encoding="utf-8")
