"""Children, measured: wall time, processor time and peak memory of one process or of a pipeline."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

Command = Sequence[str | os.PathLike[str]]


class Failed(Exception):
    """A rival could not run; the text is its exit code and the lines that tell most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """*cpu_s* and *peak_bytes* are those of the process and of the children it waited for."""

    elapsed_s: float
    cpu_s: float = 0.0
    peak_bytes: int = 0


def run(
    command: Command, environment: Mapping[str, str] | None = None, folder: str | None = None, *, expected: int = 0
) -> Usage:
    """Run *command* to its end, in *folder*. Raises Failed unless its exit code is the *expected* one."""
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        # The process is waited for by wait4, which tells what it used; Popen would reap it without.
        process = subprocess.Popen(
            command,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        elapsed_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != expected:
            raise Failed(_reason(said, process.returncode))
    return Usage(elapsed_s=elapsed_s, cpu_s=used.ru_utime + used.ru_stime, peak_bytes=used.ru_maxrss * 1024)


def pipe(first: Command, second: Command) -> None:
    """``first | second``. Raises Failed if either fails."""
    with tempfile.TemporaryFile() as said:
        writing = subprocess.Popen(first, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said)
        reading = subprocess.Popen(second, stdin=writing.stdout, stdout=subprocess.DEVNULL, stderr=said)
        if writing.stdout is not None:
            writing.stdout.close()
        codes = (reading.wait(), writing.wait())
        if any(codes):
            raise Failed(_reason(said, next(filter(None, codes))))


def _reason(said: IO[bytes], code: int) -> str:
    said.seek(0)
    lines = [line.strip() for line in said.read().decode(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "ERROR" in line or "error:" in line or "FATAL" in line] or lines
    return f"exit {code}: {' · '.join(telling[:2])[:300] if telling else 'it said nothing'}"
