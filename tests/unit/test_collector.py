"""What is older is looked at as ever once a plan is made, or could not be."""

from __future__ import annotations

import gc

import pytest

from masker.collector import keeping


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_older_is_looked_at_again_afterwards(fails: bool) -> None:
    before = gc.get_threshold()

    @keeping()
    def plan() -> tuple[int, ...]:
        inside = gc.get_threshold()
        if fails:
            raise ZeroDivisionError
        return inside

    for _ in range(2):
        if fails:
            with pytest.raises(ZeroDivisionError):
                plan()
        else:
            assert plan()[:2] == (before[0], 1_000_000)
        assert gc.get_threshold() == before
