"""A Rails application asked about itself: by ``bin/rails runner``, in an environment that cannot reach production."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from masker.ruleset.facts import Facts, parse_facts

#: Seconds that the application has to start and to answer.
TIME_LIMIT_S = 120.0

#: Seconds that its process group has to end by itself.
_GRACE_S = 5.0

#: Variables that name or open production, the preview or an account; and what changes how Ruby starts.
_LEFT_OUT = re.compile(
    r"(?:PRODUCTION|PREVIEW|AWS|MASKER|PG)_?\w*|\w+_DATABASE_URL|RUBYOPT|RAILS_MASTER_KEY|HEROKU_API_KEY|\w*TOKEN"
)

_READ_ONLY = "-c default_transaction_read_only=on"

_ENVIRONMENTS = frozenset({"development", "test"})

_FACTS_FILE = "MASKER_FACTS_FILE"


@dataclass(frozen=True, slots=True)
class NotAsked:
    """Why the application has not told of itself."""

    why: str


def environment_for(environment: Mapping[str, str], facts: Path) -> dict[str, str]:
    """What the application's process gets of *environment*, so that it writes to *facts* and to no database."""
    rails = environment.get("RAILS_ENV") or "development"
    kept = {name: value for name, value in environment.items() if not _LEFT_OUT.fullmatch(name)}
    return {
        **kept,
        "RAILS_ENV": rails,
        "RACK_ENV": rails,
        "PGOPTIONS": _READ_ONLY,
        "DISABLE_SPRING": "1",
        _FACTS_FILE: str(facts),
    }


def refusal(root: Path, environment: Mapping[str, str] = os.environ) -> NotAsked | None:
    """Why the application is not to be started here, None if it may be."""
    for name in ("RAILS_ENV", "RACK_ENV"):
        if environment.get(name, "development") not in _ENVIRONMENTS and environment.get(name):
            return NotAsked(f"{name} is {environment[name]}, and only development and test are started")
    if not (root / "bin" / "rails").is_file():
        return NotAsked("there is no bin/rails")
    return None


def command(root: Path, script: Path) -> list[str]:
    """What is started in *root*."""
    del root
    return ["bin/rails", "runner", str(script)]


def ask(
    root: Path, *, environment: Mapping[str, str] = os.environ, time_limit_s: float = TIME_LIMIT_S
) -> tuple[Facts, str] | NotAsked:
    """What the application below *root* says of itself, and the same as JSON. Nothing that it prints is told."""
    if (refused := refusal(root, environment)) is not None:
        return refused
    with as_file(files("masker.companion").joinpath("facts.rb")) as script, tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "facts.json"
        # The script may be readable by masker's user alone.
        copied = Path(folder) / "facts.rb"
        copied.write_text(script.read_text(encoding="utf-8"), encoding="utf-8")
        why = _run(command(root, copied), root, environment_for(environment, told), time_limit_s)
        if why is not None:
            return NotAsked(why)
        if not told.is_file():
            return NotAsked("it ended well and wrote nothing")
        text = told.read_text(encoding="utf-8", errors="replace")
    facts = parse_facts(text, "facts.json")
    if isinstance(facts, list):
        return NotAsked(f"what it wrote is no facts.json: {facts[0].found}")
    return facts, text


def _run(command: list[str], root: Path, environment: Mapping[str, str], time_limit_s: float) -> str | None:
    """Run *command* to its end; why that was none, None if it was well."""
    try:
        process = subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        return f"bin/rails could not be started ({(error.strerror or 'no reason given').lower()})"
    try:
        code = process.wait(time_limit_s)
    except subprocess.TimeoutExpired:
        return f"it did not end within {time_limit_s:.0f} s"
    finally:
        _end_group(process)
    return f"it exited with {code}" if code else None


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the group: servers that the application has started in passing, too."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
