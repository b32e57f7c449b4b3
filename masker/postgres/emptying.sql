-- name: surviving
SELECT nspname FROM pg_namespace n WHERE nspname ~ '^pg_' OR nspname = 'public' OR nspname = ANY(%(kept)s)
  OR EXISTS (SELECT FROM pg_extension e WHERE e.extnamespace = n.oid)
  OR EXISTS (SELECT FROM pg_event_trigger t JOIN pg_proc p ON p.oid = t.evtfoid WHERE p.pronamespace = n.oid
    AND NOT pg_has_role(t.evtowner, 'USAGE'))

-- name: empty
WITH me AS (SELECT rolsuper AS is_superuser FROM pg_roles WHERE rolname = current_user),
namespaces AS (SELECT oid, nspname, nspowner FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> ALL(%(kept)s))
SELECT format('DROP %%s IF EXISTS %%s CASCADE', CASE classid WHEN 'pg_proc'::regclass THEN 'routine'
  ELSE replace(o.type, '-', ' ') END, o.identity),
  o.type || ' ' || o.identity, pg_has_role(owner.oid, 'USAGE')
    OR coalesce(pg_has_role(n.nspowner, 'USAGE'), false), owner.oid::regrole::text
FROM (
  SELECT 1 AS place, 'pg_event_trigger'::regclass AS classid, oid FROM pg_event_trigger
    WHERE pg_has_role(evtowner, 'USAGE')
  UNION ALL SELECT 2, 'pg_publication'::regclass, oid FROM pg_publication
  UNION ALL SELECT 3, 'pg_namespace'::regclass, oid FROM namespaces WHERE nspname <> ALL(%(surviving)s)
  UNION ALL {in_namespaces}
  UNION ALL SELECT 14, 'pg_foreign_server'::regclass, oid FROM pg_foreign_server WHERE pg_has_role(srvowner, 'USAGE')
  UNION ALL SELECT 15, 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper
    WHERE pg_has_role(fdwowner, 'USAGE')
  UNION ALL SELECT 16, 'pg_cast'::regclass, pg_cast.oid FROM pg_cast, me WHERE is_superuser
  UNION ALL SELECT 17, 'pg_am'::regclass, pg_am.oid FROM pg_am, me WHERE is_superuser
) found CROSS JOIN LATERAL pg_identify_object(classid, found.oid, 0) AS o
-- Of what belongs to the role that made the cluster nobody keeps whose it is.
CROSS JOIN LATERAL (SELECT coalesce((SELECT x.refobjid FROM pg_shdepend x
  WHERE x.dbid = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
  AND x.classid = found.classid AND x.objid = found.oid AND x.objsubid = 0 AND x.deptype = 'o'), 10::oid) AS oid) AS
    owner
LEFT JOIN namespaces n ON quote_ident(n.nspname) = o.schema
WHERE found.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = found.classid AND d.objid = found.oid
  AND d.deptype = 'e')
ORDER BY place, o.identity

-- name: tables
SELECT format('DROP TABLE IF EXISTS %%s CASCADE', string_agg(identity, ', '))
FROM (
  SELECT format('%%I.%%I', n.nspname, c.relname) AS identity, i.is_above,
    row_number() OVER (PARTITION BY i.is_above ORDER BY c.oid) / %(at_once)s AS turn
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
    LATERAL (SELECT EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid) AS is_above) i
  WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(kept)s)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
      AND d.deptype = 'e')
) AS found GROUP BY is_above, turn ORDER BY is_above, turn
