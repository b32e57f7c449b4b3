"""What a rule file may say of a column, as models: one class a mask, its arguments as fields.

The union :data:`AnyMask` is what both the parser and the JSON Schema for editors are made from. A rule may be written short: ``email``
for ``{mask: email}``, a bare ``null`` for the mask ``null``, ``{sql: "…"}`` for ``{mask: sql, sql: "…"}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

Script = Literal["kanji", "katakana", "hiragana", "romaji"]
Locale = Literal["en_US", "ja_JP"]
LOCALES: tuple[str, ...] = get_args(Locale)

_DAYS = re.compile(r"(\d+)\s*(?:days?|d)?\Z")


class Model(BaseModel):
    """Base of all that is read from a file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FromEnvironment(Model):
    """A value taken from the environment when the run starts, so that it stands in no file."""

    env: str = Field(min_length=1, description="name of the environment variable")


class MaskRule(Model):
    """The decision for one column.

    *by* is who the value belongs to: columns of the row, or ``value``; default the row's key. *scope* is what it stands for: columns
    that share a scope and an identity get equal results; default this very column.
    """

    mask: str
    by: Annotated[
        tuple[str, ...] | None, BeforeValidator(lambda v: (v,) if isinstance(v, str) else tuple(v) if isinstance(v, list) else v)
    ] = Field(default=None, description="column or columns that say who the value belongs to, or `value`; default: the primary key")
    scope: str | None = Field(default=None, min_length=1, description="columns of one scope agree; default: this column alone")
    locale: Locale | None = Field(default=None, description="word lists to use here; default: the file's locale")

    @property
    def is_by_value(self) -> bool:
        return self.by == ("value",)


#: Masked columns whose originals may stand in the column.
Shown = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    BeforeValidator(lambda v: (v,) if isinstance(v, str) else tuple(v) if isinstance(v, list) else v),
    Field(
        json_schema_extra={"type": ["string", "array"]},
        description="masked columns whose originals may stand in this one: `email`, or `users.email` of a table that it references",
    ),
]  # fmt: skip


class Keep(MaskRule):
    """Not personal: copied as it is."""

    mask: Literal["keep"] = "keep"
    shows: Shown = ()


class Null(MaskRule):
    """NULL in every row."""

    mask: Literal["null"] = "null"


class Fixed(MaskRule):
    """One value for every row."""

    mask: Literal["fixed"] = "fixed"
    value: str | int | float | bool = Field(description="the value, in any form the column's type reads")


class Email(MaskRule):
    """An address at a reserved domain, unique for every identity."""

    mask: Literal["email"] = "email"
    domain: str = Field(
        default="example.com", pattern=r"^[a-z0-9.-]+\.[a-z]{2,}$", description="where mail goes: a reserved name or the team's own sink"
    )


class Name(MaskRule):
    script: Script | None = Field(default=None, description="how a Japanese name is written; default kanji")


class FirstName(Name):
    """A given name."""

    mask: Literal["first_name"] = "first_name"


class LastName(Name):
    """A family name."""

    mask: Literal["last_name"] = "last_name"


class FullName(Name):
    """A family and a given name in the locale's order."""

    mask: Literal["full_name"] = "full_name"
    separator: str = Field(
        default=" ", max_length=3, description="between the two names; Japanese data often has none or a full-width space"
    )


class Phone(MaskRule):
    """A number that rings nowhere, written as the original was."""

    mask: Literal["phone"] = "phone"


class PostalCode(MaskRule):
    """A postal code of the locale's form, hyphen kept or not."""

    mask: Literal["postal_code"] = "postal_code"


class Address(MaskRule):
    """An address, whole or one part of it."""

    mask: Literal["address"] = "address"
    part: Literal["full", "region", "city", "street", "building"] = "full"


