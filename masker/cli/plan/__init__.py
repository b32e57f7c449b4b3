"""``masker plan``: what a command would do, from both catalogs and the rules; nothing is touched."""

from __future__ import annotations

import typer

from masker.cli.plan import copy, mask, refresh, sync

app = typer.Typer(
    help="Show what a command would do. Nothing is touched, no write access is needed.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)


@app.callback()
def _plan() -> None:
    pass


app.command("copy", epilog=copy.EXAMPLES)(copy.plan_copy)
app.command("mask", epilog=mask.EXAMPLES)(mask.plan_mask)
app.command("sync", epilog=sync.EXAMPLES)(sync.plan_sync)
app.command("refresh", epilog=refresh.EXAMPLES)(refresh.plan_refresh)
