"""What is read from files, as models."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """Base of all that is read from a file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class FromEnvironment(Model):
    """A value taken from the environment when the run starts, so that it stands in no file."""

    env: str = Field(min_length=1, description="name of the environment variable")
