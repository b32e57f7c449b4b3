"""Where dumps are kept, which one is meant, and how many are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from masker.cli.flags.group import Flags, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFlags(Flags):
    """The bucket of dumps, and how it is reached."""

    to: Annotated[
        str | None,
        typer.Option(
            "--store",
            metavar="S3URL",
            envvar="MASKER_DUMPS",
            show_default=False,
            show_envvar=True,
            help="Where dumps are kept: s3://bucket/prefix, a private bucket of their own.",
        ),
        Setting("dumps.store"),
    ] = None
    profile: Annotated[str | None, Setting("dumps.profile", "AWS profile that reaches the dumps.")] = None
    region: Annotated[str | None, Setting("dumps.region", "Region of their bucket.")] = None
    endpoint_url: Annotated[str | None, Setting("dumps.endpoint_url", "Another S3 than Amazon's.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WhichFlags(Flags):
    """Which dump is meant where none is named."""

    latest: Annotated[bool, typer.Option("--latest", help="The newest dump.")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionFlags(Flags):
    """How many dumps are kept."""

    keep: Annotated[
        int, typer.Option("--keep", metavar="N", min=1, help="The newest dumps that stay."), Setting("dumps.keep")
    ] = 7
