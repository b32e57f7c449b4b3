-- name: indexes
SELECT n.nspname AS schema, t.relname AS name, xn.nspname AS index_schema, x.relname AS index, m.amname AS method,
  t.reltuples::float8 AS rows, pg_get_expr(i.indpred, i.indrelid) AS predicate,
  (SELECT array_agg(ARRAY[pg_get_indexdef(i.indexrelid, k.at::int, false),
    (SELECT format('%%I.%%I', cn.nspname, c.collname) FROM pg_collation c
    JOIN pg_namespace cn ON cn.oid = c.collnamespace WHERE c.oid = i.indcollation[k.at - 1]),
     f.operator, f.is_query::text] ORDER BY k.at)
   FROM generate_series(1, i.indnkeyatts) AS k(at) JOIN pg_opclass oc ON oc.oid = i.indclass[k.at - 1]
   LEFT JOIN LATERAL (SELECT format('OPERATOR(%%I.%%s)', pn.nspname, p.oprname) AS operator,
     p.oprname = '@@' AS is_query FROM pg_amop o JOIN pg_operator p ON p.oid = o.amopopr
     JOIN pg_namespace pn ON pn.oid = p.oprnamespace
     WHERE o.amopfamily = oc.opcfamily AND o.amoppurpose = 's' AND o.amoplefttype = oc.opcintype
       AND (o.amoprighttype = oc.opcintype AND p.oprname = ANY(%(operators)s) OR o.amoprighttype = 'tsquery'::regtype
         AND p.oprname = '@@')
     ORDER BY array_position(%(operators)s, p.oprname::text) LIMIT 1) f ON true) AS keys
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace xn ON xn.oid = x.relnamespace
  JOIN pg_am m ON m.oid = x.relam
JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL) AND i.indisvalid AND x.relkind = 'i' AND t.relkind IN ('r', 'm')
  AND (t.relkind = 'r' OR t.relispopulated) AND t.relpersistence <> 't' AND n.nspname !~ '^pg_'
  AND n.nspname <> ALL(%(hidden)s)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = t.oid
    AND d.deptype = 'e')
ORDER BY t.reltuples DESC, 1, 2, 4
