"""Where stderr is read by a machine: one line an event, as logfmt (l2met's ``measure#… count#…``) or JSON, with the
run's name and a level.

A process has one log, asked for by ``--log-format``. Whatever ends it, a usage error or a signal, is told in the same
form, one line a problem, and the last line is ``at=done`` with the exit code. The result is in these lines, too: stdout
then has ``--json``'s document or nothing.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO, Any, Literal

from masker.cli.command_line import option
from masker.errors import MaskerError
from masker.runs import new_run

Level = Literal["info", "warning", "error"]

#: What at=done says of an exit code; all others have failed.
_STATUS = {0: "ok", 9: "refused", 130: "interrupted"}


class Log:
    """Lines of one process, from any thread. *run* is the name of the run that its command begins."""

    def __init__(
        self,
        log_format: str,
        *,
        run: str | None = None,
        stream: IO[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.run = run or new_run()
        self._render = _as_json if log_format == "json" else _as_logfmt
        self._stream = stream
        self._clock = clock
        self._started = clock()
        self._lock = threading.Lock()
        self._totals: dict[str, Any] = {}

    def line(self, at: str, *, level: Level = "info", run: str | None = None, **fields: Any) -> None:
        """One line; fields that are None are left out. Another *run* than the log's own is a pair's of a sync."""
        with self._lock:
            stream = self._stream or sys.stderr
            text = self._render(
                {"at": at, "level": level, "run": run or self.run, **{k: v for k, v in fields.items() if v is not None}}
            )
            stream.write(text + "\n")
            stream.flush()

    def came_to(self, **fields: Any) -> None:
        """Say with the last line what the run came to."""
        self._totals.update(fields)

    def failed(self, error: MaskerError) -> None:
        """One line for each problem of *error*, and one for what is left."""
        for problem in error.told():
            self.line(
                "error",
                level="error",
                exit=error.exit_code,
                code=error.code,
                subject=problem.subject or error.code,
                text=problem.found,
                hint=problem.hint,
                place=str(problem.position) if problem.position else None,
                sqlstate=error.sqlstate or None,
            )
        if error.aftermath:
            self.line("aftermath", level="error", text=error.aftermath)

    def error(self, exit_code: int, code: str, subject: str, text: str) -> None:
        """A failure that is no MaskerError."""
        self.line("error", level="error", exit=exit_code, code=code, subject=subject, text=text)

    def done(self, exit_code: int) -> None:
        """The last line."""
        measured: dict[str, Any] = {
            "measure#masker.total": f"{(self._clock() - self._started) * 1000:.0f}ms",
            **self._totals,
        }
        self.line(
            "done",
            level="error" if exit_code else "info",
            status=_STATUS.get(exit_code, "failed"),
            exit=exit_code,
            **measured,
        )


_logs: list[Log] = []


def note(text: str, *, level: Level = "info") -> None:
    """Say something beside the run: a line of the log, or one for a person."""
    if (log := current_log()) is not None:
        log.line("note", level=level, text=text)
    else:
        sys.stderr.write(f"note: {text}\n")


def open_log(arguments: Sequence[str]) -> Log | None:
    """The log that the command line *arguments* ask for, None where a person is told."""
    log_format = option(arguments, "--log-format")
    if log_format in {"logfmt", "json"}:
        _logs.append(Log(log_format))
    return current_log()


def current_log() -> Log | None:
    """The process's log, None where a person is told."""
    return _logs[-1] if _logs else None


def _as_json(fields: dict[str, object]) -> str:
    return json.dumps(fields, ensure_ascii=False, default=str)


def _as_logfmt(fields: dict[str, object]) -> str:
    return " ".join(f"{key}={_logfmt(value)}" for key, value in fields.items())


def _logfmt(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return (
        text if text and text.isprintable() and not set(text) & set(' ="\\') else json.dumps(text, ensure_ascii=False)
    )
