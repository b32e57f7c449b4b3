"""What ``--throttle`` and ``source.throttle`` say: one limit a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from masker.cli.flags.size import parse_size
from masker.settings import Throttle

_NAMED = re.compile(r"(lag|sessions|wait)\s*=\s*(\S+)")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}

_EXPECTED = "expected bytes a second, such as 20MB, or lag=10s, sessions=40, wait=10m"


def parse_throttle(limits: Iterable[str]) -> Throttle:
    """All *limits* together; a later one wins. Raises ValueError."""
    found, is_wait_said = Throttle(), False
    for limit in limits:
        text = limit.strip()
        if (named := _NAMED.fullmatch(text)) is None:
            found = replace(found, bytes_per_s=_rate(text))
        elif named[1] == "sessions":
            if not named[2].isdecimal():
                raise ValueError(f"{text}: {named[2]} is no number of sessions, expected sessions=40")
            found = replace(found, sessions=int(named[2]))
        elif named[1] == "lag":
            found = replace(found, lag_s=_duration(text, named[2]))
        else:
            found, is_wait_said = replace(found, wait_s=_duration(text, named[2])), True
    if is_wait_said and found.lag_s is None and found.sessions is None:
        raise ValueError("wait= says how long lag= and sessions= are waited for, and neither is there")
    return found


def checked_throttle(limits: list[str]) -> list[str]:
    """*limits* as they are. Raises ValueError."""
    parse_throttle(limits)
    return limits


def _rate(text: str) -> int:
    try:
        rate = parse_size(text.removesuffix("/s").strip())
    except ValueError:
        raise ValueError(f"{text} is no limit, {_EXPECTED}") from None
    if rate <= 0:
        raise ValueError(f"{text}: nothing would ever be read, {_EXPECTED}")
    return rate


def _duration(text: str, written: str) -> float:
    if (found := _DURATION.fullmatch(written)) is None:
        raise ValueError(f"{text}: {written} is no duration, expected a number with s, m or h, such as 10s")
    return float(found[1]) * _SECONDS[found[2]]
