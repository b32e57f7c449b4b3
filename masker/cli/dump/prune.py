"""``masker dump prune``: dumps that are wanted no more."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.acted import acted
from masker.cli.dump.common import key_of, store_of
from masker.cli.flags.databases import DatabaseFlags, KeyFlags
from masker.cli.flags.dumps import RetentionFlags, StoreFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import HistoryFlags
from masker.cli.flags.taking import taking
from masker.errors import Refused

EXAMPLES = """[bold]Examples[/]

masker dump prune -c masker.yml --keep 7"""


@taking
def prune(
    databases: Annotated[DatabaseFlags, Without("source", "target")],
    store: StoreFlags,
    retention: RetentionFlags,
    keys: KeyFlags,
    history: HistoryFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Delete all dumps but the newest, and what older ones that were not ended have left; no other object. One that was
    sealed with another key, or altered, takes nobody's place: it stays, and is named."""
    key = key_of(keys)
    from masker.dumps.manifest import read_manifest

    kept = store_of(databases, store)
    names, unread, lines = [], [], []
    for name in kept.names():
        try:
            read_manifest(kept.manifest(name), name, key)
        except Refused as refused:
            unread.append({"dump": name, "reason": refused.message})
            lines.append(f"{name}  is left, since it is not to be trusted: {refused.message}")
        else:
            names.append(name)
    oldest = names[: retention.keep][-1:]
    unfinished = [name for name in kept.unfinished() if oldest and name < oldest[0]]
    deleted = [*names[retention.keep :], *unfinished]
    document = {"kind": "dumps-pruned", "deleted": deleted, "kept": names[: retention.keep], "unread": unread}
    with acted("dump prune", history, str(store.to)) as came_to:
        for name in deleted:
            kept.delete(name)
        if deleted:
            came_to(document)
    if output.json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join([*(f"✓ {name} is deleted" for name in deleted), *lines]) or "nothing is deleted")
