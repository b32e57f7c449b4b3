"""A Rails application read: by itself, or where it does not start by its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from masker.companion.application import Application
from masker.companion.files import read_application


def read(root: Path, *, boot: bool, tell: Callable[[str], None]) -> Application:
    """The application below *root*; with *boot* it is asked itself. *tell* hears what is started, and why its files
    have to do. Raises UsageError where there is none."""
    del boot, tell
    return read_application(root)
