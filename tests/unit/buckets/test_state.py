"""What syncs keep in their folder, and for how long."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from masker.buckets.files.state import PairState, locked_target
from masker.buckets.objects import Location
from masker.errors import Refused

_DAY_S = 24 * 3600


def test_runs_of_more_than_a_month_ago_are_forgotten(tmp_path: Path) -> None:
    ages = {"aaaaaaaa": 31, "bbbbbbbb-2": 400, "cccccccc": 29, "my notes": 400, "dddddddd": 0}
    for name, days in ages.items():
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        (folder / "plan.parquet").write_bytes(b"")
        then = time.time() - days * _DAY_S
        os.utime(folder, (then, then))

    PairState(tmp_path, Location("production"), Location("preview"), "eeeeeeee").close()

    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["cccccccc", "dddddddd", "my notes"]


def test_git_is_told_to_ignore_the_folder_and_what_stands_there_is_kept(tmp_path: Path) -> None:
    """It lies in the application's own folder."""
    for written in ("*\n", "!kept\n"):
        PairState(tmp_path / "state", Location("production"), Location("preview"), "eeeeeeee").close()
        assert (tmp_path / "state" / ".gitignore").read_text() == written
        (tmp_path / "state" / ".gitignore").write_text("!kept\n")


def test_a_target_that_overlaps_one_under_way_is_refused_but_not_to_pairs_of_the_same_run(tmp_path: Path) -> None:
    source, outer, inner = Location("production"), Location("preview"), Location("preview", "sub/")
    first = PairState(tmp_path, source, outer, "aaaaaaaa")
    for target in (outer, inner):
        with pytest.raises(Refused, match=r"s3://preview.*: another sync into .* is under way"):
            PairState(tmp_path, Location("other"), target, "bbbbbbbb")
    with pytest.raises(Refused), locked_target(tmp_path, inner):
        pass
    PairState(tmp_path, source, Location("preview2"), "bbbbbbbb").close()
    second, third = (
        PairState(tmp_path, source, inner, "aaaaaaaa-2"),
        PairState(tmp_path, Location("other"), outer, "aaaaaaaa-3"),
    )
    for state in (second, third, first):
        state.close()
    PairState(tmp_path, source, outer, "bbbbbbbb").close()
    with locked_target(tmp_path, inner):
        pass
