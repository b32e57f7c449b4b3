"""``masker dump list``: which dumps there are."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.dump.common import key_of, manifest_document, manifest_text, store_of
from masker.cli.flags.databases import DatabaseFlags, KeyFlags
from masker.cli.flags.dumps import StoreFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.taking import taking
from masker.errors import Refused

EXAMPLES = """[bold]Examples[/]

masker dump list -c masker.yml"""


@taking
def list_dumps(
    databases: Annotated[DatabaseFlags, Without("source", "target")],
    store: StoreFlags,
    keys: KeyFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """List the dumps in the bucket, the newest first, each by its sealed manifest. One that was sealed with another
    key, or altered, is named, too."""
    key = key_of(keys)
    from masker.dumps.manifest import read_manifest

    kept = store_of(databases, store)
    found, unread, lines = [], [], []
    for name in kept.names():
        try:
            manifest = read_manifest(kept.manifest(name), name, key)
        except Refused as refused:
            unread.append({"dump": name, "reason": refused.message})
            lines.append(f"{name}  is not to be trusted: {refused.message}")
        else:
            found.append(manifest_document(manifest))
            lines.append(manifest_text(manifest))
    if output.json:
        typer.echo(json.dumps({"kind": "dumps", "dumps": found, "unread": unread}, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(lines) or "no dumps")
