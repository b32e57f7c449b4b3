"""What a plan tells of the SQL that people wrote: where it is read otherwise than in a session of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from masker.masks.sql.bindings import Binding, Instant, Own
from masker.notes import Note


def sql_notes(used: Iterable[Binding]) -> Iterator[Note]:
    """Notes on the settings *used* by what rule files say in SQL."""
    bindings = set(used)
    for instant in sorted(binding.value for binding in bindings if isinstance(binding, Instant)):
        yield Note(
            subject="SQL of rules",
            text=f"now() and other words for the current time are one time for the whole run: {instant}",
        )
    own = sorted((binding.name, binding.value) for binding in bindings if isinstance(binding, Own))
    if own:
        words = {"timezone": "in the time zone {}", "datestyle": "dates by DateStyle {}"}
        said = ", ".join(words[name].format(value) for name, value in own)
        yield Note(subject="SQL of rules", text=f"read {said}, as the server's own sessions do")
