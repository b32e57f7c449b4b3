-- name: rights
SELECT current_user, CASE WHEN rolsuper THEN 'a superuser' WHEN pg_has_role('pg_execute_server_program', 'USAGE')
  THEN 'a member of pg_execute_server_program'
  WHEN pg_has_role('pg_write_server_files', 'USAGE') THEN 'a member of pg_write_server_files' END FROM pg_roles
    WHERE rolname = current_user

-- name: read_only
SELECT coalesce((SELECT 'ALTER ' || CASE WHEN setrole = 0 THEN 'DATABASE' ELSE 'ROLE' END
  FROM pg_db_role_setting, unnest(setconfig) s
    WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      AND setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
      AND s ~ '^default_transaction_read_only=(on|true|yes|1)$' LIMIT 1),
  CASE WHEN current_setting('default_transaction_read_only') = 'on' THEN 'the URL or the server''s configuration' END)
