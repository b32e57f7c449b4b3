"""``masker dump``: the verified preview in a bucket, for laptops and review apps without a server to branch on."""

from __future__ import annotations

import typer

from masker.cli.dump import accept, create, listing, prune, restore

app = typer.Typer(
    name="dump",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Dumps of a verified preview in a private bucket, and databases restored from them.",
)

app.command("create", epilog=create.EXAMPLES)(create.create)
app.command("list", epilog=listing.EXAMPLES)(listing.list_dumps)
app.command("restore", epilog=restore.EXAMPLES)(restore.restore)
app.command("accept", epilog=accept.EXAMPLES)(accept.accept)
app.command("prune", epilog=prune.EXAMPLES)(prune.prune)
