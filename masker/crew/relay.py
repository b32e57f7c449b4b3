"""Between the process that fills a database and the one that decides: a thread that hands on what either says.

The process is begun once the one who decides says so, and is told to leave off when that one says so or is not heard of
any more: then nothing is published that was not told to be.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, Protocol

from masker.crew.job import Job, Message
from masker.errors import MaskerError

#: What fills one database; it is given the number of its end of a pipe.
_MODULE = "masker.cli.filling"


#: Words of the one who decides: begin the process; fill the database, all have looked at theirs; are you there?;
#: publish it, all are proved; leave off; I am here.
BEGIN, FILL, READY, PUBLISH, STOP, HERE = "begin", "fill", "ready", "publish", "stop", "here"

_TICK_S = 0.5


class Post(Protocol):
    """What goes between the two. Any thread may tell something; *word* waits so many seconds for the next one and is
    None if none comes. Both raise OSError when there is no way to the other side any more."""

    def tell(self, message: Message) -> None: ...

    def word(self, timeout_s: float) -> Message | None: ...


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds between two signs of life, those without a word after which nobody is taken to be there, and those that a
    process has for giving back what it has begun."""

    beat_s: float = 2.0
    silence_s: float = 60.0
    grace_s: float = 120.0


PATIENT = Patience()


def relay(name: str, attempt: str, job: Callable[[], Job], post: Post, patience: Patience = PATIENT) -> None:
    """Have the database *name* filled in a process of its own. *job* is asked for once it begins and may raise a
    MaskerError; *attempt* tells this one from another of the same database.

    All that becomes of it is told to *post*; raises nothing but what that raises.
    """

    def told(kind: str, **more: Any) -> None:
        post.tell({"name": name, "attempt": attempt, "kind": kind, **more})

    told("here")
    first = _next_word(post, patience)
    if first is None or first["word"] != BEGIN:
        return
    try:
        given = job()
    except MaskerError as error:
        told("failed", **error_parts(error))
        told("ended")
        return
    ours, theirs = Pipe()
    with ours:
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-m", _MODULE, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            with contextlib.suppress(OSError):
                ours.send(given)
            reader = threading.Thread(target=_hand_up, args=(ours, told), name=f"relay-{name}", daemon=True)
            reader.start()
            _hand_down(ours, post, told, reader, patience)
            with contextlib.suppress(OSError):
                ours.send({"word": STOP})
            reader.join(patience.grace_s)
        finally:
            # Its end of the pipe is what the process listens to, so it leaves off in any case.
            _end(process, ours, patience)
            told("ended", code=process.returncode)


def _end(process: subprocess.Popen[bytes], ours: Connection, patience: Patience) -> None:
    ours.close()
    try:
        process.wait(patience.grace_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _next_word(post: Post, patience: Patience) -> Message | None:
    """The first word that is more than a sign of life."""
    deadline = time.monotonic() + patience.silence_s
    while time.monotonic() < deadline:
        word = post.word(_TICK_S)
        if word is not None and word["word"] != HERE:
            return word
    return None


def _hand_up(ours: Connection, told: Callable[..., None]) -> None:
    """What the process says, until it has ended."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            message = ours.recv()
            told(message.pop("kind"), **message)


def _hand_down(
    ours: Connection, post: Post, told: Callable[..., None], reader: threading.Thread, patience: Patience
) -> None:
    """Words for the process, until it has ended, is to leave off, or nobody is there to say any."""
    heard = beat = time.monotonic()
    while reader.is_alive():
        now = time.monotonic()
        try:
            if now - beat >= patience.beat_s:
                beat = now
                told("alive")
            word = post.word(_TICK_S)
        except OSError:
            return
        if word is not None:
            heard = time.monotonic()
            if word["word"] == STOP:
                return
            if word["word"] != HERE:
                with contextlib.suppress(OSError):
                    ours.send(dict(word))
        elif time.monotonic() - heard > patience.silence_s:
            return


def error_parts(error: MaskerError) -> Message:
    """Why somebody has failed, as plain values."""
    return {
        "error": type(error).__name__,
        "exit_code": error.exit_code,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "aftermath": error.aftermath,
        "problems": [[p.subject, p.found, p.hint, str(p.position) if p.position else None] for p in error.problems],
    }
