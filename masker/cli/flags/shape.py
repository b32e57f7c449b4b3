"""How a preview's shape is compared with production's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from masker.cli.flags.group import Flags, Setting
from masker.errors import UsageError
from masker.settings import ShapeOptions

_ITSELF = ShapeOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeFlags(Flags):
    """Whose plans are compared, and which figure is expected."""

    queries: Annotated[
        Path | None,
        typer.Option(
            "--queries",
            metavar="FILE",
            show_default=False,
            help=(
                "File of the application's queries, divided by semicolons, with $1, $2 … where it gives values: their"
                " plans are compared."
            ),
        ),
        Setting(
            "shape.queries",
            "File of the application's queries, divided by semicolons, with `$1`, `$2` … where it gives values; its"
            " path starts from the settings file.",
        ),
    ] = None
    top: Annotated[
        int | None,
        typer.Option(
            "--top",
            metavar="N",
            min=1,
            max=1000,
            show_default=False,
            help=(
                "Compare the plans of the N queries that took the most time by production's pg_stat_statements, which"
                " keeps them without values."
            ),
        ),
        Setting("shape.top"),
    ] = None
    fail_under: Annotated[
        float | None,
        typer.Option(
            "--fail-under",
            metavar="PERCENT",
            min=0,
            max=100,
            show_default=False,
            help="Exit 8 if the figure is lower, or nothing could be compared. \\[default: none; 95 of verify --shape]",
        ),
        Setting("shape.fail_under"),
    ] = None
    source_timeout: Annotated[
        float,
        typer.Option(
            "--source-timeout",
            metavar="SECONDS",
            min=0.1,
            help="The longest that a statement of the comparison may take on production.",
        ),
        Setting("shape.source_timeout"),
    ] = _ITSELF.source_timeout_s

    def options(self) -> ShapeOptions:
        """What a comparison is asked. Raises UsageError."""
        queries, top = self.queries, self.top
        if queries is not None and top is not None and {"queries", "top"} <= self.said:
            raise UsageError(
                "--queries and --top: queries come from a file or from pg_stat_statements", hint="give one of the two"
            )
        if queries is not None and top is not None and self.said & {"queries", "top"}:
            # A flag says another place than the file does.
            queries, top = (queries, None) if "queries" in self.said else (None, top)
        elif queries is not None and top is not None:
            raise UsageError("shape: masker.yml names both queries and top, expected one", hint="remove one of the two")
        return ShapeOptions(queries=queries, top=top, least=self.fail_under, source_timeout_s=self.source_timeout)
