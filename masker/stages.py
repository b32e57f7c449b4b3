"""A run's moments that others have a say in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A database that *run* has filled and proved, and that does not yet say so: the gate is shut, and with ``swap``
    the live preview is still another. *url* is a secret; *name* is what the database is called once it is published,
    another name than it has now if it *is_shadow*. *session* is one that sees it, where others do not see it yet.
    """

    url: str = field(repr=False)
    name: str
    run: str
    is_shadow: bool
    session: psycopg.Connection | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class BeforePublishing:
    """What is done before a database is published; what it raises keeps it from that. It *looks* at the database in
    sessions of its own, or changes it there."""

    do: Callable[[Restored], None]
    looks: bool = False

    def __call__(self, restored: Restored) -> None:
        self.do(restored)
