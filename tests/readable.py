"""Waiting for what another process says, whatever number the descriptor has: ``select`` ends at 1,024."""

from __future__ import annotations

import selectors
from typing import IO, Any


def is_readable(file: IO[Any], timeout_s: float | None) -> bool:
    """Whether there is something to read in *file*, its end included, within *timeout_s*; None waits for ever."""
    with selectors.DefaultSelector() as selector:
        selector.register(file, selectors.EVENT_READ)
        return bool(selector.select(timeout_s))
