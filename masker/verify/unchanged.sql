-- name: tables
SELECT n.nspname, c.relname, format('%%I.%%I', n.nspname, c.relname),
  NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) AND EXISTS (
  SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated) AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
  AND n.nspname <> ALL(%(hidden)s) ORDER BY 1, 2

-- name: written
SELECT count(*), count(*) FILTER (WHERE written >= {first}
  AND NOT pg_visible_in_snapshot(written::text::xid8, {snapshot}::pg_snapshot))
FROM (SELECT {first} + (x - {first} % 4294967296 + 6442450944) % 4294967296 - 2147483648 AS written
  FROM (SELECT nullif(greatest(xmin::text::int8, 2), 2) AS x FROM ONLY {table}) AS r OFFSET 0) AS w
