"""Which place a copy fills, by how it is to be published."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager

from masker.copy.beside import beside
from masker.copy.events import Listener
from masker.copy.place import Place, emptying, swapping
from masker.copy.prepare import Prepared
from masker.errors import UsageError
from masker.settings import Settings
from masker.stages import BeforePublishing


def staged(ready: Prepared, run: str, listener: Listener, stop: threading.Event) -> AbstractContextManager[Place]:
    """The place that *run* fills; *stop* says that it is being ended."""
    match ready.settings.publish:
        case "swap":
            return swapping(ready, run, listener)
        case "schema":
            return beside(ready, run, listener, stop)
        case _:
            return emptying(ready, run, listener)


def require_shown(settings: Settings, before: BeforePublishing | None) -> None:
    """Raise UsageError where *before* looks at what nobody else can see before it is published."""
    if settings.publish == "schema" and before is not None and before.looks:
        raise UsageError(
            "--publish schema: hooks or migrations are to see the database before it is published, and until then the"
            " live one has its names",
            hint="publish by swap or direct, or let them run after it is published: hooks: {published: […]}",
        )
