"""The settings of a refresh: those of both halves."""

from __future__ import annotations

import os
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
    from masker.settings import Settings


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
    if refresh.in_place and "throttle" in copying.said:
        raise UsageError(
            "--throttle limits what a copy asks of production, and --in-place asks nothing",
            hint="in_place.throttle in masker.yml is the most rows a second that batches mask",
        )
    has_buckets = bool(named_on_file(databases))
    # Who sends requests, and where the state is, may be said of any run.
    of_buckets = flags_said(pairs.buckets, pairs.access, pairs.inventory, pairs.since, batch) + [
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
        others=further_databases(
            databases,
            keys,
            database,
            copying=copying,
            work=work,
            dump=dump,
            room=room,
            guards=guards,
            in_place=refresh.in_place,
        ),
        buckets=buckets,
        confirm=tuple(confirm or ()),
        in_place=in_place.options() if refresh.in_place else None,
    )


def further_databases(
    databases: DatabaseFlags,
    keys: KeyFlags,
    first: Settings,
    *,
    copying: CopyFlags,
    work: WorkFlags,
    dump: DumpFlags,
    room: RoomFlags,
    guards: GuardFlags,
    in_place: bool = False,
) -> dict[str, Settings]:
    """The further databases of masker.yml by name, as the first one but for what their sections say. Raises UsageError
    that names the section."""
    if databases.config is None:
        return {}
    from masker.cli.settings_file import read_settings_file

    found: dict[str, Settings] = {}
    for name, entry in read_settings_file(databases.config).databases.items():
        try:
            found[name] = build_settings(
                DatabaseFlags(config=databases.config).over(entry.said(DatabaseFlags)),
                _signed_as(first, RuleFlags().over(entry.said(RuleFlags))),
                keys,
                work=work,
                dump=dump,
                copying=copying.over(entry.said(CopyFlags)),
                room=room.over(entry.said(RoomFlags)),
                guards=guards,
                needs_source=not in_place,
                compares=in_place,
                environment={k: v for k, v in os.environ.items() if k != "MASKER_SOURCE"},
            )
        except UsageError as error:
            raise UsageError(f"databases.{name}: {error.message}", hint=error.hint) from None
    _require_apart([first, *found.values()])
    # No target may be production's, whichever of its databases that is.
    sources = [first.source, *(each.source for each in found.values())]
    return {
        name: replace(each, other_sources=tuple(dict.fromkeys((*each.other_sources, *filter(None, sources)))))
        for name, each in found.items()
    }


def _signed_as(first: Settings, rules: RuleFlags) -> RuleFlags:
    """*rules* of a further database: what has to be signed of the *first* has to be of this one."""
    return replace(
        rules,
        require_signed=rules.require_signed or first.require_signed,
        allowed_signers=rules.allowed_signers or first.allowed_signers,
    )


def _require_apart(named: list[Settings]) -> None:
    from masker.postgres.connect import parse_url
    from masker.sides import Side

    places = [parse_url(each.target, Side.TARGET).parameters for each in named]
    told = [tuple(place.get(key) for key in ("host", "port", "dbname", "service")) for place in places]
    if len(set(told)) < len(told):
        raise UsageError(
            "databases: two of them have one target", hint="each needs a target of its own, or leave the other one out"
        )
