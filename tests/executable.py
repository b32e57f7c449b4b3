"""``python -m masker`` as a user runs it. Whatever it says is searched for tracebacks and for values of the source's
rows."""

from __future__ import annotations

import atexit
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from tests.warm import Begun, Warm, serves

ROOT = Path(__file__).resolve().parents[1]

#: Stands in every text of the source's rows (see :mod:`tests.shop`), in no name of an object, and must stand in no
#: output.
CANARY = "canary"

_ESCAPE = "\x1b["
_POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class Done:
    """What a run came to: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str

    def __post_init__(self) -> None:
        said = self.out + self.err
        assert "Traceback" not in said, said
        assert "a defect in masker (" not in said, said
        assert CANARY not in said.lower(), f"a row's value was told:\n{said}"
        assert _ESCAPE not in said, f"escape codes without a terminal:\n{said!r}"

    def expect(self, code: int, *words: str) -> Done:
        """Require the exit code, and *words* (regular expressions, white space as it comes) in what was said."""
        said = " ".join((self.err + self.out).split())
        assert self.code == code, f"exit {self.code}, expected {code}:\n{self.err}{self.out}"
        for word in words:
            assert re.search(word, said), f"{word!r} is not said:\n{self.err}{self.out}"
        return self

    def events(self) -> list[dict[str, str]]:
        """stderr as lines of a log, logfmt or JSON: nothing else stands there, each names its run and level, the last
        says how it ended."""
        found = [_event(line) for line in self.err.splitlines()]
        assert all(list(event)[:3] == ["at", "level", "run"] and event["run"] for event in found), self.err
        last = found[-1]
        assert (last["at"], last["exit"], last["status"] == "ok") == ("done", str(self.code), self.code == 0), last
        assert re.fullmatch(r"\d+ms", last["measure#masker.total"]), last
        assert any(event["at"] in {"error", "check"} and event["level"] == "error" for event in found) == (
            self.code != 0
        ), self.err
        return found

    def json(self) -> Any:
        """stdout as one JSON document."""
        return json.loads(self.out)


def _event(line: str) -> dict[str, str]:
    if line.startswith("{"):
        return {key: str(value) for key, value in json.loads(line).items()}
    pairs = re.findall(r'([\w#./-]+)=("(?:[^"\\]|\\.)*"|[^\s"=]+)(?: |\Z)', line)
    assert " ".join(f"{key}={value}" for key, value in pairs) == line, line
    return {key: json.loads(value) if value.startswith('"') else value for key, value in pairs}


def run(*arguments: str | Path, env: Mapping[str, str] | None = None, timeout: float = 60, folder: Path = ROOT) -> Done:
    """Run masker to its end. It is imported from *folder*, in which it runs; if that is the repository, it is imported
    already."""
    with start(*arguments, env=env, folder=folder) as started:
        return started.wait(timeout)


@cache
def _warm() -> Warm:
    made = Warm()
    atexit.register(made.end)
    return made


class Started:
    """A run under way, in a process group of its own."""

    def __init__(
        self, arguments: Sequence[str | Path], environment: Mapping[str, str], folder: Path, *, cold: bool
    ) -> None:
        # Files rather than pipes: nobody has to read while the run goes on.
        self._out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self._err: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        given = [*map(str, arguments)]
        self.process: Begun | subprocess.Popen[bytes]
        if not cold and serves(environment, folder):
            self.process = _warm().begin(given, environment, folder, self._out.fileno(), self._err.fileno())
        else:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "masker", *given],
                stdin=subprocess.DEVNULL,
                stdout=self._out,
                stderr=self._err,
                cwd=folder,
                env=environment,
                start_new_session=True,
            )

    def wait(self, timeout: float = 60) -> Done:
        """The end of the run; an error if it does not come within *timeout* seconds."""
        code = self.process.wait(timeout)
        return Done(code, _content(self._out), _content(self._err))

    def wait_for(self, text: str, timeout: float = 30) -> None:
        """Return when *text* stands on stderr, or when the run has ended."""
        deadline = time.monotonic() + timeout
        while text not in _content(self._err) and self.process.poll() is None:
            assert time.monotonic() < deadline, f"{text!r} did not come:\n{_content(self._err)}"
            time.sleep(_POLL_S)

    def kill(self) -> Done:
        """End it with SIGKILL, which leaves it no time for anything."""
        self.process.kill()
        return self.wait()

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> None:
        """Send a signal; Ctrl-C in a terminal reaches the whole group."""
        if number == signal.SIGINT:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._out.close()
        self._err.close()


def start(
    *arguments: str | Path, env: Mapping[str, str] | None = None, folder: Path = ROOT, cold: bool = False
) -> Started:
    """Begin a run. Settings of the caller's own environment do not reach it; *env* is added. A defect would show its
    traceback.

    If it is imported from the repository it is imported already, unless it has to be *cold*, as a user's is.
    """
    return Started(arguments, _environment(env), folder, cold=cold)


def _environment(env: Mapping[str, str] | None) -> dict[str, str]:
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "MASKER"))}
    return {**own, "MASKER_DEBUG": "1", "XDG_STATE_HOME": _state(), **(env or {})}


@cache
def _state() -> str:
    """Where runs leave their documents, unless they are told where."""
    made = tempfile.TemporaryDirectory(prefix="masker-state-")
    atexit.register(made.cleanup)
    return made.name


def eventually(condition: Callable[[], bool], timeout: float = 20) -> None:
    """Wait until *condition* holds."""
    for _ in _ticks(timeout):
        if condition():
            return
    raise AssertionError(f"it did not come about within {timeout} s")


def _ticks(timeout: float) -> Iterator[None]:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        yield
        time.sleep(_POLL_S)


def _content(file: IO[bytes]) -> str:
    position = file.seek(0, os.SEEK_END)
    return os.pread(file.fileno(), position, 0).decode("utf-8", "replace")
