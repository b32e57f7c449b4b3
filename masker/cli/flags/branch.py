"""Which preview branches are made of, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

import typer

from masker.cli.flags.group import Flags, Setting
from masker.cli.unless import parse_age


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewFlags(Flags):
    """The preview, and whether its sessions may be ended."""

    of: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="DATABASE",
            show_default=False,
            help="The verified preview, by its database's name on the target's server. \\[default: the target itself]",
        ),
    ] = None
    terminate: Annotated[
        bool, typer.Option("--terminate", help="End the sessions on the preview for the moment that copying takes.")
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseFlags(Flags):
    """How long a branch is wanted."""

    ttl: Annotated[
        timedelta | None,
        typer.Option(
            "--ttl",
            metavar="AGE",
            parser=parse_age,
            show_default=False,
            help="The lease: after so long `prune` drops it. 90m, 12h, 3d, 2w. \\[default: no end]",
        ),
        Setting("branches.ttl", takes=str, read=parse_age),
    ] = None
