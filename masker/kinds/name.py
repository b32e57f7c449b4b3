"""A column's name as it is read where it stands, and whose thing it says it is."""

from __future__ import annotations

from dataclasses import dataclass

from masker.catalog.types import Column, Table
from masker.kinds.groups import PERSON
from masker.kinds.kind import Kind
from masker.kinds.phrases import Head
from masker.kinds.subject import About
from masker.kinds.vocabulary import MODIFIERS

Found = tuple[Kind, float, str]


@dataclass(frozen=True, slots=True)
class Name:
    """A column's name as it is read: its *head*, and where it stands."""

    head: Head
    column: Column
    table: Table
    of: About


def owner(before: tuple[str, ...], words: frozenset[str]) -> str | None:
    """The nearest word *before* the head that is one of *words*, others than modifiers left out."""
    for word in reversed(before):
        if word in words:
            return word
        if not (word in MODIFIERS or word.isdigit()):
            return None
    return None


def whose(head: Head) -> str | None:
    """Who the thing of *head* belongs to: one of people before it, or in the phrase itself (`user name`)."""
    return owner(head.before, PERSON) or next((word for word in head.phrase[:-1] if word in PERSON), None)


#: Who may be people or companies.
EITHER = frozenset({"sponsor", "partner", "exhibitor", "organizer", "organiser", "publisher", "supporter"})


def is_presented(table: Table) -> bool:
    """Whether *table* has what companies show of themselves."""
    return any(column.name.startswith(("logo", "website", "homepage", "banner")) for column in table.columns)
