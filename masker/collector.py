"""When the garbage collector goes through what is older."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

#: Looks at what is new after which what has outlived one of them is looked at again: usually, and not any more.
_USUALLY, _NEVER = 10, 1_000_000


@contextlib.contextmanager
def keeping() -> Iterator[None]:
    """Inside, what has outlived one look is not looked at again: of what a plan makes nearly all stays, and to go
    through all of thousands of tables time and again takes a fifth of it."""
    newer, *_ = gc.get_threshold()
    gc.set_threshold(newer, _NEVER)
    try:
        yield
    finally:
        gc.set_threshold(newer, _USUALLY)
