"""Which of the servers that a URL leads to is meant: the one that has answered first, as long as the process lives.

A URL may name several hosts, to be tried in turn or at random, and a name may have several addresses. What was looked
at, and found not to be production, has to be what is written to; what holds a snapshot, what the others read.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

#: What decides where a URL leads; the environment says the rest, and does not change.
_DECIDING = ("service", "host", "hostaddr", "port", "target_session_attrs", "load_balance_hosts")

_reached: dict[tuple[str | None, ...], Mapping[str, str]] = {}


def reached(parameters: Mapping[str, str]) -> Mapping[str, str]:
    """What to say instead of those of libpq's *parameters* that name hosts; nothing if none has answered yet."""
    return _reached.get(_place(parameters), {})


def remember(parameters: Mapping[str, str], conn: psycopg.Connection) -> None:
    """By *parameters* the server of *conn* was reached, and is from now on."""
    info = conn.info
    place = {"host": info.host, "hostaddr": info.hostaddr, "port": str(info.port)}
    _reached.setdefault(
        _place(parameters), {name: value for name, value in place.items() if value or name in parameters}
    )


def forget(parameters: Mapping[str, str]) -> None:
    """Let the next session by *parameters* find its server anew: all that was known of the last one is given up."""
    _reached.pop(_place(parameters), None)


def _place(parameters: Mapping[str, str]) -> tuple[str | None, ...]:
    return tuple(parameters.get(name) for name in _DECIDING)
