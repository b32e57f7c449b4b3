"""Which databases a run is about, by which rules, and with which key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Self

import typer

from masker.cli.flags.group import Flags, Setting, Variable
from masker.cli.log import note

#: What -c is without being given, where it stands in the current folder.
_SETTINGS_FILE = Path("masker.yml")


def _or_found(context: typer.Context, given: Path | None) -> Path | None:
    if given is not None or context.resilient_parsing or not _SETTINGS_FILE.is_file():
        return given
    note(f"settings are those of ./{_SETTINGS_FILE}")
    return _SETTINGS_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFlags(Flags):
    """The settings file and both databases; URLs are secrets. *source_on_file* is the file's source, whatever else is
    said.

    *name* is what the file calls the target, None where a flag or the environment names the target itself.
    """

    config: Annotated[
        Path | None,
        typer.Option(
            "-c",
            "--config",
            metavar="FILE",
            callback=_or_found,
            show_default=False,
            help="Settings file; flags win over it. \\[default: ./masker.yml, where there is one]",
        ),
    ] = None
    source: Annotated[
        str | Variable | None,
        typer.Option(
            "--source",
            metavar="URL",
            envvar="MASKER_SOURCE",
            show_default=False,
            show_envvar=True,
            help=(
                "Production: postgres://user@host/database. Only read. `ps` shows the command line: passwords go into"
                " the environment, a service file or masker.yml."
            ),
        ),
        Setting("source.url", "Production: `postgres://user@host/database`. Only read."),
    ] = field(default=None, repr=False)
    target: Annotated[
        str | Variable | None,
        typer.Option(
            "--target",
            metavar="URL",
            envvar="MASKER_TARGET",
            show_default=False,
            show_envvar=True,
            help="Preview: the database whose content is replaced; by the environment if with a password.",
        ),
        Setting("target.url", "Preview: the database whose content is replaced."),
    ] = field(default=None, repr=False)
    name: Annotated[
        str | None, Setting("target.name", "What `--confirm` may call the target instead of the database's own name.")
    ] = None
    source_on_file: str | Variable | None = field(default=None, repr=False)

    def over(self, file: Mapping[str, Any]) -> Self:
        """As the rule says; the file's name is that of the file's target."""
        found = {key: value for key, value in file.items() if key != "name" or "target" not in self.said}
        return replace(super(DatabaseFlags, self).over(found), source_on_file=file.get("source"))

    @property
    def folder(self) -> Path:
        """What paths in the settings file start from."""
        return self.config.parent if self.config is not None else Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFlags(Flags):
    """The rule *files*, later ones win, and the *schema* of an application that is ahead of its database; whether what
    they decide has to be signed, and by whom."""

    files: Annotated[
        list[Path],
        typer.Option(
            "--rules", metavar="FILE", help="Rule file; repeat for several, later ones win.", show_default=False
        ),
        Setting("rules", "Rule files, later ones win; paths start from the settings file."),
    ] = field(default_factory=list)
    schema: Annotated[
        Path | None,
        typer.Option(
            "--schema",
            metavar="FILE",
            show_default=False,
            help=(
                "The application's db/schema.rb or db/structure.sql: rules for what it has, and the database has not"
                " yet, wait for the migration. What neither has is refused."
            ),
        ),
        Setting("schema"),
    ] = None
    require_signed: Annotated[
        bool,
        typer.Option(
            "--require-signed",
            help="Refuse decisions that are not those of FILE.sig beside the rules, and new personal columns (exit 9).",
        ),
        Setting("signing.required"),
    ] = False
    allowed_signers: Annotated[
        Path | None,
        typer.Option(
            "--allowed-signers",
            metavar="FILE",
            show_default=False,
            help="OpenSSH's file of allowed signers: the SSH signature in FILE.sig has to be by one of them.",
        ),
        Setting("signing.allowed_signers"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFlags(Flags):
    """Where the masking key is: in a *file* or in the environment variable *env*; nowhere is a fresh key."""

    file: Annotated[
        Path | None,
        typer.Option(
            "--key-file",
            metavar="FILE",
            help=(
                "File with the masking key, for equal results from run to run. \\[default: a fresh key, forgotten"
                " afterwards]"
            ),
            show_default=False,
        ),
        Setting("key.file", "File with the masking key; its path starts from the settings file."),
    ] = None
    env: Annotated[
        str | None,
        typer.Option(
            "--key-env", metavar="NAME", help="Environment variable with the masking key.", show_default=False
        ),
        Setting("key.env", "Environment variable with the masking key."),
    ] = None

    def over(self, file: Mapping[str, Any]) -> Self:
        """As the rule says, but for the whole: a flag names another key than the file."""
        return self if self.said else super(KeyFlags, self).over(file)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardFlags(Flags):
    """By which a person answers for this one run. No file says them for every run."""

    no_source: Annotated[
        bool,
        typer.Option(
            "--no-source", help="Do not compare the target with production, which this machine may not reach."
        ),
    ] = False
    first: Annotated[
        bool,
        typer.Option(
            "--first",
            help=(
                "The target is meant, although it looks like production, no source is known and no run has filled it"
                " yet."
            ),
        ),
    ] = False
    source_is_a_preview: Annotated[
        bool,
        typer.Option("--source-is-a-preview", help="The source is meant, although masker has filled or masked it."),
    ] = False
