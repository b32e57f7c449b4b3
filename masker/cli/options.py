"""Options that commands share, and how they and masker.yml become settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from pydantic import Field, ValidationError

from masker.cli.buckets import BucketSettings
from masker.errors import UsageError
from masker.masks.arguments import FromEnvironment, Model
from masker.settings import Publish, Settings

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from masker.ruleset.document import Document

_KEY_CHARACTERS = 32

Config = Annotated[
    Path | None, typer.Option("-c", "--config", metavar="FILE", help="Settings file (masker.yml); flags win over it.", show_default=False)
]
Source = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="URL",
        envvar="MASKER_SOURCE",
        help="Production: postgres://user:password@host/database. Only read.",
        show_default=False,
        show_envvar=True,
    ),
]
Target = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="URL",
        envvar="MASKER_TARGET",
        help="Preview: the database whose content is replaced.",
        show_default=False,
        show_envvar=True,
    ),
]
RuleFiles = Annotated[
    list[Path] | None, typer.Option("--rules", metavar="FILE", help="Rule file; repeat for several, later ones win.", show_default=False)
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        max=64,
        help="Lanes on the target: tables loaded and indexes built at once. [default: 4]",
        show_default=False,
    ),
]
SourceConnections = Annotated[
    int | None,
    typer.Option(
        "--source-connections",
        metavar="N",
        min=1,
        max=64,
        help="The most connections production is read over. [default: as many as workers]",
        show_default=False,
    ),
]
PublishBy = Annotated[
    Literal["swap", "direct"] | None,
    typer.Option(
        "--publish",
        metavar="swap|direct",
        help="swap: fill a shadow, rename it over the live one. direct: empty and fill the target itself. [default: swap]",
        show_default=False,
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        help="File with the masking key, for equal results from run to run. [default: a fresh key, forgotten afterwards]",
        show_default=False,
    ),
]
KeyEnv = Annotated[
    str | None, typer.Option("--key-env", metavar="NAME", help="Environment variable with the masking key.", show_default=False)
]
PgDump = Annotated[
    str | None, typer.Option("--pg-dump", metavar="FILE", help="The pg_dump to use. [default: the newest at hand]", show_default=False)
]
Owners = Annotated[bool, typer.Option("--owners", help="Copy object owners too; the roles must exist on the target.")]
Grants = Annotated[bool, typer.Option("--grants", help="Copy privileges too; the roles must exist on the target.")]
AsJson = Annotated[bool, typer.Option("--json", help="The result as one JSON document on stdout.")]


class FromFile(Model):
    """A value read from a file."""

    file: str = Field(min_length=1)


class SourceSettings(Model):
    url: str | FromEnvironment
    connections: int | None = Field(default=None, ge=1, le=64)


class TargetSettings(Model):
    url: str | FromEnvironment
    publish: Publish = "swap"
    keep_old: bool = False


class SettingsFile(Model):
    """``masker.yml``."""

    version: Literal[1]
    source: SourceSettings | None = None
    target: TargetSettings | None = None
    rules: list[str] = Field(default_factory=list)
    key: FromEnvironment | FromFile | None = None
    workers: int | None = Field(default=None, ge=1, le=64)
    pg_dump: str | None = None
    maintenance_memory: str | None = Field(default=None, pattern=r"^\d+(kB|MB|GB)$")
    buckets: list[BucketSettings] = Field(default_factory=list)


def build_settings(
    *, config: Path | None, source: str | None, target: str | None, rules: list[Path] | None, workers: int | None = None, source_connections: int | None = None,
    publish: Publish | None = None, keep_old: bool = False, confirm: str | None = None, key_file: Path | None = None, key_env: str | None = None,
    pg_dump: str | None = None, owners: bool = False, grants: bool = False, environment: Mapping[str, str] = os.environ,
) -> Settings:  # fmt: skip
    """Flags over masker.yml over defaults. Raises UsageError with all that is missing or wrong."""
    file = read_settings_file(config) if config is not None else None
    missing: list[str] = []

    def value(given: str | None, from_file: str | FromEnvironment | None, flag: str, section: str) -> str:
        if given:
            return given
        if isinstance(from_file, FromEnvironment):
            found = environment.get(from_file.env)
            if not found:
                missing.append(f"{section}: the environment variable {from_file.env} is not set")
            return found or ""
        if not from_file:
            missing.append(f"{flag} is missing")
        return from_file or ""

    source_url = value(source, file.source.url if file and file.source else None, "--source", "source.url")
    target_url = value(target, file.target.url if file and file.target else None, "--target", "target.url")
    folder = config.parent if config is not None else Path()
    rule_files = tuple(rules) if rules else tuple(folder / r for r in (file.rules if file else ()))
    if not rule_files:
        missing.append("--rules is missing")
    key = _key(key_file, key_env, file, folder, environment, missing)
    if missing:
        raise UsageError("; ".join(missing), hint="give them as flags or in masker.yml (-c)")
    target_file = file.target if file else None
    return Settings(
        source=source_url, target=target_url, rules=rule_files, confirm=confirm, workers=workers or (file.workers if file and file.workers else 4),
        source_connections=source_connections or (file.source.connections if file and file.source else None),
        publish=publish or (target_file.publish if target_file else "swap"), keep_old=keep_old or bool(target_file and target_file.keep_old),
        key=key, with_owners=owners, with_grants=grants, pg_dump=pg_dump or (file.pg_dump if file else None),
        maintenance_memory=(file.maintenance_memory if file and file.maintenance_memory else "256MB"),
    )  # fmt: skip


def read_settings_file(path: Path) -> SettingsFile:
    """The settings file at *path*. Raises UsageError with every problem and its place."""
    from masker.ruleset.document import read_document

    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be read ({(error.strerror or 'no reason given').lower()})", hint="-c names a settings file, usually masker.yml"
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is not UTF-8", hint="save it as UTF-8") from None
    document = read_document(text, str(path))
    problems = [f"{p.position}   {p.subject}: {p.found}" for p in document.problems]
    if not problems:
        try:
            return SettingsFile.model_validate(document.value)
        except ValidationError as error:
            problems = [_complaint(e, document) for e in error.errors()]
    raise UsageError(f"{path}: {len(problems)} problem{'s' if len(problems) != 1 else ''}", hint="\n".join(dict.fromkeys(problems)))


def _complaint(error: ErrorDetails, document: Document) -> str:
    path = tuple(part for part in error["loc"] if part not in {"str", "FromEnvironment", "FromFile"})
    position = document.key_position(path)
    subject = ".".join(str(part) for part in path)
    if error["type"] == "extra_forbidden":
        return f"{position}   {subject}: there is no such setting"
    if error["type"] == "missing":
        return f"{position}   {subject}: missing"
    return f"{position}   {subject}: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _key(
    key_file: Path | None, key_env: str | None, file: SettingsFile | None, folder: Path, environment: Mapping[str, str], missing: list[str]
) -> bytes | None:
    wanted = FromFile(file=str(key_file)) if key_file else FromEnvironment(env=key_env) if key_env else file.key if file else None
    match wanted:
        case None:
            return None
        case FromEnvironment(env=name):
            text = environment.get(name, "")
            where = f"the environment variable {name}"
        case FromFile(file=name):
            path = Path(name) if key_file else folder / name
            where = f"the key file {path}"
            try:
                text = path.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                missing.append(f"{where} cannot be read")
                return None
    if len(text) < _KEY_CHARACTERS:
        missing.append(
            f"key: {where} holds {len(text)} characters, expected at least {_KEY_CHARACTERS} (for instance from `openssl rand -hex 32`)"
        )
        return None
    return text.encode()