def _days(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _DAYS.match(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a number of days, such as `30 days`")
    return int(match[1])


class DateShift(MaskRule):
    """The date moved by 1 … *within* days, forth or back, the same distance for every date of one identity and scope."""

    mask: Literal["date_shift"] = "date_shift"
    within: Annotated[int, BeforeValidator(_days)] = Field(
        default=30, ge=1, le=3650, description="days, as `30 days` or `30", json_schema_extra={"type": ["string", "integer"]}
    )


class Ip(MaskRule):
    """An address from the ranges reserved for documentation (RFC 5737, RFC 3849)."""

    mask: Literal["ip"] = "ip"


class Token(MaskRule):
    """Random characters of the original's length."""

    mask: Literal["token"] = "token"
    alphabet: Literal["hex", "alnum", "base58", "digits"] = "hex"
    prefix: str = Field(default="", max_length=40, description="put in front, such as sk_test_")
    length: int | None = Field(default=None, ge=4, le=200, description="characters, prefix included; default: as long as the original")


class Password(MaskRule):
    """One known hash for everybody, or a hash nobody knows the password of."""

    mask: Literal["password"] = "password"
    plaintext: FromEnvironment | None = Field(default=None, description="the preview's password; hashed once with bcrypt")
    hash: str | FromEnvironment | None = Field(default=None, description="a ready hash, of any kind the application checks")
    pepper: FromEnvironment | None = Field(default=None, description="Devise's config.pepper of the preview application")
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


class Lorem(MaskRule):
    """Filler text, as many characters as the original."""

    mask: Literal["lorem"] = "lorem"


class Sql(MaskRule):
    """An expression over the row as PostgreSQL reads it, of harmless functions; other masked columns are their masked values."""

    mask: Literal["sql"] = "sql"
    sql: str = Field(min_length=1, description="a PostgreSQL expression without sub-selects, aggregates or side effects; original.NAME is a masked column as the source has it")
    shows: Shown = ()


class Leaf(Model):
    """What a path of a document leads to: the mask, and whether there may be no document that has it."""

    rule: AnyMask
    optional: bool = Field(default=False, description="true: no document need have the path")


def _leaf(written: Any) -> Any:
    """A mask with ``optional`` among its arguments, taken apart."""
    if not isinstance(written, dict) or "optional" not in written:
        return written if isinstance(written, Leaf) else {"rule": written}
    return {"rule": {key: value for key, value in written.items() if key != "optional"}, "optional": written["optional"]}


class Json(MaskRule):
    """Leaves of a document masked by path."""

    mask: Literal["json"] = "json"
    paths: dict[str, Annotated[Leaf, BeforeValidator(_leaf)]] = Field(
        min_length=1, description="`$.email`, `$.sns[*].handle`, each with the mask of its leaf; a path that no document has is refused unless `optional: true`"
    )
    other: Literal["keep", "drop"] | None = Field(default=None, description="what becomes of everything no path names; it has to be said")
    shows: Shown = ()

    @property
    def leaves(self) -> Mapping[str, MaskRule]:
        """The mask of each path."""
        return {path: leaf.rule for path, leaf in self.paths.items()}

    @field_validator("paths")
    @classmethod
    def _paths_read(cls, paths: dict[str, Leaf]) -> dict[str, Leaf]:
        for path in paths:
            json_steps(path)
        return paths


def _expand(rule: Any) -> Any:
    if rule is None:
        return {"mask": "null"}
    if isinstance(rule, str):
        return {"mask": rule}
    if isinstance(rule, dict) and "sql" in rule and "mask" not in rule:
        return {"mask": "sql", **rule}
    if isinstance(rule, dict) and rule.get("mask", "") is None:
        return {**rule, "mask": "null"}
    return rule


AnyMask = Annotated[
    Annotated[
        Keep
        | Null
        | Fixed
        | Email
        | FirstName
        | LastName
        | FullName
        | Phone
        | PostalCode
        | Address
        | DateShift
        | Ip
        | Token
        | Password
        | Lorem
        | Json
        | Sql,
        Field(discriminator="mask"),
    ],
    BeforeValidator(_expand),
]
Leaf.model_rebuild()
Json.model_rebuild()

#: Steps of a path. The expression that masks a leaf is nested as deep.
_MOST_STEPS = 30

_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\.\"([^\"]+)\"|(\[\*\])")


def json_steps(path: str) -> tuple[str | None, ...]:
    """The steps of a path, None for ``[*]``.

    >>> json_steps('$.sns[*].handle')
    ('sns', None, 'handle')
    """
    if not path.startswith("$") or path == "$":
        raise ValueError(f'{path!r} is no path: expected $.name, $.list[*].name or $."odd name"')
    steps: list[str | None] = []
    at = 1
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            raise ValueError(f'{path!r} is no path from character {at + 1} on: expected .name, ."odd name" or [*]')
        steps.append(None if match[3] else match[1] or match[2])
        at = match.end()
    if len(steps) > _MOST_STEPS:
        raise ValueError(f"a path of {len(steps)} steps, expected {_MOST_STEPS} at most")
    return tuple(steps)
