"""``masker rules explain``: why a column becomes what it becomes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Annotated

import typer

from masker.cli.flags.databases import DatabaseFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.taking import taking
from masker.cli.rules.decided import catalog_at_hand, is_alone
from masker.cli.rules.inputs import source_url
from masker.errors import MaskerError, RuleErrors, UsageError

if TYPE_CHECKING:
    from masker.catalog.types import Catalog, Column, Table
    from masker.ruleset.types import RuleSet


@taking
def explain(
    column: Annotated[
        str,
        typer.Argument(
            metavar="TABLE[.COLUMN]",
            help="The column, or a whole table, with its schema outside of public.",
            show_default=False,
        ),
    ],
    rules: Annotated[RuleFlags, Without("require_signed", "allowed_signers")],
    databases: Annotated[DatabaseFlags, Without("target")],
    sql: Annotated[bool, typer.Option("--sql", help="The SQL that is read instead of the column, too.")] = False,
    sample: Annotated[
        int,
        typer.Option(
            "--sample", min=0, max=100, metavar="N", help="N masked values of made-up rows, computed by the source."
        ),
    ] = 0,
) -> None:
    """Tell which rule decides a column, where it stands, which rules give way to it, and what it seems to hold by its
    name, table, type, comment and the application; of a table, what becomes of each column."""
    from masker.draft.heard import heard
    from masker.names import TableName
    from masker.ruleset.claims import find_table
    from masker.ruleset.explain import explain_column, explain_table, find_column
    from masker.ruleset.parse import read_rules

    ruleset = read_rules(tuple(rules.files), rules.schema)
    catalog = catalog_at_hand(ruleset, rules, databases)
    name = find_table(column, catalog)
    if isinstance(name, TableName):
        if sql or sample:
            raise UsageError("--sql and --sample are of one column", hint=f"name it: {column}.COLUMN")
        typer.echo(explain_table(ruleset, catalog, name))
        return
    typer.echo(explain_column(ruleset, catalog, column))
    table, found = find_column(column, catalog)
    typer.echo(heard(found, table, catalog, ruleset.facts))
    if sql:
        typer.echo(f"\n{_statement(ruleset, catalog, table, found)}")
    if not is_alone(rules, databases) and (url := source_url(databases)) is not None:
        for line in _widths(ruleset, url, table, found):
            typer.echo(line)
    if sample:
        for line in _samples(ruleset, databases, table, found, sample):
            typer.echo(line)


def _statement(ruleset: RuleSet, catalog: Catalog, table: Table, column: Column) -> str:
    """The expression that is read instead of *column*, laid out. Raises RuleErrors."""
    from masker.copy.reading import reading
    from masker.names import quote
    from masker.ruleset.resolve import resolve
    from masker.tables.laid_out import laid_out

    read = reading(catalog, resolve(ruleset, catalog), defaultdict(str), {})
    found = read.tables.get(table.name)
    if found is None:
        own = [p for p in read.problems if p.subject.startswith(str(table.name))]
        if own:
            raise RuleErrors(own)
        return "none: the table is left empty, or holds no rows itself"
    return laid_out(next((each.sql for each in found.masked if each.name == column.name), quote(column.name)))


def _widths(ruleset: RuleSet, url: str, table: Table, column: Column) -> list[str]:
    """How wide values are before and after, as the source's own rows have them; nothing of what is not masked."""
    from masker.copy.examples import open_masks
    from masker.names import quote
    from masker.postgres.errors import ServerFault

    if table.kind == "f" or not table.can_select:
        return []
    with open_masks(url, ruleset) as masks:
        if masks.problems(table, column) or masks.statement(table, column) == quote(column.name):
            return []
        try:
            found = masks.widths(table, column)
        except ServerFault as fault:
            return [f"widths: not measured ({fault.text})"]
    if found is None:
        return ["widths: no row has a value"]
    rows, before, after = found
    return [f"widths: {before:.1f} bytes before, {after:.1f} after, on average of {rows:,} rows"]


def _samples(ruleset: RuleSet, databases: DatabaseFlags, table: Table, column: Column, count: int) -> list[str]:
    """Masked values of *count* made-up rows. Raises UsageError where there is no server, RuleErrors."""
    from masker.copy.examples import made_up, open_masks
    from masker.postgres.errors import ServerFault

    url = source_url(databases)
    if url is None:
        raise UsageError("--sample needs --source", hint="masks are computed by a server; no row of it is read")
    with open_masks(url, ruleset) as masks:
        if found := masks.problems(table, column):
            raise RuleErrors(found)
        if masks.shows_rows(table):
            return ["samples   none: masks of the table read rows of the source"]
        try:
            made = masks.make(table, column, made_up(table, count))
        except ServerFault as fault:
            raise MaskerError(f"{table.name}.{column.name}: made-up rows are none to the server ({fault})") from None
    return ["", "made-up rows become:", *(f"  {'NULL' if value is None else value}" for value in made)]
