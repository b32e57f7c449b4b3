-- name: watch
SELECT pg_advisory_lock_shared({keeper}, {number});
SELECT pg_terminate_backend(pid) FROM (
  SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND classid::int8 = {member}
    AND objid::int8 = {number}
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  UNION SELECT pid FROM pg_stat_activity WHERE application_name = {name}
) AS members WHERE pid <> pg_backend_pid()
