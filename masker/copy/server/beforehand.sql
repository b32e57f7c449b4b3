-- name: schemas
SELECT n.nspname::text, pg_has_role(n.nspowner, 'USAGE'), n.nspowner::regrole::text FROM pg_namespace n
WHERE n.nspname = 'public' OR n.nspname <> ALL(%(surviving)s) ORDER BY 1

-- name: installed
-- A trusted one is its creator's, and what it has made is the superuser's: whoever moves it has to own all of that.
SELECT e.extname::text, n.nspname::text, e.extrelocatable, pg_has_role(e.extowner, 'USAGE') AND NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
  AND NOT pg_has_role(coalesce(
    (SELECT proowner FROM pg_proc p WHERE d.classid = 'pg_proc'::regclass AND p.oid = d.objid),
    (SELECT typowner FROM pg_type t WHERE d.classid = 'pg_type'::regclass AND t.oid = d.objid),
    (SELECT relowner FROM pg_class c WHERE d.classid = 'pg_class'::regclass AND c.oid = d.objid),
    (SELECT oprowner FROM pg_operator o WHERE d.classid = 'pg_operator'::regclass AND o.oid = d.objid), e.extowner),
    'USAGE'))
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace ORDER BY 1

-- name: beside
SELECT what FROM (
  SELECT 'publication ' || pubname AS what FROM pg_publication
  UNION ALL SELECT 'foreign server ' || srvname FROM pg_foreign_server
  UNION ALL SELECT 'foreign-data wrapper ' || fdwname FROM pg_foreign_data_wrapper w WHERE NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_foreign_data_wrapper'::regclass AND d.objid = w.oid
    AND d.deptype = 'e')
  UNION ALL SELECT 'event trigger ' || evtname FROM pg_event_trigger WHERE pg_has_role(evtowner, 'USAGE')
  UNION ALL SELECT 'transform for ' || format_type(trftype, NULL) FROM pg_transform x WHERE NOT EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = 'pg_transform'::regclass AND d.objid = x.oid AND d.deptype = 'e')
  UNION ALL SELECT count(*) || ' large objects' FROM pg_largeobject_metadata HAVING count(*) > 0
  UNION ALL SELECT 'base type ' || format('%%I.%%I', n.nspname, t.typname) FROM pg_type t
    JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = ANY(%(schemas)s) AND (t.typtype = 'b' AND NOT (t.typelem <> 0 AND t.typcategory = 'A')
      OR t.typtype = 'p' AND NOT t.typisdefined)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid
      AND d.deptype = 'e')
) AS found ORDER BY 1

-- name: of_others
SELECT format('%%I.%%I', n.nspname, c.relname), c.relowner::regrole::text FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY(%(schemas)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  AND NOT pg_has_role(c.relowner, 'USAGE') AND NOT EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1

-- name: staying
SELECT DISTINCT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_extension e ON e.extnamespace = n.oid
WHERE n.nspname <> ALL(%(kept)s) AND n.nspname <> 'public' AND n.nspname !~ '^pg_' AND NOT EXISTS (
  SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'i', 'a'))
  AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') ORDER BY 1

-- name: outside
WITH inside AS (SELECT oid FROM pg_namespace WHERE nspname = ANY(%(schemas)s)),
placed AS (
  SELECT 'pg_class'::regclass AS classid, oid, relnamespace AS namespace FROM pg_class
  UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace FROM pg_proc
  UNION ALL SELECT 'pg_type'::regclass, oid, typnamespace FROM pg_type
  UNION ALL SELECT 'pg_constraint'::regclass, oid, connamespace FROM pg_constraint
  UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, c.relnamespace FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
  UNION ALL SELECT 'pg_trigger'::regclass, t.oid, c.relnamespace FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  UNION ALL SELECT 'pg_rewrite'::regclass, r.oid, c.relnamespace FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
  UNION ALL SELECT 'pg_policy'::regclass, p.oid, c.relnamespace FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
  UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace FROM pg_operator
  UNION ALL SELECT 'pg_opclass'::regclass, oid, opcnamespace FROM pg_opclass
  UNION ALL SELECT 'pg_opfamily'::regclass, oid, opfnamespace FROM pg_opfamily
  UNION ALL SELECT 'pg_amop'::regclass, a.oid, f.opfnamespace FROM pg_amop a JOIN pg_opfamily f ON f.oid = a.amopfamily
  UNION ALL SELECT 'pg_amproc'::regclass, a.oid, f.opfnamespace FROM pg_amproc a
    JOIN pg_opfamily f ON f.oid = a.amprocfamily
  UNION ALL SELECT 'pg_collation'::regclass, oid, collnamespace FROM pg_collation
  UNION ALL SELECT 'pg_conversion'::regclass, oid, connamespace FROM pg_conversion
  UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxnamespace FROM pg_statistic_ext
  UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgnamespace FROM pg_ts_config
  UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictnamespace FROM pg_ts_dict
  UNION ALL SELECT 'pg_ts_parser'::regclass, oid, prsnamespace FROM pg_ts_parser
  UNION ALL SELECT 'pg_ts_template'::regclass, oid, tmplnamespace FROM pg_ts_template
  UNION ALL SELECT 'pg_default_acl'::regclass, oid, defaclnamespace FROM pg_default_acl
  UNION ALL SELECT 'pg_namespace'::regclass, oid, oid FROM pg_namespace
  UNION ALL SELECT 'pg_cast'::regclass, c.oid, CASE WHEN s.typnamespace IN (SELECT oid FROM inside) THEN s.typnamespace
    ELSE t.typnamespace END FROM pg_cast c JOIN pg_type s ON s.oid = c.castsource JOIN pg_type t ON t.oid = c.casttarget
)
SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0), pg_describe_object(d.refclassid, d.refobjid, 0)
FROM pg_depend d JOIN placed there ON there.classid = d.refclassid AND there.oid = d.refobjid
LEFT JOIN placed here ON here.classid = d.classid AND here.oid = d.objid
LEFT JOIN pg_namespace n ON n.oid = here.namespace
WHERE there.namespace IN (SELECT oid FROM inside)
  AND (here.namespace IS NULL OR here.namespace NOT IN (SELECT oid FROM inside))
  AND coalesce(n.nspname, '') !~ '^pg_(toast|temp)'
  AND d.classid NOT IN ('pg_extension'::regclass, 'pg_publication_rel'::regclass) AND NOT EXISTS (
    SELECT FROM pg_depend x WHERE x.classid = d.refclassid AND x.objid = d.refobjid AND x.deptype = 'e')
ORDER BY 1, 2
