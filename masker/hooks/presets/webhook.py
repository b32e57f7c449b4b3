"""The event as JSON to any URL, signed so that who takes it knows from whom it is."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

from pydantic import Field

from masker.hooks.event import Event
from masker.hooks.http import send
from masker.hooks.presets.preset import Preset, value_of
from masker.model import FromEnvironment


class Webhook(Preset):
    """``X-Masker-Signature: t=SECONDS,v1=HEX``: HMAC-SHA256 with the secret over ``SECONDS.BODY``."""

    url: str | FromEnvironment = Field(description="Where to.")
    secret: str | FromEnvironment | None = Field(default=None, description="What the signature is made with.")

    def send(self, event: Event) -> None:
        body = json.dumps(event.document(), ensure_ascii=False).encode()
        headers = {"X-Masker-Event": event.stage, "X-Masker-Run": event.run}
        if secret := value_of(self.secret):
            at = str(int(time.time()))
            headers["X-Masker-Signature"] = f"t={at},v1={signature(secret, at, body)}"
        send("webhook", "POST", value_of(self.url), raw=body, headers=headers)


def signature(secret: str, at: str, body: bytes) -> str:
    """What stands after ``v1=``."""
    return hmac.digest(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hex()
