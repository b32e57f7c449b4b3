-- name: views
WITH RECURSIVE reads AS (
  SELECT c.oid AS view, c.oid AS read, c.relkind AS kind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'm' AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)
    AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid
    AND x.deptype = 'e')
  UNION
  SELECT r.view, c.oid, c.relkind FROM reads r JOIN pg_rewrite w ON w.ev_class = r.read
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class c ON c.oid = d.refobjid
  WHERE r.read = r.view OR r.kind = 'v'
), trees AS (
  SELECT r.view, w.ev_action::text AS tree FROM reads r JOIN pg_rewrite w ON w.ev_class = r.read
    AND w.rulename = '_RETURN' WHERE r.read = r.view OR r.kind = 'v'
), calls AS (
  SELECT view, f[1]::oid AS function FROM trees CROSS
    JOIN LATERAL regexp_matches(tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') AS f
  UNION
  SELECT view, o.oprcode FROM trees CROSS JOIN LATERAL regexp_matches(tree, ':opno (\d+)', 'g') AS f
    JOIN pg_operator o ON o.oid = f[1]::oid
)
SELECT n.nspname, c.relname, c.relispopulated, pg_get_viewdef(c.oid),
  ARRAY(SELECT ARRAY[a.attname::text, b.typname::text] FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT
    JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum),
  CASE WHEN EXISTS (SELECT FROM reads r WHERE r.view = c.oid AND r.kind = 'f') THEN 'it reads from another server'
       WHEN EXISTS (SELECT FROM calls f JOIN pg_proc p ON p.oid = f.function WHERE f.view = c.oid
         AND p.provolatile <> 'i'
         AND NOT (p.oid < 16384 AND p.provolatile = 's'
           AND (p.proname = ANY(%(by_settings)s) OR p.proname ~ %(compared_by_settings)s)))
           THEN 'its query calls functions whose result may change'
       WHEN EXISTS (SELECT FROM trees t WHERE t.view = c.oid
         AND t.tree ~ '\{(SQLVALUEFUNCTION|NEXTVALUEEXPR|TABLESAMPLECLAUSE|XMLEXPR|JSON[A-Z]*) ')
         THEN 'its query depends on the time'
       WHEN EXISTS (SELECT FROM trees t WHERE t.view = c.oid
         AND t.tree ~ ':(hasWindowFuncs true|hasDistinctOn true|limitCount \{|limitOffset \{)')
         OR EXISTS (SELECT FROM calls f JOIN pg_proc p ON p.oid = f.function WHERE f.view = c.oid
           AND p.prokind IN ('a', 'w')
                    AND NOT (p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY(%(orderless)s)
                      AND (p.proname IN ('count', 'min', 'max')
                      OR NOT p.proargtypes[0] = ANY(ARRAY['float4', 'float8']::regtype[]))))
         THEN 'its query depends on the order of rows' END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid IN (SELECT view FROM reads) ORDER BY 1, 2
