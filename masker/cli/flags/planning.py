"""What is asked of one plan; of no settings file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from masker.cli.flags.group import Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFlags(Flags):
    """How much of a plan is told."""

    only: Annotated[
        str | None,
        typer.Argument(
            metavar="TABLE.COLUMN",
            help="With --sql: the statements of one table (TABLE), or the expression of one column alone.",
            show_default=False,
        ),
    ] = None
    sql: Annotated[bool, typer.Option("--sql", help="Print every statement under its step.")] = False
    all: Annotated[bool, typer.Option("--all", help="List all tables, and what becomes of each column.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TryFlags(Flags):
    """Whether a plan is tried out."""

    tries: Annotated[
        bool,
        typer.Option(
            "--try",
            help="Make the whole schema in a scratch database beside the target and drop it: the role needs CREATEDB.",
        ),
    ] = False
