"""``masker dump create``: the verified preview into a private bucket."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.acted import acted
from masker.cli.branch.common import target_of
from masker.cli.dump.common import key_of, manifest_document, manifest_text, store_of
from masker.cli.flags.copying import DumpFlags
from masker.cli.flags.databases import DatabaseFlags, KeyFlags
from masker.cli.flags.dumps import StoreFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import HistoryFlags
from masker.cli.flags.taking import taking

EXAMPLES = """[bold]Examples[/]

masker dump create -c masker.yml --store s3://app-dumps/preview"""


@taking
def create(
    databases: Annotated[DatabaseFlags, Without("source")],
    store: StoreFlags,
    if_verified: Annotated[
        bool,
        typer.Option(
            "--if-verified",
            help="Do nothing, and exit 0, where the target is no verified preview: for a hook before the first run.",
        ),
    ] = False,
    *,
    keys: KeyFlags,
    dump: DumpFlags,
    history: HistoryFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Write the verified preview as pg_dump does, with a manifest that the key seals, into a private bucket of its
    own."""
    key = key_of(keys)
    target, _ = target_of(databases, keys)
    from masker.dumps.create import create_dump, unverified

    if if_verified and (why := unverified(target, key)) is not None:
        if output.json:
            typer.echo(json.dumps({"kind": "skipped", "target": target.database, "reason": why}, indent=2))
        else:
            typer.echo(f"nothing is dumped: {target.database}: {why}")
        return
    with acted("dump create", history, target.database) as came_to:
        done = create_dump(target, store_of(databases, store), key, pg_dump=dump.pg_dump)
        document = {"kind": "dump", **manifest_document(done.manifest), "seconds": round(done.elapsed_s, 3)}
        came_to(document)
    if output.json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"✓ {manifest_text(done.manifest)}, in {done.elapsed_s:.1f} s")
