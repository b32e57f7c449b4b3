"""``masker sync``: one bucket made what another is, access included."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from masker.cli.building.buckets import PairsFlags, build_sync_settings
from masker.cli.flags.buckets import AccessFlags, BucketFlags, InventoryFlags, PairFlags
from masker.cli.flags.databases import DatabaseFlags, GuardFlags, KeyFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.scope import ScopeFlags
from masker.cli.flags.syncing import BatchFlags, ProofFlags, ScaleFlags, StateFlags
from masker.cli.flags.taking import taking
from masker.cli.log import current_log
from masker.cli.undo import Confirm, undo_command

EXAMPLES = """[bold]Examples[/]

masker sync s3://app-production s3://app-preview --confirm app-preview

masker sync -c masker.yml --confirm app-preview --acl-check sample --json

masker plan sync s3://app-production s3://app-preview --out plan.parquet

masker sync s3://app-production s3://app-preview --plan plan.parquet --confirm app-preview

masker sync s3://app-production s3://app-preview --confirm app-preview --scope active_storage --attachment 'User#id_document=drop'

masker sync undo k3v9x0ab --confirm app-preview"""

_DEFAULT = "buckets"


class _SyncGroup(TyperGroup):
    """``sync`` itself takes buckets; ``undo`` is the one word that means something else."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, args if args[:1] == ["undo"] else [_DEFAULT, *args])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return ("" if name == _DEFAULT else name), command, rest  # usage lines show what is typed


app = typer.Typer(cls=_SyncGroup, help="Make a bucket what another one is; `sync undo RUN` takes deletions back.", rich_markup_mode="rich")


@app.command(_DEFAULT, epilog=EXAMPLES)
@taking
def sync_command(
    pair: PairFlags, databases: Annotated[DatabaseFlags, Without("source", "target")], confirm: Confirm = None,
    plan: Annotated[Path | None, typer.Option("--plan", metavar="FILE", help="Execute this plan, written by `masker plan sync --out`, exactly.", show_default=False)] = None,
    *, buckets: BucketFlags, scope: ScopeFlags, access: AccessFlags, scale: ScaleFlags, inventory: InventoryFlags, batch: BatchFlags, proof: ProofFlags,
    state: StateFlags, keys: Annotated[KeyFlags, Without()], guards: Annotated[GuardFlags, Without("first", "source_is_a_preview")], output: OutputFlags,
) -> None:  # fmt: skip
    """Copy what is missing or differs from SOURCE to TARGET, server-side; delete what is stale, last of all."""
    settings = build_sync_settings(
        databases, keys, PairsFlags(pair=pair, buckets=buckets, access=access, inventory=inventory, scope=scope), state, scale=scale, batch=batch, proof=proof,
        confirm=confirm, apply=plan, no_source=guards.no_source,
    )  # fmt: skip
    from rich.console import Console

    from masker.buckets.run import sync
    from masker.cli.display.buckets import listening_to_sync, synced_to
    from masker.cli.display.sync import print_sync_result

    log = current_log()
    with listening_to_sync(Console(stderr=True, highlight=False)) as listener:
        result = sync(replace(settings, run=log.run) if log else settings, listener)
    synced_to(result)
    if output.json:
        typer.echo(json.dumps(result.document(), ensure_ascii=False, indent=2))
    elif log is None:
        print_sync_result(result, Console(highlight=False))


app.command("undo")(undo_command)
