"""The decision alone: which two databases are one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from masker.postgres.same import Identity, Kinship, judge

PRODUCTION = Identity(database="shop", oid=16384, system=7001, timeline=1, in_recovery=False)
FOLLOWER = replace(PRODUCTION, in_recovery=True)


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        (PRODUCTION, PRODUCTION, Kinship.FORK),
        (FOLLOWER, PRODUCTION, Kinship.SAME),
        (PRODUCTION, FOLLOWER, Kinship.SAME),
        (FOLLOWER, FOLLOWER, Kinship.SAME),
        (FOLLOWER, replace(PRODUCTION, timeline=2), Kinship.FORK),
        (FOLLOWER, replace(PRODUCTION, timeline=None), Kinship.SAME),
        (replace(FOLLOWER, timeline=None), PRODUCTION, Kinship.SAME),
        (FOLLOWER, replace(PRODUCTION, oid=16385), Kinship.OTHER),
        (FOLLOWER, replace(PRODUCTION, system=7002), Kinship.OTHER),
        (PRODUCTION, replace(PRODUCTION, system=7002), Kinship.OTHER),
        (PRODUCTION, replace(PRODUCTION, system=None), Kinship.OTHER),
        (replace(FOLLOWER, system=None), PRODUCTION, Kinship.UNKNOWN),
        (FOLLOWER, replace(PRODUCTION, system=None), Kinship.UNKNOWN),
        (replace(FOLLOWER, system=None), replace(PRODUCTION, oid=16385), Kinship.OTHER),
        # Renamed on one side only: a follower lags behind.
        (replace(FOLLOWER, database="shop_old"), PRODUCTION, Kinship.SAME),
    ],
)
def test_two_without_a_common_lock(source: Identity, target: Identity, expected: Kinship) -> None:
    assert judge(source, target, lock_seen=False).kinship is expected


@pytest.mark.parametrize(
    "target",
    [PRODUCTION, replace(PRODUCTION, system=None), replace(PRODUCTION, timeline=2), replace(PRODUCTION, system=7002)],
)
def test_a_lock_that_is_seen_decides_alone(target: Identity) -> None:
    assert judge(PRODUCTION, target, lock_seen=True).kinship is Kinship.SAME
