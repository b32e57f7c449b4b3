"""Only tests that depend on the moment get a second try; one that does not has failed for good."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_CONFTEST = "from tests.conftest import pytest_addoption, pytest_runtest_setup\n"
_TESTS = """
import pytest

@pytest.mark.timing
def test_of_the_moment(): pass

def test_of_substance(): pass
"""


def test_what_is_not_marked_fails_again_whatever_it_does(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(_CONFTEST)
    (tmp_path / "test_two.py").write_text(_TESTS)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-c",
        ROOT / "pyproject.toml",
        "--rootdir",
        tmp_path,
        tmp_path,
    ]
    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    second = subprocess.run([*command, "--second-try"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert (first.returncode, second.returncode) == (0, 1), first.stdout + second.stdout
    assert "1 passed, 1 error" in second.stdout
    assert "test_two.py::test_of_substance" in second.stdout
    assert "is not one that depends on the moment" in second.stdout
