"""Sizes as flags and settings write them."""

from __future__ import annotations

import re

_UNITS = ("kB", "MB", "GB", "TB")
_SIZE = re.compile(rf"(\d+(?:\.\d+)?) ?({'|'.join(_UNITS)})")


def parse_size(text: str) -> int:
    """Bytes of ``20GB``. Raises ValueError."""
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is no size, expected a number with its unit, such as 20GB")
    return int(float(found[1]) * 1024 ** (1 + _UNITS.index(found[2])))
