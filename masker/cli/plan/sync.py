"""``masker plan sync``: what a sync would do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from masker.cli.building.buckets import PairsFlags, build_sync_settings
from masker.cli.flags.buckets import AccessFlags, BucketFlags, InventoryFlags, PairFlags, SinceFlags
from masker.cli.flags.databases import DatabaseFlags, KeyFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.scope import ScopeFlags
from masker.cli.flags.syncing import ScaleFlags, StateFlags
from masker.cli.flags.taking import taking
from masker.cli.plan.shown import Shown, show

if TYPE_CHECKING:
    from masker.buckets.objects import Location
    from masker.buckets.settings import SyncSettings

EXAMPLES = """[bold]Examples[/]

masker plan sync s3://app-production s3://app-preview

masker plan sync -c masker.yml --acl-check all

masker plan sync s3://app-production s3://app-preview --out plan.jsonl"""


@taking
def plan_sync(
    pair: PairFlags,
    databases: Annotated[DatabaseFlags, Without("source", "target")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write the plan here too: .parquet, or .jsonl for JSON lines.",
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
    state: StateFlags,
    keys: Annotated[KeyFlags, Without()],
    output: OutputFlags,
) -> None:
    """Show what `masker sync` would do: objects to copy, placeholders to put, ACLs to repair, stale objects to
    delete."""
    # Nothing is written to the preview's database, so that it need not be compared with production.
    settings = build_sync_settings(
        databases,
        keys,
        PairsFlags(pair=pair, buckets=buckets, access=access, inventory=inventory, since=since, scope=scope),
        state,
        scale=scale,
        out=out,
        no_source=True,
    )
    show(sync_plan(settings), output, sql=False)


def sync_plan(settings: SyncSettings, *, later: frozenset[Location] = frozenset()) -> Shown:
    """The plans of all pairs. What goes into the targets *later* is decided by a database that is not there yet, which
    a note says."""
    from rich.console import Console
    from rich.markup import escape

    from masker.buckets.compare import planned
    from masker.buckets.plan import SCOPE_LATER, SINCE_LATER, explain_sync, refusal
    from masker.cli.display.buckets import listening_to_sync
    from masker.cli.display.plan_lines import sync_lines
    from masker.cli.display.sync import print_sync_plan

    with listening_to_sync(Console(stderr=True, highlight=False)) as listener, planned(settings, listener) as pairs:
        plans = [
            (
                (
                    replace(pair.plan, notes=(*pair.plan.notes, SINCE_LATER if pair.is_later else SCOPE_LATER))
                    if pair.plan.target in later
                    else pair.plan
                ),
                str(settings.out or pair.file.path),
                refusal(pair.plan, pair.asked.limits),
            )
            for pair in pairs
        ]

    def text() -> None:
        console = Console(highlight=False)
        for plan, path, why in plans:
            print_sync_plan(plan, path, console)
            if why:
                console.print(f"[yellow]refused[/]  {escape(why)}", soft_wrap=True)

    return Shown(
        document=lambda: {
            "kind": "sync",
            "pairs": [{**plan.document(), "plan": path, "refused": why} for plan, path, why in plans],
        },
        statements=lambda: (f"-- {subject}: {words}" for plan, _, _ in plans for subject, words in explain_sync(plan)),
        text=text,
        lines=lambda: (line for plan, path, why in plans for line in sync_lines(plan, path, why)),
    )
