"""``password``: one hash for everybody."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text, needs_nothing
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Known, Locked
from masker.model import FromEnvironment

_BCRYPT_CHARACTERS = 60


class Password(MaskRule):
    """One known hash for everybody, or a hash nobody knows the password of."""

    mask: Literal["password"] = "password"
    plaintext: FromEnvironment | None = Field(
        default=None, description="the preview's password; hashed once with bcrypt"
    )
    hash: str | FromEnvironment | None = Field(
        default=None, description="a ready hash, of any kind the application checks"
    )
    pepper: FromEnvironment | None = Field(
        default=None, description="Devise's config.pepper of the preview application"
    )
    cost: int = Field(default=12, ge=4, le=15, description="bcrypt cost")

    @model_validator(mode="after")
    def _one_source(self) -> Password:
        if self.hash is not None and (self.plaintext is not None or self.pepper is not None):
            raise ValueError("takes either a hash or a plaintext (with pepper), not both")
        if self.pepper is not None and self.plaintext is None:
            raise ValueError("a pepper goes with a plaintext")
        return self

    @property
    def known_name(self) -> str:
        """Names the value this rule shares with all rules that say the same."""
        return "password:" + self.model_dump_json(include={"plaintext", "hash", "pepper", "cost"})


def _render(original: exp.Expression, column: Column, rule: Password, context: Context) -> exp.Expression:
    """The known hash, or one shaped like bcrypt's of which nobody knows the password; the same for everybody."""
    del original, column
    if rule.known_name in context.known:
        return context.bindings.known(Known(rule.known_name, context.known[rule.known_name]))
    return context.bindings.known(Locked("password"))


def _problem(column: Column, rule: Password, context: Context) -> Obstacle | None:
    size, limit = len(context.known.get(rule.known_name, "x" * _BCRYPT_CHARACTERS)), column.type.length
    if limit is None or limit >= size:
        return None
    return Obstacle(
        f"{column.type.sql} is too short for the hash of {size} characters", "widen the column, or use null"
    )


def _tells(rule: Password, kind: TypeClass) -> str:
    del rule
    return "secret" if kind in {TypeClass.TEXT, TypeClass.UUID} else ""


PASSWORD = Mask(
    rule=Password,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="one",
        example="$2a$12$…",
        cost=0.1,
        fills=needs_nothing,
        is_constant=True,
        tells=_tells,
    ),
    render=_render,
    chance=None,
    problem=_problem,
)
