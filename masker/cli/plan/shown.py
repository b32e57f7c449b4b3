"""A plan in its four forms, and the one that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from masker.cli.flags.output import OutputFlags
from masker.cli.log import Log, current_log

if TYPE_CHECKING:
    from masker.cli.display.plan_lines import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One plan in its four forms."""

    document: Callable[[], dict[str, Any]]
    statements: Callable[[], Iterable[str]]
    text: Callable[[], None]
    lines: Callable[[], Iterable[Line]]


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
