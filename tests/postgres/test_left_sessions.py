"""Sessions that a command has left in what is about to be published."""

from __future__ import annotations

import psycopg
import pytest

from masker.errors import TargetError
from masker.hooks.migration import leave_alone
from masker.stages import Restored
from tests.servers import Server


def test_a_session_that_may_not_be_ended_ends_the_run(server: Server) -> None:
    owner = server.create_owner()
    url = server.create_database(owner=owner)
    restored = Restored(url=url, name="preview", run="k3f9x0ab", is_shadow=True)
    with server.connect() as conn:
        conn.execute(psycopg.sql.SQL("GRANT pg_monitor TO {}").format(psycopg.sql.Identifier(owner)))
    with psycopg.connect(url) as left:
        leave_alone(restored, patience_s=0.1)  # it is its own role's, and ended
        with pytest.raises(psycopg.OperationalError):
            left.execute("SELECT 1")
    with (
        server.connect(url) as kept,
        pytest.raises(TargetError, match=rf"sessions {kept.info.backend_pid} of a command"),
    ):
        leave_alone(restored, patience_s=0.1)
    leave_alone(restored, patience_s=0.1)
