-- name: left
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'masker' AND c.relkind IN ('r', 'v', 'm', 'S', 'f') AND c.relname NOT IN ('run', 'described')
  OR c.relname LIKE '\_masker\_%'
UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE slot_name LIKE 'masker%'
UNION ALL SELECT 'function ' || p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = 'masker'
