-- name: used
WITH trees AS (
  SELECT 'pg_attrdef'::regclass AS classid, oid, adbin::text AS tree FROM pg_attrdef
  UNION ALL SELECT 'pg_constraint'::regclass, oid, conbin::text FROM pg_constraint WHERE conbin IS NOT NULL
  UNION ALL SELECT 'pg_class'::regclass, indexrelid, concat(indexprs, indpred) FROM pg_index WHERE indexprs IS NOT NULL
    OR indpred IS NOT NULL
  UNION ALL SELECT 'pg_class'::regclass, ev_class, ev_action::text FROM pg_rewrite
  UNION ALL SELECT 'pg_policy'::regclass, oid, concat(polqual, polwithcheck) FROM pg_policy
  UNION ALL SELECT 'pg_trigger'::regclass, oid, tgqual::text FROM pg_trigger WHERE tgqual IS NOT NULL
)
SELECT 'function', p.oid::regprocedure::text, count(DISTINCT (t.classid, t.oid)),
  min(pg_describe_object(t.classid, t.oid, 0))
FROM trees t, regexp_matches(t.tree, ':(?:funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') AS m
  JOIN pg_proc p ON p.oid = m[1]::oid
WHERE t.oid >= 16384 AND p.oid < 16384 GROUP BY 2
UNION ALL
SELECT 'type', y.typname, count(*), min(pg_describe_object('pg_class'::regclass, a.attrelid, a.attnum))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type y ON y.oid = a.atttypid
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'f', 'c', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
  AND y.oid < 16384 GROUP BY 2

-- name: collations
SELECT 'collation', co.collname, count(*), min(pg_describe_object('pg_class'::regclass, a.attrelid, a.attnum))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_collation co ON co.oid = a.attcollation
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'i', 'I') AND NOT a.attisdropped AND n.nspname !~ '^pg_'
  AND n.nspname <> ALL(%(hidden)s)
  AND co.collnamespace = 'pg_catalog'::regnamespace AND co.collprovider <> 'd' GROUP BY 2
