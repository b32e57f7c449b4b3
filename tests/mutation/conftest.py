"""The library, which is spoilt and copied by a spoilt masker: its source is filled once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.servers import Server

_HERE = Path(__file__).parent
RULES = _HERE / "library.yml"


@pytest.fixture(scope="session")
def library(production_server: Server) -> Iterator[str]:
    """The source's URL."""
    with production_server.forgetting():
        url = production_server.create_database(name="library")
        with psycopg.connect(url, autocommit=True) as conn:
            for statement in (_HERE / "library.sql").read_text().split(";\n"):
                conn.execute(statement.encode())
        yield url


@pytest.fixture(scope="package", autouse=True)
def no_autovacuum(preview_server: Server) -> Iterator[None]:
    """What a defect left undone would be done by autovacuum, in the one run of some that it falls into."""
    _set_autovacuum(preview_server, on=False)
    yield
    _set_autovacuum(preview_server, on=True)


def _set_autovacuum(server: Server, *, on: bool) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as conn:
        conn.execute("ALTER SYSTEM RESET autovacuum" if on else "ALTER SYSTEM SET autovacuum = off")
        conn.execute("SELECT pg_reload_conf()")
