-- name: owned
SELECT 'schema' AS kind, format('%%I', n.nspname) AS identity, n.nspowner AS owner, n.nspacl AS acl, 'n' AS type,
  'pg_namespace'::regclass AS classid, n.oid FROM pg_namespace n WHERE {visible}
UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'sequence'
  ELSE 'relation' END, format('%%I.%%I', n.nspname, c.relname), c.relowner, c.relacl, CASE c.relkind WHEN 'S' THEN 's'
  ELSE 'r' END, 'pg_class'::regclass, c.oid
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
    AND c.relpersistence <> 't' AND {visible}
UNION ALL SELECT 'column', format('%%I.%%I.%%I', n.nspname, c.relname, a.attname), c.relowner, a.attacl, 'c',
  'pg_class'::regclass, c.oid
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND {visible}
UNION ALL SELECT 'function', format('%%I.%%I(%%s)', n.nspname, p.proname,
  regexp_replace(pg_get_function_identity_arguments(p.oid), '(^|, )IN ', '\1', 'g')), p.proowner, p.proacl, 'f',
  'pg_proc'::regclass, p.oid
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {visible}
UNION ALL SELECT 'type', format('%%I.%%I', n.nspname, t.typname), t.typowner, t.typacl, 'T', 'pg_type'::regclass, t.oid
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE (t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c' OR t.typtype = 'b'
    AND NOT (t.typelem <> 0 AND t.typcategory = 'A')) AND {visible}
UNION ALL SELECT 'language', l.lanname, l.lanowner, l.lanacl, 'l', 'pg_language'::regclass, l.oid FROM pg_language l
  WHERE l.lanpltrusted
UNION ALL SELECT 'foreign-data wrapper', w.fdwname, w.fdwowner, w.fdwacl, 'F', 'pg_foreign_data_wrapper'::regclass,
  w.oid FROM pg_foreign_data_wrapper w
UNION ALL SELECT 'server', s.srvname, s.srvowner, s.srvacl, 'S', 'pg_foreign_server'::regclass, s.oid
  FROM pg_foreign_server s
UNION ALL SELECT 'operator', o.oid::regoperator::text, o.oprowner, NULL, NULL, 'pg_operator'::regclass, o.oid
  FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE o.oprcode <> 0 AND {visible}
UNION ALL SELECT 'operator class', format('%%I.%%I using %%I', n.nspname, o.opcname, a.amname), o.opcowner, NULL, NULL,
  'pg_opclass'::regclass, o.oid FROM pg_opclass o JOIN pg_am a ON a.oid = o.opcmethod
  JOIN pg_namespace n ON n.oid = o.opcnamespace WHERE {visible}
UNION ALL SELECT 'operator family', format('%%I.%%I using %%I', n.nspname, f.opfname, a.amname), f.opfowner, NULL, NULL,
  'pg_opfamily'::regclass, f.oid FROM pg_opfamily f JOIN pg_am a ON a.oid = f.opfmethod
  JOIN pg_namespace n ON n.oid = f.opfnamespace WHERE {visible}
UNION ALL SELECT 'collation', format('%%I.%%I', n.nspname, c.collname), c.collowner, NULL, NULL,
  'pg_collation'::regclass, c.oid FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace WHERE {visible}
UNION ALL SELECT 'conversion', format('%%I.%%I', n.nspname, c.conname), c.conowner, NULL, NULL,
  'pg_conversion'::regclass, c.oid FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace WHERE {visible}
UNION ALL SELECT 'text search configuration', format('%%I.%%I', n.nspname, c.cfgname), c.cfgowner, NULL, NULL,
  'pg_ts_config'::regclass, c.oid FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace WHERE {visible}
UNION ALL SELECT 'text search dictionary', format('%%I.%%I', n.nspname, d.dictname), d.dictowner, NULL, NULL,
  'pg_ts_dict'::regclass, d.oid FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace WHERE {visible}
UNION ALL SELECT 'statistics object', format('%%I.%%I', n.nspname, e.stxname), e.stxowner, NULL, NULL,
  'pg_statistic_ext'::regclass, e.oid FROM pg_statistic_ext e JOIN pg_namespace n ON n.oid = e.stxnamespace
  WHERE {visible}
UNION ALL SELECT 'event trigger', e.evtname, e.evtowner, NULL, NULL, 'pg_event_trigger'::regclass, e.oid
  FROM pg_event_trigger e
UNION ALL SELECT 'publication', p.pubname, p.pubowner, NULL, NULL, 'pg_publication'::regclass, p.oid
  FROM pg_publication p

