-- name: columns
SELECT g.schema, g.name, s.attname::text, s.null_frac::float8, s.avg_width,
  CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * greatest(c.reltuples, 0)
    ELSE s.n_distinct END::float8, s.most_common_freqs::float8[],
  array_position(s.most_common_vals::text::text[], '')
FROM unnest(%(schemas)s::text[], %(tables)s::text[], %(columns)s::text[]) AS g(schema, name, attribute)
JOIN pg_catalog.pg_namespace n ON n.nspname = g.schema JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
  AND c.relname = g.name
JOIN pg_catalog.pg_stats s ON s.schemaname = g.schema AND s.tablename = g.name AND s.attname = g.attribute
  AND s.inherited = (c.relkind = 'p')
