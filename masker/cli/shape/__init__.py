"""``masker shape``: does the preview plan like production, and what makes it so."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from masker.cli.shape import compare, freeze


class _Comparing(TyperGroup):
    """Compares where no other command is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args[:1] and args[0] in self.commands
        return super().parse_args(ctx, args if named else ["compare", *args])


app = typer.Typer(
    cls=_Comparing,
    help="Compare a preview with production as the planner sees them; freeze the numbers that make it so.",
    rich_markup_mode="rich",
)
app.command("compare", epilog=compare.EXAMPLES, hidden=True)(compare.compare)
app.command("freeze", epilog=freeze.EXAMPLES)(freeze.freeze)
