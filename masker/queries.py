"""SQL that stands in a file of its own beside the module that asks it: ``-- name: tables`` begins a query."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

_NAMED = re.compile(r"(?m)^-- name: (\w+)\n")


@cache
def queries(module: str) -> dict[str, LiteralString]:
    """The queries of *module*, as its ``__name__`` is, by name: those of ``masker.verify.objects`` stand in
    ``masker/verify/objects.sql``.

    They are constants of the program as much as if they stood in its code, so they may be said so to the driver.
    """
    package, _, stem = module.rpartition(".")
    _, *parts = _NAMED.split(files(package).joinpath(f"{stem}.sql").read_text(encoding="utf-8"))
    return {name: cast("LiteralString", text) for name, text in zip(parts[::2], parts[1::2], strict=True)}
