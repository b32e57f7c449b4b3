"""A report as one HTML file that needs nothing else: its style and its figures are in it, and no script."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from masker.report.compare import compare
from masker.report.view import seconds, view

_HERE = Path(__file__).parent


def render(
    document: Mapping[str, Any], *, before: Mapping[str, Any] | None = None, shape: Mapping[str, Any] | None = None
) -> str:
    """The page of a run's *document*; *before* is an earlier run's, *shape* a document of ``masker shape --json``."""
    comparison = compare(document, before) if before is not None and document.get("result") else None
    style = Markup((_HERE / "report.css").read_text(encoding="utf-8"))  # noqa: S704 - comes with the code
    return _template().render(style=style, **view(document, comparison=comparison, shape=shape))


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["seconds"] = lambda value: seconds(value) if value is not None else ""
    return environment.get_template("report.html.j2")
