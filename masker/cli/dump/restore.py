"""``masker dump restore``: a database made of a dump."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.acted import acted
from masker.cli.building.databases import build_settings
from masker.cli.dump.common import accepted_document, accepted_text, key_of, named_dump, store_of
from masker.cli.flags.copying import DumpFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, GuardFlags, KeyFlags, RuleFlags
from masker.cli.flags.dumps import StoreFlags, WhichFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import HistoryFlags
from masker.cli.flags.taking import taking

EXAMPLES = """[bold]Examples[/]

masker dump restore --latest --store s3://app-dumps/preview --target postgres://localhost/app_development \\
--confirm app_development --key-env MASKER_KEY"""


@taking
def restore(
    databases: DatabaseFlags,
    dump: Annotated[
        str | None, typer.Argument(metavar="[DUMP]", help="As `list` names it.", show_default=False)
    ] = None,
    confirm: Annotated[
        str | None,
        typer.Option(
            "--confirm",
            metavar="NAME",
            help="The target database's name, or what masker.yml calls it; its content is replaced.",
            show_default=False,
        ),
    ] = None,
    *,
    which: WhichFlags,
    store: StoreFlags,
    keys: KeyFlags,
    work: WorkFlags,
    tools: DumpFlags,
    guards: Annotated[GuardFlags, Without("source_is_a_preview")],
    history: HistoryFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Replace a database by a dump, compare what came with the sealed manifest, and open its gate."""
    name, key = named_dump(dump, which), key_of(keys)
    settings = build_settings(
        databases,
        RuleFlags(),
        keys,
        work=work,
        dump=tools,
        guards=guards,
        confirm=confirm,
        needs_source=False,
        compares=True,
        needs_rules=False,
    )
    from masker.dumps.restore import restore_dump
    from masker.postgres.connect import parse_url
    from masker.sides import Side

    target = parse_url(settings.target, Side.TARGET)
    with acted("dump restore", history, target.database, name or "") as came_to:
        done = restore_dump(settings, target, store_of(databases, store), name, key, workers=work.workers)
        came_to(accepted_document(done))
    if output.json:
        typer.echo(json.dumps(accepted_document(done), ensure_ascii=False, indent=2))
    else:
        typer.echo(accepted_text(done))
