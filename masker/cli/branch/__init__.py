"""``masker branch``: a copy of the verified preview for every pull request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import typer

from masker.cli.lazily import LazyGroup, Place


class _Commands(LazyGroup):
    places: ClassVar[Mapping[str, Place]] = {
        "create": Place("branch.create", "create"),
        "list": Place("branch.listing", "list_branches"),
        "renew": Place("branch.renew", "renew_branch"),
        "drop": Place("branch.drop", "drop_branch"),
        "prune": Place("branch.prune", "prune_branches"),
        "pristine": Place("branch.pristine", "pristine"),
    }


app = typer.Typer(
    cls=_Commands,
    name="branch",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Copies of a verified preview on its own server, for review apps.",
)
