"""Rails applications go through the executable, and nothing they masked is found in the files of the target."""

from __future__ import annotations

import re
import subprocess

import psycopg
import pytest
from psycopg import sql

from benchmarks.values import CANARY_PREFIX
from masker.catalog.types import Catalog
from masker.names import TableName
from tests.executable import run
from tests.real.applications import SCHEMAS, fill_with_canaries, labels, load
from tests.servers import Server, database_of

ROWS = 2_000

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("name", SCHEMAS)
def test_copies_masked(name: str, production: Server, preview: Server) -> None:
    source, target = production.create_database(), preview.create_database()
    with production.connect(source) as conn:
        application = load(conn, name)
        filled = fill_with_canaries(conn, application, ROWS)
        conn.execute("ANALYZE")
    assert not application.resolution.problems
    canaries = {canary.encode() for made in filled.canaries.values() for canary in made}
    assert len(canaries) > ROWS

    arguments = ("--rules", application.rules, "--confirm", database_of(target), "--workers", "2", "--json")
    done = run("copy", *arguments, env={"MASKER_SOURCE": source, "MASKER_TARGET": target}, timeout=300).expect(0)

    for server in (production, preview):
        server.restart()  # a checkpoint leaves pages of unlogged tables in memory, a shutdown writes them
    missing = canaries - production.find_in_files(canaries)
    assert not missing, "the search finds what is there"
    found = preview.find_in_files(canaries, wal=True)
    assert not found, sorted(
        {str(column) for column, made in filled.canaries.items() if not found.isdisjoint(c.encode() for c in made)}
    )
    said = (
        (done.out + done.err).encode()
        + preview.embedded.log_file.read_bytes()
        + production.embedded.log_file.read_bytes()
    )
    assert canaries.isdisjoint(re.findall(rb"%b[0-9a-f]+" % CANARY_PREFIX.encode(), said))

    with production.connect(source) as before, preview.connect(target) as after:
        for table in application.catalog.tables.values():
            decision = application.resolution.tables[table.name]
            expected = 0 if decision.rows == "none" else count(before, table.name)
            assert (str(table.name), count(after, table.name)) == (str(table.name), expected)
            kept = application.kept_columns(table.name)
            if expected and kept:
                assert rows(before, table.name, kept) == rows(after, table.name, kept), table.name
        assert not broken_references(after, application.catalog)
    assert schema_of(production, source) == schema_of(preview, target)


@pytest.mark.parametrize("name", labels())
def test_rules_agree_with_the_labels(name: str, production: Server) -> None:
    """Every labelled column is masked or its table emptied, and no decoy is masked in a table that keeps its rows."""
    with production.connect(production.create_database()) as conn:
        application = load(conn, name)
    masks = {column: (kind, application.mask_of(column)) for column, kind in labels()[name].items()}
    assert {
        column: found for column, found in masks.items() if (found[1] == "keep") is not found[0].startswith("not_pii")
    } == {}


def count(conn: psycopg.Connection, table: TableName) -> int:
    row = conn.execute(
        sql.SQL("SELECT count(*) FROM ONLY {}").format(sql.Identifier(table.schema, table.name))
    ).fetchone()
    assert row is not None
    return int(row[0])


def rows(conn: psycopg.Connection, table: TableName, columns: list[str]) -> list[bytes]:
    """The values of *columns* in all rows, as COPY writes them, sorted."""
    query = sql.SQL("COPY (SELECT {} FROM ONLY {}) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table.schema, table.name)
    )
    with conn.cursor().copy(query) as out:
        return sorted(bytes(block) for block in out)


def broken_references(conn: psycopg.Connection, catalog: Catalog) -> list[str]:
    """Foreign keys some row of which references nothing, whatever the constraints say."""
    broken = []
    for key in (key for table in catalog.tables.values() for key in table.foreign_keys):
        join = sql.SQL(" AND ").join(
            sql.SQL("r.{} = t.{}").format(sql.Identifier(there), sql.Identifier(here))
            for here, there in zip(key.columns, key.referenced_columns, strict=True)
        )
        present = sql.SQL(" AND ").join(sql.SQL("t.{} IS NOT NULL").format(sql.Identifier(c)) for c in key.columns)
        query = sql.SQL("SELECT 1 FROM {} t WHERE {} AND NOT EXISTS (SELECT 1 FROM {} r WHERE {}) LIMIT 1").format(
            sql.Identifier(key.table.schema, key.table.name),
            present,
            sql.Identifier(key.references.schema, key.references.name),
            join,
        )
        if conn.execute(query).fetchone():
            broken.append(f"{key.table}: {key.name}")
    return broken


#: What a dump says that is not the application's: a random word, and comments of what the target's server brings
#: itself.
_NOT_THE_APPLICATIONS = re.compile(
    r"(?m)^\\(?:un)?restrict .*$|^--\n-- Name: EXTENSION .*; Type: COMMENT;.*\n--\n\nCOMMENT ON EXTENSION .*\n+"
)


def schema_of(server: Server, url: str) -> str:
    """The database's schema as pg_dump writes it, without masker's own."""
    pg_dump = server.embedded.bin_dir / "pg_dump"
    dumped = subprocess.run(
        [str(pg_dump), "--schema-only", "--exclude-schema=masker", "--dbname", url],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert dumped.returncode == 0, dumped.stderr
    return re.sub(r"\n{3,}", "\n\n", _NOT_THE_APPLICATIONS.sub("", dumped.stdout))
