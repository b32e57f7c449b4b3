"""What witnesses say of a column, and what is made of it."""

from __future__ import annotations

from dataclasses import dataclass

from masker.kinds.kind import Kind


@dataclass(frozen=True, slots=True)
class Saying:
    """What one *witness* says: a kind, how sure it is (0 to 1), and why."""

    witness: str
    kind: Kind
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a column holds, by all witnesses: the strongest's kind first, others' sayings after it."""

    kind: Kind
    confidence: float
    sayings: tuple[Saying, ...]

    @property
    def reason(self) -> str:
        """Why, in the words of those that said so."""
        agreeing = [s.reason for s in self.sayings if s.kind is self.kind]
        return "; ".join(dict.fromkeys(agreeing or [s.reason for s in self.sayings]))
