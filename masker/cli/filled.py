"""What one database of a refresh came to: as plain values, and as a person reads it."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from masker.copy.run import CopyResult
from masker.crew.crew import FilledElsewhere
from masker.in_place.run import MaskResult


def database_part(filled: CopyResult | MaskResult | FilledElsewhere) -> dict[str, Any]:
    """What a database came to, as plain values, by its kind: ``copy`` or ``mask``."""
    from masker.cli.copy import result_document
    from masker.cli.mask import mask_document

    if isinstance(filled, FilledElsewhere):
        return {filled.kind: dict(filled.document)}
    return {"mask": mask_document(filled)} if isinstance(filled, MaskResult) else {"copy": result_document(filled)}


def print_database_result(filled: CopyResult | MaskResult | FilledElsewhere, console: Console) -> None:
    """The lines of ``masker copy`` or ``masker mask``."""
    from masker.cli.display.copy import print_result
    from masker.cli.display.in_place import print_mask_result

    if isinstance(filled, FilledElsewhere):
        console.print(filled.printed, markup=False, soft_wrap=True)
    elif isinstance(filled, MaskResult):
        print_mask_result(filled, console)
    else:
        print_result(filled, console)
