"""A plan in its four forms, and the one that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from masker.cli.flags.output import OutputFlags
from masker.cli.flags.planning import PlanFlags
from masker.cli.log import Log, current_log
from masker.errors import UsageError

if TYPE_CHECKING:
    from masker.cli.display.plan_lines import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One plan in its four forms."""

    document: Callable[[], dict[str, Any]]
    statements: Callable[[], Iterable[str]]
    text: Callable[[], None]
    lines: Callable[[], Iterable[Line]]


def require_sql(plan: PlanFlags) -> None:
    """Raises UsageError where a table is named and no statements are asked for."""
    if plan.only is not None and not plan.sql:
        raise UsageError(
            f"{plan.only}: a plan is of everything", hint=f"--sql {plan.only} prints the statements of that alone"
        )


def show(plan: Shown, output: OutputFlags, *, sql: bool) -> None:
    """Tell *plan* as *output* says, its statements with *sql*."""
    log = current_log()
    if log is not None:
        write(log, plan.lines())
    if output.json:
        typer.echo(json.dumps(plan.document(), ensure_ascii=False, indent=2))
    elif sql:
        for line in plan.statements():
            typer.echo(line)
    elif log is None:
        plan.text()


def write(log: Log, lines: Iterable[Line]) -> None:
    """Write *lines* into *log*."""
    for at, level, fields in lines:
        log.line(at, level=level, **fields)
