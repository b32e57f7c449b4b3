"""``masker dump``: the verified preview in a bucket, for laptops and review apps without a server to branch on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import typer

from masker.cli.lazily import LazyGroup, Place


class _Commands(LazyGroup):
    places: ClassVar[Mapping[str, Place]] = {
        "create": Place("dump.create", "create"),
        "list": Place("dump.listing", "list_dumps"),
        "restore": Place("dump.restore", "restore"),
        "accept": Place("dump.accept", "accept"),
        "prune": Place("dump.prune", "prune"),
    }


app = typer.Typer(
    cls=_Commands,
    name="dump",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Dumps of a verified preview in a private bucket, and databases restored from them.",
)
