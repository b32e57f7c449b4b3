"""``masker rules``: rule files looked at, checked against a database, explained and begun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import typer

from masker.cli.lazily import LazyGroup, Place

EXAMPLES = """[bold]Examples[/]

MASKER_SOURCE=$PRODUCTION_DATABASE_URL masker rules suggest > config/masking.yml

masker rules check -c masker.yml

masker rules explain users.email -c masker.yml

masker rules sign config/masking.yml --by "Ada Lovelace" --schema db/schema.rb"""


class _Commands(LazyGroup):
    places: ClassVar[Mapping[str, Place]] = {
        **{
            name: Place(f"rules.{name}", name, epilog=EXAMPLES)
            for name in ("check", "explain", "suggest", "sign", "diff", "test")
        },
        "masks": Place("rules.masks", "masks"),
        "schema": Place("rules.schema", "schema"),
    }


app = typer.Typer(
    cls=_Commands,
    help="Check rule files, explain, suggest and sign rules, list masks.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)
