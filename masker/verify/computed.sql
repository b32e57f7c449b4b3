-- name: columns
SELECT n.nspname, c.relname, c.reltuples::float8,
  array_agg(ARRAY[a.attname::text, pg_get_expr(d.adbin, d.adrelid), format_type(a.atttypid, a.atttypmod)]
  ORDER BY a.attnum)
FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attgenerated = 's' AND c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
  AND n.nspname <> ALL(%(hidden)s)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid
    AND x.deptype = 'e')
GROUP BY n.nspname, c.relname, c.reltuples ORDER BY 1, 2
