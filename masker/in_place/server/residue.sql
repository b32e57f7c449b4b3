-- name: statistics
WITH own AS (
  SELECT c.oid, c.oid AS of FROM pg_class c WHERE c.oid = ANY(%(relations)s::oid[])
  UNION ALL SELECT i.indexrelid, i.indrelid FROM pg_index i WHERE i.indrelid = ANY(%(relations)s::oid[])
)
SELECT n.nspname, t.relname, array_agg(DISTINCT a.attname::text ORDER BY a.attname::text)
FROM own JOIN pg_class c ON c.oid = own.oid JOIN pg_namespace cn ON cn.oid = c.relnamespace
  JOIN pg_class t ON t.oid = own.of JOIN pg_namespace n ON n.oid = t.relnamespace
JOIN pg_stats s ON s.schemaname = cn.nspname AND s.tablename = c.relname JOIN pg_attribute a ON a.attrelid = c.oid
  AND a.attname = s.attname
WHERE (s.most_common_vals IS NOT NULL OR s.histogram_bounds IS NOT NULL OR s.most_common_elems IS NOT NULL)
  AND NOT EXISTS (SELECT FROM pg_partitioned_table p, pg_inherits i WHERE p.partrelid = i.inhparent
  AND i.inhrelid = c.oid AND a.attname IN (
  SELECT k.attname FROM pg_attribute k WHERE k.attrelid = p.partrelid AND k.attnum = ANY(p.partattrs::int2[])))
GROUP BY 1, 2
UNION ALL
SELECT n.nspname, t.relname, array_agg(x.statistics_name::text) FROM pg_class t
  JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_stats_ext x ON x.schemaname = n.nspname
  AND x.tablename = t.relname
WHERE t.oid = ANY(%(relations)s::oid[]) AND x.most_common_vals IS NOT NULL GROUP BY 1, 2
ORDER BY 1, 2

-- name: texts
SELECT 'the comment on ' || pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description
FROM pg_description d JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {visible}
UNION ALL
SELECT 'the default of ' || pg_describe_object('pg_class'::regclass, c.oid, ad.adnum), pg_get_expr(ad.adbin, ad.adrelid)
FROM pg_attrdef ad JOIN pg_class c ON c.oid = ad.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {visible}
UNION ALL
SELECT 'the ' || pg_describe_object('pg_type'::regclass, t.oid, 0), string_agg(e.enumlabel, E'\n') FROM pg_enum e
  JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace WHERE {visible} GROUP BY t.oid
UNION ALL
SELECT 'the body of ' || pg_describe_object('pg_proc'::regclass, p.oid, 0), p.prosrc FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE {visible} AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid
  AND x.deptype = 'e')
UNION ALL
SELECT 'the definition of ' || pg_describe_object('pg_class'::regclass, c.oid, 0), pg_get_viewdef(c.oid) FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {visible}
UNION ALL
SELECT 'the definition of ' || pg_describe_object('pg_constraint'::regclass, k.oid, 0), pg_get_constraintdef(k.oid)
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype = 'c' AND {visible}

-- name: beside
SELECT 'publication ' || pubname, 'what it publishes was published unmasked until now; subscribers keep what they have'
  FROM pg_publication
UNION ALL
SELECT 'subscription ' || subname, 'it writes what it is sent, unmasked: ALTER SUBSCRIPTION ' || quote_ident(subname)
  || ' DISABLE before the run, and drop it before the preview is used' FROM pg_subscription
  WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND subenabled
UNION ALL
SELECT 'replication slot '
  || slot_name, 'it keeps write-ahead log that holds originals until it has been read or dropped'
  FROM pg_replication_slots WHERE database = current_database() OR slot_type = 'physical'
UNION ALL
SELECT 'follower ' || coalesce(nullif(application_name, ''), pid::text),
  'it replays the log, originals included, and keeps its own' FROM pg_stat_replication
ORDER BY 1
