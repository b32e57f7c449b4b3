"""What a run leaves behind for people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from masker.cli.flags.group import Flags, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFlags(Flags):
    """Where the documents of runs are kept; None is where a person's programs keep such things."""

    history: Annotated[
        Path | None,
        typer.Option(
            "--history",
            metavar="DIR",
            envvar="MASKER_HISTORY",
            show_default=False,
            show_envvar=True,
            help="Where runs leave their documents. \\[default: masker/runs below $XDG_STATE_HOME or ~/.local/state]",
        ),
        Setting(
            "history",
            "Where runs leave their documents, for `masker runs` and `masker report`; its path starts from the"
            " settings file. By default masker/runs below `$XDG_STATE_HOME` or ~/.local/state.",
        ),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFlags(HistoryFlags):
    """The same of a run, the *report* that it writes at its end, and the collector *otlp* that gets its trace."""

    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            show_default=False,
            help="Write a report of the run, one HTML file; JSON and Parquet files beside it.",
        ),
    ] = None
    otlp: Annotated[
        str | None,
        typer.Option(
            "--otlp",
            metavar="URL",
            show_default=False,
            help="Send the run's trace to an OpenTelemetry collector: http://localhost:4318. Needs the extra otel.",
        ),
        Setting(
            "otlp",
            "An OpenTelemetry collector that gets the trace of each run: lanes, steps, rows and bytes. Needs the extra"
            " `otel`; headers stand in `OTEL_EXPORTER_OTLP_HEADERS`.",
        ),
    ] = None
