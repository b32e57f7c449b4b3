"""``python -m masker`` from an interpreter that has its modules already: most of what a short run costs is importing
them.

A process of its own, without threads, imports them once and forks for every run: a new session, the environment,
folder, arguments and files it is given, then ``masker/__main__.py`` as ``python -m`` runs it, to the interpreter's own
end. What is asked of the interpreter before it starts (``PYTHONPATH``, a locale) needs a cold one: see :func:`serves`.
"""

from __future__ import annotations

import array
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: What is read while the interpreter starts or modules are imported.
_BEFORE_IMPORTS = (
    "PYTHON",
    "PSYCOPG",
    "COVERAGE",
    "LC_",
    "LANG",
    "TERM",
    "COLUMNS",
    "FORCE_",
    "NO_COLOR",
    "TYPER",
    "ARROW",
    "OMP_",
)

_BEGINNING = dict(os.environ)

#: A request is one message: arguments and environment.
_LONGEST_REQUEST = 180_000


def serves(environment: Mapping[str, str], folder: Path) -> bool:
    """Whether a run in *folder* with *environment* does the same from here as from a cold interpreter."""
    changed = {name for name in environment.keys() | _BEGINNING.keys() if environment.get(name) != _BEGINNING.get(name)}
    own_modules = folder != ROOT and (folder / "masker").exists()
    measured = any(name.startswith("COVERAGE") for name in environment)
    return (
        sys.platform == "linux"
        and not own_modules
        and not measured
        and not any(name.startswith(_BEFORE_IMPORTS) for name in changed)
    )


class Warm:
    """The process that has the modules. It ends with the process that made it."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (self._ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * _LONGEST_REQUEST)
        own = {name: value for name, value in _BEGINNING.items() if not name.startswith(("PG", "MASKER"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", str(theirs.fileno())],
            cwd=ROOT,
            env=own,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()

    def end(self) -> None:
        self._ours.close()
        self._process.wait()

    def run(
        self, arguments: list[str], environment: Mapping[str, str], folder: Path, out: int, err: int, timeout: float
    ) -> int:
        """Its exit code, as :class:`subprocess.Popen` gives it. What it says is written to *out* and *err*."""
        request = json.dumps([arguments, dict(environment), str(folder)]).encode()
        assert len(request) < _LONGEST_REQUEST, "too long for one message"
        told, tells = os.pipe()
        with open(told, "rb", buffering=0) as answers:  # noqa: PTH123 - a descriptor
            socket.send_fds(self._ours, [request], [out, err, tells])
            os.close(tells)
            started = array.array("i", answers.read(4) or b"")
            assert started, f"the interpreter that has the modules is gone: exit {self._process.poll()}"
            code = _within(answers.fileno(), timeout)
        if code is None:
            with suppress(ProcessLookupError):
                os.kill(started[0], signal.SIGKILL)
            raise subprocess.TimeoutExpired(["masker", *arguments], timeout)
        return code


def _within(answers: int, timeout: float) -> int | None:
    """The exit code that is written to *answers*, or None if none comes in time."""
    os.set_blocking(answers, False)
    deadline = time.monotonic() + timeout
    while (left := deadline - time.monotonic()) > 0:
        if select.select([answers], [], [], left)[0]:
            return array.array("i", os.read(answers, 4))[0]
    return None


def _serve(requests: socket.socket) -> list[str] | None:
    """Fork for every request. Returns its arguments in the new process, and None when nobody can ask any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the processes in between leave nothing to collect
    while True:
        request, files, _, _ = socket.recv_fds(requests, _LONGEST_REQUEST, 3)
        if not request:
            return None
        if os.fork() == 0:
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            arguments, environment, folder = json.loads(request)
            *outputs, tells = files
            made = os.fork()
            if made == 0:
                os.close(tells)
                _become(outputs, environment, folder)
                return list(arguments)
            os.write(tells, array.array("i", [made]).tobytes())
            for file in outputs:
                os.close(file)
            _, status = os.waitpid(made, 0)
            with suppress(BrokenPipeError):  # nobody waits any more
                os.write(tells, array.array("i", [os.waitstatus_to_exitcode(status)]).tobytes())
            os._exit(0)
        for file in files:
            os.close(file)


def _become(outputs: list[int], environment: dict[str, str], folder: str) -> None:
    os.setsid()
    for file, standard in zip(outputs, (1, 2), strict=True):
        os.dup2(file, standard)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    # As ``python -m`` has it.
    sys.path[0] = folder


def _main() -> None:
    requests = socket.socket(fileno=int(sys.argv[1]))
    import masker.cli.display.databases
    import masker.cli.main
    import masker.cli.plan
    import masker.copy.run
    import masker.copy.verify
    import masker.in_place.run  # noqa: F401

    gc.freeze()
    arguments = _serve(requests)
    if arguments is not None:
        sys.argv[1:] = arguments
        for name in [name for name in sys.modules if name == "tests" or name.startswith("tests.")]:
            del sys.modules[name]
        runpy.run_module("masker", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
