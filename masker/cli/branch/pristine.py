"""``masker branch pristine``: a copy of the preview that nobody connects to, to make branches of."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.acted import acted
from masker.cli.branch.common import made_document, made_text, target_of
from masker.cli.flags.branch import PreviewFlags
from masker.cli.flags.databases import DatabaseFlags, KeyFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import HistoryFlags
from masker.cli.flags.taking import taking

EXAMPLES = """[bold]Examples[/]

masker refresh -c masker.yml --confirm preview && masker branch pristine -c masker.yml --terminate"""


@taking
def pristine(
    databases: Annotated[DatabaseFlags, Without("source")],
    preview: PreviewFlags,
    keys: KeyFlags,
    history: HistoryFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Keep a copy of the verified preview as it is now, so that branches can be made while people use the preview."""
    target, key = target_of(databases, keys)
    from masker.branches.make import make_pristine

    with acted("branch pristine", history, target.database) as came_to:
        made = make_pristine(target, of=preview.of or target.database, key=key, terminate=preview.terminate)
        came_to(made_document(made))
    typer.echo(json.dumps(made_document(made), ensure_ascii=False, indent=2) if output.json else made_text(made))
