-- name: references
SELECT d.classid::regclass::text AS catalog, d.objid::int8 AS object, d.objsubid AS part, c.oid::int8 AS relation,
  d.refobjsubid AS number, d.deptype::text AS kind
FROM pg_depend d JOIN pg_class c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid
  JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND d.deptype <> 'e' AND {visible}
UNION ALL
SELECT d.classid::regclass::text, d.objid::int8, d.objsubid, c.oid::int8, -1, d.deptype::text
FROM pg_depend d JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid
  JOIN pg_class c ON c.reltype IN (t.oid, t.typelem) AND c.reltype <> 0
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND d.deptype NOT IN ('e', 'i') AND {visible}

-- name: relations
SELECT c.oid::int8, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.reloptions AS options,
  c.relispopulated AS is_populated, c.reloftype <> 0 AS is_typed,
       c.relrowsecurity AND c.relforcerowsecurity AS forces_row_security,
       pg_get_userbyid(c.relowner) AS owner, pg_has_role(c.relowner, 'USAGE') AS is_ours,
         c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) AS is_own,
         obj_description(c.oid, 'pg_class') AS comment,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS definition, c.relacl IS NOT NULL AS has_acl,
       CASE WHEN c.relkind = 'm' THEN (SELECT amname FROM pg_am WHERE oid = c.relam) END AS method,
         (SELECT spcname FROM pg_tablespace WHERE oid = c.reltablespace) AS tablespace,
       (SELECT e.extname FROM pg_depend x JOIN pg_extension e ON e.oid = x.refobjid
         WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e') AS extension
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {visible}

-- name: columns
SELECT a.attrelid::int8 AS relation, a.attname AS name, a.attnum::int AS number, a.attgenerated <> '' AS is_generated,
       CASE WHEN a.attstorage <> t.typstorage THEN CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
         WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END AS storage,
       {compression} AS compression,
       CASE WHEN a.attcollation <> t.typcollation
         THEN (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname) FROM pg_collation co
         JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END AS collation,
       col_description(a.attrelid, a.attnum) AS comment, a.attoptions AS options,
         nullif(a.attstattarget, -1)::int AS statistics, pg_get_expr(d.adbin, d.adrelid) AS default_value
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND {visible}

-- name: grants
SELECT c.oid::int8 AS relation, NULL::text AS column, coalesce(r.rolname, '') AS grantee, a.privilege_type AS privilege,
  a.is_grantable
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
  aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relkind IN ('v', 'm') AND {visible}
UNION ALL
SELECT c.oid::int8, t.attname, coalesce(r.rolname, ''), a.privilege_type, a.is_grantable
FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(t.attacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relkind IN ('v', 'm') AND t.attnum > 0 AND NOT t.attisdropped AND {visible}
ORDER BY 1, 2, 3, 4

-- name: default_grantees
SELECT DISTINCT coalesce(r.rolname, '') FROM pg_default_acl d, aclexplode(d.defaclacl) a LEFT
  JOIN pg_roles r ON r.oid = a.grantee WHERE d.defaclobjtype = 'r' ORDER BY 1

-- name: rules
SELECT r.oid::int8, r.ev_class::int8 AS relation, r.rulename AS name, pg_get_ruledef(r.oid) AS definition,
  r.ev_enabled::text AS enabled, r.ev_type::text AS event, obj_description(r.oid, 'pg_rewrite') AS comment
FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {visible}

-- name: triggers
SELECT t.oid::int8, t.tgrelid::int8 AS relation, t.tgname AS name, t.tgparentid::int8 AS parent, t.tgisinternal
  AND t.tgparentid = 0 AS is_internal, t.tgconstraint <> 0 AND t.tgisinternal AS is_key,
       CASE WHEN t.tgisinternal THEN '' ELSE pg_get_triggerdef(t.oid) END AS definition, t.tgenabled::text AS enabled,
         obj_description(t.oid, 'pg_trigger') AS comment
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {visible}
  ORDER BY t.oid

-- name: policies
SELECT p.oid::int8, p.polrelid::int8 AS relation, p.polname AS name, p.polpermissive AS is_permissive,
  p.polcmd::text AS command,
       ARRAY(SELECT CASE WHEN o = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(o)) END FROM unnest(p.polroles) o
         ORDER BY 1) AS roles,
       pg_get_expr(p.polqual, p.polrelid) AS qualifier, pg_get_expr(p.polwithcheck, p.polrelid) AS checked,
         obj_description(p.oid, 'pg_policy') AS comment
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {visible}

-- name: published
SELECT r.oid::int8, r.prrelid::int8 AS relation, p.pubname AS publication, pg_has_role(p.pubowner, 'USAGE') AS is_ours,
  {filter} AS filter, {columns} AS columns
FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid JOIN pg_class c ON c.oid = r.prrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {visible}

-- name: indexes
SELECT i.indrelid::int8 AS relation, n.nspname AS schema, x.relname AS name,
  pg_get_indexdef(i.indexrelid) AS definition, obj_description(i.indexrelid, 'pg_class') AS comment,
  i.indisclustered AS is_clustered,
       ARRAY(SELECT ARRAY[s.attnum::int, s.attstattarget::int] FROM pg_attribute s WHERE s.attrelid = i.indexrelid
         AND s.attstattarget >= 0 ORDER BY s.attnum) AS statistics
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND {visible} ORDER BY x.oid

-- name: statistics
SELECT e.stxrelid::int8 AS relation, sn.nspname AS schema, e.stxname AS name,
  pg_get_statisticsobjdef(e.oid) AS definition, e.stxstattarget::int AS target,
  obj_description(e.oid, 'pg_statistic_ext') AS comment
FROM pg_statistic_ext e JOIN pg_namespace sn ON sn.oid = e.stxnamespace JOIN pg_class c ON c.oid = e.stxrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND {visible} ORDER BY e.oid

-- name: generated
SELECT ad.oid::int8, ad.adrelid::int8 AS relation, ad.adnum::int AS number FROM pg_attrdef ad
  JOIN pg_attribute a ON a.attrelid = ad.adrelid AND a.attnum = ad.adnum WHERE a.attgenerated <> ''

-- name: key_comments
SELECT n.nspname AS schema, c.relname AS name, con.conname AS constraint, d.description AS comment
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_description d ON d.classoid = 'pg_constraint'::regclass AND d.objoid = con.oid WHERE con.contype = 'f'
  AND {visible}

-- name: resting_keys
WITH RECURSIVE above AS (
  SELECT con.oid, con.conparentid FROM pg_constraint con WHERE con.contype = 'f' AND EXISTS (SELECT FROM pg_trigger t
    WHERE t.tgconstraint = con.oid AND t.tgisinternal AND t.tgenabled <> 'O')
  UNION SELECT con.oid, con.conparentid FROM above JOIN pg_constraint con ON con.oid = above.conparentid
)
SELECT n.nspname AS schema, c.relname AS name, con.conname AS constraint
FROM above JOIN pg_constraint con ON con.oid = above.oid AND con.conparentid = 0
  JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {visible}
