"""What watches deploys: Rollbar and Sentry learn that the preview has other data now; Fastly lets go of what it
keeps."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from pydantic import Field

from masker.hooks.event import Event
from masker.hooks.http import send
from masker.hooks.presets.preset import Preset, value_of
from masker.model import FromEnvironment


class Rollbar(Preset):
    """A deploy, so that errors of the new data are not taken for those of the old."""

    stages = ("published", "failed")

    token: str | FromEnvironment = Field(description="An access token with post_server_item.")
    environment: str = Field(default="preview", description="The environment in Rollbar.")
    api: str = Field(default="https://api.rollbar.com", description="Where its API is.")

    def send(self, event: Event) -> None:
        body: dict[str, Any] = {
            "environment": self.environment,
            "revision": event.run,
            "status": "succeeded" if event.status == "ok" else "failed",
            "comment": f"masker {event.command}: {event.target}",
        }
        headers = {"X-Rollbar-Access-Token": value_of(self.token)}
        send("rollbar", "POST", f"{self.api}/api/1/deploy", body=body, headers=headers)


class Sentry(Preset):
    """A deploy of a release."""

    stages = ("published",)

    token: str | FromEnvironment = Field(description="A token with project:releases.")
    organization: str = Field(description="The organization's slug.")
    release: str | FromEnvironment = Field(description="The release that the preview runs.")
    environment: str = Field(default="preview", description="The environment in Sentry.")
    api: str = Field(default="https://sentry.io", description="Where its API is.")

    def send(self, event: Event) -> None:
        release = quote(value_of(self.release), safe="")
        send(
            "sentry",
            "POST",
            f"{self.api}/api/0/organizations/{quote(self.organization, safe='')}/releases/{release}/deploys/",
            body={"environment": self.environment, "name": f"masker {event.run}"},
            headers={"Authorization": f"Bearer {value_of(self.token)}"},
        )


class Fastly(Preset):
    """All that a service keeps is let go of, or what carries surrogate keys."""

    stages = ("restored", "published")

    service: str = Field(description="The preview's service.", pattern=r"^[A-Za-z0-9]+$")
    token: str | FromEnvironment = Field(description="A token that may purge.")
    keys: tuple[str, ...] = Field(
        default=(), strict=False, description="Surrogate keys; all of the service by default."
    )
    api: str = Field(default="https://api.fastly.com", description="Where its API is.")

    def send(self, event: Event) -> None:
        del event
        headers = {"Fastly-Key": value_of(self.token), "Accept": "application/json"}
        base = f"{self.api}/service/{self.service}"
        if not self.keys:
            send("fastly", "POST", f"{base}/purge_all", headers=headers)
        else:
            send("fastly", "POST", f"{base}/purge", body={"surrogate_keys": list(self.keys)}, headers=headers)
