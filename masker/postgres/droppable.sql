-- name: in_namespaces
SELECT CASE WHEN relkind IN ('v', 'm') THEN 4 ELSE 5 END AS place,
  'pg_class'::regclass AS classid, oid FROM pg_class c
  WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND NOT relispartition
  AND relnamespace IN (SELECT oid FROM namespaces)
  AND NOT (relkind = 'S' AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
    AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
UNION ALL SELECT 6, 'pg_proc'::regclass, oid FROM pg_proc p WHERE pronamespace IN (SELECT oid FROM namespaces)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
    AND d.deptype = 'i')
  AND NOT EXISTS (SELECT FROM pg_event_trigger t WHERE t.evtfoid = p.oid AND NOT pg_has_role(t.evtowner, 'USAGE'))
UNION ALL SELECT 7, 'pg_type'::regclass, t.oid FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE typtype IN ('d', 'e', 'c', 'r') AND (typtype <> 'c' OR c.relkind = 'c')
    AND typnamespace IN (SELECT oid FROM namespaces)
UNION ALL SELECT 8, 'pg_operator'::regclass, oid FROM pg_operator WHERE oprnamespace IN (SELECT oid FROM namespaces)
UNION ALL SELECT 9, 'pg_opfamily'::regclass, oid FROM pg_opfamily WHERE opfnamespace IN (SELECT oid FROM namespaces)
UNION ALL SELECT 10, 'pg_ts_config'::regclass, oid FROM pg_ts_config WHERE cfgnamespace IN (SELECT oid FROM namespaces)
UNION ALL SELECT 11, 'pg_ts_dict'::regclass, oid FROM pg_ts_dict WHERE dictnamespace IN (SELECT oid FROM namespaces)
UNION ALL SELECT 12, 'pg_collation'::regclass, oid FROM pg_collation
  WHERE collnamespace IN (SELECT oid FROM namespaces)
UNION ALL SELECT 13, 'pg_conversion'::regclass, oid FROM pg_conversion
  WHERE connamespace IN (SELECT oid FROM namespaces)
