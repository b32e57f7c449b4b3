-- name: checks
SELECT con.conrelid::int8, con.conname FROM pg_constraint con WHERE con.contype = 'c' AND con.convalidated
  AND con.conrelid = ANY(%(tables)s::oid[])
  AND con.conbin::text !~ '\{(SQLVALUEFUNCTION|NEXTVALUEEXPR|COERCEVIAIO|XMLEXPR|JSON[A-Z]*) '
  AND NOT EXISTS (SELECT FROM regexp_matches(con.conbin::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS m LEFT
    JOIN pg_proc p ON p.oid = m[1]::oid
                  WHERE m[1]::int8 >= 16384 OR p.provolatile IS DISTINCT FROM 'i')

-- name: unique
SELECT n.nspname, t.relname, c.relname, ARRAY(SELECT pg_get_indexdef(i.indexrelid, k, false)
  FROM generate_series(1, i.indnkeyatts) AS k), pg_get_expr(i.indpred, i.indrelid),
       coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE i.indisunique AND i.indisvalid AND i.indisready AND t.relkind = 'r' AND t.oid = ANY(%(tables)s::oid[])
  -- What is one value to the index has to be one to GROUP BY.
  AND NOT EXISTS (SELECT FROM generate_subscripts(i.indkey, 1) AS k JOIN pg_attribute a ON a.attrelid = t.oid
    AND a.attnum = i.indkey[k] WHERE a.attcollation <> i.indcollation[k] AND i.indcollation[k] <> 0)
  AND NOT EXISTS (SELECT FROM regexp_matches(concat(i.indexprs, i.indpred), ':(?:funcid|opfuncid) (\d+)', 'g') AS m
    WHERE m[1]::int8 >= 16384)
ORDER BY 1, 2, 3
