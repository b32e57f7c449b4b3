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
