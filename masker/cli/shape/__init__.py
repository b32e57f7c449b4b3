"""``masker shape``: does the preview plan like production, and what makes it so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import typer

from masker.cli.lazily import LazyGroup, Place


class _Comparing(LazyGroup):
    """Compares where no other command is named."""

    places: ClassVar[Mapping[str, Place]] = {
        "compare": Place("shape.compare", "compare", hidden=True),
        "freeze": Place("shape.freeze", "freeze"),
    }

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args[:1] and args[0] in self.commands
        return super().parse_args(ctx, args if named else ["compare", *args])


app = typer.Typer(
    cls=_Comparing,
    help="Compare a preview with production as the planner sees them; freeze the numbers that make it so.",
    rich_markup_mode="rich",
)
