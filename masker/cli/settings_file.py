"""``masker.yml``: what it may hold, and its reading with the place of every problem."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, ValidationError

from masker.cli.buckets import AclCheckMode, AclPolicy
from masker.cli.scope import ScopeKind
from masker.errors import Problem, UsageError
from masker.model import FromEnvironment, Model
from masker.ruleset.document import Document, read_document
from masker.s3.scope import DecisionName
from masker.settings import Publish, Verify

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class FromFile(Model):
    """A value read from a file."""

    file: str = Field(min_length=1)


class SourceSettings(Model):
    url: str | FromEnvironment
    connections: int | None = Field(default=None, ge=1, le=64)


class TargetSettings(Model):
    url: str | FromEnvironment
    name: str | None = Field(default=None, min_length=1)
    publish: Publish = "swap"
    keep_old: bool = False
    free_space: str | None = None


class BucketSide(Model):
    """One side of a pair, with its own credentials."""

    url: str
    profile: str | None = None
    region: str | None = None


class ScopeSettings(Model):
    """Which objects a pair's source is thought to hold, by what the masked preview says of its blobs."""

    kind: ScopeKind
    service: str | None = None
    database: str | FromEnvironment | None = None
    unattached: Literal["keep", "drop"] = "drop"


class BucketSettings(Model):
    """One pair of ``buckets:``."""

    source: str | BucketSide
    target: str | BucketSide
    acl: AclPolicy | None = None
    acl_check: AclCheckMode | None = None
    max_delete: str | int | None = None
    delete: bool = True
    include: list[str] = Field(default_factory=list)
    exclude: list[str] = Field(default_factory=list)
    scope: Annotated[ScopeSettings | None, BeforeValidator(lambda v: {"kind": v} if isinstance(v, str) else v)] = None
    attachments: dict[str, DecisionName] = Field(default_factory=dict)
    inventory: str | None = None
    inventory_age: float | None = Field(default=None, gt=0)
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    addressing_style: Literal["auto", "path", "virtual"] | None = None
    request_payer: Literal["requester"] | None = None


class SettingsFile(Model):
    """``masker.yml``."""

    version: Literal[1]
    source: SourceSettings | None = None
    target: TargetSettings | None = None
    rules: list[str] = Field(default_factory=list)
    application_schema: str | None = Field(default=None, alias="schema")
    key: FromEnvironment | FromFile | None = None
    workers: int | None = Field(default=None, ge=1, le=64)
    verify: Verify | None = None
    pg_dump: str | None = None
    maintenance_memory: str | None = Field(default=None, pattern=r"^\d+(kB|MB|GB)$")
    buckets: list[BucketSettings] = Field(default_factory=list)


def read_settings_file(path: Path) -> SettingsFile:
    """The settings file at *path*. Raises UsageError with every problem and its place."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read ({(error.strerror or 'no reason given').lower()})", hint="-c names a settings file, usually masker.yml"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8", hint="save it as UTF-8") from None
    document = read_document(text, str(path))
    problems = list(document.problems)
    if not problems:
        try:
            return SettingsFile.model_validate(document.value)
        except ValidationError as error:
            problems = [_complaint(e, document) for e in error.errors()]
    problems = list(dict.fromkeys(problems))
    raise UsageError(f"{path}: {len(problems)} problem{'s' if len(problems) != 1 else ''}", hint="\n".join(map(str, problems)), problems=problems)


def _complaint(error: ErrorDetails, document: Document) -> Problem:
    path = tuple(part for part in error["loc"] if part not in {"str", "FromEnvironment", "FromFile"})
    subject, position = ".".join(str(part) for part in path), document.key_position(path)
    match error["type"]:
        case "extra_forbidden":
            return Problem(subject, "there is no such setting", position=position)
        case "missing":
            return Problem(subject, "missing", position=position)
    return Problem(subject, f"{error['msg'][:1].lower()}{error['msg'][1:]}", position=position)
