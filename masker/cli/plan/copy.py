"""``masker plan copy``: what a copy would do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from masker.cli.building.databases import build_settings
from masker.cli.flags.copying import CopyFlags, DumpFlags, RoomFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.planning import PlanFlags, TryFlags
from masker.cli.flags.taking import taking
from masker.cli.plan.only import only_statements
from masker.cli.plan.shown import Shown, require_sql, show

if TYPE_CHECKING:
    from masker.settings import Settings

EXAMPLES = """[bold]Examples[/]

masker plan copy -c masker.yml

MASKER_SOURCE=$PRODUCTION_DATABASE_URL MASKER_TARGET=$DATABASE_URL masker plan copy --rules config/masking.yml --all

masker plan copy -c masker.yml --sql > plan.sql

masker plan copy -c masker.yml --sql users.email"""


@taking
def plan_copy(
    databases: DatabaseFlags,
    rules: RuleFlags,
    work: WorkFlags,
    copying: Annotated[CopyFlags, Without("keep_old", "give_way", "verify")],
    keys: KeyFlags,
    dump: DumpFlags,
    room: Annotated[RoomFlags, Without()],
    plan: PlanFlags,
    trial: TryFlags,
    output: OutputFlags,
) -> None:
    """Show what `masker copy` would do: tables, masks, identities, sizes, statements."""
    settings = build_settings(databases, rules, keys, work=work, copying=copying, dump=dump, room=room)
    require_sql(plan)
    show(copy_plan(settings, show_all=plan.all, tries=trial.tries, only=plan.only), output, sql=plan.sql)


def copy_plan(settings: Settings, *, show_all: bool, tries: bool = False, only: str | None = None) -> Shown:
    from masker.cli.display.copy import print_plan
    from masker.cli.display.plan_lines import copy_lines
    from masker.copy.explain import as_document, statements
    from masker.copy.prepare import prepared
    from masker.delta.foresee import as_full, foresee

    with prepared(as_full(settings), writes=False) as ready:
        plan = replace(ready.plan, notes=(*ready.plan.notes, *foresee(ready, settings)))
        if tries:
            from masker.copy.trial import try_schema

            try_schema(ready)
    return Shown(
        document=lambda: as_document(plan),
        statements=lambda: (
            statements(plan) if only is None else only_statements(plan.tables, only, lambda of: statements(plan, of))
        ),
        text=lambda: print_plan(plan, settings, show_all=show_all),
        lines=lambda: copy_lines(plan),
    )
