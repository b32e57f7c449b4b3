"""``masker sync``: one bucket made what another is, access included."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from masker.cli.building.buckets import PairsFlags, build_sync_settings
from masker.cli.building.services import require_own_services
from masker.cli.flags.application import ApplicationFlags
from masker.cli.flags.buckets import AccessFlags, BucketFlags, InventoryFlags, PairFlags, SinceFlags
from masker.cli.flags.databases import DatabaseFlags, GuardFlags, KeyFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.scope import ScopeFlags
from masker.cli.flags.syncing import BatchFlags, ProofFlags, ScaleFlags, StateFlags
from masker.cli.flags.taking import taking
from masker.cli.log import current_log
from masker.errors import UsageError

EXAMPLES = """[bold]Examples[/]

masker sync s3://app-production s3://app-preview --confirm app-preview

masker sync -c masker.yml --confirm app-preview --acl-check sample --json

masker plan sync s3://app-production s3://app-preview --out plan.parquet

masker sync s3://app-production s3://app-preview --plan plan.parquet --confirm app-preview

masker sync s3://app-production s3://app-preview --confirm app-preview --scope active_storage \
--attachment 'User#id_document=drop'

masker undo k3v9x0ab --confirm app-preview"""

Confirm = Annotated[
    list[str] | None,
    typer.Option(
        "--confirm",
        metavar="BUCKET",
        help="The target bucket's name; its objects are replaced and deleted. Once for each pair.",
        show_default=False,
    ),
]


@taking
def sync_command(
    pair: PairFlags,
    databases: Annotated[DatabaseFlags, Without("source", "target")],
    confirm: Confirm = None,
    plan: Annotated[
        Path | None,
        typer.Option(
            "--plan",
            metavar="FILE",
            help="Execute this plan, written by `masker plan sync --out`, exactly.",
            show_default=False,
        ),
    ] = None,
    *,
    buckets: BucketFlags,
    scope: ScopeFlags,
    access: AccessFlags,
    scale: ScaleFlags,
    inventory: InventoryFlags,
    since: SinceFlags,
    batch: BatchFlags,
    proof: ProofFlags,
    state: StateFlags,
    keys: Annotated[KeyFlags, Without()],
    application: ApplicationFlags,
    guards: Annotated[GuardFlags, Without("first", "source_is_a_preview")],
    output: OutputFlags,
) -> None:
    """Copy what is missing or differs from SOURCE to TARGET, server-side; delete what is stale, last of all."""
    if pair.source == "undo":
        raise UsageError(
            "sync undo: is a command of its own", hint=f"masker undo {pair.target or 'RUN'} --confirm BUCKET"
        )
    settings = build_sync_settings(
        databases,
        keys,
        PairsFlags(pair=pair, buckets=buckets, access=access, inventory=inventory, since=since, scope=scope),
        state,
        scale=scale,
        batch=batch,
        proof=proof,
        confirm=confirm,
        apply=plan,
        no_source=guards.no_source,
    )
    require_own_services(application, databases, [each.target.bucket for each in settings.pairs])
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
