-- name: tables
SELECT n.nspname, c.relname, pg_relation_filenode(c.oid)::int8,
       (SELECT string_agg(format('%s %s %s', attnum, attname, atttypid), ',' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'masker')

-- name: locks
SELECT DISTINCT n.nspname, c.relname
FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND c.relkind IN ('r', 'm', 'p') AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'masker')

-- name: others
SELECT pid, pg_has_role(usesysid, 'MEMBER') FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
