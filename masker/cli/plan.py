"""``masker plan``: what a command would do, from both catalogs and the rules; nothing is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from masker.cli.buckets import (
    DEFAULT_STATE,
    AclBy,
    AclCheckBy,
    ClientBy,
    Concurrency,
    EndpointUrl,
    Exclude,
    Include,
    MaxDelete,
    NoDelete,
    Profile,
    Region,
    SourceBucket,
    SourceProfile,
    State,
    TargetBucket,
    TargetProfile,
    build_sync_settings,
)
from masker.cli.mask import BatchRows
from masker.cli.options import (
    AsJson,
    Config,
    Grants,
    KeyEnv,
    KeyFile,
    Owners,
    PgDump,
    PublishBy,
    RuleFiles,
    Source,
    SourceConnections,
    Target,
    Workers,
    build_settings,
)
from masker.settings import InPlaceOptions

EXAMPLES = """[bold]Examples[/]

masker plan copy -c masker.yml

masker plan copy --source $PRODUCTION_DATABASE_URL --target $DATABASE_URL --rules config/masking.yml --all

masker plan copy -c masker.yml --sql > plan.sql"""

MASK_EXAMPLES = """[bold]Examples[/]

masker plan mask --target $DATABASE_URL --rules config/masking.yml

masker plan mask -c masker.yml --all

masker plan mask -c masker.yml --sql > plan.sql"""

SYNC_EXAMPLES = """[bold]Examples[/]

masker plan sync s3://app-production s3://app-preview

masker plan sync -c masker.yml --acl-check all

masker plan sync s3://app-production s3://app-preview --out plan.jsonl"""

app = typer.Typer(
    help="Show what a command would do. Nothing is touched, no write access is needed.", no_args_is_help=True, rich_markup_mode="rich"
)


@app.callback()
def _plan() -> None:
    pass


@app.command("copy", epilog=EXAMPLES)
def plan_copy(
    config: Config = None, source: Source = None, target: Target = None, rules: RuleFiles = None, workers: Workers = None,
    source_connections: SourceConnections = None, publish: PublishBy = None, key_file: KeyFile = None, key_env: KeyEnv = None,
    pg_dump: PgDump = None, owners: Owners = False, grants: Grants = False, as_json: AsJson = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print every statement under its step.")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="List the tables that are copied as they are, too.")] = False,
) -> None:  # fmt: skip
    """Show what `masker copy` would do: tables, masks, identities, sizes, statements."""
    from masker.plan.explain import as_document, statements
    from masker.run.prepare import prepared

    settings = build_settings(
        config=config, source=source, target=target, rules=rules, workers=workers, source_connections=source_connections,
        publish=publish, key_file=key_file, key_env=key_env, pg_dump=pg_dump, owners=owners, grants=grants,
    )  # fmt: skip
    with prepared(settings, writes=False) as ready:
        if as_json:
            typer.echo(json.dumps(as_document(ready.plan), ensure_ascii=False, indent=2))
        elif sql:
            for line in statements(ready.plan):
                typer.echo(line)
        else:
            from masker.cli.show import print_plan

            print_plan(ready, show_all=show_all)


@app.command("mask", epilog=MASK_EXAMPLES)
def plan_mask(
    config: Config = None, target: Target = None, rules: RuleFiles = None, workers: Workers = None, batch_rows: BatchRows = 20_000,
    key_file: KeyFile = None, key_env: KeyEnv = None, as_json: AsJson = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print every statement under its step.")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="List the tables that stay as they are, too.")] = False,
) -> None:  # fmt: skip
    """Show what `masker mask` would do in place: the strategy of each table and why, what is made anew, statements."""
    from masker.plan.explain_mask import mask_plan_document, mask_statements
    from masker.run.mask import prepared_in_place

    settings = build_settings(
        config=config, source=None, target=target, rules=rules, workers=workers, key_file=key_file, key_env=key_env, needs_source=False
    )
    with prepared_in_place(settings, InPlaceOptions(batch_rows=batch_rows)) as ready:
        if as_json:
            typer.echo(json.dumps(mask_plan_document(ready.plan), ensure_ascii=False, indent=2))
        elif sql:
            for line in mask_statements(ready.plan):
                typer.echo(line)
        else:
            from masker.cli.show_mask import print_mask_plan

            print_mask_plan(ready, show_all=show_all)


@app.command("sync", epilog=SYNC_EXAMPLES)
def plan_sync(
    source: SourceBucket = None, target: TargetBucket = None, config: Config = None, acl: AclBy = None, acl_check: AclCheckBy = None, max_delete: MaxDelete = None,
    no_delete: NoDelete = False, include: Include = None, exclude: Exclude = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the plan here too: .parquet, or .jsonl for JSON lines.", show_default=False)] = None,
    profile: Profile = None, source_profile: SourceProfile = None, target_profile: TargetProfile = None, region: Region = None, endpoint_url: EndpointUrl = None,
    concurrency: Concurrency = None, client: ClientBy = "crt", state: State = DEFAULT_STATE, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show what `masker sync` would do: objects to copy, ACLs to repair, stale objects to delete."""
    settings = build_sync_settings(
        config=config, source=source, target=target, acl=acl, acl_check=acl_check, max_delete=max_delete, no_delete=no_delete, include=include, exclude=exclude,
        profile=profile, source_profile=source_profile, target_profile=target_profile, region=region, endpoint_url=endpoint_url, concurrency=concurrency,
        client=client, state=state, out=out,
    )  # fmt: skip
    from rich.console import Console

    from masker.cli.sync_progress import listening_to_sync, print_sync_plan
    from masker.plan.sync import refusal
    from masker.run.compare import planned

    with listening_to_sync("pretty", Console(stderr=True, highlight=False)) as listener, planned(settings, listener) as pairs:
        plans = [(pair.plan, str(settings.out or pair.file.path), refusal(pair.plan, pair.pair.limits)) for pair in pairs]
    if as_json:
        documents = [{**plan.document(), "plan": path, "refused": why} for plan, path, why in plans]
        typer.echo(json.dumps({"kind": "sync", "pairs": documents}, ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    for plan, path, why in plans:
        print_sync_plan(plan, path, console)
        if why:
            console.print(f"[yellow]refused[/]  {why}", soft_wrap=True)
