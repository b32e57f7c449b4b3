"""``masker runs``: what earlier runs have left, and one of them against another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import typer

from masker.cli.flags.databases import DatabaseFlags
from masker.cli.flags.group import Without
from masker.cli.flags.output import OutputFlags
from masker.cli.flags.report import HistoryFlags
from masker.cli.flags.taking import taking
from masker.errors import UsageError
from masker.report.reading import databases_of

EXAMPLES = """[bold]Examples[/]

masker runs

masker runs latest                  # against the run of the same target before it

masker runs k3v9x0ab p0c2m4aa --json"""


@taking
def runs_command(
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="A run to compare, or latest.", show_default=False)
    ] = None,
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="[OTHER]", help="The run it is compared with; else the one before it.", show_default=False
        ),
    ] = None,
    *,
    databases: Annotated[DatabaseFlags, Without("source", "target")],
    history: HistoryFlags,
    output: Annotated[OutputFlags, Without("log_format")],
) -> None:
    """List the runs, and what was done with branches and dumps, that have left their documents here, or compare two
    runs: rows, durations, decisions, findings."""
    del databases  # its settings file says where runs are kept
    from masker.cli.recording import history_of

    kept = history_of(history.history)
    if run is None:
        found = [_line(document) for document in kept.runs(actions=True)]
        if output.json:
            typer.echo(json.dumps({"kind": "runs", "runs": found}, ensure_ascii=False, indent=2))
        else:
            _print_list(found)
        return
    from masker.report.compare import compare

    document = kept.read(run)
    then = kept.read(other) if other is not None else kept.before(document)
    if then is None:
        raise UsageError(
            f"{document['run']}: no earlier run of {document['target']['database']} is kept that it could be compared"
            " with",
            hint="name the other one: masker runs RUN OTHER",
        )
    result = compare(document, then)
    if output.json:
        typer.echo(json.dumps({"kind": "comparison", **result}, ensure_ascii=False, indent=2))
    else:
        _print_comparison(result)


def _line(document: Mapping[str, Any]) -> dict[str, Any]:
    parts = [part for _, part in databases_of(document)]
    results = [part.get("result") or {} for part in parts]
    checks = [result.get("checks") or part.get("checks") or {} for result, part in zip(results, parts, strict=True)]
    return {
        "run": document["run"],
        "of": document["of"],
        "begun_at": document["begun_at"][:19] + "Z",
        "seconds": document.get("seconds"),
        "target": ", ".join(part["target"]["database"] for part in parts),
        "subject": document.get("subject", ""),
        "status": document["status"],
        "rows": _sum(result.get("rows") for result in results),
        "masked_columns": _sum(result.get("masked_columns") for result in results),
        "checks": _sum(each.get("passed") for each in checks),
        "bad": _sum(each.get("failed", 0) + each.get("not_run", 0) if each else None for each in checks),
    }


def _sum(counts: Iterable[int | None]) -> int | None:
    """Of all databases, None where one has none."""
    found = list(counts)
    return sum(count for count in found if count is not None) if None not in found else None


def _print_list(found: list[dict[str, Any]]) -> None:
    from masker.report.view import seconds

    for one in found:
        words = [
            one["run"],
            one["begun_at"].replace("T", " "),
            f"{one['of']:<15}",
            f"{one['status']:<11}",
            f"{seconds(one['seconds']) if one['seconds'] is not None else '':>10}",
            f"{one['rows']:>13,} rows" if one["rows"] is not None else " " * 18,
            f"{one['target']}: {one['subject']}" if one["subject"] else one["target"],
        ]
        typer.echo("  ".join(words))
    if not found:
        typer.echo("no run has left anything here yet")


def _print_comparison(result: Mapping[str, Any]) -> None:
    from masker.report.view import seconds

    took = [seconds(each) if each is not None else "?" for each in result["seconds"]]
    rows = [f"{each:,}" if each is not None else "?" for each in result["rows"]]
    typer.echo(f"run {result['run']} against {result['against']}: {took[0]} → {took[1]}, {rows[0]} → {rows[1]} rows")
    for table in result["tables"]:
        word = "new" if table["new"] else "gone" if table["gone"] else ""
        counts = " → ".join(f"{each:,}" if each is not None else "–" for each in table["rows"])
        typer.echo(f"  rows     {table['table']}: {word or counts}")
    for column in result["columns"]:
        typer.echo(f"  column   {column['column']}: {column['was'] or 'not there'} → {column['is'] or 'not there'}")
    for finding in result["findings"]:
        typer.echo(
            f"  check    {finding['check']} {finding['subject']}: {finding['was'] or 'not there'} →"
            f" {finding['is'] or 'not there'}"
        )
    if not (result["tables"] or result["columns"] or result["findings"]):
        typer.echo("  the same rows, decisions and findings")
