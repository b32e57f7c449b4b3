"""Runs that are killed or interrupted at many moments, and two at a time. The live preview stays as it was, and the
next run succeeds."""

from __future__ import annotations

import random
import signal
import time

import pytest

from tests.executable import eventually
from tests.shop import Shop

pytestmark = pytest.mark.timing

#: Of moments drawn at random, a few are tried every time and more every night.
_SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 12))]


def test_two_runs_on_one_target(shop: Shop) -> None:
    with shop.stalled_on_target() as (started, release):
        shop.copy().expect(9, f"target {shop.database}: another masker run is filling it", "wait until it has ended")
        shop.copy("--publish", "direct").expect(9, "another masker run is filling it")
        assert len(shop.shadows()) == 1
        release()
        started.wait().expect(0, "published")
    shop.expect_masked()


def recovers(shop: Shop, before: str) -> None:
    """Require that the live preview is what it was, and that the next run succeeds and leaves nothing of the dead
    one."""
    assert shop.live_state() == before
    dead = shop.shadows()
    done = shop.copy().expect(0, "published")
    for name in dead:
        assert f"dropped {name}, left by a run that died" in done.err
    assert shop.shadows() == set()
    shop.expect_masked()


def test_killed_at_many_moments(shop: Shop) -> None:
    """One dead run after the other: each leaves the preview as it was, and the next one drops what it has left."""
    before = shop.live_state()
    for moment in (
        '"at": "start"',
        '"table": "visits"',
        '"step": "index index_visits_on_page"',
        '"at": "source-released"',
        '"step": "validate orders fk_orders_user"',
        '"step": "last"',
        '"at": "verify"',
    ):
        dead = shop.shadows()
        with shop.start_copy("--log-format", "json") as started:
            started.wait_for(moment)
            done = started.kill()
        assert moment in done.err
        assert not dead & shop.shadows()
        if not shop.shadows():  # it was quicker than the signal
            assert '"at": "published"' in done.err or done.code == 0
            shop.expect_masked()
            return
        assert shop.live_state() == before, moment
    recovers(shop, before)


def test_killed_while_it_waits_for_a_lock(shop: Shop) -> None:
    before = shop.live_state()
    with shop.stalled() as (started, holder):
        assert started.kill().code == -signal.SIGKILL
        (dead,) = shop.shadows()
        assert "__masker_" in dead
        # Production's lock queue is left soon: the server looks every ten seconds whether its client lives.
        holder.rollback()
    recovers(shop, before)


@pytest.mark.parametrize("seed", _SEEDS)
def test_killed_at_a_random_moment(shop: Shop, seed: int) -> None:
    """Unless the run was quicker, in which case the new preview stands whole."""
    before = shop.live_state()
    delay = random.Random(seed).uniform(0.4, 1.6)
    with shop.start_copy(cold=True) as started:
        time.sleep(delay)
        done = started.kill()
    if done.code == -signal.SIGKILL and "published" not in done.err and not _is_published(shop):
        recovers(shop, before)
    else:
        shop.expect_masked()
        shop.copy().expect(0, "published")
        assert shop.shadows() == set()


def _is_published(shop: Shop) -> bool:
    with shop.preview.connect(shop.target) as conn:
        return conn.execute("SELECT to_regclass('public.users') IS NOT NULL").fetchone() == (True,)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_interrupted(shop: Shop, number: signal.Signals) -> None:
    with shop.untouched(), shop.stalled() as (started, _):
        started.interrupt(number)
        started.wait(20).expect(
            130,
            f"interrupted by {number.name}",
            rf"{shop.database} is as it was; the shadow {shop.database}__masker_\w+ is dropped",
        )
        eventually(lambda: shop.sessions() == 0, 5)
        assert shop.waiting() == []


@pytest.mark.parametrize("moment", ['"at": "start"', '"table": "visits"', '"at": "source-released"', '"at": "verify"'])
def test_interrupted_at_a_moment(shop: Shop, moment: str) -> None:
    before = shop.live_state()
    with shop.start_copy("--log-format", "json") as started:
        started.wait_for(moment)
        started.interrupt(signal.SIGTERM)
        done = started.wait(20)
    assert shop.shadows() == set()
    eventually(lambda: shop.sessions() == 0, 5)
    if done.code == 0:
        shop.expect_masked()
    else:
        done.expect(130, "interrupted by SIGTERM", f"{shop.database} is as it was; the shadow .* is dropped")
        assert done.events()[-1]["status"] == "interrupted"
        assert shop.live_state() == before


@pytest.mark.parametrize("seed", _SEEDS)
def test_interrupted_at_a_random_moment(shop: Shop, seed: int) -> None:
    """Before anything has begun, while the shadow is created, after it is published: never anything but as it was or
    done."""
    before = shop.live_state()
    delay = random.Random(seed + 10).uniform(0.3, 1.2)
    with shop.start_copy(cold=True) as started:
        time.sleep(delay)
        started.interrupt()
        done = started.wait(20)
    assert shop.shadows() == set(), done.err
    eventually(lambda: shop.sessions() == 0, 5)
    if _is_published(shop):
        shop.expect_masked()
        assert done.code in {0, 130}, done.err
    else:
        # While modules are imported there is nothing to say yet.
        assert done.code in {130, -signal.SIGINT}
        assert shop.live_state() == before


def test_interrupted_while_direct(shop: Shop) -> None:
    with shop.stalled("--publish", "direct") as (started, _):
        started.interrupt(signal.SIGTERM)
        started.wait(20).expect(
            130, f"{shop.database} is incomplete and marked so", "`masker verify` exits 8 until a run has ended well"
        )
        eventually(lambda: shop.sessions() == 0, 5)
    shop.verify().expect(8, "fail marker", "has not ended well", "not fit to be used")
    shop.copy("--publish", "direct").expect(0, "published")
    shop.verify().expect(0)
    shop.expect_masked()
