"""What a run holds is lost when its keeper is, and not when a question of the keeper's is refused."""

from __future__ import annotations

import psycopg
import pytest

from masker.errors import SourceError
from masker.postgres.connect import connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.hold import SnapshotLost, held
from masker.sides import Side


def _ask(database: str, query: str, *, ends_keeper: bool = False) -> None:
    """Ask *query* in a keeper's transaction while it is held."""
    source = parse_url(database, Side.SOURCE)
    with connect(source) as keeper, psycopg.connect(database, autocommit=True) as other:
        keeper.execute("BEGIN")
        with held(source, keeper, 30), server_errors(Side.SOURCE, "it was read"):
            if ends_keeper:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [keeper.info.backend_pid])
            keeper.execute(query.encode())


def test_a_keeper_whose_question_was_refused_is_alive_and_one_that_was_ended_is_lost(database: str) -> None:
    with pytest.raises(SourceError, match="no_such_table") as refused:
        _ask(database, "SELECT * FROM no_such_table")
    assert not isinstance(refused.value, SnapshotLost)
    with pytest.raises(SnapshotLost):
        _ask(database, "SELECT 1", ends_keeper=True)
