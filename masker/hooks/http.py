"""One request to a service, by the standard library; never more than its status and a short answer is told."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from masker.hooks.errors import HookFailed

_TIMEOUT_S = 20.0

#: Answers are settings of services; none is longer.
_MOST_BYTES = 1 << 20


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Another place is an answer like any other: what is sent is not sent on to it, and no token."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def send(
    what: str,
    method: str,
    url: str,
    *,
    body: Any = None,
    raw: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = _TIMEOUT_S,
) -> Any:
    """The JSON answer of *url*, None where it is no JSON. *body* is sent as JSON, *raw* as it is. Raises HookFailed.

    URLs of webhooks are secrets: what is told is *what*, and the host.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise HookFailed(f"hook {what}: its URL cannot be read", hint="correct it where it is set") from None
    if parts.scheme not in {"https", "http"}:
        raise HookFailed(f"hook {what}: its URL is no http or https one", hint="correct it where it is set")
    data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
    content = {"Content-Type": "application/json"} if data is not None else {}
    request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
        url, data=data, method=method, headers={"User-Agent": "masker", **content, **(headers or {})}
    )
    host = parts.hostname or "it"
    try:
        with _OPENER.open(request, timeout=timeout_s) as answer:
            found = answer.read(_MOST_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            raise HookFailed(
                f"hook {what}: {host} answered {error.code}, expected success", hint="look at its URL and token"
            ) from None
    except (urllib.error.URLError, TimeoutError, http.client.HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise HookFailed(
            f"hook {what}: {host} was not reached ({type(reason).__name__})", hint="look at its URL and the network"
        ) from None
    try:
        return json.loads(found)
    except ValueError:
        return None
