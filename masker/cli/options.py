"""Options that commands share, and how they and masker.yml become settings."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from masker.cli.log import note
from masker.errors import Problem, UsageError
from masker.settings import Publish, Settings, Verify

if TYPE_CHECKING:
    from masker.cli.settings_file import SettingsFile
    from masker.model import FromEnvironment


_KEY_CHARACTERS = 32

#: Seconds without a sign of life after which production lets go of what a run holds.
_IDLE_LIMIT = "MASKER_IDLE_LIMIT"
_IDLE_LIMIT_S = 60.0

#: How a size is written, here and in masker.yml.
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(kB|MB|GB|TB)")

#: What -c is without being given, where it stands in the current folder.
_SETTINGS_FILE = Path("masker.yml")


def _or_found(context: typer.Context, given: Path | None) -> Path | None:
    if given is not None or context.resilient_parsing or not _SETTINGS_FILE.is_file():
        return given
    note(f"settings are those of ./{_SETTINGS_FILE}")
    return _SETTINGS_FILE


Config = Annotated[
    Path | None,
    typer.Option(
        "-c", "--config", metavar="FILE", callback=_or_found, show_default=False,
        help="Settings file; flags win over it. \\[default: ./masker.yml, where there is one]",
    ),
]  # fmt: skip
Source = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="URL",
        envvar="MASKER_SOURCE",
        help="Production: postgres://user@host/database. Only read. `ps` shows the command line: passwords go into the environment, a service file or masker.yml.",
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
        help="Preview: the database whose content is replaced; by the environment if with a password.",
        show_default=False,
        show_envvar=True,
    ),
]
NoSource = Annotated[
    bool, typer.Option("--no-source", help="Do not compare the target with production, which this machine may not reach.")
]
SourceIsAPreview = Annotated[
    bool, typer.Option("--source-is-a-preview", help="The source is meant, although masker has filled or masked it.")
]
First = Annotated[
    bool,
    typer.Option("--first", help="The target is meant, although it looks like production, no source is known and no run has filled it yet."),
]
RuleFiles = Annotated[
    list[Path] | None, typer.Option("--rules", metavar="FILE", help="Rule file; repeat for several, later ones win.", show_default=False)
]
Schema = Annotated[
    Path | None,
    typer.Option(
        "--schema", metavar="FILE", show_default=False,
        help="The application's db/schema.rb or db/structure.sql: rules for what it has, and the database has not yet, wait for the migration. What neither has is refused.",
    ),
]  # fmt: skip
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        max=64,
        help="Lanes on the target: tables loaded and indexes built at once. \\[default: 4]",
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
        help="The most lanes that read production at once, beside one session that holds the snapshot and one that guards it. \\[default: as many as workers]",
        show_default=False,
    ),
]
PublishBy = Annotated[
    Literal["swap", "direct"] | None,
    typer.Option(
        "--publish",
        metavar="swap|direct",
        help="swap: fill a shadow, rename it over the live one. direct: empty and fill the target itself. \\[default: swap]",
        show_default=False,
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="FILE",
        help="File with the masking key, for equal results from run to run. \\[default: a fresh key, forgotten afterwards]",
        show_default=False,
    ),
]
KeyEnv = Annotated[
    str | None, typer.Option("--key-env", metavar="NAME", help="Environment variable with the masking key.", show_default=False)
]
PgDump = Annotated[
    str | None, typer.Option("--pg-dump", metavar="FILE", help="The pg_dump to use. \\[default: the newest at hand]", show_default=False)
]
Owners = Annotated[bool, typer.Option("--owners", help="Copy object owners too; the roles must exist on the target.")]
Grants = Annotated[bool, typer.Option("--grants", help="Copy privileges too; the roles must exist on the target.")]
GiveWay = Annotated[
    float,
    typer.Option(
        "--give-way", metavar="SECONDS", min=0.1, help="End the run when somebody on production has waited that long for a lock it holds."
    ),
]
VerifyBy = Annotated[
    Literal["sample", "full", "none"] | None,
    typer.Option(
        "--verify",
        metavar="sample|full|none",
        help="Rows proved against production: 10,000 or more of each table, all, or none, which leaves the gate shut. \\[default: sample]",
        show_default=False,
    ),
]
#: The log itself is opened before the command line is parsed: see :mod:`masker.cli.log`.
LogFormat = Annotated[
    Literal["pretty", "logfmt", "json"],
    typer.Option("--log-format", help="How stderr tells of the run: for people, or a line an event for machines, failures too; the last is at=done."),
]
AsJson = Annotated[bool, typer.Option("--json", help="The result as one JSON document on stdout.")]


def build_settings(
    *, config: Path | None, source: str | None, target: str | None, rules: list[Path] | None, schema: Path | None = None, workers: int | None = None, source_connections: int | None = None,
    publish: Publish | None = None, keep_old: bool = False, confirm: str | None = None, key_file: Path | None = None, key_env: str | None = None,
    pg_dump: str | None = None, owners: bool = False, grants: bool = False, give_way: float = 10.0, free_space: str | None = None, verify: Verify | None = None, needs_source: bool = True, may_have_source: bool = False, needs_rules: bool = True,
    compares: bool = False, no_source: bool = False, source_is_a_preview: bool = False, first: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> Settings:  # fmt: skip
    """Flags over masker.yml over defaults; with *may_have_source* both source and rules may be left out. Raises UsageError with all that is
    missing or wrong.

    With *compares* a source may be left out too, but is used where one is named, unless *no_source* says that it cannot be.
    """
    # Reading YAML takes libraries that --help does not want to wait for.
    from masker.cli.settings_file import read_settings_file
    from masker.model import FromEnvironment

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

    named_source = file.source.url if file and file.source else None
    has_source = needs_source or ((may_have_source or (compares and not no_source)) and bool(source or named_source))
    source_url = value(source, named_source, "--source", "source.url") if has_source else ""
    if missing and compares and not needs_source:
        missing[-1] += ", and the target is compared with production; --no-source where this machine must not have it"
    target_url = value(target, file.target.url if file and file.target else None, "--target", "target.url")
    folder = config.parent if config is not None else Path()
    rule_files = tuple(rules) if rules else tuple(folder / r for r in (file.rules if file else ()))
    if needs_rules and not rule_files and (has_source or not may_have_source):
        missing.append("--rules is missing")
    key = read_key(key_file, key_env, file, folder, environment, missing)
    free_space = free_space or (file.target.free_space if file and file.target else None)
    size = _SIZE.fullmatch(free_space) if free_space else None
    if free_space and size is None:
        missing.append(f"--free-space: {free_space} is no size, expected a number with its unit, such as 20GB")
    idle_limit = environment.get(_IDLE_LIMIT, "")
    if idle_limit and not (idle_limit.isdecimal() and int(idle_limit) > 0):
        missing.append(f"{_IDLE_LIMIT}: {idle_limit} is no number of seconds")
    if missing:
        hint = "give them as flags or in masker.yml (-c)"
        raise UsageError("; ".join(missing), hint=hint, problems=[Problem.of(each, hint) for each in missing])
    target_file = file.target if file else None
    named = [environment.get("MASKER_SOURCE"), environment.get(named_source.env) if isinstance(named_source, FromEnvironment) else named_source]
    others = tuple(dict.fromkeys(url for url in named if url and url != source_url)) if not no_source else ()
    return Settings(
        other_sources=others,
        # The file's name is that of the database in the file.
        target_name=target_file.name if target_file and not target else None, source_is_a_preview=source_is_a_preview, is_first=first,
        source=source_url, target=target_url, rules=rule_files, schema=schema or (folder / file.application_schema if file and file.application_schema else None), confirm=confirm, workers=workers or (file.workers if file and file.workers else 4),
        source_connections=source_connections or (file.source.connections if file and file.source else None),
        publish=publish or (target_file.publish if target_file else "swap"), keep_old=keep_old or bool(target_file and target_file.keep_old),
        verify=verify or (file.verify if file and file.verify else "sample"), key=key, with_owners=owners, with_grants=grants, pg_dump=pg_dump or (file.pg_dump if file else None),
        give_way_s=give_way, idle_limit_s=float(idle_limit) if idle_limit else _IDLE_LIMIT_S, free_bytes=_bytes(size) if size else None, maintenance_memory=(file.maintenance_memory if file and file.maintenance_memory else "256MB"),
    )  # fmt: skip


def _bytes(size: re.Match[str]) -> int:
    return int(float(size[1]) * 1024 ** (1 + ("kB", "MB", "GB", "TB").index(size[2])))


def read_key(
    key_file: Path | None, key_env: str | None, file: SettingsFile | None, folder: Path, environment: Mapping[str, str], missing: list[str]
) -> bytes | None:
    """The masking key, None if none is named; what is wrong with it is added to *missing*."""
    from masker.cli.settings_file import FromFile
    from masker.model import FromEnvironment

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
