"""``masker plan``: what a command would do, from both catalogs and the rules; nothing is touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
from masker.cli.log import Log, current_log
from masker.cli.mask import BatchRows, FreeSpace, VerifyInPlace
from masker.cli.options import (
    AsJson,
    Config,
    Grants,
    KeyEnv,
    KeyFile,
    LogFormat,
    NoSource,
    Owners,
    PgDump,
    PublishBy,
    RuleFiles,
    Schema,
    Source,
    SourceConnections,
    Target,
    Workers,
    build_settings,
)
from masker.cli.refresh import InPlace, build_refresh_settings
from masker.cli.scope import Attachment, Database, ScopeBy, ScopeFlags, Service
from masker.errors import UsageError
from masker.settings import InPlaceOptions, Settings

if TYPE_CHECKING:
    from masker.cli.plan_lines import Line
    from masker.s3.objects import Location
    from masker.s3.settings import SyncSettings

EXAMPLES = """[bold]Examples[/]

masker plan copy -c masker.yml

MASKER_SOURCE=$PRODUCTION_DATABASE_URL MASKER_TARGET=$DATABASE_URL masker plan copy --rules config/masking.yml --all

masker plan copy -c masker.yml --sql > plan.sql"""

MASK_EXAMPLES = """[bold]Examples[/]

MASKER_TARGET=$DATABASE_URL masker plan mask --rules config/masking.yml

masker plan mask -c masker.yml --all

masker plan mask -c masker.yml --sql > plan.sql"""

SYNC_EXAMPLES = """[bold]Examples[/]

masker plan sync s3://app-production s3://app-preview

masker plan sync -c masker.yml --acl-check all

masker plan sync s3://app-production s3://app-preview --out plan.jsonl"""

REFRESH_EXAMPLES = """[bold]Examples[/]

masker plan refresh -c masker.yml

masker plan refresh -c masker.yml --in-place --all

masker plan refresh -c masker.yml --json > plan.json"""

Tries = Annotated[bool, typer.Option("--try", help="Make the whole schema in a scratch database beside the target and drop it: the role needs CREATEDB.")]

app = typer.Typer(
    help="Show what a command would do. Nothing is touched, no write access is needed.", no_args_is_help=True, rich_markup_mode="rich"
)


@app.callback()
def _plan() -> None:
    pass


@app.command("copy", epilog=EXAMPLES)
def plan_copy(
    config: Config = None, source: Source = None, target: Target = None, rules: RuleFiles = None, schema: Schema = None, workers: Workers = None,
    source_connections: SourceConnections = None, publish: PublishBy = None, key_file: KeyFile = None, key_env: KeyEnv = None,
    pg_dump: PgDump = None, owners: Owners = False, grants: Grants = False, as_json: AsJson = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print every statement under its step.")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="List the tables that are copied as they are, too.")] = False,
    tries: Tries = False,
    log_format: LogFormat = "pretty",  # noqa: ARG001 - the log is open
) -> None:  # fmt: skip
    """Show what `masker copy` would do: tables, masks, identities, sizes, statements."""
    settings = build_settings(
        config=config, source=source, target=target, rules=rules, schema=schema, workers=workers, source_connections=source_connections,
        publish=publish, key_file=key_file, key_env=key_env, pg_dump=pg_dump, owners=owners, grants=grants,
    )  # fmt: skip
    _show(_copy_plan(settings, show_all=show_all, tries=tries), as_json=as_json, sql=sql)


@app.command("mask", epilog=MASK_EXAMPLES)
def plan_mask(
    config: Config = None, source: Source = None, target: Target = None, rules: RuleFiles = None, schema: Schema = None, workers: Workers = None, batch_rows: BatchRows = 20_000,
    free_space: FreeSpace = None, no_source: NoSource = False, key_file: KeyFile = None, key_env: KeyEnv = None, verify: VerifyInPlace = None, as_json: AsJson = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print every statement under its step.")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="List the tables that stay as they are, too.")] = False,
    log_format: LogFormat = "pretty",  # noqa: ARG001 - the log is open
) -> None:  # fmt: skip
    """Show what `masker mask` would do in place: the strategy of each table and why, what is made anew, statements."""
    settings = build_settings(
        config=config, source=source, target=target, rules=rules, schema=schema, workers=workers, key_file=key_file, key_env=key_env, free_space=free_space, verify=verify,
        needs_source=False, compares=True, no_source=no_source,
    )  # fmt: skip
    _show(_mask_plan(settings, InPlaceOptions(batch_rows=batch_rows), show_all=show_all), as_json=as_json, sql=sql)


