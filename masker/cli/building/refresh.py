"""The settings of a refresh: those of both halves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from masker.cli.building.buckets import PairsFlags, build_sync_settings, flags_said, named_on_file
from masker.cli.building.databases import build_settings
from masker.cli.flags.copying import CopyFlags, DumpFlags, InPlaceFlags, RefreshFlags, RoomFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, GuardFlags, KeyFlags, RuleFlags
from masker.cli.flags.syncing import BatchFlags, ScaleFlags, StateFlags
from masker.errors import UsageError

if TYPE_CHECKING:
    from masker.refresh import RefreshSettings


def build_refresh_settings(
    databases: DatabaseFlags,
    rules: RuleFlags,
    keys: KeyFlags,
    *,
    work: WorkFlags,
    dump: DumpFlags,
    copying: CopyFlags,
    room: RoomFlags,
    in_place: InPlaceFlags,
    refresh: RefreshFlags,
    guards: GuardFlags,
    pairs: PairsFlags,
    state: StateFlags,
    scale: ScaleFlags,
    batch: BatchFlags = BatchFlags(),
    confirm: list[str] | None = None,
) -> RefreshSettings:
    """The run's settings. Raises UsageError."""
    from masker.refresh import RefreshSettings

    if not refresh.in_place and (guards.no_source or guards.first):
        raise UsageError(
            "--no-source and --first say nothing of a copy, which needs its source",
            hint="add --in-place, or leave them out",
        )
    has_buckets = bool(named_on_file(databases))
    # Who sends requests, and where the state is, may be said of any run.
    of_buckets = flags_said(pairs.buckets, pairs.access, pairs.inventory, batch) + [
        flag for flag in flags_said(scale) if flag == "--concurrency"
    ]
    if of_buckets and not has_buckets:
        raise UsageError(
            f"{', '.join(of_buckets)}: of buckets, and no buckets are named",
            hint="add buckets: to masker.yml, or leave it out",
        )
    # A refresh waits for its jobs: it has to say what the buckets came to.
    buckets = (
        None
        if not has_buckets
        else build_sync_settings(
            databases, keys, pairs, state, scale=scale, batch=replace(batch, no_wait=False), no_source=guards.no_source
        )
    )
    database = build_settings(
        databases,
        rules,
        keys,
        work=work,
        dump=dump,
        copying=copying,
        room=room,
        guards=guards,
        needs_source=not refresh.in_place,
        compares=refresh.in_place,
    )
    if buckets is not None:
        synced = tuple(
            replace(pair, scope=replace(pair.scope, key=database.key)) if pair.scope else pair for pair in buckets.pairs
        )
        buckets = replace(buckets, pairs=synced)
    return RefreshSettings(
        database=database,
        buckets=buckets,
        confirm=tuple(confirm or ()),
        in_place=in_place.options() if refresh.in_place else None,
    )
