"""``masker rules masks``: what there is to write into rule files."""

from __future__ import annotations

from typing import Annotated

import typer

from masker.cli.rules.texts import card_text, masks_text
from masker.errors import UsageError


def masks(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="One mask: its whole card.", show_default=False)
    ] = None,
) -> None:
    """List all masks: what they make, of which types, with which arguments; of one of them its card."""
    from masker.masks.every import MASKS

    if name is None:
        typer.echo(masks_text(MASKS))
        return
    if name not in MASKS:
        from masker.ruleset.complaints import did_you_mean

        raise UsageError(
            f'there is no mask "{name}"', hint=did_you_mean(name, MASKS) or "`masker rules masks` lists all"
        )
    typer.echo(card_text(name, MASKS[name]))
