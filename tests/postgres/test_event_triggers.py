"""Which event triggers a delta has to reckon with, as a plain owner sees them."""

from __future__ import annotations

import psycopg
import pytest

from masker.delta.server.triggers import has_event_triggers
from tests.servers import Server


@pytest.fixture
def owned(preview: Server) -> str:
    owner = preview.create_owner(may_create_databases=False)
    url = preview.create_database(owner=owner)
    with preview.connect(url) as host:
        schemas = f'CREATE SCHEMA app AUTHORIZATION "{owner}"; ALTER SCHEMA public OWNER TO "{owner}"'
        host.execute(f"CREATE SCHEMA _host; {schemas}".encode())
        for schema in ("_host", "app", "public"):
            body = f"CREATE FUNCTION {schema}.seen() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'"
            host.execute(body.encode())
    return url


@pytest.mark.parametrize(
    ("schema", "clause", "reckons"),
    [
        ("_host", "", False),
        ("app", "", True),
        ("public", "", True),
        ("public", "WHEN TAG IN ('CREATE EXTENSION', 'DROP EXTENSION')", False),
        ("public", "WHEN TAG IN ('CREATE TABLE', 'ALTER SEQUENCE')", True),
        ("app", "WHEN TAG IN ('ALTER TABLE')", True),
    ],
)
def test_a_host_s_own_are_in_nobodys_way(preview: Server, owned: str, schema: str, clause: str, reckons: bool) -> None:
    with preview.connect(owned) as host:
        host.execute(f"CREATE EVENT TRIGGER it ON ddl_command_end {clause} EXECUTE FUNCTION {schema}.seen()".encode())
        # To a superuser no trigger is a host's.
        assert has_event_triggers(host) == ("EXTENSION" not in clause)
        with psycopg.connect(owned, autocommit=True) as conn:
            assert has_event_triggers(conn) == reckons
        host.execute("ALTER EVENT TRIGGER it DISABLE")
        assert not has_event_triggers(host)
