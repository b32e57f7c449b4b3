-- name: keys
SELECT con.conname, n.nspname, c.relname, c.relkind::text, c.reltuples, rn.nspname, r.relname, r.relkind::text,
  con.confmatchtype::text, coalesce((to_jsonb(con) ->> 'conperiod')::boolean, false),
  ARRAY(SELECT ARRAY[fa.attname::text, pa.attname::text, opn.nspname::text, o.oprname::text, cn.nspname::text,
    co.collname::text]
        FROM unnest(con.conkey, con.confkey, con.conpfeqop) WITH ORDINALITY AS k(fk, pk, op, at)
          JOIN pg_attribute fa ON fa.attrelid = con.conrelid AND fa.attnum = k.fk
        JOIN pg_attribute pa ON pa.attrelid = con.confrelid AND pa.attnum = k.pk JOIN pg_operator o ON o.oid = k.op
          JOIN pg_namespace opn ON opn.oid = o.oprnamespace
        LEFT JOIN pg_collation co ON co.oid = pa.attcollation LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
          ORDER BY k.at)
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class r ON r.oid = con.confrelid JOIN pg_namespace rn ON rn.oid = r.relnamespace
WHERE con.contype = 'f' AND con.conparentid = 0 AND (con.convalidated OR %(all)s)
  AND coalesce((to_jsonb(con) ->> 'conenforced')::boolean, true) AND n.nspname !~ '^pg_'
  AND n.nspname <> ALL(%(hidden)s)
ORDER BY n.nspname, c.relname, con.conname
