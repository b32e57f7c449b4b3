-- name: metadata
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'ar_internal_metadata' AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'
  AND 2 = (SELECT count(*) FROM pg_attribute WHERE attrelid = c.oid AND attname IN ('key', 'value')
    AND NOT attisdropped) ORDER BY 1 LIMIT 20

-- name: sessions
SELECT coalesce(usename, ''), coalesce(application_name, '') FROM pg_stat_activity a
WHERE datname = current_database() AND usesysid IS NOT NULL AND pid <> pg_backend_pid()
  AND coalesce(application_name, '') NOT LIKE 'masker%'
  AND coalesce(backend_type, '') <> 'parallel worker'
  AND NOT coalesce((SELECT rolsuper FROM pg_roles r WHERE r.oid = a.usesysid)
    AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false)
ORDER BY 1, 2
