-- name: called
ARRAY(SELECT DISTINCT m[1]::int8 FROM regexp_matches({tree}::text,
  ':(?:funcid|opfuncid|aggfnoid|winfnoid|tsmhandler) (\d+)', 'g') AS m
UNION SELECT o.oprcode::int8 FROM regexp_matches({tree}::text, ':opno (\d+)', 'g') AS m
  JOIN pg_operator o ON o.oid = m[1]::int8 WHERE o.oid >= 16384)

-- name: functions
SELECT p.oid::int8, p.oid::regprocedure::text AS title, p.proname AS name, l.lanname AS language,
  p.provolatile = 'i' AS is_immutable, coalesce(p.prosrc, '') AS body,
       {parsed} IS NOT NULL AS is_parsed, {called} AS uses, {relations} <> '{}' AS reads,
       EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.deptype = 'e') AS
         is_of_extension,
       ARRAY(SELECT o.oprname::text FROM pg_operator o WHERE o.oprcode = p.oid) AS operators
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.oid >= 16384 AND p.prokind IN ('f', 'w')

-- name: aggregates
SELECT p.oid::int8, p.oid::regprocedure::text AS title, p.proname AS name, 'sql' AS language,
  p.provolatile = 'i' AS is_immutable, '' AS body, true AS is_parsed,
       ARRAY[a.aggtransfn::int8, a.aggfinalfn::int8, a.aggcombinefn::int8, a.aggserialfn::int8, a.aggdeserialfn::int8,
         a.aggmtransfn::int8, a.aggminvtransfn::int8, a.aggmfinalfn::int8] AS uses,
       false AS reads, false AS is_of_extension, ARRAY[]::text[] AS operators
FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid WHERE p.oid >= 16384

-- name: views
SELECT c.oid::int8, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.relispopulated AS is_populated,
  coalesce(pg_table_size(c.oid), 0) AS bytes,
       {called} AS called, {relations} AS relations
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE r.rulename = '_RETURN' AND c.relkind IN ('v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)

-- name: names
SELECT c.oid::int8, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')

-- name: generated
SELECT n.nspname AS schema, c.relname AS name, a.attname AS column, {called} AS called,
       ARRAY(SELECT b.attname::text FROM pg_attribute b WHERE b.attrelid = c.oid AND b.attgenerated = ''
         AND b.attnum IN (
         SELECT m[1]::int FROM regexp_matches(d.adbin::text, ':varattno (\d+)', 'g') AS m) ORDER BY b.attnum) AS base
FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attgenerated = 's' AND c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_'
  AND n.nspname <> ALL(%(hidden)s) ORDER BY n.nspname, c.relname, a.attnum

-- name: indexes
SELECT n.nspname AS schema, c.relname AS name, xn.nspname AS index_schema, x.relname AS index_name, {called} AS called
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace xn ON xn.oid = x.relnamespace
WHERE (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL) AND x.relkind = 'i' AND c.relpersistence <> 't'
  AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s) ORDER BY 1, 2, 3, 4

-- name: statistics
SELECT n.nspname AS schema, c.relname AS name, NULL::text AS index_schema, NULL::text AS index_name, {called} AS called
FROM pg_statistic_ext e JOIN pg_class c ON c.oid = e.stxrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE e.stxexprs IS NOT NULL AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s) ORDER BY 1, 2
