"""``masker rules``: rule files looked at, checked against a database, explained and begun."""

from __future__ import annotations

import typer

from masker.cli.rules import check, diff, explain, masks, schema, sign, suggest, test

EXAMPLES = """[bold]Examples[/]

MASKER_SOURCE=$PRODUCTION_DATABASE_URL masker rules suggest > config/masking.yml

masker rules check -c masker.yml

masker rules explain users.email -c masker.yml

masker rules sign config/masking.yml --by "Ada Lovelace" --schema db/schema.rb"""

app = typer.Typer(
    help="Check rule files, explain, suggest and sign rules, list masks.", no_args_is_help=True, rich_markup_mode="rich"
)
app.command("check", epilog=EXAMPLES)(check.check)
app.command("explain", epilog=EXAMPLES)(explain.explain)
app.command("suggest", epilog=EXAMPLES)(suggest.suggest)
app.command("sign", epilog=EXAMPLES)(sign.sign)
app.command("diff", epilog=EXAMPLES)(diff.diff)
app.command("test", epilog=EXAMPLES)(test.test)
app.command("masks")(masks.masks)
app.command("schema")(schema.schema)
