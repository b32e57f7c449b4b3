"""What a plan tells beside its steps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that is left out or done otherwise than the source, or that whoever wrote the rules should know, with
    the reason."""

    subject: str
    text: str
