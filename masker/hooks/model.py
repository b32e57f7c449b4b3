"""``hooks:`` of masker.yml: for each stage a list of commands and presets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from masker.errors import Problem
from masker.hooks.event import Stage
from masker.hooks.presets.deploys import Fastly, Rollbar, Sentry
from masker.hooks.presets.github import GithubStatus
from masker.hooks.presets.heroku import Heroku
from masker.hooks.presets.preset import Preset
from masker.hooks.presets.prometheus import Prometheus
from masker.hooks.presets.redis import Redis
from masker.hooks.presets.slack import Slack
from masker.hooks.presets.webhook import Webhook
from masker.model import Model


class Hook(Model):
    """One thing to do: a command, or one of the presets."""

    run: str | None = Field(default=None, min_length=1, description="A command, run by `sh -c`.")
    time_limit: float = Field(default=600.0, gt=0, strict=False, description="Seconds that a command may take.")
    slack: Slack | None = Field(default=None, description="A message to Slack.")
    webhook: Webhook | None = Field(default=None, description="The event as JSON, signed.")
    redis: Redis | None = Field(default=None, description="The preview's Redis emptied.")
    github_status: GithubStatus | None = Field(default=None, description="The status of a commit.")
    heroku: Heroku | None = Field(default=None, description="Maintenance and dynos for the time of the run.")
    rollbar: Rollbar | None = Field(default=None, description="A deploy told to Rollbar.")
    sentry: Sentry | None = Field(default=None, description="A deploy told to Sentry.")
    fastly: Fastly | None = Field(default=None, description="What Fastly keeps is purged.")
    prometheus: Prometheus | None = Field(default=None, description="A text file for Prometheus.")

    @model_validator(mode="after")
    def _just_one(self) -> Hook:
        named = [name for name in self.model_fields_set if name != "time_limit"]
        if len(named) != 1:
            raise ValueError(
                f"expected one of {', '.join(name for name in type(self).model_fields if name != 'time_limit')}"
            )
        if self.run is None and "time_limit" in self.model_fields_set:
            raise ValueError("time_limit is of commands (run:)")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """A text alone is a command."""
        found = handler.resolve_ref_schema(handler(schema))
        found |= {"anyOf": [{"type": "string"}, {"type": "object"}]}
        found.pop("type", None)
        return found

    @property
    def name(self) -> str:
        """What stands in the file: ``run``, ``slack``."""
        return next(name for name in self.model_fields_set if name != "time_limit")

    @property
    def preset(self) -> Preset | None:
        """None where it is a command."""
        found = getattr(self, self.name)
        return found if isinstance(found, Preset) else None

    def __str__(self) -> str:
        return self.run or self.name


def as_hook(value: Any) -> Any:
    """A text alone is a command."""
    return {"run": value} if isinstance(value, str) else value


WrittenHook = Annotated[Hook, BeforeValidator(as_hook)]


def misplaced(stage: Stage, hooks: list[Hook]) -> list[Hook]:
    """*hooks*, which stand at *stage*. Raises ValueError for those that may not."""
    for hook in hooks:
        if hook.preset is not None and stage not in hook.preset.stages:
            raise ValueError(f"{hook.name} may stand in {', '.join(hook.preset.stages)}")
    return hooks


def missing(hooks: Mapping[Stage, tuple[Hook, ...]], environment: Mapping[str, str] = os.environ) -> Iterator[Problem]:
    """What the environment lacks of what *hooks* need."""
    for stage, each in hooks.items():
        for hook in each:
            if hook.preset is not None:
                for problem in hook.preset.missing(environment):
                    yield Problem(f"hooks.{stage}.{problem.subject}", problem.found, "set it, or leave the hook out")
