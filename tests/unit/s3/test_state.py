"""What syncs keep in their folder, and for how long."""

from __future__ import annotations

import os
import time
from pathlib import Path

from masker.s3.objects import Location
from masker.s3.state import PairState

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
