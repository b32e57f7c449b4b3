-- name: columns
SELECT n.nspname, c.relname, array_agg(a.attname ORDER BY a.attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
WHERE c.relkind IN ('r', 'm') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname !~ '^(pg_|masker_(next|old)_[0-9]+$)' AND n.nspname NOT IN ('information_schema', 'masker', '_heroku')
  AND (t.typcategory = 'S' OR e.typcategory = 'S' OR t.typname IN ('json', 'jsonb', 'xml', 'hstore', '_json', '_jsonb'))
GROUP BY 1, 2 ORDER BY 1, 2

-- name: invalid
SELECT format('%s.%s', n.nspname, c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND n.nspname !~ '^(pg_|masker_(next|old)_[0-9]+$)' AND n.nspname <> '_heroku'
  AND c.relkind = 'i' ORDER BY 1

-- name: unknown
-- Its owner sees the statistics of a table by this view alone, and where row security hides rows not by that.
SELECT format('%s.%s', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|masker_(next|old)_[0-9]+$)'
  AND n.nspname NOT IN ('information_schema', 'masker', '_heroku')
  AND pg_relation_size(c.oid) > 0 AND NOT row_security_active(c.oid)
  AND NOT EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname) ORDER BY 1

-- name: jobs
SELECT n.nspname, c.relname, array_agg(a.attname::text)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relkind IN ('r', 'p') AND c.relname = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname !~ '^(pg_|masker_(next|old)_[0-9]+$)' GROUP BY 1, 2 ORDER BY 1, 2
