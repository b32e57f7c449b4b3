"""What a server offers that is to take a database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFacts:
    """What the plan has to know of the target. *schemas* exist there before anything is created."""

    version: int
    database: str
    is_superuser: bool
    schemas: frozenset[str] = frozenset({"public"})
    available_extensions: frozenset[str] = frozenset()
