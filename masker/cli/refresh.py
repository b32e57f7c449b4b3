"""``masker refresh``: production's database and its buckets into preview, in one run."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Unpack

import typer

from masker.cli.batch import LEAST, BatchAccount, BatchManifests, BatchMin, BatchRole, Via, build_batch
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
    SourceInventory,
    SourceProfile,
    State,
    SyncFlags,
    TargetProfile,
    build_sync_settings,
)
from masker.cli.log import current_log
from masker.cli.mask import Terminate, Wait
from masker.cli.options import (
    AsJson,
    Config,
    First,
    GiveWay,
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
    SourceIsAPreview,
    Target,
    VerifyBy,
    Workers,
    build_settings,
)
from masker.cli.scope import ScopeFlags
from masker.cli.unless import is_standing, parse_age
from masker.errors import MaskerError, UsageError
from masker.settings import InPlaceOptions, Publish, Verify

if TYPE_CHECKING:
    from rich.console import Console

    from masker.run.copy import CopyResult
    from masker.run.events import Listener
    from masker.run.mask import MaskResult
    from masker.run.refresh import RefreshResult, RefreshSettings
    from masker.run.sync_events import SyncListener

EXAMPLES = """[bold]Examples[/]

masker refresh -c masker.yml --confirm preview --confirm app-preview

masker plan refresh -c masker.yml

masker refresh -c masker.yml --confirm preview --confirm app-preview --in-place --terminate

masker refresh -c masker.yml --confirm preview --confirm app-preview --json --log-format logfmt"""

UnlessFresher = Annotated[
    timedelta | None,
    typer.Option(
        "--unless-fresher-than", metavar="AGE", parser=parse_age, show_default=False,
        help="Do nothing, and exit 0, where a refresh by these rules has ended less than so long ago: 90m, 12h, 6d, 2w.",
    ),
]  # fmt: skip

InPlace = Annotated[
    bool, typer.Option("--in-place", help="The target was filled by a restore already: mask it where it stands instead of copying.")
]


#: What may be given where there are no buckets, and flags that are called otherwise.
_OF_ANY_RUN = frozenset({"client", "executor", "state"})
_FLAGS = {"inventory": "source-inventory", "batch": "via"}


def refresh_command(
    config: Config = None, source: Source = None, target: Target = None, rules: RuleFiles = None, schema: Schema = None,
    confirm: Annotated[list[str] | None, typer.Option("--confirm", metavar="NAME", help="The target database's name, or what masker.yml calls it, and each target bucket's name; repeat for all.", show_default=False)] = None,
    workers: Workers = None, source_connections: SourceConnections = None, publish: PublishBy = None,
    keep_old: Annotated[bool, typer.Option("--keep-old", help="Keep the former preview beside the new one (swap only).")] = False,
    unless_fresher_than: UnlessFresher = None, in_place: InPlace = False, terminate: Terminate = False, wait: Wait = 0.0,
    acl: AclBy = None, acl_check: AclCheckBy = None, max_delete: MaxDelete = None, no_delete: NoDelete = False, include: Include = None, exclude: Exclude = None,
    profile: Profile = None, source_profile: SourceProfile = None, target_profile: TargetProfile = None, region: Region = None, endpoint_url: EndpointUrl = None,
    addressing_style: AddressingStyleBy = None, request_payer: RequestPayer = None,
    concurrency: Concurrency = None, client: ClientBy = "crt", executor: ExecutorBy = "local", inventory: SourceInventory = None, inventory_age: InventoryAge = None,
    via: Via = "requests", batch_account: BatchAccount = None, batch_role: BatchRole = None, batch_manifests: BatchManifests = None, batch_min: BatchMin = LEAST,
    state: State = DEFAULT_STATE,
    key_file: KeyFile = None, key_env: KeyEnv = None, pg_dump: PgDump = None, owners: Owners = False, grants: Grants = False, as_json: AsJson = False,
    give_way: GiveWay = 10.0, verify: VerifyBy = None, no_source: NoSource = False, first: First = False, source_is_a_preview: SourceIsAPreview = False,
    log_format: LogFormat = "pretty",  # noqa: ARG001 - the log is open
) -> None:  # fmt: skip
    """Make preview what production is: its database, masked on the way, then the buckets that masker.yml names, if any; all of it verified."""
    settings = build_refresh_settings(
        config=config, source=source, target=target, rules=rules, schema=schema, workers=workers, source_connections=source_connections, publish=publish,
        key_file=key_file, key_env=key_env, pg_dump=pg_dump, owners=owners, grants=grants, give_way=give_way, verify=verify, keep_old=keep_old, confirm=confirm,
        in_place=InPlaceOptions(terminate=terminate, wait_s=wait) if in_place else None,
        acl=acl, acl_check=acl_check, max_delete=max_delete, no_delete=no_delete, include=include, exclude=exclude,
        profile=profile, source_profile=source_profile, target_profile=target_profile, region=region, endpoint_url=endpoint_url,
        addressing_style=addressing_style, request_payer=request_payer,
        concurrency=concurrency, client=client, executor=executor, inventory=inventory, inventory_age=inventory_age, state=state,
        batch=build_batch(via, account=batch_account, role=batch_role, manifests=batch_manifests, least=batch_min, no_wait=False),
        no_source=no_source, first=first, source_is_a_preview=source_is_a_preview,
    )  # fmt: skip
    if unless_fresher_than is not None and is_standing(settings.database, age=unless_fresher_than, as_json=as_json):
        return
    from rich.console import Console

    out = None if as_json or current_log() else Console(highlight=False)
    result = run_refresh(settings, progress=Console(stderr=True, highlight=False), out=out)
    if as_json:
        typer.echo(json.dumps(refresh_document(result), ensure_ascii=False, indent=2))
    if not result.is_verified:
        raise typer.Exit(8)


def build_refresh_settings(
    *, config: Path | None, source: str | None, target: str | None, rules: list[Path] | None, schema: Path | None = None, workers: int | None = None, source_connections: int | None = None,
    publish: Publish | None = None, keep_old: bool = False, confirm: list[str] | None = None, key_file: Path | None = None, key_env: str | None = None,
    pg_dump: str | None = None, owners: bool = False, grants: bool = False, give_way: float = 10.0, verify: Verify | None = None, in_place: InPlaceOptions | None = None,
    no_source: bool = False, first: bool = False, source_is_a_preview: bool = False, **sync: Unpack[SyncFlags],
) -> RefreshSettings:  # fmt: skip
    """Flags over masker.yml over defaults, for both halves; *sync* are those of the buckets. Raises UsageError."""
    from masker.cli.settings_file import read_settings_file
    from masker.run.refresh import RefreshSettings

    if in_place is None and (no_source or first):
        raise UsageError("--no-source and --first say nothing of a copy, which needs its source", hint="add --in-place, or leave them out")
    has_buckets = bool(config is not None and read_settings_file(config).buckets)
    if not has_buckets and (useless := [flag for flag, value in sync.items() if value and flag not in _OF_ANY_RUN]):
        named = ", ".join(f"--{_FLAGS.get(flag, flag).replace('_', '-')}" for flag in useless)
        raise UsageError(f"{named}: of buckets, and no buckets are named", hint="add buckets: to masker.yml, or leave it out")
    buckets = None if not has_buckets else build_sync_settings(
        config=config, source=None, target=None, **sync, scope=ScopeFlags(preview=target, source=source, no_source=no_source, key_file=key_file, key_env=key_env),
    )  # fmt: skip
    database = build_settings(
        config=config, source=source, target=target, rules=rules, schema=schema, workers=workers, source_connections=source_connections, publish=publish, keep_old=keep_old,
        key_file=key_file, key_env=key_env, pg_dump=pg_dump, owners=owners, grants=grants, give_way=give_way, verify=verify, needs_source=in_place is None,
        compares=in_place is not None, no_source=no_source, first=first, source_is_a_preview=source_is_a_preview,
    )  # fmt: skip
    if buckets is not None:
        pairs = tuple(replace(pair, scope=replace(pair.scope, key=database.key)) if pair.scope else pair for pair in buckets.pairs)
        buckets = replace(buckets, pairs=pairs)
    return RefreshSettings(database=database, buckets=buckets, confirm=tuple(confirm or ()), in_place=in_place)


class _Display:
    """One stage after the other on *progress*; *filled* is the database's half once it is done."""

    def __init__(self, settings: RefreshSettings, progress: Console) -> None:
        self._settings = settings
        self._progress = progress
        self._log = current_log()
        self.run = ""
        self.filled: CopyResult | MaskResult | None = None

    def begins(self, run: str) -> None:
        self.run = run
        if self._log is not None:
            self._log.run = run
        pairs = self._settings.buckets.pairs if self._settings.buckets is not None else ()
        self._say(f"refresh {run}: the database and {', '.join(str(pair.target) for pair in pairs)}" if pairs else f"refresh {run}: no buckets are named, the database alone")

    def looking(self) -> AbstractContextManager[SyncListener]:
        self._say("looking at both first, nothing is written yet")
        return self.buckets()

    def database(self) -> AbstractContextManager[Listener]:
        from masker.cli.progress import listening

        return listening(self._progress)

    def published(self, result: CopyResult | MaskResult) -> None:
        from masker.cli.progress import came_to

        self.filled = result
        came_to(result)

    def buckets(self) -> AbstractContextManager[SyncListener]:
        from masker.cli.sync_progress import listening_to_sync

        return listening_to_sync(self._progress)

    def _say(self, text: str) -> None:
        if self._log is not None:
            self._log.line("note", text=text)
        else:
            self._progress.print(text, markup=False, soft_wrap=True)


