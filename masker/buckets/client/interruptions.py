"""A signal that hits in the middle of a request: the library makes every exception one of its own, which looks like a
connection that failed, and would be tried again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from masker.errors import Interrupted


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise the Interrupted that an exception inside came of."""
    try:
        yield
    except Exception as error:
        if (interruption := _behind(error)) is not None:
            raise interruption from None
        raise


def _behind(error: BaseException | None) -> Interrupted | None:
    while error is not None:
        if isinstance(error, Interrupted):
            return error
        error = error.__cause__ or error.__context__
    return None
