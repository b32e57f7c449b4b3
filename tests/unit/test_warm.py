"""A run from an interpreter that has the modules already is the run of a cold one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.executable import ROOT, run, start
from tests.warm import serves

pytestmark = pytest.mark.skipif(
    any(name.startswith("COVERAGE") for name in os.environ), reason="a process that is measured is a cold one"
)


@pytest.mark.parametrize("arguments", [["copy"], ["rules", "masks", "--json"]], ids=" ".join)
def test_it_says_and_ends_as_a_cold_one_does(arguments: list[str]) -> None:
    with start(*arguments, cold=True) as started:
        cold = started.wait()
    assert run(*arguments) == cold


def test_it_has_the_environment_and_the_folder_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "masker.yml").write_text("version: 1\nsource: {url: {env: SOME_URL}}\n")
    run("plan", "copy", "-c", "masker.yml", folder=tmp_path).expect(2, "SOME_URL")
    assert (
        "SOME_URL"
        not in run(
            "plan", "copy", "-c", "masker.yml", folder=tmp_path, env={"SOME_URL": "postgresql://127.0.0.1:1/x"}
        ).err
    )


def test_what_the_interpreter_is_asked_before_it_starts_needs_a_cold_one(tmp_path: Path) -> None:
    assert serves(os.environ, ROOT)
    assert serves({**os.environ, "PGOPTIONS": "-c a=b", "MASKER_KEY": "k"}, tmp_path)
    assert not serves({**os.environ, "LC_ALL": "C"}, ROOT)
    (tmp_path / "masker").mkdir()
    assert not serves(os.environ, tmp_path), "other modules are to be imported there"


@pytest.fixture
def waiting() -> Iterator[list[str]]:
    """What masker is asked to do that takes longer than any test: nobody answers there."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield ["verify", "--gate", "--target", f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"]


def test_a_run_that_takes_too_long_is_killed(waiting: list[str]) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run(*waiting, timeout=0.1)


@pytest.mark.parametrize("cold", [False, True])
def test_it_ends_by_the_signal_it_is_sent(waiting: list[str], cold: bool) -> None:
    with start(*waiting, cold=cold) as started:
        os.killpg(started.process.pid, signal.SIGSTOP)
        assert started.process.poll() is None
        assert started.kill().code == -signal.SIGKILL
        assert started.process.poll() == -signal.SIGKILL
