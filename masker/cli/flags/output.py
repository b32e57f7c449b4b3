"""In which form results are told; of each command itself, and of no settings file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from masker.cli.flags.group import Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFlags(Flags):
    """*json*: the result as one document. The log of *log_format* is opened before the command line is parsed: see
    :mod:`masker.cli.log`."""

    json: Annotated[bool, typer.Option("--json", help="The result as one JSON document on stdout.")] = False
    log_format: Annotated[
        Literal["pretty", "logfmt", "json"],
        typer.Option(
            "--log-format",
            help=(
                "How stderr tells of the run: for people, or a line an event for machines, failures too; the last is"
                " at=done."
            ),
        ),
    ] = "pretty"


_asked: list[OutputFlags] = []


def answer_as(output: OutputFlags) -> None:
    """Remember how the process's command is to answer: its failures are told where no command is left to know."""
    _asked.append(output)


def wants_document() -> bool:
    """Whether the command asked for one JSON document on stdout, whatever comes of it."""
    return bool(_asked) and _asked[-1].json
