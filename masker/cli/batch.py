"""Copies by jobs of S3 Batch Operations, from flags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from masker.errors import UsageError

if TYPE_CHECKING:
    from masker.s3.settings import BatchOperations

#: Under which heading help lists the options.
_PANEL = "S3 Batch Operations"

Way = Literal["requests", "batch-operations"]

Via = Annotated[
    Way,
    typer.Option(
        "--via", rich_help_panel=_PANEL,
        metavar="requests|batch-operations",
        help="How copies are made: each by a request, or by jobs of S3 Batch Operations where they are many.",
    ),
]
BatchAccount = Annotated[
    str | None, typer.Option("--batch-account", rich_help_panel=_PANEL, metavar="ID", help="The AWS account whose jobs they are.", show_default=False)
]
BatchRole = Annotated[str | None, typer.Option("--batch-role", rich_help_panel=_PANEL, metavar="ARN", help="The role that the jobs take on.", show_default=False)]
BatchManifests = Annotated[
    str | None,
    typer.Option("--batch-manifests", rich_help_panel=_PANEL, metavar="S3URL", help="Where manifests and reports of the jobs are put.", show_default=False),
]
BatchMin = Annotated[int, typer.Option("--batch-min", rich_help_panel=_PANEL, metavar="N", min=1, help="Fewer copies than this are made by requests.")]
NoWait = Annotated[bool, typer.Option("--no-wait", rich_help_panel=_PANEL, help="Leave the jobs to themselves; nothing is deleted then.")]

LEAST = 100_000


def build_batch(
    via: Way, *, account: str | None, role: str | None, manifests: str | None, least: int, no_wait: bool
) -> BatchOperations | None:
    """The wish for Batch Operations, None for requests. Raises UsageError."""
    from masker.s3.settings import parse_batch

    if via == "requests":
        if account or role or manifests or no_wait or least != LEAST:
            raise UsageError("--batch-… and --no-wait say nothing of copies by requests", hint="add --via batch-operations")
        return None
    return parse_batch(account, role, manifests, least, waits=not no_wait)