@app.command("sync", epilog=SYNC_EXAMPLES)
def plan_sync(
    source: SourceBucket = None, target: TargetBucket = None, config: Config = None, acl: AclBy = None, acl_check: AclCheckBy = None, max_delete: MaxDelete = None,
    no_delete: NoDelete = False, include: Include = None, exclude: Exclude = None,
    scope: ScopeBy = None, database: Database = None, service: Service = None, attachment: Attachment = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write the plan here too: .parquet, or .jsonl for JSON lines.", show_default=False)] = None,
    profile: Profile = None, source_profile: SourceProfile = None, target_profile: TargetProfile = None, region: Region = None, endpoint_url: EndpointUrl = None,
    addressing_style: AddressingStyleBy = None, request_payer: RequestPayer = None,
    concurrency: Concurrency = None, client: ClientBy = "crt", executor: ExecutorBy = "local", inventory: SourceInventory = None, inventory_age: InventoryAge = None, state: State = DEFAULT_STATE, as_json: AsJson = False,
    log_format: LogFormat = "pretty",  # noqa: ARG001 - the log is open
) -> None:  # fmt: skip
    """Show what `masker sync` would do: objects to copy, placeholders to put, ACLs to repair, stale objects to delete."""
    settings = build_sync_settings(
        config=config, source=source, target=target, acl=acl, acl_check=acl_check, max_delete=max_delete, no_delete=no_delete, include=include, exclude=exclude,
        profile=profile, source_profile=source_profile, target_profile=target_profile, region=region, endpoint_url=endpoint_url, concurrency=concurrency,
        client=client, executor=executor, inventory=inventory, inventory_age=inventory_age, state=state, out=out,
        addressing_style=addressing_style, request_payer=request_payer,
        scope=ScopeFlags(kind=scope, database=database, service=service, attachments=tuple(attachment or ()), no_source=True),
    )  # fmt: skip
    _show(_sync_plan(settings), as_json=as_json, sql=False)


@app.command("refresh", epilog=REFRESH_EXAMPLES)
def plan_refresh(
    config: Config = None, source: Source = None, target: Target = None, rules: RuleFiles = None, schema: Schema = None, workers: Workers = None,
    source_connections: SourceConnections = None, publish: PublishBy = None, in_place: InPlace = False, no_source: NoSource = False,
    acl: AclBy = None, acl_check: AclCheckBy = None, max_delete: MaxDelete = None, no_delete: NoDelete = False, include: Include = None, exclude: Exclude = None,
    profile: Profile = None, source_profile: SourceProfile = None, target_profile: TargetProfile = None, region: Region = None, endpoint_url: EndpointUrl = None,
    addressing_style: AddressingStyleBy = None, request_payer: RequestPayer = None,
    concurrency: Concurrency = None, client: ClientBy = "crt", executor: ExecutorBy = "local", inventory: SourceInventory = None, inventory_age: InventoryAge = None,
    state: State = DEFAULT_STATE,
    key_file: KeyFile = None, key_env: KeyEnv = None, pg_dump: PgDump = None, owners: Owners = False, grants: Grants = False, as_json: AsJson = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print every statement under its step.")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="List the tables that stay or are copied as they are, too.")] = False,
    tries: Tries = False,
    log_format: LogFormat = "pretty",  # noqa: ARG001 - the log is open
) -> None:  # fmt: skip
    """Show what `masker refresh` would do: the database's plan, then that of each pair of buckets."""
    settings = build_refresh_settings(
        config=config, source=source, target=target, rules=rules, schema=schema, workers=workers, source_connections=source_connections, publish=publish,
        key_file=key_file, key_env=key_env, pg_dump=pg_dump, owners=owners, grants=grants, in_place=InPlaceOptions() if in_place else None,
        acl=acl, acl_check=acl_check, max_delete=max_delete, no_delete=no_delete, include=include, exclude=exclude,
        profile=profile, source_profile=source_profile, target_profile=target_profile, region=region, endpoint_url=endpoint_url,
        addressing_style=addressing_style, request_payer=request_payer,
        concurrency=concurrency, client=client, executor=executor, inventory=inventory, inventory_age=inventory_age, state=state, no_source=no_source,
    )  # fmt: skip
    from masker.run.sync import unscoped

    if settings.in_place and tries:
        raise UsageError("--try makes the schema of a copy, and in place none is made", hint="leave out --try, or --in-place")
    half = (
        _mask_plan(settings.database, settings.in_place, show_all=show_all)
        if settings.in_place
        else _copy_plan(settings.database, show_all=show_all, tries=tries)
    )
    named = settings.buckets
    buckets = _sync_plan(unscoped(named), later=frozenset(pair.target for pair in named.pairs if pair.scope)) if named is not None else None
    log = current_log()
    if as_json:
        if log is not None:
            _log(log, (*half.lines(), *(buckets.lines() if buckets is not None else ())))
        document = {"kind": "refresh", "mask" if in_place else "copy": half.document(), "sync": buckets.document() if buckets is not None else None}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    _show(half, as_json=False, sql=sql)
    if log is None:
        typer.echo()
    if buckets is None:
        told = "no buckets are named: the database alone is refreshed"
        log.line("note", text=told) if log is not None else typer.echo(told)
    else:
        _show(buckets, as_json=False, sql=sql)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """One plan in its four forms."""

    document: Callable[[], dict[str, Any]]
    statements: Callable[[], Iterable[str]]
    text: Callable[[], None]
    lines: Callable[[], Iterable[Line]]


