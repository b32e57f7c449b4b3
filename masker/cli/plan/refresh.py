"""``masker plan refresh``: what a refresh would do."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.building.buckets import PairsFlags
from masker.cli.building.refresh import build_refresh_settings
from masker.cli.flags.buckets import AccessFlags, BucketFlags, InventoryFlags, SinceFlags
from masker.cli.flags.copying import CopyFlags, DumpFlags, InPlaceFlags, RefreshFlags, RoomFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, GuardFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.planning import PlanFlags, TryFlags
from masker.cli.flags.syncing import ScaleFlags, StateFlags
from masker.cli.flags.taking import taking
from masker.cli.log import current_log
from masker.cli.plan.copy import copy_plan
from masker.cli.plan.mask import in_place_plan
from masker.cli.plan.shown import show, write
from masker.cli.plan.sync import sync_plan
from masker.errors import UsageError

EXAMPLES = """[bold]Examples[/]

masker plan refresh -c masker.yml

masker plan refresh -c masker.yml --in-place --all

masker plan refresh -c masker.yml --json > plan.json"""


@taking
def plan_refresh(
    databases: DatabaseFlags,
    rules: RuleFlags,
    refresh: Annotated[RefreshFlags, Without("unless_fresher_than")],
    work: WorkFlags,
    copying: Annotated[CopyFlags, Without("keep_old", "give_way", "verify")],
    in_place: Annotated[InPlaceFlags, Without()],
    room: Annotated[RoomFlags, Without()],
    keys: KeyFlags,
    dump: DumpFlags,
    buckets: BucketFlags,
    access: AccessFlags,
    scale: ScaleFlags,
    inventory: InventoryFlags,
    since: SinceFlags,
    state: StateFlags,
    guards: Annotated[GuardFlags, Without("first", "source_is_a_preview")],
    plan: Annotated[PlanFlags, Without("only")],
    trial: TryFlags,
    output: OutputFlags,
) -> None:
    """Show what `masker refresh` would do: the plan of each database, then that of each pair of buckets."""
    settings = build_refresh_settings(
        databases,
        rules,
        keys,
        work=work,
        dump=dump,
        copying=copying,
        room=room,
        in_place=in_place,
        refresh=refresh,
        guards=guards,
        pairs=PairsFlags(buckets=buckets, access=access, inventory=inventory, since=since),
        state=state,
        scale=scale,
    )
    from masker.buckets.run import unscoped

    if settings.in_place and trial.tries:
        raise UsageError(
            "--try makes the schema of a copy, and in place none is made", hint="leave out --try, or --in-place"
        )
    half = (
        in_place_plan(settings.database, settings.in_place, show_all=plan.all)
        if settings.in_place
        else copy_plan(settings.database, show_all=plan.all, tries=trial.tries)
    )
    further = {
        name: in_place_plan(other, settings.in_place, show_all=plan.all)
        if settings.in_place
        else copy_plan(other, show_all=plan.all, tries=trial.tries)
        for name, other in settings.others.items()
    }
    kind = "mask" if settings.in_place else "copy"
    named = settings.buckets
    synced = (
        sync_plan(unscoped(named), later=frozenset(pair.target for pair in named.pairs if pair.scope))
        if named is not None
        else None
    )
    log = current_log()
    if output.json:
        if log is not None:
            lines = (line for each in (half, *further.values()) for line in each.lines())
            write(log, (*lines, *(synced.lines() if synced is not None else ())))
        document = {
            "kind": "refresh",
            kind: half.document(),
            **({"databases": {name: {kind: each.document()} for name, each in further.items()}} if further else {}),
            "sync": synced.document() if synced is not None else None,
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    for each in (half, *further.values()):
        show(each, output, sql=plan.sql)
        if log is None:
            typer.echo()
    if synced is None:
        told = "no buckets are named: the database alone is refreshed"
        log.line("note", text=told) if log is not None else typer.echo(told)
    else:
        show(synced, output, sql=plan.sql)
