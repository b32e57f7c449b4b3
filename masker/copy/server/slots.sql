-- name: used
SELECT r.rolname, r.rolsuper, r.rolconnlimit, d.datname, d.datconnlimit, current_setting('max_connections')::int8,
  current_setting('superuser_reserved_connections')::int8,
    coalesce(current_setting('reserved_connections', true), '0')::int8,
  coalesce((SELECT pg_has_role(r.oid, p.oid, 'USAGE') FROM pg_roles p WHERE p.rolname = 'pg_use_reserved_connections'),
    false),
  (SELECT count(*) FROM sessions WHERE usesysid = r.oid), (SELECT count(*) FROM sessions WHERE datid = d.oid),
    (SELECT count(*) FROM sessions)
FROM pg_roles r, pg_database d WHERE r.rolname = session_user AND d.datname = current_database()

-- name: sessions
WITH sessions AS (SELECT usesysid, datid FROM pg_stat_activity WHERE usesysid IS NOT NULL
  AND coalesce(backend_type, 'client backend') = 'client backend')
