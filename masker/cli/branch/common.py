"""What the commands on branches share: where the preview is, and how a branch is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from masker.cli.building.databases import build_settings
from masker.cli.flags.databases import DatabaseFlags, KeyFlags, RuleFlags
from masker.figures import size

if TYPE_CHECKING:
    from masker.branches.branch import Branch
    from masker.branches.make import Made
    from masker.postgres.connect import Endpoint


def target_of(databases: DatabaseFlags, keys: KeyFlags | None = None) -> tuple[Endpoint, bytes | None]:
    """The target and the key. Raises UsageError."""
    from masker.postgres.connect import parse_url
    from masker.sides import Side

    settings = build_settings(databases, RuleFlags(), keys or KeyFlags(), needs_source=False, needs_rules=False)
    return parse_url(settings.target, Side.TARGET), settings.key


def lease(branch: Branch) -> str:
    """When a lease ends."""
    return f"until {branch.expires_at:%Y-%m-%d %H:%M %Z}" if branch.expires_at is not None else "without end"


def made_document(made: Made) -> dict[str, Any]:
    """What was made, as plain values."""
    return {
        "kind": "branch",
        **made.branch.document(),
        "template": made.template,
        "how": made.how,
        "bytes": made.bytes,
        "seconds": round(made.elapsed_s, 3),
    }


def made_text(made: Made) -> str:
    """The same as a sentence."""
    return (
        f"✓ {made.branch.name}: {size(made.bytes)} of {made.template} (run {made.branch.run}) copied {made.how} in"
        f" {made.elapsed_s:.1f} s, {lease(made.branch)}"
    )