def _show(plan: _Shown, *, as_json: bool, sql: bool) -> None:
    log = current_log()
    if log is not None:
        _log(log, plan.lines())
    if as_json:
        typer.echo(json.dumps(plan.document(), ensure_ascii=False, indent=2))
    elif sql:
        for line in plan.statements():
            typer.echo(line)
    elif log is None:
        plan.text()


def _log(log: Log, lines: Iterable[Line]) -> None:
    for at, level, fields in lines:
        log.line(at, level=level, **fields)


def _copy_plan(settings: Settings, *, show_all: bool, tries: bool = False) -> _Shown:
    from masker.cli.plan_lines import copy_lines
    from masker.cli.show import print_plan
    from masker.plan.explain import as_document, statements
    from masker.run.prepare import prepared

    with prepared(settings, writes=False) as ready:
        plan = ready.plan
        if tries:
            from masker.run.trial import try_schema

            try_schema(ready)
    return _Shown(
        document=lambda: as_document(plan), statements=lambda: statements(plan), text=lambda: print_plan(ready, show_all=show_all), lines=lambda: copy_lines(plan)
    )


def _mask_plan(settings: Settings, options: InPlaceOptions, *, show_all: bool) -> _Shown:
    from masker.cli.plan_lines import mask_lines
    from masker.cli.show_mask import print_mask_plan
    from masker.plan.explain_mask import mask_plan_document, mask_statements
    from masker.run.mask import prepared_in_place

    with prepared_in_place(settings, options, writes=False) as ready:
        plan = ready.plan
    return _Shown(
        document=lambda: mask_plan_document(plan), statements=lambda: mask_statements(plan), text=lambda: print_mask_plan(ready, show_all=show_all),
        lines=lambda: mask_lines(plan, ready.notes),
    )


def _sync_plan(settings: SyncSettings, *, later: frozenset[Location] = frozenset()) -> _Shown:
    """The plans of all pairs. What goes into the targets *later* is decided by a database that is not there yet, which a note says."""
    from rich.console import Console
    from rich.markup import escape

    from masker.cli.plan_lines import sync_lines
    from masker.cli.sync_progress import listening_to_sync, print_sync_plan
    from masker.plan.sync import SCOPE_LATER, explain_sync, refusal
    from masker.run.compare import planned

    with listening_to_sync(Console(stderr=True, highlight=False)) as listener, planned(settings, listener) as pairs:
        plans = [
            (
                replace(pair.plan, notes=(*pair.plan.notes, SCOPE_LATER)) if pair.plan.target in later else pair.plan,
                str(settings.out or pair.file.path),
                refusal(pair.plan, pair.pair.limits),
            )
            for pair in pairs
        ]

    def text() -> None:
        console = Console(highlight=False)
        for plan, path, why in plans:
            print_sync_plan(plan, path, console)
            if why:
                console.print(f"[yellow]refused[/]  {escape(why)}", soft_wrap=True)

    return _Shown(
        document=lambda: {"kind": "sync", "pairs": [{**plan.document(), "plan": path, "refused": why} for plan, path, why in plans]},
        statements=lambda: (f"-- {subject}: {words}" for plan, _, _ in plans for subject, words in explain_sync(plan)),
        text=text,
        lines=lambda: (line for plan, path, why in plans for line in sync_lines(plan, path, why)),
    )
