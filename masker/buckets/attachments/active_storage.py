"""Which objects of a bucket a preview may have, by what its database says of them: kept, replaced by a placeholder, or
left out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Literal, NamedTuple

from masker.buckets.attachments.placeholders import placeholder_for
from masker.buckets.diff import Ruling
from masker.errors import UsageError

DecisionName = Literal["keep", "placeholder", "drop"]

#: ``User#avatar``, ``Admin::User#*`` or ``*``.
_KEY = re.compile(r"\*|[A-Z][A-Za-z0-9_]*(?:::[A-Z][A-Za-z0-9_]*)*#(?:\*|[a-z_][A-Za-z0-9_]*)")

#: Where Active Storage kept variants before it had records of them: below the key of their blob.
_VARIANTS = "variants/"

_KEPT = Ruling()
_KEPT_VARIANT = Ruling(is_blob=False)


class Decision(IntEnum):
    """What becomes of a blob; the greater the stricter."""

    KEEP = 0
    PLACEHOLDER = 1
    DROP = 2


class AttachmentKind(NamedTuple):
    """The class of a record and the attribute that attaches to it, as the database has them."""

    record_type: str
    name: str

    def __str__(self) -> str:
        return f"{self.record_type}#{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveStorageScope:
    """What was asked of the database-aware scope. *database* is the preview's URL, a secret; *key* the one its marker
    was sealed with. *source* is the URL of production, which the preview must not be, or None.

    *attachments* are decisions by kind, ``Class#*`` or ``*``. What is attached to nothing can be anything, so it is
    left out by default.
    """

    database: str = field(repr=False)
    source: str | None = field(default=None, repr=False)
    service: str | None = None
    unattached: Literal["keep", "drop"] = "drop"
    attachments: Mapping[str, DecisionName] = field(default_factory=dict)
    key: bytes | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        wrong = [key for key in self.attachments if not _KEY.fullmatch(key)]
        if wrong:
            raise UsageError(
                f"attachments: {', '.join(wrong)}: expected the class of a record and the name of its attachment",
                hint="for instance User#avatar, User#* for all of a class, * for all others",
            )

    def decide(self, kind: AttachmentKind) -> Decision:
        """The decision for attachments of *kind*: the most specific that is given, else to keep them."""
        for key in (str(kind), f"{kind.record_type}#*", "*"):
            if key in self.attachments:
                return Decision[self.attachments[key].upper()]
        return Decision.KEEP

    def unmatched(self, kinds: Iterable[AttachmentKind]) -> dict[str, str | None]:
        """The keys that match none of *kinds*, each with the kind that may have been meant."""
        names = sorted(map(str, kinds))
        matched = {"*", *names, *(f"{name.partition('#')[0]}#*" for name in names)}
        return {
            key: next(iter(difflib.get_close_matches(key, names, n=1)), None)
            for key in self.attachments
            if key not in matched
        }

    def require_spelled(self, kinds: Iterable[AttachmentKind]) -> None:
        """Raise UsageError for keys that would drop or replace, match nothing, and look like a kind that no other key
        names."""
        unmatched = self.unmatched(kinds)
        wrong = [
            f"{key} (is {meant} meant?)"
            for key, meant in unmatched.items()
            if meant and meant not in self.attachments and self.attachments[key] != "keep"
        ]
        if wrong:
            raise UsageError(
                f"attachments: {', '.join(wrong)}: the preview has no attachment of that name, so what it should hold"
                " back would be copied",
                hint="correct the spelling; to name one that does not exist yet as well, name the one that does",
            )


def choose_service(services: Mapping[str, int], wanted: str | None) -> str | None:
    """The service whose blobs lie in the bucket; None where there are no blobs. *services* are counts of blobs. Raises
    UsageError."""
    listed = ", ".join(f"{name} ({count:,})" for name, count in sorted(services.items(), key=lambda item: -item[1]))
    if wanted is not None:
        if services and wanted not in services:
            raise UsageError(
                f"service: no blob of the preview is of {wanted}; there are {listed}",
                hint="name the one whose bucket this is",
            )
        return wanted
    if len(services) > 1:
        raise UsageError(
            f"the blobs of the preview are of {len(services)} services: {listed}",
            hint="service: (or --service) names the one whose bucket this is",
        )
    return next(iter(services), None)


class BlobScope:
    """The scope of one bucket. *find* gives the content type of a blob's placeholder, None to keep it, and whether its
    row is stale."""

    def __init__(self, find: Callable[[str], tuple[Any, ...] | None]) -> None:
        self._find = find

    def rule(self, key: str) -> Ruling | None:
        """What becomes of the source's object at *key*; None leaves it out."""
        found = self._find(key)
        if found is not None:
            content_type, is_row_stale = found[1:3]
            return (
                _KEPT
                if content_type is None
                else Ruling(placeholder=placeholder_for(content_type), is_row_stale=is_row_stale)
            )
        if key.startswith(_VARIANTS):
            original = self._find(key[len(_VARIANTS) :].rpartition("/")[0])
            return _KEPT_VARIANT if original is not None and original[1] is None else None
        return None
