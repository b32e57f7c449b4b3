"""How far a replica is behind is seen from its primary and from itself."""

from __future__ import annotations

from contextlib import closing

import psycopg

from masker.postgres.connect import parse_url
from masker.postgres.load import Load
from masker.settings import Throttle
from masker.sides import Side
from tests.executable import eventually
from tests.servers import Server, database_of
from tests.standby import standby_of

_LIMITS = Throttle(lag_s=0.5)


def test_a_replica_that_is_behind_is_seen_from_either_side(production: Server) -> None:
    database = production.create_database()
    with (
        standby_of(production, "-c wal_receiver_status_interval=1s") as standby,
        closing(Load(parse_url(database, Side.SOURCE), _LIMITS, tuple)) as primary,
    ):
        there = standby(database_of(database))
        with (
            closing(Load(parse_url(there, Side.SOURCE), _LIMITS, tuple)) as replica,
            psycopg.connect(there, autocommit=True) as on_replica,
            psycopg.connect(database, autocommit=True) as on_primary,
        ):
            eventually(lambda: primary.over() is None and replica.over() is None)
            on_replica.execute("SELECT pg_wal_replay_pause()")
            on_primary.execute("CREATE TABLE behind (id integer)")
            eventually(lambda: "a replica is " in (replica.over() or ""))
            on_primary.execute("INSERT INTO behind VALUES (1)")
            eventually(lambda: "a replica is " in (primary.over() or ""))
            on_replica.execute("SELECT pg_wal_replay_resume()")
            eventually(lambda: primary.over() is None and replica.over() is None)
