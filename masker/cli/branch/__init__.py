"""``masker branch``: a copy of the verified preview for every pull request."""

from __future__ import annotations

import typer

from masker.cli.branch import create, drop, listing, pristine, prune, renew

app = typer.Typer(
    name="branch",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Copies of a verified preview on its own server, for review apps.",
)

app.command("create", epilog=create.EXAMPLES)(create.create)
app.command("list", epilog=listing.EXAMPLES)(listing.list_branches)
app.command("renew", epilog=renew.EXAMPLES)(renew.renew_branch)
app.command("drop", epilog=drop.EXAMPLES)(drop.drop_branch)
app.command("prune", epilog=prune.EXAMPLES)(prune.prune_branches)
app.command("pristine", epilog=pristine.EXAMPLES)(pristine.pristine)
