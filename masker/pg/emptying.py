"""The emptying of a target that is filled ``direct``: everything but extensions and what belongs to them or to the host."""

from __future__ import annotations

import psycopg

from masker.catalog.read import HIDDEN_SCHEMAS
from masker.pg.errors import Side, server_errors

#: Schemas that emptying does not look into.
KEPT_SCHEMAS = [*HIDDEN_SCHEMAS, "heroku_ext"]

#: Schemas that emptying leaves: the system's, masker's, the host's, extensions', and ``public``, which a dump takes for given.
SURVIVING = """
SELECT nspname FROM pg_namespace n WHERE nspname ~ '^pg_' OR nspname = 'public' OR nspname = ANY(%(kept)s) OR EXISTS (SELECT FROM pg_extension e WHERE e.extnamespace = n.oid)
"""

#: Objects by the order in which they go: event triggers, which might forbid the rest; schemas, with most of it; what is left. Everything
#: made after initdb has an oid from 16384 on. What a host has made for its own ends belongs to roles of its own.
_EMPTY = """
WITH me AS (SELECT rolsuper AS is_superuser FROM pg_roles WHERE rolname = current_user),
namespaces AS (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> ALL(%(kept)s))
SELECT format('DROP %%s IF EXISTS %%s CASCADE', CASE classid WHEN 'pg_proc'::regclass THEN 'routine' ELSE replace(o.type, '-', ' ') END, o.identity)
FROM (
  SELECT 1 AS place, 'pg_event_trigger'::regclass AS classid, oid FROM pg_event_trigger WHERE pg_has_role(evtowner, 'USAGE')
  UNION ALL SELECT 2, 'pg_publication'::regclass, oid FROM pg_publication
  UNION ALL SELECT 3, 'pg_namespace'::regclass, oid FROM namespaces WHERE nspname <> ALL(%(surviving)s)
  UNION ALL SELECT 4, 'pg_class'::regclass, oid FROM pg_class c WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT relispartition AND relnamespace IN (SELECT oid FROM namespaces)
    AND NOT (relkind = 'S' AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
  UNION ALL SELECT 5, 'pg_proc'::regclass, oid FROM pg_proc p WHERE pronamespace IN (SELECT oid FROM namespaces)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
  UNION ALL SELECT 6, 'pg_type'::regclass, t.oid FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE typtype IN ('d', 'e', 'c', 'r') AND (typtype <> 'c' OR c.relkind = 'c') AND typnamespace IN (SELECT oid FROM namespaces)
  UNION ALL SELECT 7, 'pg_operator'::regclass, oid FROM pg_operator WHERE oprnamespace IN (SELECT oid FROM namespaces)
  UNION ALL SELECT 8, 'pg_opfamily'::regclass, oid FROM pg_opfamily WHERE opfnamespace IN (SELECT oid FROM namespaces)
  UNION ALL SELECT 9, 'pg_ts_config'::regclass, oid FROM pg_ts_config WHERE cfgnamespace IN (SELECT oid FROM namespaces)
  UNION ALL SELECT 10, 'pg_ts_dict'::regclass, oid FROM pg_ts_dict WHERE dictnamespace IN (SELECT oid FROM namespaces)
  UNION ALL SELECT 11, 'pg_collation'::regclass, oid FROM pg_collation WHERE collnamespace IN (SELECT oid FROM namespaces)
  UNION ALL SELECT 12, 'pg_conversion'::regclass, oid FROM pg_conversion WHERE connamespace IN (SELECT oid FROM namespaces)
  UNION ALL SELECT 13, 'pg_foreign_server'::regclass, oid FROM pg_foreign_server WHERE pg_has_role(srvowner, 'USAGE')
  UNION ALL SELECT 14, 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper WHERE pg_has_role(fdwowner, 'USAGE')
  UNION ALL SELECT 15, 'pg_cast'::regclass, pg_cast.oid FROM pg_cast, me WHERE is_superuser
  UNION ALL SELECT 16, 'pg_am'::regclass, pg_am.oid FROM pg_am, me WHERE is_superuser
) found, LATERAL pg_identify_object(classid, oid, 0) AS o
WHERE oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = found.classid AND d.objid = found.oid AND d.deptype = 'e')
ORDER BY place, o.identity
"""

#: Tables, some at a time and those before them that others rest on: whatever goes together, as a schema or a partitioned table would, takes its
#: locks together, of which a server has some thousands.
_TABLES = """
SELECT format('DROP TABLE IF EXISTS %%s CASCADE', string_agg(identity, ', '))
FROM (
  SELECT format('%%I.%%I', n.nspname, c.relname) AS identity, i.is_above, row_number() OVER (PARTITION BY i.is_above ORDER BY c.oid) / %(at_once)s AS turn
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL (SELECT EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid) AS is_above) i
  WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(kept)s)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
) AS found GROUP BY is_above, turn ORDER BY is_above, turn
"""
_TABLES_AT_ONCE = 20

#: Large objects removed by one statement: each takes a lock, of which a server has some thousands.
_LARGE_OBJECTS_AT_ONCE = 1000


def empty_database(conn: psycopg.Connection) -> None:
    """Drop everything in *conn*'s database but extensions and the schemas that belong to them or to the host."""
    with server_errors(Side.TARGET, "it was emptied", hint="the role has to own what is in the target"):
        drop_objects(conn)
        unlink = (
            "SELECT lo_unlink(oid) FROM (SELECT oid FROM pg_largeobject_metadata WHERE pg_has_role(lomowner, 'USAGE') LIMIT %s) AS found"
        )
        while conn.execute(unlink, [_LARGE_OBJECTS_AT_ONCE]).rowcount:
            pass


def drop_objects(conn: psycopg.Connection) -> None:
    """Drop all that has a name there. Raises psycopg.Error."""
    surviving = [row[0] for row in conn.execute(SURVIVING, {"kept": KEPT_SCHEMAS}).fetchall()]
    statements = [row[0] for row in conn.execute(_EMPTY, {"kept": KEPT_SCHEMAS, "surviving": surviving}).fetchall()]
    for statement in (s for s in statements if s.startswith("DROP event trigger")):
        conn.execute(statement.encode())
    for (statement,) in conn.execute(_TABLES, {"kept": KEPT_SCHEMAS, "at_once": _TABLES_AT_ONCE}).fetchall():
        conn.execute(statement.encode())
    for statement in statements:
        conn.execute(statement.encode())
