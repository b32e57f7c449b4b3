"""Materialized views that read each other by functions, which no catalog tells of: the order in which they can be
filled shows itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from masker.errors import MaskerError
from masker.lanes.step import RefreshMaterializedView


class NotYet(Exception):
    """A materialized view reads one that is not filled: *error*, if it stays so."""

    def __init__(self, error: MaskerError) -> None:
        super().__init__()
        self.error = error


def fill_in_turn(waiting: Sequence[RefreshMaterializedView], fill: Callable[[RefreshMaterializedView], None]) -> None:
    """*fill* all that are *waiting*, those that raise :class:`NotYet` again as long as one more is filled each time.
    Raises MaskerError that names all that are left where no order fills them."""
    while waiting:
        left: list[RefreshMaterializedView] = []
        errors: list[MaskerError] = []
        for step in waiting:
            try:
                fill(step)
            except NotYet as found:
                left.append(step)
                errors.append(found.error)
        if errors and len(left) == len(waiting):
            raise unfilled(errors[0], left)
        waiting = left


def unfilled(error: MaskerError, left: Sequence[RefreshMaterializedView]) -> MaskerError:
    """*error* with what to do about the views that are *left*."""
    names = ", ".join(sorted(str(step.view) for step in left))
    error.hint = error.hint or (
        f"no order fills {names}: what {'one of them' if len(left) > 1 else 'it'} calls may read a materialized view"
        " that holds no rows, as on production or since it reads from another server; refresh that one there, or leave"
        " these without rows, too (REFRESH MATERIALIZED VIEW … WITH NO DATA)"
    )
    return error
