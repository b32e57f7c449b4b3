"""``masker sync``: one bucket made what another is, access included."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from masker.cli.batch import LEAST, BatchAccount, BatchManifests, BatchMin, BatchRole, NoWait, Via, build_batch
from masker.cli.buckets import (
    DEFAULT_STATE,
    AclBy,
    AclCheckBy,
    AddressingStyleBy,
    ClientBy,
    Concurrency,
    EndpointUrl,
    Exclude,
    ExecutorBy,
    Include,
    InventoryAge,
    MaxDelete,
    NoDelete,
    Profile,
    Region,
    RequestPayer,
    SourceBucket,
    SourceInventory,
    SourceProfile,
    State,
    TargetBucket,
    TargetProfile,
    build_sync_settings,
)
from masker.cli.log import current_log
from masker.cli.options import AsJson, Config, LogFormat, NoSource
from masker.cli.scope import Attachment, Database, ScopeBy, ScopeFlags, Service

EXAMPLES = """[bold]Examples[/]

masker sync s3://app-production s3://app-preview --confirm app-preview

masker sync -c masker.yml --confirm app-preview --acl-check sample --json

masker plan sync s3://app-production s3://app-preview --out plan.parquet

masker sync s3://app-production s3://app-preview --plan plan.parquet --confirm app-preview

masker sync s3://app-production s3://app-preview --confirm app-preview --scope active_storage --attachment 'User#id_document=drop'

masker sync undo k3v9x0ab --confirm app-preview"""

Confirm = Annotated[
    list[str] | None,
    typer.Option(
        "--confirm",
        metavar="BUCKET",
        help="The target bucket's name; its objects are replaced and deleted. Once for each pair.",
        show_default=False,
    ),
]

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
def sync_command(
    source: SourceBucket = None, target: TargetBucket = None, config: Config = None, confirm: Confirm = None, acl: AclBy = None, acl_check: AclCheckBy = None,
    max_delete: MaxDelete = None, no_delete: NoDelete = False, include: Include = None, exclude: Exclude = None,
    scope: ScopeBy = None, database: Database = None, service: Service = None, attachment: Attachment = None,
    plan: Annotated[Path | None, typer.Option("--plan", metavar="FILE", help="Execute this plan, written by `masker plan sync --out`, exactly.", show_default=False)] = None,
    verify: Annotated[bool, typer.Option("--verify", help="List both sides again at the end; a difference fails, unless production brought it about meanwhile.")] = False,
    profile: Profile = None, source_profile: SourceProfile = None, target_profile: TargetProfile = None, region: Region = None, endpoint_url: EndpointUrl = None,
    addressing_style: AddressingStyleBy = None, request_payer: RequestPayer = None,
    concurrency: Concurrency = None, client: ClientBy = "crt", executor: ExecutorBy = "local", inventory: SourceInventory = None, inventory_age: InventoryAge = None,
    via: Via = "requests", batch_account: BatchAccount = None, batch_role: BatchRole = None, batch_manifests: BatchManifests = None, batch_min: BatchMin = LEAST,
    no_wait: NoWait = False, no_source: NoSource = False, state: State = DEFAULT_STATE, as_json: AsJson = False,
    log_format: LogFormat = "pretty",  # noqa: ARG001 - the log is open
) -> None:  # fmt: skip
    """Copy what is missing or differs from SOURCE to TARGET, server-side; delete what is stale, last of all."""
    settings = build_sync_settings(
        config=config, source=source, target=target, acl=acl, acl_check=acl_check, max_delete=max_delete, no_delete=no_delete, include=include, exclude=exclude,
        profile=profile, source_profile=source_profile, target_profile=target_profile, region=region, endpoint_url=endpoint_url, concurrency=concurrency,
        client=client, state=state, confirm=confirm, verify=verify, apply=plan, executor=executor, inventory=inventory, inventory_age=inventory_age,
        addressing_style=addressing_style, request_payer=request_payer,
        batch=build_batch(via, account=batch_account, role=batch_role, manifests=batch_manifests, least=batch_min, no_wait=no_wait),
        scope=ScopeFlags(kind=scope, database=database, service=service, attachments=tuple(attachment or ()), no_source=no_source),
    )  # fmt: skip
    from rich.console import Console

    from masker.cli.sync_progress import listening_to_sync, print_sync_result, synced_to
    from masker.run.sync import sync

    log = current_log()
    with listening_to_sync(Console(stderr=True, highlight=False)) as listener:
        result = sync(replace(settings, run=log.run) if log else settings, listener)
    synced_to(result)
    if as_json:
        typer.echo(json.dumps(result.document(), ensure_ascii=False, indent=2))
    elif log is None:
        print_sync_result(result, Console(highlight=False))


@app.command("undo")
def undo_command(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run, as its result and its folder name it.", show_default=False)],
    confirm: Confirm = None, profile: Profile = None, region: Region = None, endpoint_url: EndpointUrl = None, addressing_style: AddressingStyleBy = None,
    request_payer: RequestPayer = None, state: State = DEFAULT_STATE, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Bring back what a run deleted, where the bucket keeps versions."""
    from masker.run.undo import undo
    from masker.s3.settings import Access

    access = Access(profile=profile, region=region, endpoint_url=endpoint_url, addressing_style=addressing_style, requester_pays=request_payer is not None)
    undone = undo(run, state=state, access=access, confirm=tuple(confirm or ()))
    if as_json:
        typer.echo(json.dumps(undone.document(), ensure_ascii=False, indent=2))
    else:
        words = [
            f"{undone.restored:,} objects are back", f"{undone.standing:,} had not been deleted, or were back already" if undone.standing else "",
            f"{undone.rewritten:,} were written again since and stay as they are" if undone.rewritten else "",
        ]  # fmt: skip
        typer.echo(f"✓ s3://{undone.bucket}: {'; '.join(word for word in words if word)}")
