"""``masker shape``: does the preview plan like production?"""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.building.databases import build_settings
from masker.cli.flags.databases import DatabaseFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.shape import ShapeFlags
from masker.cli.flags.taking import taking
from masker.cli.log import current_log

EXAMPLES = """[bold]Examples[/]

masker shape -c masker.yml

masker shape -c masker.yml --top 100 --fail-under 95

masker shape freeze -c masker.yml        # the numbers that steer masks, measured anew

MASKER_SOURCE=$PRODUCTION_DATABASE_URL MASKER_TARGET=$DATABASE_URL masker shape \
--rules config/masking.yml --queries db/queries.sql"""


@taking
def compare(
    databases: DatabaseFlags,
    rules: Annotated[RuleFlags, Without("require_signed", "allowed_signers")],
    shape: ShapeFlags,
    output: OutputFlags,
) -> None:
    """Compare a finished preview with production as the planner sees them: statistics of masked columns, sizes, plans
    of queries. Only the preview is analyzed."""
    options = shape.options()
    settings = build_settings(databases, rules, KeyFlags())
    from masker.shape.run import compare_shape

    report = compare_shape(settings, options)
    is_low = options.least is not None and not report.reaches(options.least)
    log = current_log()
    if output.json:
        document = {**report.document(), "expected": options.least, "fit": not is_low}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    elif log is None:
        from masker.cli.display.shape import print_report

        print_report(report, least=options.least)
    if log is not None:
        for each in report.bad:
            log.line(
                "check",
                level="error" if is_low else "warning",
                check="shape",
                part=str(each.part),
                subject=each.subject,
                measure=each.measure,
                outcome=str(each.outcome),
                source=each.source or None,
                target=each.target or None,
                text=each.detail or None,
                hint=each.hint or None,
            )
        for note in (*report.left_out, *report.notes):
            log.line("note", subject=note.subject, text=note.text)
        if is_low:
            log.line(
                "check",
                level="error",
                check="shape",
                subject=report.target,
                figure=report.figure,
                expected=options.least,
            )
        log.came_to(figure=report.figure, **{str(share.part): f"{share.good}/{share.total}" for share in report.shares})
    if is_low:
        raise typer.Exit(8)
