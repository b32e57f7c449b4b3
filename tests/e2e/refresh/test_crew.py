"""The databases of a refresh filled by others, one each, on this machine and over dask: all are published or none."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.executable import Done, Started, eventually, run, start
from tests.shop import RULES, Shop

KEY = "0123456789abcdef" * 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Two:
    """A shop in two databases, and the masker.yml of both, whose URLs stand in the environment."""

    first: Shop
    second: Shop
    config: Path
    environment: dict[str, str]

    @property
    def shops(self) -> tuple[Shop, Shop]:
        return self.first, self.second

    def arguments(self, *more: str | Path) -> list[str | Path]:
        names = [word for shop in self.shops for word in ("--confirm", shop.database)]
        return ["refresh", "-c", self.config, *names, *more]

    def refresh(self, *more: str | Path) -> Done:
        return run(*self.arguments(*more), env=self.environment)

    @contextmanager
    def stalled(self, *more: str | Path) -> Iterator[tuple[Started, Callable[[], None]]]:
        """A run whose second database waits for a table of production's, and what lets it go on."""
        with (
            closing(self.second.production.connect(self.second.source)) as holder,
            start(*self.arguments("--workers", "1", *more), env=self.environment, cold=True) as started,
        ):
            eventually(lambda: bool(self.second.shadows()) or started.process.poll() is not None, timeout=60)
            holder.execute("BEGIN")
            holder.execute("LOCK TABLE plans IN ACCESS EXCLUSIVE MODE")
            eventually(lambda: bool(self.second.waiting()) or started.process.poll() is not None, timeout=60)
            assert started.process.poll() is None, started.wait()
            yield started, holder.rollback

    def expect_masked(self) -> None:
        for shop in self.shops:
            shop.expect_masked()
            assert not shop.shadows()

    def live_states(self) -> list[str]:
        return [shop.live_state() for shop in self.shops]


@pytest.fixture
def two(shop: Shop, shop_template: str, live_template: str, tmp_path: Path) -> Iterator[Two]:
    (tmp_path / "second").mkdir()
    rules = tmp_path / "second" / "rules.yml"
    rules.write_text(RULES)
    second = replace(
        shop,
        source=shop.production.create_database(shop_template),
        target=shop.preview.create_database(live_template),
        rules=rules,
    )
    config = tmp_path / "masker.yml"
    config.write_text(
        f"version: 1\nsource: {{url: {{env: FIRST_PRODUCTION}}}}\ntarget: {{url: {{env: FIRST_PREVIEW}}}}\n"
        f"rules: ['{shop.rules}']\nkey: {{env: THE_KEY}}\n"
        "databases:\n  second:\n    source: {url: {env: SECOND_PRODUCTION}}\n"
        f"    target: {{url: {{env: SECOND_PREVIEW}}}}\n    rules: ['{rules}']\n"
    )
    environment = {
        "FIRST_PRODUCTION": shop.source,
        "FIRST_PREVIEW": shop.target,
        "SECOND_PRODUCTION": second.source,
        "SECOND_PREVIEW": second.target,
        "THE_KEY": KEY,
    }
    yield Two(first=shop, second=second, config=config, environment=environment)
    with shop.preview.connect() as conn:
        for name in second.shadows():
            conn.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


def _filling() -> set[int]:
    """Processes that fill databases."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"masker.cli.filling" in path.read_bytes():
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.timing
def test_processes_of_this_machine(two: Two) -> None:
    two.second.write_rules("email: email", "emial: email")
    before = two.live_states()
    two.refresh("--executor", "processes").expect(3, "second: 2 problems, nothing was started", "no such column")
    two.second.rules.write_text(RULES)

    others = _filling()
    with two.stalled("--executor", "processes") as (started, go_on):
        started.kill()
        eventually(lambda: not _filling() - others, timeout=60)
        go_on()
    assert two.live_states() == before
    assert [shop.shadows() for shop in two.shops] == [set(), set()], "whose command is gone takes back its own"

    with two.stalled("--executor", "processes") as (started, _):
        eventually(lambda: len(_filling() - others) == 2)
        os.kill(min(_filling() - others), signal.SIGKILL)
        started.wait().expect(6, "(the first database|second): its process ended without a word", "run again")
    eventually(lambda: not _filling() - others)
    assert two.live_states() == before

    done = two.refresh("--executor", "processes:1", "--json", "--log-format", "logfmt").expect(0)
    document = done.json()
    assert (document["copy"]["rows"], document["databases"]["second"]["copy"]["rows"]) == (30_605, 30_605)
    assert document["copy"]["fit"]
    told = [event["at"] for event in done.events() if event.get("database") == "second"]
    assert {"start", "published"} <= set(told)
    two.expect_masked()


@pytest.mark.timing
def test_workers_of_a_scheduler(two: Two) -> None:
    """One of them dies: nothing is published, and nobody else is given its database. No URL and no key is in any
    log."""
    distributed: Any = import_module("distributed")
    before = two.live_states()
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",
        host="127.0.0.1",
        scheduler_port=0,
        memory_limit=0,
        env=two.environment,
    ) as cluster:
        executor = f"dask://{cluster.scheduler_address.removeprefix('tcp://')}"
        with two.stalled("--executor", executor) as (started, go_on):
            os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
            started.wait().expect(
                6,
                "(the first database|second): its worker has left the scheduler",
                "is as it was; the shadow .* is dropped",
            )
            go_on()
        assert two.live_states() == before
        eventually(lambda: len(cluster.scheduler_info["workers"]) == 2)

        done = two.refresh("--executor", executor).expect(
            0, f"second: published {two.second.database}.* published {two.first.database}", "all verified"
        )
        assert done.out.count("✓") == 3
        two.expect_masked()
        with distributed.Client(cluster) as client:
            kept = json.dumps([client.get_scheduler_logs(), client.get_worker_logs()], default=str)
            kept += json.dumps(client.get_events(), default=str)
        password = two.first.production.embedded.password
        assert not [word for word in (KEY, password, two.first.source, "Traceback") if word in kept]
