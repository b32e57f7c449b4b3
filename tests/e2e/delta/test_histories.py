"""Whatever has happened on both sides, a delta leaves what a full copy would."""

from __future__ import annotations

import random

import pytest

from tests.e2e.delta.conftest import Harbour
from tests.e2e.delta.histories import History


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))])
def test_random_histories_come_to_the_same(harbour: Harbour, seed: int) -> None:
    chance = random.Random(seed)
    production, testers = History(harbour.source, chance), History(harbour.target, chance)
    try:
        for _ in range(3):
            production.leave_open()
            production.go_on(12)
            testers.go_on(8)
            # Transactions that end after this run has taken its snapshot are the next one's.
            done = harbour.copy()
            done.expect(0, "bringing what has changed")
            assert "everything is copied" not in done.err, done.err
            production.end()
            testers.go_on(3)
        harbour.expect_delta()
    finally:
        production.close()
        testers.close()
