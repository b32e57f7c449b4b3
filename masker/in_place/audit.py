"""Tables that keep what others held before, and that the rules leave as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from masker.catalog.types import Catalog
from masker.notes import Note
from masker.ruleset.types import Resolution

#: Tables whose names say that they keep what others held before.
_AUDIT = re.compile(
    r"(?:\A|_)(?:versions?|audits?|audit_logs?|audit_trails?|histor(?:y|ies)|outbox|changes|changelogs?|logged_actions|events?)\Z"
)


def audit_like(catalog: Catalog, resolution: Resolution) -> Iterator[Note]:
    """Tables whose names say that triggers or libraries copy other tables' values into them, and of which no column is
    masked."""
    for name, decision in sorted(resolution.tables.items()):
        masks = any(d.rule.mask != "keep" for d in decision.columns.values())
        if (
            decision.rows == "all"
            and not masks
            and _AUDIT.search(name.name)
            and catalog.tables[name].has_storage
            and decision.columns
        ):
            yield Note(
                subject=f"{name}",
                text=(
                    "its name says that it keeps what other tables held, and the rules keep every column of it; `rows:"
                    " none` empties it"
                ),
            )
