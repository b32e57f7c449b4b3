"""A catalog read from a schema file is the one that a server has which loaded that file."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg

from masker.catalog.read import read_catalog
from masker.catalog.types import Catalog
from masker.demo.installation import find_postgres
from masker.schemas.rails import statements_of
from masker.schemas.read import Schema, read_schema
from tests.postgres import zoo
from tests.postgres.offline import differences
from tests.servers import Server

_HERE = Path(__file__).parent


def _read(text: str, file: str) -> Schema:
    found = read_schema(text, file)
    assert isinstance(found, Schema), found
    return found


def _loaded(server: Server, script: str) -> Catalog:
    url = server.create_database()
    psql = find_postgres()[max(find_postgres())] / "psql"
    done = subprocess.run(
        [str(psql), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", url],
        input=script, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with psycopg.connect(url, autocommit=True) as conn:
        return read_catalog(conn)


def _dumped(server: Server, url: str) -> str:
    pg_dump = find_postgres()[server.major] / "pg_dump"
    return subprocess.run(
        [str(pg_dump), "--schema-only", "--no-privileges", "--no-owner", url],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip


def test_one_of_everything_is_read_from_a_dump_as_from_a_server(production_server: Server) -> None:
    """Types, domains, partitions, heirs, checks, exclusions, generated columns, comments, views: of the zoo, and of a
    preview."""
    with production_server.forgetting():
        url = production_server.create_database()
        with psycopg.connect(url, autocommit=True) as conn:
            zoo.build(conn, zoo.features(conn))
        whole = production_server.create_database()
        with psycopg.connect(whole, autocommit=True) as conn:
            for statement in (_HERE / "rich.sql").read_text().split("VACUUM")[0].split(";\n"):
                conn.execute(statement.encode())
        for each in (url, whole):
            script = _dumped(production_server, each)
            schema = _read(script, "db/structure.sql")
            assert schema.unread == ()
            assert differences(schema.catalog, _loaded(production_server, script)) == []


def test_a_schema_in_ruby_is_read_as_a_server_has_what_rails_makes_of_it(production_server: Server) -> None:
    """The statements are those of Rails: a server takes them, and tells of them as they were read."""
    text = (_HERE / "rails.schema.rb").read_text()
    schema = _read(text, "db/schema.rb")
    unread: list[tuple[object, ...]] = []
    made = statements_of(text, "db/schema.rb", lambda *told: unread.append(told)).sql
    assert (schema.unread, unread) == ((), [])
    with production_server.forgetting():
        assert differences(schema.catalog, _loaded(production_server, f"SET search_path = public;\n{made};\n")) == []
