"""What a look at one thing comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from masker.errors import Interrupted, MaskerError

State = Literal["ok", "red", "note"]

#: How a verdict begins where a person reads it.
_MARKS = {"ok": "✓", "red": "✗", "note": "!"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """*subject* is what was looked at, *remedy* what to do where it is not as it should be."""

    subject: str
    state: State
    text: str
    remedy: str = ""

    def lines(self) -> list[str]:
        """For a person."""
        return [
            f"{_MARKS[self.state]} {self.subject.ljust(12)} {self.text}",
            *(f"  {'':12} {line}" for line in self.remedy.splitlines()),
        ]

    def document(self) -> dict[str, str]:
        """As plain values."""
        return {"subject": self.subject, "state": self.state, "text": self.text, "remedy": self.remedy}


def ok(subject: str, text: str) -> Verdict:
    return Verdict(subject=subject, state="ok", text=text)


def red(subject: str, text: str, remedy: str = "") -> Verdict:
    return Verdict(subject=subject, state="red", text=text, remedy=remedy)


def told(subject: str, text: str, remedy: str = "") -> Verdict:
    return Verdict(subject=subject, state="note", text=text, remedy=remedy)


def looked_at(subject: str, look: Callable[[], Iterator[Verdict]]) -> list[Verdict]:
    """What *look* comes to. What could not be looked at is red."""
    try:
        return list(look())
    except Interrupted:
        raise
    except MaskerError as error:
        found = error.message
        if error.problems:
            shown = [f"{each.subject}: {each.found}" if each.subject else each.found for each in error.problems[:5]]
            more = [f"and {len(error.problems) - 5} more"] if len(error.problems) > 5 else []
            found = "; ".join([*shown, *more])
        return [red(subject, found, (error.hint or "") if not error.problems else (error.problems[0].hint or ""))]