def run_refresh(settings: RefreshSettings, *, progress: Console, out: Console | None) -> RefreshResult:
    """Refresh with progress told on *progress* and the result on *out*: where it fails half-way, the half that is done."""
    from masker.cli.show_refresh import print_database_result, print_refresh_result
    from masker.cli.sync_progress import synced_to
    from masker.run.refresh import refresh

    display = _Display(settings, progress)
    try:
        result = refresh(settings, display)
    except MaskerError as error:
        if display.filled is not None:
            error.document = {"kind": "refresh", "run": display.run, **_database_part(display.filled), "sync": error.document}
            if out is not None:
                print_database_result(display.filled, out)
        raise
    if result.buckets is not None:
        synced_to(result.buckets)
    if out is not None:
        print_refresh_result(result, out)
    return result


def refresh_document(result: RefreshResult) -> dict[str, Any]:
    """The result as plain values."""
    return {
        "kind": "refresh", "run": result.run, **_database_part(result.database), "sync": result.buckets.document() if result.buckets is not None else None,
        "seconds": round(result.elapsed_s, 3),
    }  # fmt: skip


def _database_part(filled: CopyResult | MaskResult) -> dict[str, Any]:
    from masker.cli.copy import result_document
    from masker.cli.mask import mask_document
    from masker.run.mask import MaskResult

    return {"mask": mask_document(filled)} if isinstance(filled, MaskResult) else {"copy": result_document(filled)}
