"""What a schema calls as PostgreSQL calls something of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Overload:
    """A function or operator outside of pg_catalog under the name of one in it, for arguments of other types.

    *arguments* are the names of their types, ``""`` for the side an operator does not have. *extension* is the one it
    belongs to.
    """

    schema: str
    name: str
    arguments: tuple[str, ...]
    extension: str | None
    is_operator: bool
