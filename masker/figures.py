"""Figures as people read them."""

from __future__ import annotations

_UNITS = ("B", "kB", "MB", "GB", "TB")


def size(count: float) -> str:
    """Bytes with a unit: ``820 MB``."""
    for unit in _UNITS[:-1]:
        if count < 1024:
            return f"{count:.0f} {unit}" if unit in {"B", "kB"} or count >= 100 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"


def counted(count: int, thing: str) -> str:
    """A count of *thing*, which makes its plural with an ``s``.

    >>> counted(1, "key"), counted(4210, "key")
    ('1 key', '4,210 keys')
    """
    return f"{count:,} {thing if count == 1 else f'{thing}s'}"


def amount(count: float) -> str:
    """A count with a unit: ``1.2 M``."""
    if count < 10_000:
        return f"{int(count):,}"
    return f"{count / 1000:.0f} k" if count < 1_000_000 else f"{count / 1_000_000:.1f} M"
