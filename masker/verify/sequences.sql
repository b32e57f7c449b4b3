-- name: owned
SELECT sn.nspname, s.relname, tn.nspname, t.relname, a.attname, q.seqincrement, row_security_active(t.oid)
FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace sn ON sn.oid = s.relnamespace
JOIN pg_sequence q ON q.seqrelid = s.oid JOIN pg_class t ON t.oid = d.refobjid
  JOIN pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
JOIN pg_type y ON y.oid = a.atttypid
WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  AND tn.nspname !~ '^(pg_|masker_(next|old)_[0-9]+$)' AND tn.nspname <> 'masker' AND y.typcategory = 'N'
  AND s.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = s.oid
    AND x.deptype = 'e')
ORDER BY 1, 2
