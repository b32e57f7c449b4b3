"""Addresses of storages: whether two are of one, and what must not stand in them. Pure."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}

#: Names of this machine to itself.
_LOOPBACK = "localhost"


def is_amazons(url: str) -> bool:
    """Whether *url* leads to Amazon's own S3."""
    return (urlsplit(url).hostname or "").rstrip(".").endswith((".amazonaws.com", ".amazonaws.com.cn"))


def is_one_storage(one: str, other: str) -> bool:
    """Whether two endpoints are of one storage; Amazon's regions are one.

    >>> is_one_storage("http://localhost:9000/", "HTTP://127.0.0.1:9000")
    True
    """
    return (is_amazons(one) and is_amazons(other)) or _place(one) == _place(other)


def require_plain(url: str) -> None:
    """Raise ValueError, which repeats nothing secret, where *url* cannot be the address of a storage."""
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError("the endpoint has a name or a password in it, which no storage takes instead of keys")
    if parts.scheme not in _PORTS or parts.port == 0:
        raise ValueError(f"{url}: is no endpoint that can be connected to")


def _place(url: str) -> tuple[str, int | None, str]:
    """Where *url* leads, whatever this machine is called in it: host, port if it is not the usual one, and path."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    is_here = host == _LOOPBACK or host.endswith(f".{_LOOPBACK}") or _is_loopback(host)
    port = None if parts.port == _PORTS.get(parts.scheme) else parts.port
    return _LOOPBACK if is_here else host, port, parts.path.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified
