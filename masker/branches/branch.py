"""What a branch is, as its own marker says. Whatever else a database is called, without that it is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from masker.postgres.marker import Marker

#: Where the marker's record says it.
_PART = "branch"

#: Of the copy of a preview that branches are made of while people use the preview. It is no name of a shadow, which
#: ends in eight characters.
PRISTINE = "__masker_untouched"

#: Of a branch that is being made.
DRAFT = "__masker_branch_"

#: What its comment says meanwhile.
BEING_MADE = "masker: a branch that is being made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A database made of the preview *of*, which *run* has filled. *expires_at* is when its lease ends, None for
    never; *is_pristine*: it is there to make others of."""

    name: str
    of: str
    run: str
    created_at: datetime
    expires_at: datetime | None = None
    is_pristine: bool = False

    def record(self) -> dict[str, Any]:
        """For the marker's record, as plain values."""
        return {
            _PART: {
                "name": self.name,
                "of": self.of,
                "created_at": self.created_at.isoformat(),
                "expires_at": self.expires_at.isoformat() if self.expires_at is not None else None,
                "pristine": self.is_pristine,
            }
        }

    def document(self) -> dict[str, Any]:
        """It as one value of a JSON document."""
        return {**self.record()[_PART], "run": self.run}


def branch_of(database: str, marker: Marker | None) -> Branch | None:
    """What *marker*, found in *database*, says of it as a branch.

    None where it says nothing of the kind, or nothing that masker has written, or was copied along, or the branch was
    called otherwise: a database that somebody has made of a branch, or renamed, is theirs.
    """
    part = marker.record.get(_PART) if marker is not None and marker.is_its_own else None
    if marker is None or not isinstance(part, Mapping) or part.get("name") != database:
        return None
    created, expires = _moment(part.get("created_at")), _moment(part.get("expires_at"))
    if created is None or (expires is None and part.get("expires_at") is not None):
        return None
    return Branch(
        name=database,
        of=str(part.get("of")),
        run=marker.run,
        created_at=created,
        expires_at=expires,
        is_pristine=part.get("pristine") is True,
    )


def _moment(text: object) -> datetime | None:
    """A moment with its zone, None for whatever else somebody has written there."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def without_branch(record: Mapping[str, Any]) -> dict[str, Any]:
    """A marker's *record* without what it says of a branch, and without its seal, which is over that."""
    return {key: value for key, value in record.items() if key not in {_PART, "seal"}}
