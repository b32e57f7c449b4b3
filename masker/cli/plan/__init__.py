"""``masker plan``: what a command would do, from both catalogs and the rules; nothing is touched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import typer

from masker.cli.lazily import LazyGroup, Place


class _Commands(LazyGroup):
    places: ClassVar[Mapping[str, Place]] = {
        "copy": Place("plan.copy", "plan_copy"),
        "mask": Place("plan.mask", "plan_mask"),
        "sync": Place("plan.sync", "plan_sync"),
        "refresh": Place("plan.refresh", "plan_refresh"),
    }


app = typer.Typer(
    cls=_Commands,
    help="Show what a command would do. Nothing is touched, no write access is needed.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@app.callback()
def _plan() -> None:
    pass
