"""A run's moments that others have a say in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A database that *run* has filled and proved, and that does not yet say so: the gate is shut, and with ``swap``
    the live preview is still another. *url* is a secret; *name* is what the database is called once it is published,
    another name than it has now if it *is_shadow*."""

    url: str = field(repr=False)
    name: str
    run: str
    is_shadow: bool


#: Called before a database is published; what it raises keeps it from that.
BeforePublishing = Callable[[Restored], None]
