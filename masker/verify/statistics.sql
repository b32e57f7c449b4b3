-- name: suspects
WITH RECURSIVE far AS (
  SELECT i.inhparent AS oid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE c.relkind = 'f'
    UNION SELECT i.inhparent FROM far JOIN pg_inherits i ON i.inhrelid = far.oid
), own AS (
  SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, c.relpages, c.relowner, CASE WHEN c.relkind <> 'p'
    THEN pg_relation_size(c.oid) END AS bytes, has_table_privilege(c.oid, 'SELECT')
    AND has_schema_privilege(n.oid, 'USAGE') AS may_read, row_security_active(c.oid) AS hides_rows
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE (c.relkind = 'r' OR c.relkind = 'm' AND c.relispopulated OR c.relkind = 'p'
    AND c.oid NOT IN (SELECT oid FROM far)) AND c.relpersistence <> 't' AND {visible} AND {own pg_class c}
), known AS (
  SELECT schemaname, tablename, inherited, array_agg(attname::text) AS columns FROM pg_stats GROUP BY 1, 2, 3
), analyzed AS (
  SELECT oid FROM pg_type WHERE typanalyze = 0
    OR typanalyze::oid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace)
), columns AS (
  SELECT a.attrelid AS oid, array_agg(a.attname::text ORDER BY a.attnum) AS columns FROM pg_attribute a
  WHERE a.attnum > 0 AND NOT a.attisdropped AND coalesce(a.attstattarget, -1) <> 0 AND a.attgenerated <> 'v'
    AND a.atttypid IN (SELECT oid FROM analyzed)
    AND a.attrelid IN (SELECT oid FROM own) GROUP BY 1
), expressions AS (
  SELECT i.indrelid AS oid, x.relname, array_agg(a.attname::text) AS columns FROM pg_index i
    JOIN pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i' JOIN pg_attribute a ON a.attrelid = x.oid
    JOIN pg_opclass o ON o.oid = (i.indclass::oid[])[a.attnum - 1]
  WHERE i.indexprs IS NOT NULL AND i.indpred IS NULL AND i.indisvalid AND (i.indkey::int2[])[a.attnum - 1] = 0
    AND coalesce(a.attstattarget, -1) <> 0
    AND CASE WHEN o.opckeytype = 0 THEN a.atttypid ELSE o.opcintype END IN (SELECT oid FROM analyzed)
    AND i.indrelid IN (SELECT oid FROM own) GROUP BY 1, 2
)
SELECT o.nspname, o.relname, o.relkind::text, o.may_read, o.hides_rows, o.reltuples, o.relpages,
  ARRAY(SELECT unnest(c.columns) EXCEPT SELECT unnest(k.columns) ORDER BY 1) || ARRAY(
    SELECT 'index ' || e.relname FROM expressions e LEFT JOIN known ek ON ek.schemaname = o.nspname
      AND ek.tablename = e.relname WHERE e.oid = o.oid AND NOT (e.columns <@ coalesce(ek.columns, '{}')))
      || {since 150000 ARRAY(
    SELECT 'statistics ' || s.stxname FROM pg_statistic_ext s JOIN pg_namespace sn ON sn.oid = s.stxnamespace
    WHERE s.stxrelid = o.oid AND coalesce(s.stxstattarget, -1) <> 0 AND pg_has_role(o.relowner, 'USAGE')
      AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = o.oid AND a.attnum = ANY(s.stxkeys::int2[])
        AND (a.attstattarget = 0 OR a.attgenerated = 'v'))
      AND NOT EXISTS (SELECT FROM pg_stats_ext k WHERE k.statistics_schemaname = sn.nspname
        AND k.statistics_name = s.stxname) ORDER BY 1)}
FROM own o LEFT JOIN columns c ON c.oid = o.oid LEFT JOIN known k ON k.schemaname = o.nspname
  AND k.tablename = o.relname AND k.inherited = (o.relkind = 'p')
WHERE o.bytes IS DISTINCT FROM 0

