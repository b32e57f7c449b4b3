"""The two sides of everything."""

from __future__ import annotations

from enum import StrEnum

from masker.errors import SourceError, TargetError


class Side(StrEnum):
    """Which of the two: production, or its preview."""

    SOURCE = "source"
    TARGET = "target"

    @property
    def error(self) -> type[SourceError | TargetError]:
        return SourceError if self is Side.SOURCE else TargetError
