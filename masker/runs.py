"""What runs are called."""

from __future__ import annotations

import secrets
import string

_LETTERS = string.ascii_lowercase + string.digits
_LENGTH = 8


def new_run() -> str:
    """A name that no other run has: 8 lower-case letters and digits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def run_of_pair(run: str, number: int) -> str:
    """The name under which the pair at *number* (from 1) of *run* keeps its plan and its deletions: the run's own for
    the first."""
    return run if number == 1 else f"{run}-{number}"
