"""The objects of a pair that belong to rows of the masked preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, Self

import typer

from masker.cli.flags.group import Flags, Setting, Variable

_PANEL = "Scope"

Decision = Literal["keep", "placeholder", "drop"]


def _as_flags(decisions: Mapping[str, str]) -> list[str]:
    return [f"{attachment}={decision}" for attachment, decision in decisions.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeFlags(Flags):
    """What is left out because of the preview's database, whose URL is a secret."""

    kind: Annotated[
        Literal["active_storage"] | None,
        typer.Option(
            "--scope",
            rich_help_panel=_PANEL,
            metavar="active_storage",
            help="Only objects of blobs that the masked preview has, by --attachment.",
            show_default=False,
        ),
        Setting("buckets[].scope.kind", "Only objects of blobs that the masked preview has, by `attachments`."),
    ] = None
    database: Annotated[
        str | Variable | None,
        typer.Option(
            "--database",
            rich_help_panel=_PANEL,
            metavar="URL",
            show_default=False,
            help="The masked preview that --scope reads; by default $MASKER_TARGET, or target.url of masker.yml.",
        ),
        Setting("buckets[].scope.database", "The masked preview that is read; by default the target database."),
    ] = field(default=None, repr=False)
    service: Annotated[
        str | None,
        typer.Option(
            "--service",
            rich_help_panel=_PANEL,
            metavar="NAME",
            help="Only blobs of this service of config/storage.yml.",
            show_default=False,
        ),
        Setting("buckets[].scope.service"),
    ] = None
    unattached: Annotated[
        Literal["keep", "drop"],
        Setting("buckets[].scope.unattached", "What becomes of blobs that nothing is attached to."),
    ] = "drop"
    attachments: Annotated[
        list[str] | None,
        typer.Option(
            "--attachment",
            rich_help_panel=_PANEL,
            metavar="CLASS#NAME=drop|placeholder|keep",
            help="What becomes of such attachments; CLASS#* and * stand for more.",
            show_default=False,
        ),
        Setting(
            "buckets[].attachments",
            "What becomes of attachments, by `CLASS#NAME`; `CLASS#*` and `*` stand for more.",
            takes=dict[str, Decision],
            read=_as_flags,
        ),
    ] = None

    def over(self, file: Mapping[str, Any]) -> Self:
        """As the rule says, each attachment by itself."""
        merged = super(ScopeFlags, self).over(file)
        return replace(merged, attachments=[*(file.get("attachments") or ()), *(self.attachments or ())])
