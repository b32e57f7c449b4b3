"""A commit's status on GitHub: what the preview was made by, and whether it came about."""

from __future__ import annotations

import os
import re

from pydantic import Field

from masker.hooks.errors import HookFailed
from masker.hooks.event import Event
from masker.hooks.http import send
from masker.hooks.presets.preset import Preset, value_of
from masker.model import FromEnvironment

#: What GitHub takes of a description.
_LONGEST = 140

_STATES = {"running": "pending", "ok": "success", "failed": "failure"}


class GithubStatus(Preset):
    """``POST /repos/OWNER/NAME/statuses/SHA``."""

    token: str | FromEnvironment = Field(description="A token that may write statuses.")
    repository: str | None = Field(default=None, description="OWNER/NAME; by default GITHUB_REPOSITORY.")
    sha: str | FromEnvironment | None = Field(default=None, description="The commit; by default GITHUB_SHA.")
    context: str = Field(default="masker", description="What the status is called.")
    api: str = Field(default="https://api.github.com", description="Where GitHub's API is.")

    def send(self, event: Event) -> None:
        repository = self.repository or os.environ.get("GITHUB_REPOSITORY", "")
        sha = value_of(self.sha) or os.environ.get("GITHUB_SHA", "")
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository) or not re.fullmatch(r"[0-9a-f]{7,64}", sha):
            raise HookFailed(
                "hook github_status: no repository or commit is known",
                hint="name repository: and sha:, or run it where GITHUB_REPOSITORY and GITHUB_SHA are set",
            )
        send(
            "github_status",
            "POST",
            f"{self.api}/repos/{repository}/statuses/{sha}",
            body={"state": _STATES[event.status], "context": self.context, "description": _description(event)},
            headers={"Authorization": f"Bearer {value_of(self.token)}", "Accept": "application/vnd.github+json"},
        )


def _description(event: Event) -> str:
    done = event.figures
    text = {
        "running": f"{event.target}: run {event.run}",
        "ok": f"{event.target}: {done.columns} columns masked, {done.checks} checks passed, run {event.run}",
        "failed": f"{event.target}: exit {event.exit_code}, run {event.run}",
    }[event.status]
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
