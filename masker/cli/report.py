"""``masker report``: a run as one HTML file, for who answers for the data and for who runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from masker.cli.flags.databases import DatabaseFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import HistoryFlags
from masker.cli.flags.taking import taking
from masker.errors import UsageError

EXAMPLES = """[bold]Examples[/]

masker report latest -o report.html

masker report k3v9x0ab -o report.html --with-shape shape.json

masker copy -c masker.yml --confirm preview --report report.html"""


@taking
def report_command(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="The run, as its result and `masker runs` name it, latest, or a report's .json file.",
            show_default=False,
        ),
    ],
    databases: Annotated[DatabaseFlags, Without("source", "target")],
    out: Annotated[
        Path,
        typer.Option("-o", "--out", metavar="FILE", help="The file to write; JSON and Parquet files stand beside."),
    ] = Path("report.html"),
    with_shape: Annotated[
        Path | None,
        typer.Option(
            "--with-shape",
            metavar="FILE",
            show_default=False,
            help="What `masker shape --json` has said of the preview, to stand in the report.",
        ),
    ] = None,
    *,
    history: HistoryFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """Write the report of a run: what left production and why it is nobody's, then where the time went."""
    del databases  # its settings file says where runs are kept
    from masker.cli.recording import history_of
    from masker.report.files import require_writable, write_report
    from masker.report.history import read_document

    kept = history_of(history.history)
    document = read_document(Path(run)) if run.endswith(".json") else kept.read(run)
    require_writable(out)
    shape = _shape(with_shape) if with_shape is not None else None
    told = list(write_report(document, out, before=kept.before(document), shape=shape))
    if output.json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        for text in told:
            typer.echo(text)


def _shape(path: Path) -> Any:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: it cannot be read ({(error.strerror or 'no reason given').lower()})") from None
    except ValueError:
        raise UsageError(f"{path}: this is no JSON document") from None
    if not isinstance(document, dict) or document.get("kind") != "shape":
        raise UsageError(f"{path}: this is not what `masker shape --json` writes")
    return document
