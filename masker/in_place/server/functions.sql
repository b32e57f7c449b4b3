-- name: run
WITH RECURSIVE within AS (
  SELECT t.oid AS type, t.oid AS part FROM pg_type t WHERE t.oid >= 16384
  UNION
  SELECT w.type, x.part FROM within w JOIN pg_type t ON t.oid = w.part
  CROSS JOIN LATERAL (SELECT t.typbasetype WHERE t.typtype = 'd' UNION ALL SELECT t.typelem WHERE t.typelem <> 0
    UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid
                      UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid
                        AND a.attnum > 0 AND NOT a.attisdropped) AS x(part)
), trees AS (
  SELECT k.conrelid AS relation, k.conbin::text AS tree FROM pg_constraint k WHERE k.contype = 'c' AND k.conrelid <> 0
  UNION ALL SELECT i.indrelid, concat(i.indexprs::text, i.indpred::text) FROM pg_index i
  UNION ALL SELECT p.partrelid, p.partexprs::text FROM pg_partitioned_table p
  UNION ALL SELECT d.adrelid, d.adbin::text FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid
    AND a.attnum = d.adnum WHERE a.attgenerated <> ''
  UNION ALL SELECT a.attrelid, k.conbin::text FROM pg_attribute a JOIN within w ON w.type = a.atttypid
    JOIN pg_constraint k ON k.contypid = w.part WHERE a.attnum > 0 AND NOT a.attisdropped
)
SELECT DISTINCT n.nspname, c.relname, p.oid::regprocedure::text AS title, pg_get_userbyid(p.proowner) AS owner
FROM trees t JOIN pg_class c ON c.oid = t.relation JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT DISTINCT m[1]::oid AS oid
  FROM regexp_matches(t.tree, ':(?:funcid|opfuncid) (\d+)', 'g') AS m) AS called JOIN pg_proc p ON p.oid = called.oid
WHERE p.oid >= 16384 AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.deptype = 'e')
ORDER BY 1, 2, 3
