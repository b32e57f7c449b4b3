"""``masker verify``: is the preview whole, masked, and fit to be used?"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated, Literal

import typer

from masker.cli.building.databases import build_settings
from masker.cli.flags.copying import CopyFlags, DumpFlags
from masker.cli.flags.databases import DatabaseFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.shape import ShapeFlags
from masker.cli.flags.taking import taking
from masker.cli.log import current_log
from masker.errors import UsageError
from masker.findings import Findings

EXAMPLES = """[bold]Examples[/]

masker verify -c masker.yml

MASKER_TARGET=$DATABASE_URL masker verify

MASKER_SOURCE=$PRODUCTION_DATABASE_URL MASKER_TARGET=$DATABASE_URL masker verify --rules config/masking.yml --json

masker verify -c masker.yml --shape --top 100

MASKER_TARGET=$DATABASE_URL masker verify --gate

MASKER_TARGET=$DATABASE_URL masker verify --gate --unchanged"""


@taking
def verify_command(
    databases: DatabaseFlags,
    rules: Annotated[RuleFlags, Without("require_signed", "allowed_signers")],
    show_all: Annotated[bool, typer.Option("--all", help="List the checks that passed, too.")] = False,
    verify: Annotated[
        Literal["sample", "full"] | None,
        typer.Option(
            "--verify",
            metavar="sample|full",
            help=(
                "Rows proved: those the run has proved, or all, which takes --source unless the run has. \\[default:"
                " sample]"
            ),
            show_default=False,
        ),
    ] = None,
    no_source: Annotated[
        bool,
        typer.Option("--no-source", help="Ask the target alone, though masker.yml or the environment names a source."),
    ] = False,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate",
            help="Only look whether the target carries a valid marker of its own; needs neither source nor rules.",
        ),
    ] = False,
    unchanged: Annotated[
        bool,
        typer.Option(
            "--unchanged", help="With --gate: also whether anything was written since the marker. Reads every table."
        ),
    ] = False,
    with_shape: Annotated[
        bool,
        typer.Option(
            "--shape",
            help="Also whether it plans like production, as `masker shape` compares it; analyzes the preview.",
        ),
    ] = False,
    *,
    shape: ShapeFlags,
    copying: Annotated[CopyFlags, Without()],
    keys: KeyFlags,
    dump: DumpFlags,
    output: OutputFlags,
) -> None:
    """Compare a finished preview with what its run proved and, with --source, with what production still has of its
    rows. Exit 8 unless every check ran and passed."""
    from masker.copy.verify import verify_gate, verify_preview
    from masker.postgres.connect import parse_url
    from masker.sides import Side

    if unchanged and not gate:
        raise UsageError(
            "--unchanged: it goes with --gate",
            hint="`masker verify --gate --unchanged`; without --gate what has changed is told anyway",
        )
    if gate and (verify or no_source):
        raise UsageError(
            "--gate looks at the marker alone, --verify and --no-source say nothing of that",
            hint="leave one of them out",
        )
    _require_use(shape, with_shape=with_shape, gate=gate)
    options = shape.options()
    settings = build_settings(
        databases,
        rules,
        keys,
        dump=dump,
        copying=copying,
        verify=verify,
        needs_source=False,
        may_have_source=not gate and not no_source,
        needs_rules=not gate and not no_source,
    )
    if with_shape and not settings.source:
        raise UsageError(
            "--source is missing: --shape compares the target with production", hint="give it, or leave --shape out"
        )
    if settings.verify == "none":
        settings = replace(settings, verify="sample")
    if (log := current_log()) is not None:
        log.line("start", target=parse_url(settings.target, Side.TARGET).database, gate=gate)
    findings = verify_gate(settings, unchanged=unchanged) if gate else verify_preview(settings)
    if with_shape:
        from masker.shape.report import EXPECTED
        from masker.shape.run import compare_shape

        # The rows first: what the planner thinks of others says nothing.
        report = compare_shape(settings, options)
        findings = Findings(
            (*findings.all, *report.findings(options.least if options.least is not None else EXPECTED).all)
        )
    if output.json:
        document = {"kind": "verify", "fit": findings.are_good, **findings.document()}
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    elif log is None:
        for finding in findings.all if show_all else findings.told:
            typer.echo(str(finding))
        typer.echo(f"{findings}{'' if findings.are_good else ': not fit to be used'}")
    if log is not None:
        for finding in findings.all if show_all else findings.told:
            log.line(
                "check",
                level="info" if finding.is_good else "error",
                check=finding.check,
                subject=finding.subject,
                outcome=str(finding.outcome),
                text=finding.detail or None,
            )
        log.came_to(fit=findings.are_good, checks=findings.passed, failed=findings.failed, not_run=findings.not_run)
    if not findings.are_good:
        raise typer.Exit(8)


def _require_use(shape: ShapeFlags, *, with_shape: bool, gate: bool) -> None:
    if with_shape and gate:
        raise UsageError(
            "--gate looks at the marker alone, and --shape at tables and plans", hint="leave one of them out"
        )
    if shape.said and not with_shape:
        said = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(shape.said))
        raise UsageError(
            f"{said}: it goes with --shape", hint="add --shape, or compare the shape alone: `masker shape`"
        )