-- name: grants
(SELECT string_agg(format('%%s=%%s%%s', CASE g.grantee WHEN 0 THEN 'PUBLIC' WHEN f.owner THEN '(owner)'
  ELSE g.grantee::regrole::text END, g.privilege_type, CASE WHEN g.is_grantable THEN '*' END), ','
  ORDER BY g.grantee = f.owner, g.grantee::regrole::text, g.privilege_type)
 FROM aclexplode(coalesce(f.acl, acldefault(f.type::"char", f.owner))) AS g
   WHERE (g.privilege_type <> 'MAINTAIN' OR %(same_major)s)
   AND (g.grantee = f.owner OR g.grantee = 0 OR g.grantee::regrole::text <> ALL(%(besides)s)))

-- name: privileges
WITH found AS ({owned})
SELECT 'owner', f.kind || ' ' || f.identity, f.owner::regrole::text FROM found f WHERE f.kind <> 'column' AND {chosen}
UNION ALL
SELECT 'privileges', f.kind || ' ' || f.identity, coalesce({grants}, '') FROM found f WHERE f.type IS NOT NULL
  AND {chosen}
UNION ALL
SELECT 'default privileges', concat_ws(' ', 'of', d.defaclrole::regrole, 'in '
  || nullif(d.defaclnamespace, 0)::regnamespace::text, CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S'
  THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas'
  ELSE d.defaclobjtype::text END),
  (SELECT string_agg(concat_ws('=', CASE g.grantee WHEN 0 THEN 'PUBLIC'
    ELSE g.grantee::regrole::text END, g.privilege_type, g.is_grantable), ','
    ORDER BY g.grantee::regrole::text, g.privilege_type) FROM aclexplode(d.defaclacl) g
    WHERE g.privilege_type <> 'MAINTAIN' OR %(same_major)s)
FROM pg_default_acl d WHERE NOT EXISTS (SELECT FROM pg_namespace n WHERE n.oid = d.defaclnamespace
  AND n.nspname ~ '^masker_(next|old)_[0-9]+$')

-- name: around
SELECT 'triggers of constraint', format('%%I.%%I.%%I', n.nspname, c.relname, con.conname),
  string_agg(DISTINCT t.tgenabled::text, '' ORDER BY t.tgenabled::text)
FROM pg_trigger t JOIN pg_constraint con ON con.oid = t.tgconstraint JOIN pg_class c ON c.oid = con.conrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE t.tgisinternal AND con.contype <> 't' AND {visible} GROUP BY n.nspname, c.relname, con.conname
UNION ALL SELECT 'version of extension', e.extname, e.extversion FROM pg_extension e
UNION ALL SELECT 'comment', 'extension ' || e.extname, encode(sha256(convert_to(d.description, %(encoding)s)), 'hex')
  FROM pg_extension e JOIN pg_description d ON d.classoid = 'pg_extension'::regclass AND d.objoid = e.oid
UNION ALL SELECT 'comments', 'on what the server and extensions bring', concat(count(*), ' ',
  sum(hashtextextended(concat_ws(' ', pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description),
    0)::numeric))
  FROM pg_description d WHERE d.classoid <> ALL(ARRAY['pg_extension', 'pg_namespace']::regclass[])
    AND (d.objoid < 16384 OR EXISTS (SELECT FROM pg_depend x
    WHERE x.classid = d.classoid AND x.objid = d.objoid AND x.deptype = 'e'))
UNION ALL SELECT 'privileges', 'on what the server brings', concat(count(*), ' ',
  sum(hashtextextended(concat_ws(' ', name, acl), 0)::numeric)) FROM (
    SELECT oid::regprocedure::text AS name, proacl AS acl FROM pg_proc WHERE oid < 16384 AND proacl IS NOT NULL
    UNION ALL SELECT oid::regclass::text, relacl FROM pg_class WHERE oid < 16384 AND relacl IS NOT NULL) AS given
UNION ALL SELECT 'relation among the server''s', format('%%I.%%I', n.nspname, c.relname), ''
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname IN ('pg_catalog', 'information_schema') AND c.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend x
    WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e')
UNION ALL SELECT 'large objects', 'owners and privileges', concat(count(*), ' ',
  sum(hashtextextended(concat_ws(' ', oid, lomowner::regrole, lomacl), 0)::numeric))
  FROM pg_largeobject_metadata HAVING count(*) > 0
UNION ALL SELECT 'replication slot', s.slot_name, s.slot_type FROM pg_replication_slots s
  WHERE s.database = current_database() AND NOT s.temporary
UNION ALL SELECT 'subscription', s.subname, s.subenabled::text FROM pg_subscription s
  WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL SELECT 'security label', l.objtype || ' ' || l.objname, l.provider FROM pg_seclabels l
  WHERE l.objtype NOT IN ('database', 'role', 'tablespace')
