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
    if urlsplit(url).scheme not in {"https", "http"}:
        raise HookFailed(f"hook {what}: its URL is no http or https one", hint="correct it where it is set")
    data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
    content = {"Content-Type": "application/json"} if data is not None else {}
    request = urllib.request.Request(  # noqa: S310 - the scheme was looked at
        url, data=data, method=method, headers={"User-Agent": "masker", **content, **(headers or {})}
    )
    host = urlsplit(url).hostname or "it"
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310 - the scheme was looked at
            found = answer.read(_MOST_BYTES)
    except urllib.error.HTTPError as error:
        with error:
            raise HookFailed(
                f"hook {what}: {host} answered {error.code}, expected success", hint="look at its URL and token"
            ) from None
    except (urllib.error.URLError, TimeoutError, http.client.HTTPException, OSError) as error:
        reason = getattr(error, "reason", error)
        raise HookFailed(
            f"hook {what}: {host} was not reached ({type(reason).__name__})", hint="look at its URL and the network"
        ) from None
    try:
        return json.loads(found)
    except ValueError:
        return None
