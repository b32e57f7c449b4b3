"""``masker mask``: a preview that a restore has filled, masked where it stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from masker.cli.log import current_log
from masker.cli.options import (
    AsJson,
    Config,
    First,
    KeyEnv,
    KeyFile,
    LogFormat,
    NoSource,
    RuleFiles,
    Schema,
    Source,
    SourceIsAPreview,
    Target,
    Workers,
    build_settings,
)
from masker.cli.unless import is_standing
from masker.errors import UsageError
from masker.settings import InPlaceOptions

if TYPE_CHECKING:
    from rich.console import Console

    from masker.run.mask import MaskResult
    from masker.settings import Settings

EXAMPLES = """[bold]Examples[/]

MASKER_SOURCE=$PRODUCTION_DATABASE_URL MASKER_TARGET=$DATABASE_URL masker mask --rules config/masking.yml --confirm preview

masker mask -c masker.yml --confirm preview --terminate --workers 2

masker mask -c masker.yml --confirm preview --unless-masked

masker mask -c masker.yml --confirm preview --wait 60 --throttle 5000"""

Terminate = Annotated[
    bool, typer.Option("--terminate", help="End other sessions on the target. Without it the run is refused while there are any.")
]
Wait = Annotated[float, typer.Option("--wait", min=0, metavar="SECONDS", help="Wait so long for other sessions to go.", show_default=False)]
Throttle = Annotated[
    int | None,
    typer.Option(
        "--throttle",
        min=1,
        metavar="ROWS",
        help="The most rows a second that batches mask. Rewrites are not slowed down.",
        show_default=False,
    ),
]
BatchRows = Annotated[
    int, typer.Option("--batch-rows", min=1, max=10_000_000, metavar="ROWS", help="The most rows of one transaction in batches.")
]
FreeSpace = Annotated[
    str | None,
    typer.Option(
        "--free-space",
        metavar="SIZE",
        help="What may be used of the target's disk besides, such as 20GB: what has no room for a second copy is masked in batches. \\[default: all there is]",
        show_default=False,
    ),
]
VerifyInPlace = Annotated[
    Literal["sample", "full", "none"] | None,
    typer.Option(
        "--verify",
        metavar="sample|full|none",
        help="Rows that are proved to have become what they were to, and kept columns to be as they were: 10,000 or more of each table, all, or none, which leaves the gate shut. \\[default: sample]",
        show_default=False,
    ),
]
UnlessMasked = Annotated[
    bool,
    typer.Option("--unless-masked", help="Do nothing, and exit 0, where the target is masked and verified by these rules already: for release phases, which run on every change."),
]
Again = Annotated[bool, typer.Option("--again", help="Mask a target that is masked already once more.")]


def mask_command(
    config: Config = None, source: Source = None, target: Target = None, rules: RuleFiles = None, schema: Schema = None,
    confirm: Annotated[str | None, typer.Option("--confirm", metavar="NAME", help="The target database's name, or what masker.yml calls it; its rows are masked where they stand.", show_default=False)] = None,
    workers: Workers = None, terminate: Terminate = False, wait: Wait = 0.0, throttle: Throttle = None, batch_rows: BatchRows = 20_000,
    free_space: FreeSpace = None, again: Again = False, unless_masked: UnlessMasked = False,
    no_source: NoSource = False, first: First = False, source_is_a_preview: SourceIsAPreview = False,
    key_file: KeyFile = None, key_env: KeyEnv = None, verify: VerifyInPlace = None, as_json: AsJson = False,
    log_format: LogFormat = "pretty",  # noqa: ARG001 - the log is open
) -> None:  # fmt: skip
    """Mask a preview in place, after `heroku pg:copy` or any restore; verify; open the gate. A run that was killed is gone on with."""
    settings = build_settings(
        config=config,
        source=source,
        target=target,
        rules=rules,
        schema=schema,
        workers=workers,
        confirm=confirm,
        key_file=key_file,
        key_env=key_env,
        free_space=free_space,
        verify=verify,
        needs_source=False,
        compares=True,
        no_source=no_source,
        first=first,
        source_is_a_preview=source_is_a_preview,
    )
    if unless_masked and again:
        raise UsageError("--again and --unless-masked: one masks what is masked already, the other does not", hint="leave one of them out")
    if unless_masked and is_standing(settings, as_json=as_json):
        return
    options = InPlaceOptions(terminate=terminate, wait_s=wait, throttle=throttle, batch_rows=batch_rows, again=again)
    from rich.console import Console

    result = run_mask(settings, options, console=Console(stderr=True, highlight=False))
    if as_json:
        typer.echo(json.dumps(mask_document(result), ensure_ascii=False, indent=2))
    elif current_log() is None:
        from masker.cli.show_mask import print_mask_result

        print_mask_result(result, Console(highlight=False))
    if not result.is_verified:
        raise typer.Exit(8)


def run_mask(settings: Settings, options: InPlaceOptions, *, console: Console) -> MaskResult:
    """Mask with progress told on *console*, or in the log."""
    from masker.cli.progress import came_to, listening
    from masker.run.mask import mask

    log = current_log()
    with listening(console) as listener:
        result = mask(settings, options, listener, run=log.run if log else None)
    came_to(result)
    return result


def mask_document(result: MaskResult) -> dict[str, Any]:
    """The result as plain values."""
    return {
        "kind": "mask",
        "run": result.run,
        "target": result.plan.target_database,
        "fit": result.is_verified,
        "went_on": result.went_on,
        "finished_at": result.finished_at.isoformat(timespec="seconds"),
        "seconds": {"total": round(result.elapsed_s, 3), "mask": round(result.mask_s, 3), "verify": round(result.verify_s, 3)},
        "rows": result.total_rows,
        "masked_columns": result.plan.masked_columns,
        "shows_originals": [{"column": str(column), "of": list(names)} for column, names in result.plan.shows_originals],
        "tables": [{"schema": name.schema, "name": name.name, "rows": rows} for name, rows in sorted(result.rows.items())],
        "checks": {
            "passed": result.findings.passed, "failed": result.findings.failed, "not_run": result.findings.not_run,
            "findings": [{"check": f.check, "subject": f.subject, "outcome": str(f.outcome), "detail": f.detail} for f in result.findings.all],
        },
        "notes": [{"subject": note.subject, "text": note.text} for note in result.notes],
    }  # fmt: skip
