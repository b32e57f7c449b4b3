"""``masker rules masks``: what there is to write into rule files."""

from __future__ import annotations

import typer

from masker.cli.rules.texts import masks_text


def masks() -> None:
    """List all masks: what they make, of which types, with which arguments."""
    from masker.masks.table import MASKS

    typer.echo(masks_text(MASKS))
