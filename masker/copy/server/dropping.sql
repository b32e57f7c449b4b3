-- name: foreign_keys
SELECT format('ALTER TABLE %%I.%%I DROP CONSTRAINT IF EXISTS %%I', n.nspname, c.relname, k.conname)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0 AND n.nspname = ANY(%(schemas)s) ORDER BY k.oid DESC

-- name: objects
WITH namespaces AS (SELECT oid FROM pg_namespace WHERE nspname = ANY(%(schemas)s)),
types AS (SELECT t.oid FROM pg_type t WHERE t.typnamespace IN (SELECT oid FROM namespaces))
SELECT format('DROP %%s IF EXISTS %%s', CASE classid WHEN 'pg_proc'::regclass THEN 'routine'
  ELSE replace(o.type, '-', ' ') END, o.identity)
FROM (
  SELECT 1 AS place, 'pg_cast'::regclass AS classid, oid FROM pg_cast
    WHERE castsource IN (SELECT oid FROM types) OR casttarget IN (SELECT oid FROM types)
  UNION ALL {in_namespaces}
) found CROSS JOIN LATERAL pg_identify_object(classid, found.oid, 0) AS o
WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = found.classid AND d.objid = found.oid AND d.deptype = 'e')
ORDER BY place, found.oid DESC

-- name: ties
SELECT statement FROM (
  SELECT 1 AS place, t.oid, format('DROP TRIGGER IF EXISTS %%I ON %%I.%%I', t.tgname, n.nspname, c.relname) AS statement
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND n.nspname = ANY(%(schemas)s)
  UNION ALL SELECT 2, p.oid, format('DROP POLICY IF EXISTS %%I ON %%I.%%I', p.polname, n.nspname, c.relname)
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(%(schemas)s)
  UNION ALL SELECT 3, r.oid, format('DROP RULE IF EXISTS %%I ON %%I.%%I', r.rulename, n.nspname, c.relname)
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE r.rulename <> '_RETURN' AND n.nspname = ANY(%(schemas)s)
  UNION ALL SELECT 4, d.oid,
    format('ALTER TABLE %%I.%%I ALTER COLUMN %%I DROP DEFAULT', n.nspname, c.relname, a.attname)
    FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attgenerated = '' AND c.relkind IN ('r', 'p', 'v') AND n.nspname = ANY(%(schemas)s)
  UNION ALL SELECT 5, k.oid,
    format('ALTER TABLE %%I.%%I DROP CONSTRAINT IF EXISTS %%I', n.nspname, c.relname, k.conname)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype IN ('c', 'x') AND k.coninhcount = 0 AND n.nspname = ANY(%(schemas)s)
  UNION ALL SELECT 6, k.oid,
    format('ALTER DOMAIN %%I.%%I DROP CONSTRAINT IF EXISTS %%I', n.nspname, t.typname, k.conname)
    FROM pg_constraint k JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE k.contype = 'c' AND n.nspname = ANY(%(schemas)s)
  UNION ALL SELECT 7, i.indexrelid, format('DROP INDEX IF EXISTS %%I.%%I', n.nspname, c.relname)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL) AND NOT c.relispartition AND n.nspname = ANY(%(schemas)s)
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
) AS found ORDER BY place, oid DESC
