"""What publications forbid of a table, as foreseen from the catalogs, is what the server refuses."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from masker.names import TableName
from masker.postgres.unidentified import Unidentified, unidentified
from tests.servers import EACH_MAJOR, ServersByMajor

#: Identities by what makes them. ``{t}`` is a table with the columns below.
_IDENTITIES = {
    "key": "",
    "nothing": "ALTER TABLE {t} REPLICA IDENTITY NOTHING",
    "full": "ALTER TABLE {t} REPLICA IDENTITY FULL",
    "index": "ALTER TABLE {t} REPLICA IDENTITY USING INDEX {t}_pair",
    "gone": "ALTER TABLE {t} REPLICA IDENTITY USING INDEX {t}_pair; DROP INDEX {t}_pair",
    "late": "ALTER TABLE {t} DROP CONSTRAINT {t}_pkey, ADD PRIMARY KEY (id) DEFERRABLE",
    "none": "ALTER TABLE {t} DROP CONSTRAINT {t}_pkey",
    "doubled": "ALTER TABLE {t} REPLICA IDENTITY USING INDEX {t}_doubled",
}

_SENT = {
    "whole": "TABLE {t}",
    "inserts": "TABLE {t} (note) WITH (publish = 'insert, truncate')",
    "updates": "TABLE {t} (note) WITH (publish = 'update')",
    "deletes": "TABLE {t} (note) WITH (publish = 'delete')",
    "filtered": "TABLE {t} WHERE (note <> 'x' AND id > 3)",
    "filtered by key": "TABLE {t} WHERE (id > 3)",
    "never": "TABLE {t} WHERE (false)",
    "listed": "TABLE {t} (id, note)",
    "listed without key": "TABLE {t} (note, code)",
    "listed and filtered": "TABLE {t} (id, code, note) WHERE (code <> 'x')",
    "deletes filtered": "TABLE {t} WHERE (note <> 'x') WITH (publish = 'delete')",
}

_COLUMNS = (
    "id integer NOT NULL, code text NOT NULL, note text, doubled integer NOT NULL GENERATED ALWAYS AS (1 + 1) STORED"
)
_INDEXES = (
    "CREATE UNIQUE INDEX {t}_pair ON {t} (code, id) INCLUDE (note); CREATE UNIQUE INDEX {t}_doubled ON {t} (doubled)"
)


def _script(major: int) -> Iterator[str]:
    number = 0
    for identity in _IDENTITIES.values():
        for columns in (_COLUMNS, _COLUMNS.rpartition(",")[0]):
            if "doubled" in identity and "doubled" not in columns:
                continue
            for sent in _SENT.values():
                number += 1
                made = f"CREATE TABLE {{t}} ({columns}, PRIMARY KEY (id)); {_INDEXES}; {identity}"
                if "doubled" not in columns:
                    made = made.replace("CREATE UNIQUE INDEX {t}_doubled ON {t} (doubled)", "")
                yield f"{made}; CREATE PUBLICATION {{t}} FOR {sent}".replace("{t}", f"t{number}")
    if major >= 18:
        yield f"""CREATE TABLE sent ({_COLUMNS});
            CREATE PUBLICATION sent FOR TABLE sent WITH (publish_generated_columns = stored)"""
    tree = f"({_COLUMNS}, PRIMARY KEY (id)) PARTITION BY RANGE (id)"
    for name, published in {
        "top": "TABLE top WHERE (note <> 'x') WITH (publish_via_partition_root)",
        "listed": "TABLE listed (note) WITH (publish_via_partition_root)",
        "plain": "TABLE plain",
        "leaf": "TABLE leaf_2 (note)",
        "twice": "TABLE twice WHERE (id > 1), twice_2 WHERE (note <> 'x') WITH (publish_via_partition_root)",
        "own": "TABLE own, own_2 WHERE (note <> 'x')",
    }.items():
        yield f"""CREATE TABLE {name} {tree};
            CREATE TABLE {name}_1 PARTITION OF {name} FOR VALUES FROM (0) TO (9);
            CREATE TABLE {name}_2 (note text, code text NOT NULL, id integer NOT NULL, doubled integer NOT NULL
                GENERATED ALWAYS AS (1 + 1) STORED);
            ALTER TABLE {name} ATTACH PARTITION {name}_2 FOR VALUES FROM (9) TO (99);
            CREATE PUBLICATION {name} FOR {published}"""
    yield """CREATE SCHEMA apart; CREATE TABLE apart.keyless (id integer); CREATE TABLE apart.keyed (id integer PRIMARY
        KEY); CREATE PUBLICATION apart FOR TABLES IN SCHEMA apart; CREATE UNLOGGED TABLE apart.lost (id integer);
        CREATE TABLE root (id integer) PARTITION BY RANGE (id);
        CREATE TABLE apart.child PARTITION OF root FOR VALUES FROM (0) TO (9)"""


def _refused(conn: psycopg.Connection, table: str) -> set[str]:
    """What the server lets nobody do to the rows of *table*: it is asked how it would, which does nothing."""
    refused = set()
    for change, statement in {
        "UPDATE": f"UPDATE ONLY {table} SET id = id",
        "DELETE": f"DELETE FROM ONLY {table}",
    }.items():
        try:
            with conn.transaction():
                conn.execute(f"EXPLAIN {statement}".encode())
        except (psycopg.errors.ObjectNotInPrerequisiteState, psycopg.errors.InvalidColumnReference):
            refused.add(change)
    return refused


@pytest.mark.parametrize("major", EACH_MAJOR)
def test_what_is_foreseen_is_what_the_server_refuses(servers_by_major: ServersByMajor, major: int) -> None:
    server = servers_by_major[major]
    with server.connect(server.create_database()) as conn:
        for part in _script(major):
            conn.execute(part.encode())
        _compare(conn)
        conn.execute("CREATE PUBLICATION everything FOR ALL TABLES")
        _compare(conn)


def _compare(conn: psycopg.Connection) -> None:
    query = "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND oid >= 16384"
    tables = [name for (name,) in conn.execute(query).fetchall()]
    foreseen = unidentified(conn)

    with conn.transaction(force_rollback=True):
        refused = {table: _refused(conn, table) for table in tables}
        for table in tables:
            conn.execute(f"ALTER TABLE {table} REPLICA IDENTITY FULL".encode())
        still = {table for table in tables if _refused(conn, table)}

    nothing = Unidentified(identity="", forbidden=frozenset(), publications=(), is_full_enough=True)
    found = {table: foreseen.get(_name(table), nothing) for table in tables}
    assert {table: what.forbidden for table, what in found.items()} == refused
    assert {table for table, what in found.items() if not what.is_full_enough} == {t for t in still if refused[t]}
    assert sum(map(bool, refused.values())) > 60
    assert len(still) > 30
    assert foreseen.keys() == {_name(table) for table in tables if refused[table]}


def _name(written: str) -> TableName:
    schema, _, name = written.rpartition(".")
    return TableName(schema or "public", name)
