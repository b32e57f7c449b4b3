"""A command of the team's own: with a time limit, its output kept in a file, its whole process group ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from masker.hooks.errors import HookFailed

#: Seconds that a group has to end by itself.
_GRACE_S = 5.0


def run_command(
    command: str,
    *,
    log: Path,
    told: bytes,
    variables: Mapping[str, str],
    time_limit_s: float,
    folder: Path,
    what: str = "hook",
) -> str:
    """Run *command*, which is a *what*, by a shell in *folder*, with *told* on its stdin. Returns what it has said,
    which is in *log*, too.

    Raises HookFailed where it exits otherwise than with 0 or takes longer. What it says may hold anything, so no
    message quotes it.
    """
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise HookFailed(
            f"{what} {command}: {log} cannot be written to ({(error.strerror or 'no reason given').lower()}), where"
            " what it says is kept",
            hint="--state names another folder",
        ) from None
    with os.fdopen(descriptor, "wb") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, **variables},
            start_new_session=True,
        )
        try:
            process.communicate(told, timeout=time_limit_s)
        except subprocess.TimeoutExpired:
            _end(process)
            raise HookFailed(
                f"{what} {command}: it took longer than {time_limit_s:.0f} s and was ended",
                hint=f"what it said is in {log}; its time limit in masker.yml gives it more",
            ) from None
        except BaseException:
            _end(process)
            raise
    if process.returncode:
        raise HookFailed(f"{what} {command}: exit {process.returncode}, expected 0", hint=f"what it said is in {log}")
    return log.read_text(encoding="utf-8", errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group, first by asking."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
            if number == signal.SIGTERM:
                continue
            break
