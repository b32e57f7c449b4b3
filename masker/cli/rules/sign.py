"""``masker rules sign``: somebody answers for what rules decide."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from masker.cli.flags.databases import DatabaseFlags, RuleFlags
from masker.cli.flags.group import Without
from masker.cli.flags.taking import taking
from masker.cli.rules.inputs import source_catalog, source_url
from masker.errors import RuleErrors, UsageError

if TYPE_CHECKING:
    from masker.ruleset.types import Resolution


@taking
def sign(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE...", help="Rule files, instead of --rules.", show_default=False),
    ] = None,
    *,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who answers for them.", show_default=False)],
    ssh_key: Annotated[
        Path | None,
        typer.Option(
            "--ssh-key",
            metavar="FILE",
            help="Sign with this SSH key, by ssh-keygen -Y; without it the signature is recorded, not proven.",
            show_default=False,
        ),
    ] = None,
    rules: Annotated[RuleFlags, Without("require_signed", "allowed_signers")],
    databases: Annotated[DatabaseFlags, Without("target")],
) -> None:
    """Sign what rules decide for a source, or for the application's schema: writes FILE.sig beside the first of
    them."""
    from masker.signing.decisions import changes, decisions, is_table
    from masker.signing.file import Signature, file_digests, read_signature, signature_path, write_signature
    from masker.signing.ssh import ssh_sign

    paths = tuple(files or rules.files)
    if not paths:
        raise UsageError("FILE is missing", hint="name the rule files to sign, or give --rules or masker.yml (-c)")
    path = signature_path(paths)
    before = read_signature(path)
    resolution = _resolution(paths, rules, databases)
    signature = Signature(
        by=by,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        files=file_digests(paths),
        decisions=decisions(resolution),
    )
    if ssh_key is not None:
        signature = Signature(
            by=signature.by,
            at=signature.at,
            files=signature.files,
            decisions=signature.decisions,
            ssh=ssh_sign(ssh_key, signature.payload()),
        )
    if (fault := write_signature(path, signature)) is not None:
        raise UsageError(fault)
    tables = [table for name, table in signature.decisions.items() if is_table(name)]
    columns = sum(len(table["columns"]) for table in tables)
    how = "with an SSH signature" if signature.ssh is not None else "recorded, not proven"
    typer.echo(f"{path}: {columns} columns of {len(tables)} tables, signed by {by}, {how}")
    if before is None:
        return
    since = changes(before.decisions, decisions(resolution, before.decisions))
    for subject, told in (*since.changed, *since.new, *since.others):
        typer.echo(f"  {subject}: {told.replace(', which nobody has signed', '')}")


def _resolution(paths: tuple[Path, ...], rules: RuleFlags, databases: DatabaseFlags) -> Resolution:
    """What the rules decide for whatever is at hand. Raises RuleErrors where they do not fit it."""
    from masker.ruleset.parse import read_rules
    from masker.ruleset.resolve import resolve

    ruleset = read_rules(paths, rules.schema)
    alone = "schema" in rules.said and "source" not in databases.said
    if not alone and source_url(databases) is not None:
        resolution = resolve(ruleset, source_catalog(databases))
        problems = resolution.problems
    elif ruleset.schema is not None:
        from masker.copy.offline import check_schema

        checked = check_schema(ruleset, ruleset.schema)
        resolution, problems = checked.resolution, tuple(checked.problems)
    else:
        raise UsageError(
            "--source and --schema are missing: what rules decide is a matter of the columns there are",
            hint="give the application's db/schema.rb or db/structure.sql with --schema, or a database with --source",
        )
    if problems:
        raise RuleErrors(problems)
    return resolution
