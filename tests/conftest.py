"""Fixtures around real servers. Under pytest-xdist every worker starts its own, and only those its tests ask for."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from tests.servers import PRODUCTION_MAJOR, Server, ServersByMajor, versions

# The machine may be busy: how long an example takes says nothing about the code. CI judges a change by the same
# examples every time; anywhere else they are drawn anew.
settings.register_profile(
    "masker",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI", "").lower() in {"1", "true"},
)
settings.load_profile("masker")

#: What this process has open, where the system tells, and how much of it makes a look for rubbish worth its time.
_DESCRIPTORS, _MOST_DESCRIPTORS = Path("/proc/self/fd"), 300


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pg",
        type=int,
        default=PRODUCTION_MAJOR,
        metavar="MAJOR",
        help="the PostgreSQL that tests run on which do not choose one",
    )
    parser.addoption(
        "--second-try",
        action="store_true",
        help="run only what is marked timing; any other test chosen fails, since it has failed before",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.config.getoption("--second-try") and item.get_closest_marker("timing") is None:
        pytest.fail("it failed before, and is not one that depends on the moment", pytrace=False)


def pytest_collection_finish() -> None:
    """What has been imported and collected stays; looking through it for rubbish takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


def pytest_runtest_logfinish() -> None:
    """Clients that went with a test keep their sockets until somebody looks for rubbish, which may be long."""
    if sum(1 for _ in _DESCRIPTORS.glob("*")) > _MOST_DESCRIPTORS:
        gc.collect()


def pytest_report_header() -> str:
    return f"PostgreSQL: {versions()} · psycopg {psycopg.__version__} · libpq {psycopg.pq.version()}"


@pytest.fixture(scope="session")
def production_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server.start("production", request.config.getoption("--pg"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def preview_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    server = Server.start("preview", request.config.getoption("--pg"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def running_servers() -> Iterator[ServersByMajor]:
    servers = ServersByMajor()
    yield servers
    servers.stop()


@pytest.fixture
def production(production_server: Server) -> Iterator[Server]:
    """The server the source databases of a test are on; what the test makes there is dropped after it."""
    with production_server.forgetting():
        yield production_server


@pytest.fixture
def preview(preview_server: Server) -> Iterator[Server]:
    """The server the target databases of a test are on."""
    with preview_server.forgetting():
        yield preview_server


@pytest.fixture
def server(production: Server) -> Server:
    """The server for tests that need only one."""
    return production


@pytest.fixture
def servers_by_major(running_servers: ServersByMajor) -> Iterator[ServersByMajor]:
    """``servers_by_major[15]``: a server of that version, started when first asked for."""
    yield running_servers
    running_servers.give_back()


@pytest.fixture
def database(server: Server) -> str:
    """The URL of an empty database."""
    return server.create_database()


@pytest.fixture
def databases(production: Server, preview: Server) -> tuple[str, str]:
    """The URLs of an empty source and an empty target, on two servers."""
    return production.create_database(), preview.create_database()
