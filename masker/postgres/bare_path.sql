-- name: defined
WITH found AS (
  SELECT 'column' AS kind, a.attrelid AS relation, a.attname::text AS name,
    pg_get_expr(d.adbin, d.adrelid) AS expression, d.adbin::text AS tree
  FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attgenerated <> ''
  UNION ALL SELECT 'check', conrelid, conname::text, pg_get_expr(conbin, conrelid), conbin::text FROM pg_constraint
    WHERE contype = 'c' AND conrelid <> 0
  UNION ALL SELECT 'column', a.attrelid, a.attname::text,
    format('%%I::%%s::%%s', a.attname, format_type(t.typbasetype, t.typtypmod), format_type(t.oid, -1)), k.conbin::text
  FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_attribute a ON a.atttypid = t.oid WHERE a.attnum > 0
    AND NOT a.attisdropped
  UNION ALL SELECT 'index', i.indrelid, c.relname::text,
    concat_ws(', ', pg_get_expr(i.indexprs, i.indrelid), pg_get_expr(i.indpred, i.indrelid)),
    concat(i.indexprs, i.indpred)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
  {statistics}
  UNION ALL SELECT 'partition key', p.partrelid, '', pg_get_expr(p.partexprs, p.partrelid), p.partexprs::text
    FROM pg_partitioned_table p WHERE p.partexprs IS NOT NULL
  UNION ALL SELECT 'view', r.ev_class, '', rtrim(pg_get_viewdef(r.ev_class), ';'), r.ev_action::text FROM pg_rewrite r
    JOIN pg_class c ON c.oid = r.ev_class WHERE c.relkind = 'm'
)
SELECT f.kind, n.nspname AS schema, c.relname AS relation, c.relkind::text AS relkind, f.name, f.expression,
  l.schema AS leaf_schema, l.name AS leaf,
  (SELECT array_agg(ARRAY[p.oid::regprocedure::text, coalesce(x.extname, ''),
    (EXISTS (SELECT FROM unnest(p.proconfig) AS s WHERE s LIKE 'search\_path=%%'))::text] ORDER BY p.oid)
   FROM pg_proc p LEFT JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e' LEFT
     JOIN pg_extension x ON x.oid = d.refobjid
   WHERE p.oid IN (SELECT m[1]::oid FROM regexp_matches(f.tree, ':(?:funcid|opfuncid) (\d+)', 'g') AS m
     WHERE m[1]::int8 >= 16384)) AS functions
FROM found f JOIN pg_class c ON c.oid = f.relation JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (SELECT ln.nspname AS schema, lc.relname AS name FROM pg_partition_tree(c.oid) t
  JOIN pg_class lc ON lc.oid = t.relid JOIN pg_namespace ln ON ln.oid = lc.relnamespace
  WHERE t.isleaf AND lc.relkind = 'r' ORDER BY lc.reltuples DESC, lc.oid LIMIT 1) l ON c.relkind = 'p'
WHERE c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)
  AND EXISTS (SELECT FROM regexp_matches(f.tree, ':(?:funcid|opfuncid) (\d+)', 'g') AS m WHERE m[1]::int8 >= 16384)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid
    AND x.deptype = 'e')
  AND CASE WHEN c.relkind = 'm' THEN true ELSE has_table_privilege(c.oid, 'SELECT') END
    AND (c.relkind IN ('r', 'm') OR c.relkind = 'p' AND f.kind = 'partition key')
ORDER BY 2, 3, 1, 5

-- name: statistics
UNION ALL SELECT 'statistics', s.stxrelid, s.stxname::text, pg_get_expr(s.stxexprs, s.stxrelid), s.stxexprs::text
  FROM pg_statistic_ext s WHERE s.stxexprs IS NOT NULL
