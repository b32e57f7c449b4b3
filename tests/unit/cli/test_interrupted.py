"""Signals that come at moments at which Python lets nothing through."""

from __future__ import annotations

import subprocess
import sys

from tests.executable import ROOT

_IN_A_CALLBACK = """
import signal, time, weakref
from masker.cli.main import heed_signals
from masker.errors import Interrupted

class Thing: pass

# A terminal that hangs up is nothing to what nohup has started.
signal.signal(signal.SIGHUP, signal.SIG_IGN)
heed_signals()
assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
signal.signal(signal.SIGHUP, signal.SIG_DFL)
heed_signals()
thing = Thing()
watched = weakref.ref(thing, lambda _: signal.raise_signal(signal.{name}))
try:
    del thing
    time.sleep(20)
except Interrupted as error:
    print(error)
"""


def test_a_signal_in_a_callback_interrupts_when_that_has_ended() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        done = subprocess.run(
            [sys.executable, "-c", _IN_A_CALLBACK.format(name=name)],
            capture_output=True,
            text=True,
            timeout=15,
            cwd=ROOT,
            check=False,
        )
        assert (done.stdout, done.stderr) == (f"interrupted by {name}\n", "")
