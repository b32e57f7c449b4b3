"""The settings of a run on databases."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from masker.cli.flags.copying import CopyFlags, DumpFlags, RoomFlags, WorkFlags
from masker.cli.flags.databases import DatabaseFlags, GuardFlags, KeyFlags, RuleFlags
from masker.cli.flags.group import Variable
from masker.cli.flags.size import parse_size
from masker.cli.flags.throttle import parse_throttle
from masker.errors import Problem, UsageError
from masker.settings import Settings, Throttle, Verify

_KEY_CHARACTERS = 32

#: Seconds without a sign of life after which production lets go of what a run holds.
_IDLE_LIMIT = "MASKER_IDLE_LIMIT"


def build_settings(
    databases: DatabaseFlags,
    rules: RuleFlags,
    keys: KeyFlags,
    *,
    work: WorkFlags = WorkFlags(),
    dump: DumpFlags = DumpFlags(),
    copying: CopyFlags = CopyFlags(),
    room: RoomFlags = RoomFlags(),
    guards: GuardFlags = GuardFlags(),
    verify: Verify | None = None,
    confirm: str | None = None,
    needs_source: bool = True,
    may_have_source: bool = False,
    needs_rules: bool = True,
    compares: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """The run's settings; with *may_have_source* both source and rules may be left out. Raises UsageError with all that
    is missing or wrong.

    With *compares* a source may be left out too, but is used where one is named, unless *guards* say that it cannot be.
    *verify* is said instead of what *copying* says.
    """
    missing: list[str] = []
    has_source = needs_source or ((may_have_source or (compares and not guards.no_source)) and bool(databases.source))
    source = _url(databases.source, "--source", "source.url", environment, missing) if has_source else ""
    if missing and compares and not needs_source:
        missing[-1] += ", and the target is compared with production; --no-source where this machine must not have it"
    target = _url(databases.target, "--target", "target.url", environment, missing)
    if needs_rules and not rules.files and (has_source or not may_have_source):
        missing.append("--rules is missing")
    key = read_key(keys, environment, missing)
    free_bytes = _free_bytes(room, missing)
    idle_limit_s = _idle_limit(copying, environment, missing)
    throttle = _throttle(copying, missing)
    if missing:
        hint = "give them as flags or in masker.yml (-c)"
        raise UsageError("; ".join(missing), hint=hint, problems=[Problem.of(each, hint) for each in missing])
    others = _other_sources(databases, source, environment) if not guards.no_source else ()
    return Settings(
        source=source,
        target=target,
        other_sources=others,
        target_name=databases.name,
        rules=tuple(rules.files),
        schema=rules.schema,
        require_signed=rules.require_signed,
        allowed_signers=rules.allowed_signers,
        confirm=confirm,
        key=key,
        source_is_a_preview=guards.source_is_a_preview,
        is_first=guards.first,
        workers=work.workers,
        maintenance_memory=work.maintenance_memory,
        source_connections=copying.connections,
        publish=copying.publish,
        is_full=copying.full,
        keep_old=copying.keep_old,
        with_owners=copying.owners,
        with_grants=copying.grants,
        give_way_s=copying.give_way,
        idle_limit_s=idle_limit_s,
        verify=verify or copying.verify,
        pg_dump=dump.pg_dump,
        free_bytes=free_bytes,
        throttle=throttle,
    )


def _other_sources(databases: DatabaseFlags, source: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """What the environment and the file call a source besides *source*, those of further databases, too: none of them
    may be a target."""
    on_file = [databases.source_on_file]
    if databases.config is not None:
        from masker.cli.settings_file import read_settings_file

        further = read_settings_file(databases.config).databases.values()
        on_file += [section.said(DatabaseFlags).get("source") for section in further]
    said = [environment.get(one.env) if isinstance(one, Variable) else one for one in on_file]
    return tuple(dict.fromkeys(url for url in (environment.get("MASKER_SOURCE"), *said) if url and url != source))


def read_key(keys: KeyFlags, environment: Mapping[str, str], missing: list[str]) -> bytes | None:
    """The masking key, None if none is named; what is wrong with it is added to *missing*."""
    if keys.file is not None:
        where = f"the key file {keys.file}"
        found = _text(keys.file)
        if found is None:
            missing.append(f"{where} cannot be read")
            return None
    elif keys.env is not None:
        where, found = f"the environment variable {keys.env}", environment.get(keys.env, "")
    else:
        return None
    if keys.file is None and not found:
        missing.append(
            f"key: {where} is not set, expected a text of its own (for instance from `openssl rand -hex 32`)"
        )
        return None
    if len(found) < _KEY_CHARACTERS:
        missing.append(
            f"key: {where} holds {len(found)} characters, expected at least {_KEY_CHARACTERS} (for instance from"
            " `openssl rand -hex 32`)"
        )
        return None
    return found.encode()


def _url(
    said: str | Variable | None, flag: str, setting: str, environment: Mapping[str, str], missing: list[str]
) -> str:
    if isinstance(said, Variable):
        found = environment.get(said.env)
        if not found:
            missing.append(f"{setting}: the environment variable {said.env} is not set")
        return found or ""
    if not said:
        missing.append(f"{flag} is missing")
    return said or ""


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _free_bytes(room: RoomFlags, missing: list[str]) -> int | None:
    if room.free_space is None:
        return None
    try:
        return parse_size(room.free_space)
    except ValueError as error:
        missing.append(f"--free-space: {error}")
        return None


def _throttle(copying: CopyFlags, missing: list[str]) -> Throttle:
    try:
        return parse_throttle(copying.throttle)
    except ValueError as error:
        missing.append(f"--throttle: {error}")
        return Throttle()


def _idle_limit(copying: CopyFlags, environment: Mapping[str, str], missing: list[str]) -> float:
    text = environment.get(_IDLE_LIMIT, "")
    if not text:
        return copying.idle_limit
    if not (text.isdecimal() and int(text) > 0):
        missing.append(f"{_IDLE_LIMIT}: {text} is no number of seconds")
        return copying.idle_limit
    return float(text)