-- name: unseen
SELECT n.nspname, c.relname, c.relallvisible, c.relpages FROM unnest(%(names)s::text[]) AS t(name)
  JOIN pg_class c ON c.oid = t.name::regclass JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpages > %(few)s AND c.relallvisible < c.relpages / 2 AND current_setting('track_counts')::boolean
  AND coalesce(pg_stat_get_vacuum_count(c.oid), 0) = 0
ORDER BY 1, 2

-- name: places
WITH RECURSIVE given AS (
  SELECT format('%%I.%%I', s.schema, s.name)::regclass::oid AS oid, s.attname
    FROM unnest(%(schemas)s::text[], %(tables)s::text[], %(columns)s::text[]) AS s(schema, name, attname)
), computed AS (
  SELECT a.attrelid AS oid, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE a.attnum > 0 AND NOT a.attisdropped
    AND (%(views)s AND c.relkind = 'm' AND c.relispopulated AND {visible} AND {own pg_class c}
    OR a.attgenerated = 's' AND c.oid IN (SELECT oid FROM given))
), masked AS (
  SELECT oid, attname FROM given UNION SELECT oid, attname FROM computed
  UNION SELECT i.inhparent, m.attname FROM masked m
    JOIN pg_inherits i ON i.inhrelid = m.oid
), places AS (
  SELECT m.oid, 'column' AS kind, s.tablename AS holder, s.attname::text AS name, s.inherited,
    quote_ident(m.attname) AS expression, s.most_common_elems IS NOT NULL AND t.typcategory = 'A' AS has_elements,
    false AS takes_row, t.typdelim, t.oid AS type
  FROM masked m JOIN pg_class c ON c.oid = m.oid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = m.attname JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = m.attname
  UNION ALL
  SELECT i.indrelid, 'index', s.tablename, s.attname::text, s.inherited, pg_get_indexdef(x.oid, a.attnum, false), false,
    i.indexprs::text ~ ':varattno 0 ', t.typdelim, t.oid
  FROM (SELECT DISTINCT oid FROM masked) m JOIN pg_index i ON i.indrelid = m.oid AND i.indexprs IS NOT NULL
    JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = x.relnamespace
  JOIN pg_attribute a ON a.attrelid = x.oid JOIN pg_type t ON t.oid = a.atttypid
  JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = x.relname AND s.attname = a.attname
  UNION ALL
  SELECT m.oid, 'statistics', s.statistics_name, m.attname, coalesce((to_jsonb(s) ->> 'inherited')::boolean, false),
    quote_ident(m.attname), false, false, ',', 0
  FROM masked m JOIN pg_class c ON c.oid = m.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_stats_ext s ON s.schemaname = n.nspname AND s.tablename = c.relname AND m.attname = ANY(s.attnames::text[])
    AND s.most_common_vals IS NOT NULL
  {expressions}
)
SELECT n.nspname, c.relname, c.relkind::text, p.kind, p.holder, p.name, p.inherited, p.expression, p.has_elements,
  p.takes_row, p.typdelim::text, (
    SELECT CASE WHEN y.typname IN ('text', 'varchar') THEN 'pg_catalog.text' ELSE 'pg_catalog.' || y.typname END
    FROM pg_type y
    WHERE y.oid = p.type AND y.typnamespace = 'pg_catalog'::regnamespace AND y.typname IN ('text', 'varchar', 'date',
      'timestamp', 'timestamptz', 'inet', 'jsonb', 'int2', 'int4', 'int8', 'uuid'))
FROM places p JOIN pg_class c ON c.oid = p.oid JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 1, 2, 7, 4, 5, 6

-- name: expressions
UNION ALL
SELECT m.oid, 'expression', s.statistics_name, s.expr, coalesce({since 150000 s.inherited}, false), s.expr, false,
  s.expr ~ '\.\*', ',', 0
FROM (SELECT DISTINCT oid FROM masked) m JOIN pg_class c ON c.oid = m.oid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_stats_ext_exprs s ON s.schemaname = n.nspname AND s.tablename = c.relname
