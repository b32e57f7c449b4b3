"""``masker plan``: what a command would do, from both catalogs and the rules; nothing is touched."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from masker.cli.mask import BatchRows
from masker.cli.options import (
    AsJson,
    Config,
    Grants,
    KeyEnv,
    KeyFile,
    Owners,
    PgDump,
    PublishBy,
    RuleFiles,
    Source,
    SourceConnections,
    Target,
    Workers,
    build_settings,
)
from masker.settings import InPlaceOptions

EXAMPLES = """[bold]Examples[/]

masker plan copy -c masker.yml

masker plan copy --source $PRODUCTION_DATABASE_URL --target $DATABASE_URL --rules config/masking.yml --all

masker plan copy -c masker.yml --sql > plan.sql"""

MASK_EXAMPLES = """[bold]Examples[/]

masker plan mask --target $DATABASE_URL --rules config/masking.yml

masker plan mask -c masker.yml --all

masker plan mask -c masker.yml --sql > plan.sql"""

app = typer.Typer(
    help="Show what a command would do. Nothing is touched, no write access is needed.", no_args_is_help=True, rich_markup_mode="rich"
)


@app.callback()
def _plan() -> None:
    pass


@app.command("copy", epilog=EXAMPLES)
def plan_copy(
    config: Config = None, source: Source = None, target: Target = None, rules: RuleFiles = None, workers: Workers = None,
    source_connections: SourceConnections = None, publish: PublishBy = None, key_file: KeyFile = None, key_env: KeyEnv = None,
    pg_dump: PgDump = None, owners: Owners = False, grants: Grants = False, as_json: AsJson = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print every statement under its step.")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="List the tables that are copied as they are, too.")] = False,
) -> None:  # fmt: skip
    """Show what `masker copy` would do: tables, masks, identities, sizes, statements."""
    from masker.plan.explain import as_document, statements
    from masker.run.prepare import prepared

    settings = build_settings(
        config=config, source=source, target=target, rules=rules, workers=workers, source_connections=source_connections,
        publish=publish, key_file=key_file, key_env=key_env, pg_dump=pg_dump, owners=owners, grants=grants,
    )  # fmt: skip
    with prepared(settings, writes=False) as ready:
        if as_json:
            typer.echo(json.dumps(as_document(ready.plan), ensure_ascii=False, indent=2))
        elif sql:
            for line in statements(ready.plan):
                typer.echo(line)
        else:
            from masker.cli.show import print_plan

            print_plan(ready, show_all=show_all)


@app.command("mask", epilog=MASK_EXAMPLES)
def plan_mask(
    config: Config = None, target: Target = None, rules: RuleFiles = None, workers: Workers = None, batch_rows: BatchRows = 20_000,
    key_file: KeyFile = None, key_env: KeyEnv = None, as_json: AsJson = False,
    sql: Annotated[bool, typer.Option("--sql", help="Print every statement under its step.")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="List the tables that stay as they are, too.")] = False,
) -> None:  # fmt: skip
    """Show what `masker mask` would do in place: the strategy of each table and why, what is made anew, statements."""
    from masker.plan.explain_mask import mask_plan_document, mask_statements
    from masker.run.mask import prepared_in_place

    settings = build_settings(
        config=config, source=None, target=target, rules=rules, workers=workers, key_file=key_file, key_env=key_env, needs_source=False
    )
    with prepared_in_place(settings, InPlaceOptions(batch_rows=batch_rows)) as ready:
        if as_json:
            typer.echo(json.dumps(mask_plan_document(ready.plan), ensure_ascii=False, indent=2))
        elif sql:
            for line in mask_statements(ready.plan):
                typer.echo(line)
        else:
            from masker.cli.show_mask import print_mask_plan

            print_mask_plan(ready, show_all=show_all)
