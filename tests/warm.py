"""``python -m masker`` from an interpreter that has its modules already: most of what a short run costs is importing
them.

A process of its own, without threads, imports them once and forks for every run: a new session, the environment,
folder, arguments and files it is given, then ``masker/__main__.py`` as ``python -m`` runs it, to the interpreter's own
end. What is asked of the interpreter before it starts (``PYTHONPATH``, a locale) needs a cold one: see :func:`serves`.
"""

from __future__ import annotations

import array
import gc
import io
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.readable import is_readable

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

    def begin(self, arguments: list[str], environment: Mapping[str, str], folder: Path, out: int, err: int) -> Begun:
        """A run of its own. What it says is written to *out* and *err*."""
        request = json.dumps([arguments, dict(environment), str(folder)]).encode()
        assert len(request) < _LONGEST_REQUEST, "too long for one message"
        told, tells = os.pipe()
        answers = open(told, "rb", buffering=0)  # noqa: PTH123, SIM115 - a descriptor, which Begun closes
        socket.send_fds(self._ours, [request], [out, err, tells])
        os.close(tells)
        started = array.array("i", answers.read(4) or b"")
        assert started, f"the interpreter that has the modules is gone: exit {self._process.poll()}"
        return Begun(started[0], answers)


class Begun:
    """A run under way, used as a :class:`subprocess.Popen`."""

    def __init__(self, pid: int, answers: io.FileIO) -> None:
        self.pid = pid
        self._answers = answers
        self._code: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, negative for a signal. Raises TimeoutExpired."""
        if self._code is None:
            if not is_readable(self._answers, timeout):
                raise subprocess.TimeoutExpired(["masker"], timeout or 0)
            code = array.array("i", self._answers.read(4) or b"")
            assert code, "the process that waits for the run is gone"
            self._code = code[0]
            self._answers.close()
        return self._code

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self._code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


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
                os.setsid()
                os.write(tells, array.array("i", [os.getpid()]).tobytes())
                os.close(tells)
                _become(outputs, environment, folder)
                return list(arguments)
            for file in outputs:
                os.close(file)
            _, status = os.waitpid(made, 0)
            with suppress(BrokenPipeError):  # nobody waits any more
                os.write(tells, array.array("i", [os.waitstatus_to_exitcode(status)]).tobytes())
            os._exit(0)
        for file in files:
            os.close(file)


def _become(outputs: list[int], environment: dict[str, str], folder: str) -> None:
    for file, standard in zip(outputs, (1, 2), strict=True):
        os.dup2(file, standard)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    # As ``python -m`` has it.
    sys.path[0] = folder


def _import() -> None:
    """What runs import, and the word lists and shares that their masks read from files. Nothing of it may begin a
    thread: a fork has none."""
    import boto3  # noqa: F401
    import botocore.session  # noqa: F401

    import masker.cli.display.copy
    import masker.cli.display.databases
    import masker.cli.display.in_place
    import masker.cli.display.shape
    import masker.cli.main
    import masker.cli.plan
    import masker.cli.settings_file
    import masker.copy.run
    import masker.copy.verify
    import masker.in_place.run
    import masker.protect
    import masker.shape.run
    from masker.cli.lazily import all_made
    from tests.catalogs import catalog, table
    from tests.unit.masks.readings import reading

    all_made(masker.cli.main.app)
    some = table("some", "id int8 primary key", "name text", "note text", "phone text")
    for locale in ("en_US", "ja_JP"):
        reading(catalog(some), some, {"name": "full_name", "note": "lorem", "phone": "phone"}, locale=locale)
    assert len([*Path("/proc/self/task").iterdir()]) == 1


def _main() -> None:
    requests = socket.socket(fileno=int(sys.argv[1]))
    _import()
    gc.freeze()
    arguments = _serve(requests)
    if arguments is not None:
        sys.argv[1:] = arguments
        for name in [name for name in sys.modules if name == "tests" or name.startswith("tests.")]:
            del sys.modules[name]
        runpy.run_module("masker", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main()
