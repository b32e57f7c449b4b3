"""Filler to cut texts from: rows of one length, each of whole words, so that a text may begin at any of them and go on
at any other.

Made once by :mod:`masker.masks.locales.prose_making`, and frozen.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from masker.masks.locales.words import frozen_lines

Name = Literal["opening", "middle", "japanese"]

#: Characters of a row of each kind of filler.
ROW_CHARACTERS: dict[Name, int] = {"opening": 16, "middle": 32, "japanese": 8}

#: How many texts may begin at, and, behind the last of those, what those that begin there go on with.
STARTS, RUN_ON = 4096, 512


@cache
def rows(name: Name) -> tuple[str, ...]:
    """The frozen rows of *name*: what English texts begin with, what they go on with, and what is both in Japanese."""
    width = ROW_CHARACTERS[name]
    return tuple(row.ljust(width) for row in frozen_lines(f"prose_{name}"))
