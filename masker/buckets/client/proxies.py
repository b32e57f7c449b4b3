"""Which proxy the environment names for an address, read in one way for every client. Pure.

HTTP libraries differ in what they take ``NO_PROXY`` to say: some know no ports, some no networks. What one of them
would read otherwise is not left to it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

_PORTS = {"http": 80, "https": 443}
_BETWEEN = re.compile(r"[\s,]+")


def proxies_for(url: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The proxy of requests to *url*, by the scheme of *url*; empty where they go straight.

    >>> proxies_for("https://s3.example.com", {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "10.0.0.0/8,.internal"})
    {'https': 'http://proxy:3128'}
    """
    scheme = urlsplit(url).scheme
    proxy = _named(environment, f"{scheme}_proxy")
    if not proxy or _is_exempt(url, _exemptions(environment)):
        return {}
    return {scheme: proxy if "://" in proxy else f"http://{proxy}"}


def is_read_alike(url: str, environment: Mapping[str, str]) -> bool:
    """Whether a library that knows only names and addresses in ``NO_PROXY``, and a proxy only as a plain URL, comes to
    the same."""
    scheme = urlsplit(url).scheme
    spellings = {
        value for name, value in environment.items() if name.lower() in {f"{scheme}_proxy", "no_proxy"} and value
    }
    if not spellings:
        return True
    if any(
        sum(name.lower() == wanted and bool(value) for name, value in environment.items()) > 1
        for wanted in (f"{scheme}_proxy", "no_proxy")
    ):
        return False  # written twice, in small letters and in capitals: which counts is each library's own affair
    proxy = _named(environment, f"{scheme}_proxy")
    if not proxy:
        return True
    names = _exemptions(environment)
    is_exempt = _is_exempt(url, names)
    if is_exempt != _is_exempt(url, [name for name in names if _is_plain(name)]):
        return False
    return is_exempt or (proxy.startswith("http://") and "%" not in urlsplit(proxy).netloc)


def _named(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name) or environment.get(name.upper()) or ""


def _exemptions(environment: Mapping[str, str]) -> list[str]:
    return [name for name in _BETWEEN.split(_named(environment, "no_proxy")) if name]


def _is_plain(name: str) -> bool:
    return name == "*" or not set(name) & set("*/:[]")


def _is_exempt(url: str, names: Iterable[str]) -> bool:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = parts.port or _PORTS.get(parts.scheme, 0)
    return any(_matches(name.lower(), host, port) for name in names)


def _matches(name: str, host: str, port: int) -> bool:
    if name == "*":
        return True
    address = _address(host)
    if "/" in name:
        network = _network(name)
        return network is not None and address is not None and address in network
    bare, wanted = _split_port(name)
    if wanted is not None and wanted != port:
        return False
    if address is not None:
        return _address(bare) == address
    bare = bare.removeprefix("*").lstrip(".")
    return bool(bare) and (host == bare or host.endswith(f".{bare}"))


def _split_port(name: str) -> tuple[str, int | None]:
    """A name and its port, None where it has none; ``[::1]:9000`` too."""
    if name.startswith("["):
        bare, _, rest = name[1:].partition("]")
        return bare, int(rest[1:]) if rest[1:].isdigit() else None
    bare, colon, rest = name.rpartition(":")
    return (bare, int(rest)) if colon and rest.isdigit() and ":" not in bare else (name, None)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(name, strict=False)
    except ValueError:
        return None
