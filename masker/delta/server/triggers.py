"""What would fire or rewrite when rows of a live preview are written, put aside while a delta writes them."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator

import psycopg
from psycopg import sql

from masker.names import TableName

#: Triggers of users that fire in ordinary sessions, with the word that lets them fire again. Those that a partition has
#: of its parent were called internal before PostgreSQL 15.
_TRIGGERS = """
SELECT n.nspname, c.relname, t.tgname, CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END FROM
pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (NOT t.tgisinternal OR t.tgparentid <> 0 AND (t.tgconstraint = 0 OR EXISTS (SELECT FROM pg_constraint AS k WHERE
k.oid = t.tgconstraint AND k.contype = 't'))) AND t.tgenabled IN ('O', 'A') AND c.relkind = 'r' AND n.nspname !~ '^pg_'
ORDER BY 1, 2, 3
"""

_RULES = """
SELECT DISTINCT n.nspname, c.relname FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class JOIN pg_namespace
AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND r.ev_type <> '1' AND n.nspname !~ '^pg_'
"""

#: Of what a delta does they fire at ALTER TABLE and ALTER SEQUENCE. Those that a host keeps in a schema of its own, to
#: watch over extensions, know nothing of the preview, and fire for its every statement as it is.
_EVENT_TRIGGERS = """
SELECT EXISTS (SELECT FROM pg_event_trigger AS e JOIN pg_proc AS p ON p.oid = e.evtfoid JOIN pg_namespace AS n ON
n.oid = p.pronamespace WHERE e.evtenabled IN ('O', 'A') AND e.evtevent <> 'login' AND (e.evttags IS NULL OR e.evttags &&
ARRAY['ALTER TABLE', 'ALTER SEQUENCE']) AND (n.nspname = 'public' OR pg_has_role(n.nspowner, 'USAGE') OR
pg_has_role(e.evtowner, 'USAGE') OR EXISTS (SELECT FROM pg_depend AS d WHERE d.classid =
'pg_event_trigger'::regclass AND d.objid = e.oid AND d.deptype = 'e')))
"""


def with_triggers(conn: psycopg.Connection) -> frozenset[TableName]:
    """Tables with triggers that would fire. Raises psycopg.Error."""
    return frozenset(TableName(schema, table) for schema, table, _, _ in conn.execute(_TRIGGERS).fetchall())


def with_rules(conn: psycopg.Connection) -> frozenset[TableName]:
    """Tables what is written to which is rewritten. Raises psycopg.Error."""
    return frozenset(TableName(schema, table) for schema, table in conn.execute(_RULES).fetchall())


def has_event_triggers(conn: psycopg.Connection) -> bool:
    """Whether a change of tables or sequences would fire something that may do anything. Raises psycopg.Error."""
    row = conn.execute(_EVENT_TRIGGERS).fetchone()
    return bool(row and row[0])


@contextlib.contextmanager
def put_aside(conn: psycopg.Connection, tables: Collection[TableName]) -> Iterator[None]:
    """Inside, no trigger of *tables* fires but those by which the server keeps its constraints. Raises
    psycopg.Error."""
    found = [
        (sql.Identifier(schema, table), sql.Identifier(trigger), sql.SQL(word))
        for schema, table, trigger, word in conn.execute(_TRIGGERS).fetchall()
        if TableName(schema, table) in tables
    ]
    for table, trigger, _ in found:
        conn.execute(sql.SQL("ALTER TABLE ONLY {} DISABLE TRIGGER {}").format(table, trigger))
    yield
    conn.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table, trigger, word in found:
        conn.execute(sql.SQL("ALTER TABLE ONLY {} {} TRIGGER {}").format(table, word, trigger))
