"""``masker dump accept``: a database that another tool has made of a dump."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.acted import acted
from masker.cli.building.databases import build_settings
from masker.cli.dump.common import accepted_document, accepted_text, key_of, named_dump, store_of
from masker.cli.flags.databases import DatabaseFlags, KeyFlags, RuleFlags
from masker.cli.flags.dumps import StoreFlags, WhichFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import HistoryFlags
from masker.cli.flags.taking import taking

EXAMPLES = """[bold]Examples[/]

heroku pg:backups:restore "$SIGNED_URL" DATABASE_URL -a app-pr-123 && \\
MASKER_TARGET=$DATABASE_URL masker dump accept --latest --store s3://app-dumps/preview --key-env MASKER_KEY"""


@taking
def accept(
    databases: Annotated[DatabaseFlags, Without("source")],
    dump: Annotated[
        str | None, typer.Argument(metavar="[DUMP]", help="As `list` names it.", show_default=False)
    ] = None,
    *,
    which: WhichFlags,
    store: StoreFlags,
    keys: KeyFlags,
    history: HistoryFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Compare a database that another tool has restored from a dump with the sealed manifest, and open its gate."""
    name, key = named_dump(dump, which), key_of(keys)
    settings = build_settings(databases, RuleFlags(), keys, needs_source=False, needs_rules=False)
    from masker.dumps.restore import accept_dump
    from masker.postgres.connect import parse_url
    from masker.sides import Side

    target = parse_url(settings.target, Side.TARGET)
    with acted("dump accept", history, target.database, name or "") as came_to:
        done = accept_dump(settings, target, store_of(databases, store), name, key)
        came_to(accepted_document(done))
    if output.json:
        typer.echo(json.dumps(accepted_document(done), ensure_ascii=False, indent=2))
    else:
        typer.echo(accepted_text(done))
