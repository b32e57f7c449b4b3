"""The database-aware scope of bucket pairs, from flags and from masker.yml."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from masker.errors import UsageError

if TYPE_CHECKING:
    from masker.cli.settings_file import BucketSettings, ScopeSettings, SettingsFile
    from masker.s3.scope import ActiveStorageScope, DecisionName

ScopeKind = Literal["active_storage"]

#: Under which heading help lists the options.
_PANEL = "Scope"

ScopeBy = Annotated[
    ScopeKind | None,
    typer.Option(
        "--scope", rich_help_panel=_PANEL, metavar="active_storage", help="Only objects of blobs that the masked preview has, by --attachment.", show_default=False
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", rich_help_panel=_PANEL,
        metavar="URL",
        help="The masked preview that --scope reads; by default $MASKER_TARGET, or target.url of masker.yml.",
        show_default=False,
    ),
]
Service = Annotated[
    str | None,
    typer.Option("--service", rich_help_panel=_PANEL, metavar="NAME", help="Only blobs of this service of config/storage.yml.", show_default=False),
]
Attachment = Annotated[
    list[str] | None,
    typer.Option(
        "--attachment", rich_help_panel=_PANEL, metavar="CLASS#NAME=drop|placeholder|keep", help="What becomes of such attachments; CLASS#* and * stand for more.", show_default=False
    ),
]  # fmt: skip

#: Where the preview's URL is looked for, as by every other command.
_VARIABLE = "MASKER_TARGET"
_SOURCE_VARIABLE = "MASKER_SOURCE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeFlags:
    """What the command line says of scopes, and *preview*, the database of those that name none: secrets, both URLs.

    *source* is production, with which the preview is compared before rows of it are written, unless *no_source*.
    *key_file* and *key_env* are where the key is that the preview's marker was sealed with, None as in masker.yml.
    """

    kind: ScopeKind | None = None
    database: str | None = field(default=None, repr=False)
    service: str | None = None
    attachments: tuple[str, ...] = ()
    preview: str | None = field(default=None, repr=False)
    source: str | None = field(default=None, repr=False)
    no_source: bool = False
    key_file: Path | None = None
    key_env: str | None = None

    def require_scope(self, entries: Iterable[BucketSettings]) -> None:
        """Raise UsageError for flags that speak of a scope where no pair has one."""
        if (self.database or self.service or self.attachments) and not (self.kind or any(entry.scope for entry in entries)):
            raise UsageError(
                "--database, --service and --attachment leave nothing out where there is no scope", hint="add --scope active_storage"
            )


def build_scope(
    entry: BucketSettings, flags: ScopeFlags, file: SettingsFile | None, folder: Path, environment: Mapping[str, str] = os.environ
) -> ActiveStorageScope | None:
    """The scope of one pair, None if it has none. A flag wins over masker.yml for just what it says. Raises UsageError."""
    from masker.cli.options import read_key
    from masker.cli.settings_file import ScopeSettings
    from masker.s3.scope import ActiveStorageScope

    if not (flags.kind or entry.scope):
        if entry.attachments:
            raise UsageError(
                "attachments: leave nothing out where there is no scope",
                hint="add scope: active_storage to the pair, or --scope active_storage",
            )
        return None
    listed = entry.scope or ScopeSettings(kind="active_storage")
    missing: list[str] = []
    database = _database(flags, listed, file, environment, missing)
    source = _source(flags, file, environment, missing)
    key = read_key(flags.key_file, flags.key_env, file, folder, environment, missing)
    if missing:
        raise UsageError(
            "; ".join(missing), hint="scope: active_storage reads the masked preview: --database, database: or target.url of masker.yml"
        )
    return ActiveStorageScope(
        database=database, source=source, service=flags.service or listed.service, unattached=listed.unattached,
        attachments={**entry.attachments, **_decisions(flags.attachments)}, key=key,
    )  # fmt: skip


def _database(
    flags: ScopeFlags, listed: ScopeSettings, file: SettingsFile | None, environment: Mapping[str, str], missing: list[str]
) -> str:
    from masker.model import FromEnvironment

    named = (
        flags.database
        or listed.database
        or flags.preview
        or environment.get(_VARIABLE)
        or (file.target.url if file and file.target else None)
    )
    if isinstance(named, FromEnvironment):
        found = environment.get(named.env)
        if not found:
            missing.append(f"scope: the environment variable {named.env} is not set")
        return found or ""
    if not named:
        missing.append("scope: no database is named")
    return named or ""


def _source(flags: ScopeFlags, file: SettingsFile | None, environment: Mapping[str, str], missing: list[str]) -> str | None:
    from masker.model import FromEnvironment

    if flags.no_source:
        return None
    named = flags.source or environment.get(_SOURCE_VARIABLE) or (file.source.url if file and file.source else None)
    if isinstance(named, FromEnvironment):
        found = environment.get(named.env)
        if not found:
            missing.append(
                f"source.url: the environment variable {named.env} is not set, and the preview is compared with production; --no-source where this machine must not have it"
            )
        return found
    return named


def _decisions(flags: tuple[str, ...]) -> dict[str, DecisionName]:
    decisions: dict[str, DecisionName] = {}
    for flag in flags:
        key, _, decision = flag.rpartition("=")
        match decision:
            case "keep" | "placeholder" | "drop":
                decisions[key] = decision
            case _:
                raise UsageError(
                    f"--attachment {flag}: expected CLASS#NAME=drop, placeholder or keep",
                    hint="for instance --attachment 'User#avatar=placeholder'",
                )
    return decisions
