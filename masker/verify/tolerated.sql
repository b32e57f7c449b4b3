-- name: indexes
SELECT n.nspname, t.relname, c.relname, i.indisunique,
       ARRAY(SELECT '(' || pg_get_indexdef(i.indexrelid, k, false) || ')'
         || coalesce((SELECT format(' COLLATE %%I.%%I', cn.nspname, co.collname) FROM pg_collation co
             JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = i.indcollation[k - 1]), '')
               FROM generate_series(1, i.indnkeyatts) AS k),
       pg_get_expr(i.indpred, i.indrelid), coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE i.indisvalid AND i.indisready AND NOT i.indisexclusion AND t.relkind = 'r'
  AND (n.nspname, t.relname) IN (SELECT * FROM unnest(%(schemas)s::text[], %(tables)s::text[]))
ORDER BY 1, 2, 3

-- name: check
SELECT pg_get_expr(k.conbin, k.conrelid) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'c' AND n.nspname = %s AND c.relname = %s AND k.conname = %s
