"""Maintenance and dynos of an application on Heroku, for the time of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from masker.hooks.errors import HookFailed, HookRefused
from masker.hooks.event import Event
from masker.hooks.http import send
from masker.hooks.presets.preset import Preset, value_of
from masker.model import FromEnvironment


class Heroku(Preset):
    """What it changes before a run is put back at its end, however that is, or after a kill by the next run of the
    same state folder."""

    stages = ("before",)
    changes = True

    app: str = Field(description="The preview's application.", pattern=r"^[a-z][a-z0-9-]*$")
    token: str | FromEnvironment = Field(description="A token of Heroku's API.")
    maintenance: bool = Field(default=True, description="Whether maintenance is on during the run.")
    scale: dict[str, int] = Field(
        default_factory=dict, description="How many dynos of a kind there are during the run: `{worker: 0}`."
    )
    api: str = Field(default="https://api.heroku.com", description="Where Heroku's API is.")

    def change(self, event: Event) -> Mapping[str, Any]:
        """How it is now: what is not known cannot be put back, so nothing is changed then."""
        del event
        found: dict[str, Any] = {"app": self.app}
        if self.maintenance:
            answer = self._ask("GET", "")
            if not isinstance(answer, Mapping) or not isinstance(answer.get("maintenance"), bool):
                raise HookFailed("hook heroku: it did not say whether maintenance is on", hint="look at the token")
            if answer["maintenance"]:
                # Its dynos may be those of a run that was killed, too, and would be put back as such.
                raise HookRefused(
                    f"hook heroku: {self.app} is in maintenance already; a run that was killed may have left it so",
                    hint=f"scale its dynos as they are to be, and heroku maintenance:off -a {self.app}",
                )
            found["maintenance"] = False
        if self.scale:
            answer = self._ask("GET", "/formation")
            there = {each.get("type"): each.get("quantity") for each in answer or () if isinstance(each, Mapping)}
            unknown = [kind for kind in self.scale if not isinstance(there.get(kind), int)]
            if unknown:
                raise HookFailed(
                    f"hook heroku: {self.app} has no dynos of kind {', '.join(unknown)}", hint="correct scale:"
                )
            found["scale"] = {kind: there[kind] for kind in self.scale}
        return found

    def send(self, event: Event) -> None:
        del event
        self._set(maintenance=True if self.maintenance else None, scale=self.scale)

    def put_back(self, change: Mapping[str, Any]) -> None:
        if change.get("app") == self.app:
            # Dynos first, so that what comes back from maintenance is served.
            self._set(maintenance=None, scale=change.get("scale") or {})
            self._set(maintenance=change.get("maintenance"), scale={})

    def _set(self, *, maintenance: bool | None, scale: Mapping[str, int]) -> None:
        if maintenance is not None:
            self._ask("PATCH", "", {"maintenance": maintenance})
        if scale:
            updates = [{"type": kind, "quantity": count} for kind, count in scale.items()]
            self._ask("PATCH", "/formation", {"updates": updates})

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        headers = {
            "Accept": "application/vnd.heroku+json; version=3",
            "Authorization": f"Bearer {value_of(self.token)}",
        }
        return send("heroku", method, f"{self.api}/apps/{self.app}{path}", body=body, headers=headers)
