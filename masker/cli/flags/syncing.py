"""How a sync works, whatever its pairs: where it keeps its state, who sends requests, how many at once, by which
jobs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from masker.cli.flags.group import Flags, Setting

_SCALE = "Scale"
_BATCH = "S3 Batch Operations"


def _checked_executor(text: str) -> str:
    from masker.buckets.settings import parse_executor

    parse_executor(text)
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFlags(Flags):
    """Where a sync keeps what it knows."""

    state: Annotated[
        Path,
        typer.Option("--state", metavar="DIR", help="Where manifests, plans and run logs are kept."),
        Setting("sync.state", "Where manifests, plans and run logs are kept; its path starts from the settings file."),
    ] = Path(".masker")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofFlags(Flags):
    """What a sync looks at when it is done."""

    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="List both sides again at the end; a difference fails, unless production brought it about meanwhile.",
        ),
        Setting("sync.verify"),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleFlags(Flags):
    """Who does the work, and how much of it at once."""

    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            rich_help_panel=_SCALE,
            metavar="N",
            min=1,
            max=1024,
            help="The most requests under way at once.",
            show_default=False,
        ),
        Setting("sync.concurrency"),
    ] = None
    client: Annotated[
        Literal["crt", "boto3"],
        typer.Option(
            "--client",
            rich_help_panel=_SCALE,
            metavar="crt|boto3",
            help="What sends requests: AWS's C runtime, or boto3, slower and plain.",
        ),
        Setting("sync.client"),
    ] = "crt"
    executor: Annotated[
        str,
        typer.Option(
            "--executor",
            rich_help_panel=_SCALE,
            metavar="local|processes[:N]|dask://HOST:PORT",
            help=(
                "Who compares and copies, and fills the databases of a refresh where there are several: this process,"
                " processes of this machine, or the workers of a dask scheduler."
            ),
        ),
        Setting(
            "sync.executor",
            "Who compares and copies, and fills the databases of a refresh where there are several: `local` this"
            " process, `processes` or `processes:N` of this machine, `dask://HOST:PORT` the workers of a dask"
            " scheduler.",
            read=_checked_executor,
        ),
    ] = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFlags(Flags):
    """Copies by jobs of S3 Batch Operations."""

    via: Annotated[
        Literal["requests", "batch-operations"],
        typer.Option(
            "--via",
            rich_help_panel=_BATCH,
            metavar="requests|batch-operations",
            help="How copies are made: each by a request, or by jobs of S3 Batch Operations where they are many.",
        ),
        Setting("sync.via"),
    ] = "requests"
    account: Annotated[
        str | None,
        typer.Option(
            "--batch-account",
            rich_help_panel=_BATCH,
            metavar="ID",
            help="The AWS account whose jobs they are.",
            show_default=False,
        ),
        Setting("sync.batch_account"),
    ] = None
    role: Annotated[
        str | None,
        typer.Option(
            "--batch-role",
            rich_help_panel=_BATCH,
            metavar="ARN",
            help="The role that the jobs take on.",
            show_default=False,
        ),
        Setting("sync.batch_role"),
    ] = None
    manifests: Annotated[
        str | None,
        typer.Option(
            "--batch-manifests",
            rich_help_panel=_BATCH,
            metavar="S3URL",
            help="Where manifests and reports of the jobs are put.",
            show_default=False,
        ),
        Setting("sync.batch_manifests"),
    ] = None
    least: Annotated[
        int,
        typer.Option(
            "--batch-min",
            rich_help_panel=_BATCH,
            metavar="N",
            min=1,
            help="Fewer copies than this are made by requests.",
        ),
        Setting("sync.batch_min"),
    ] = 100_000
    no_wait: Annotated[
        bool,
        typer.Option(
            "--no-wait", rich_help_panel=_BATCH, help="Leave the jobs to themselves; nothing is deleted then."
        ),
        Setting("sync.no_wait"),
    ] = False
