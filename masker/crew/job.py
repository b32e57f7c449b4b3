"""What somebody has to know who fills one database of a run, and what is told of it.

A :class:`Job` holds URLs and the key, and goes through a pipe to a process of the same machine, nowhere else. To
another machine goes an :class:`Assignment`: the names of variables, paths, and digests by which that machine sees that
it means the same database, the same key and the same rules.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from masker.errors import UsageError
from masker.postgres.connect import parse_url
from masker.ruleset.frozen import numbers_path
from masker.settings import InPlaceOptions, Settings
from masker.sides import Side
from masker.verify.gate import key_id

#: What is told between those who fill databases and the one who decides: plain values, and always a "kind".
Message = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Extra:
    """What is asked of the first database besides: that the blobs of an application with the file *storage* are of
    services of their own, whose *buckets* are the targets of the run."""

    storage: Path | None = None
    buckets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Job:
    """One database, called *name* in masker.yml, empty for the first: filled or, with *in_place*, masked."""

    name: str
    run: str
    settings: Settings = field(repr=False)
    in_place: InPlaceOptions | None = None
    extra: Extra = Extra()


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Where secrets are on each machine: variables of the environment, and the file of the key. None is here."""

    source: str | None
    target: str
    others: tuple[str, ...]
    key: str | None
    key_file: Path | None


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """A job without its secrets. *places* is a digest of where source and target are, *key* the key's name, *files* the
    digests of rules and what stands beside them, None of what is not there."""

    name: str
    run: str
    settings: Settings
    secrets: Secrets
    places: str
    key: str | None
    files: Mapping[Path, str | None]
    in_place: InPlaceOptions | None = None
    extra: Extra = Extra()


def assigned(job: Job, secrets: Secrets) -> Assignment:
    """*job* as another machine may be told of it."""
    settings = job.settings
    absolute = replace(
        settings,
        source="",
        target="",
        other_sources=(),
        key=None,
        rules=tuple(path.absolute() for path in settings.rules),
        schema=_absolute(settings.schema),
        allowed_signers=_absolute(settings.allowed_signers),
    )
    return Assignment(
        name=job.name,
        run=job.run,
        settings=absolute,
        secrets=replace(secrets, key_file=_absolute(secrets.key_file)),
        places=_places(job.run, settings),
        key=key_id(settings.key) if settings.key is not None else None,
        files=_digests(absolute),
        in_place=job.in_place,
        extra=replace(job.extra, storage=_absolute(job.extra.storage)),
    )


def accepted(assignment: Assignment, environment: Mapping[str, str] = os.environ) -> Job:
    """The job of *assignment*, as this machine has it. Raises UsageError where it lacks something, or has another."""
    secrets, wrong = assignment.secrets, list[str]()
    names = [secrets.source, secrets.target, *secrets.others, secrets.key]
    wrong += [
        f"the environment variable {name} is not set"
        for name in dict.fromkeys(filter(None, names))
        if not environment.get(name)
    ]
    key = _key(secrets, environment, wrong)
    if not wrong:
        settings = replace(
            assignment.settings,
            source=environment[secrets.source] if secrets.source else "",
            target=environment[secrets.target],
            other_sources=tuple(dict.fromkeys(environment[name] for name in secrets.others)),
            key=key,
        )
        wrong += _others(assignment, settings)
    if wrong:
        raise UsageError(
            f"a worker: {'; '.join(wrong)}",
            hint="workers need the environment and the files of the machine that begins the run, at the same paths",
        )
    return Job(
        name=assignment.name,
        run=assignment.run,
        settings=settings,
        in_place=assignment.in_place,
        extra=assignment.extra,
    )


def numbers_digest(settings: Settings) -> str | None:
    """What stands frozen beside the rules, None if nothing does."""
    path = numbers_path(settings.rules)
    return _digest(path) if path is not None else None


def _others(assignment: Assignment, settings: Settings) -> Iterator[str]:
    if _places(assignment.run, settings) != assignment.places:
        named = " or ".join(filter(None, (assignment.secrets.source, assignment.secrets.target)))
        yield f"{named} names another database here than on the machine that began the run"
    if assignment.key != (key_id(settings.key) if settings.key is not None else None):
        yield "the masking key is another one here"
    yield from (
        f"{path} is not what it is on the machine that began the run"
        for path, digest in assignment.files.items()
        if _digest(path) != digest
    )


def _key(secrets: Secrets, environment: Mapping[str, str], wrong: list[str]) -> bytes | None:
    if secrets.key_file is not None:
        try:
            return secrets.key_file.read_text(encoding="utf-8").strip().encode()
        except (OSError, UnicodeDecodeError):
            wrong.append(f"the key file {secrets.key_file} cannot be read")
    return environment.get(secrets.key, "").encode() if secrets.key is not None else None


def _places(run: str, settings: Settings) -> str:
    """A digest of hosts, ports and names; nothing secret goes into it."""
    told = hashlib.sha256(run.encode())
    for url, side in ((settings.source, Side.SOURCE), (settings.target, Side.TARGET)):
        parameters = parse_url(url, side).parameters if url else {}
        for name in ("host", "port", "dbname", "service"):
            told.update(f"\0{parameters.get(name, '')}".encode())
    return told.hexdigest()


def _digests(settings: Settings) -> dict[Path, str | None]:
    numbers = numbers_path(settings.rules)
    named: Sequence[Path | None] = (*settings.rules, settings.schema, settings.allowed_signers, numbers)
    signatures = [path.with_name(f"{path.name}.sig") for path in settings.rules]
    return {path: _digest(path) for path in (*named, *signatures) if path is not None}


def _digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _absolute(path: Path | None) -> Path | None:
    return path.absolute() if path is not None else None
