"""``masker plan mask``: what masking in place would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from masker.cli.building.databases import build_settings
from masker.cli.flags.copying import CopyFlags, InPlaceFlags, RoomFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, GuardFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.planning import PlanFlags
from masker.cli.flags.taking import taking
from masker.cli.plan.only import only_statements
from masker.cli.plan.shown import Shown, require_sql, show

if TYPE_CHECKING:
    from masker.settings import InPlaceOptions, Settings

EXAMPLES = """[bold]Examples[/]

MASKER_TARGET=$DATABASE_URL masker plan mask --rules config/masking.yml

masker plan mask -c masker.yml --all

masker plan mask -c masker.yml --sql > plan.sql"""


@taking
def plan_mask(
    databases: DatabaseFlags,
    rules: RuleFlags,
    work: WorkFlags,
    in_place: Annotated[InPlaceFlags, Without("terminate", "wait", "throttle", "again", "unless_masked")],
    room: RoomFlags,
    copying: Annotated[CopyFlags, Without()],
    keys: KeyFlags,
    guards: Annotated[GuardFlags, Without("first", "source_is_a_preview")],
    plan: PlanFlags,
    output: OutputFlags,
) -> None:
    """Show what `masker mask` would do in place: the strategy of each table and why, what is made anew, statements."""
    settings = build_settings(
        databases,
        rules,
        keys,
        work=work,
        copying=copying,
        room=room,
        guards=guards,
        verify=in_place.verify,
        needs_source=False,
        compares=True,
    )
    require_sql(plan)
    show(in_place_plan(settings, in_place.options(), show_all=plan.all, only=plan.only), output, sql=plan.sql)


def in_place_plan(settings: Settings, options: InPlaceOptions, *, show_all: bool, only: str | None = None) -> Shown:
    from masker.cli.display.in_place import print_mask_plan
    from masker.cli.display.plan_lines import mask_lines
    from masker.in_place.explain import mask_plan_document, mask_statements
    from masker.in_place.prepare import prepared_in_place

    with prepared_in_place(settings, options, writes=False) as ready:
        plan, resumed, notes = ready.plan, ready.resumed, ready.notes
    return Shown(
        document=lambda: mask_plan_document(plan),
        statements=lambda: (
            mask_statements(plan)
            if only is None
            else only_statements([place.plan for place in plan.places], only, lambda of: mask_statements(plan, of))
        ),
        text=lambda: print_mask_plan(plan, settings, resumed=resumed, notes=notes, show_all=show_all),
        lines=lambda: mask_lines(plan, notes),
    )
