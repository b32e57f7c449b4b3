-- name: named
SELECT r.rolname, CASE WHEN d.classid = 'pg_default_acl'::regclass THEN 'a'
  ELSE d.deptype::text END, d.classid = 'pg_default_acl'::regclass AND d.deptype = 'o' AS acts_for,
  count(*), (array_agg(pg_describe_object(d.classid, d.objid, d.objsubid) ORDER BY d.classid, d.objid))[1]
FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND d.refclassid = 'pg_authid'::regclass
  AND d.deptype::text = ANY(%(kinds)s)
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = d.classid AND x.objid = d.objid AND x.deptype = 'e')
  AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = ANY(%(hidden)s) AND n.oid = CASE d.classid
    WHEN 'pg_namespace'::regclass THEN d.objid WHEN 'pg_class'::regclass
      THEN (SELECT relnamespace FROM pg_class WHERE oid = d.objid)
    WHEN 'pg_proc'::regclass THEN (SELECT pronamespace FROM pg_proc WHERE oid = d.objid) WHEN 'pg_type'::regclass
      THEN (SELECT typnamespace FROM pg_type WHERE oid = d.objid)
    WHEN 'pg_policy'::regclass THEN (SELECT c.relnamespace FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
      WHERE p.oid = d.objid) END)
GROUP BY 1, 2, 3
UNION ALL SELECT rolname, 'o', false, 1, 'an object' FROM pg_roles WHERE oid = 10 AND 'o' = ANY(%(kinds)s)
  AND EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relowner = 10
    AND n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)
    AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid
      AND x.deptype = 'e'))
ORDER BY 1, 2
