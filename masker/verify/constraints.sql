-- name: kept
SELECT n.nspname, c.relname, greatest(c.reltuples, 60.0 * c.relpages)::float8,
  ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attnotnull AND NOT EXISTS (
    SELECT FROM pg_constraint nn WHERE nn.conrelid = c.oid AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum]
      AND NOT nn.convalidated) ORDER BY a.attnum),
  ARRAY(SELECT ARRAY[k.conname::text, pg_get_expr(k.conbin, k.conrelid)] FROM pg_constraint k
        WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.convalidated
          AND coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true)
          AND pg_get_expr(k.conbin, k.conrelid) !~* %(by_the_time)s ORDER BY k.conname),
  ARRAY(SELECT json_build_array(x.relname, ARRAY(SELECT pg_get_indexdef(i.indexrelid, at, false)
    FROM generate_series(1, i.indnkeyatts) AS at), pg_get_expr(i.indpred, i.indrelid),
               coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false))
        FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid AND i.indisunique
          AND i.indisvalid AND i.indisready ORDER BY x.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
    AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
