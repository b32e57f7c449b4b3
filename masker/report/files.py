"""A report's files: one HTML file, the run's document as JSON beside it, and tables of it as Parquet."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from masker.errors import UsageError
from masker.report.history import is_document, write_bytes, write_text
from masker.report.reading import columns_of, findings_of, of_all, tables_of

_EXTRA = "pip install 'rails-masker[s3]'"


def require_writable(path: Path) -> None:
    """Raise UsageError where a report cannot be written to *path*."""
    if path.is_dir():
        raise UsageError(f"{path}: it is a folder", hint="name the file, for instance report.html")
    if path.suffix.lower() in {".json", ".parquet"}:
        raise UsageError(
            f"{path}: the report is a page of HTML, its data stand beside it as {path.with_suffix('.json').name} and in"
            " Parquet",
            hint=f"name the page, for instance {path.with_suffix('.html').name}",
        )
    if not path.parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}", hint="make it first")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path}: {path.parent} may not be written to", hint="name another folder")
    beside = path.with_suffix(".json")
    if beside.exists() and not is_document(beside):
        raise UsageError(
            f"{path}: the report's data would be written over {beside.name} beside it, which is no run's document",
            hint="name the page otherwise, for instance report.html",
        )


def write_report(
    document: Mapping[str, Any],
    path: Path,
    *,
    before: Mapping[str, Any] | None = None,
    shape: Mapping[str, Any] | None = None,
) -> Iterator[str]:
    """Write the report of *document* to *path*, and beside it ``NAME.json``, ``NAME.findings.parquet``,
    ``NAME.columns.parquet`` and ``NAME.tables.parquet``; yield what is to be told of it. *before* is an earlier run of
    the same target, *shape* what ``masker shape --json`` has said of it.

    Raises UsageError where that cannot be.
    """
    from masker.report.render import render

    try:
        write_text(path, render(document, before=before, shape=shape))
        write_text(path.with_suffix(".json"), json.dumps(document, ensure_ascii=False, indent=1) + "\n")
        yield f"the report of run {document['run']} is in {path}, its data in {path.with_suffix('.json')}"
        yield _write_parquet(document, path)
    except OSError as error:
        raise UsageError(f"{path}: it cannot be written ({(error.strerror or 'no reason given').lower()})") from None


def _write_parquet(document: Mapping[str, Any], path: Path) -> str:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        return f"Parquet files are left out: pyarrow is not installed ({_EXTRA})"
    written = []
    text, number = pa.string(), pa.int64()
    kinds: dict[str, tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]] = {
        "findings": (of_all(document, findings_of), dict.fromkeys(("check", "subject", "outcome", "detail"), text)),
        "columns": (
            of_all(document, columns_of),
            dict.fromkeys(
                ("schema", "table", "column", "type", "fate", "how", "mask", "rule", "reason", "shows"), text
            ),
        ),
        "tables": (
            of_all(document, tables_of),
            {
                **dict.fromkeys(("schema", "name", "action"), text),
                **dict.fromkeys(("before", "after", "size", "bytes"), number),
                "seconds": pa.float64(),
            },
        ),
    }
    for name, (rows, kinds_of) in kinds.items():
        file = path.with_suffix(f".{name}.parquet")
        schema = pa.schema([("run", text), ("database", text), *kinds_of.items()])
        table = pa.Table.from_pylist([{**row, "run": document["run"]} for row in rows], schema=schema)
        content = io.BytesIO()
        parquet.write_table(table, content)
        write_bytes(file, content.getvalue())
        written.append(file.name)
    return f"beside it {', '.join(written)}"
