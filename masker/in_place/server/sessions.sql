-- name: others
SELECT pid, coalesce(application_name, '') LIKE 'masker%%' AS is_ours, coalesce(usename, ''),
  coalesce(application_name, ''), coalesce(state, ''),
       date_trunc('second', clock_timestamp() - backend_start),
       coalesce((SELECT rolsuper FROM pg_roles r WHERE r.oid = usesysid)
         AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false) AS is_operator
FROM pg_stat_activity WHERE datname = current_database() AND usesysid IS NOT NULL AND pid <> ALL(%s)
  AND coalesce(backend_type, '') <> 'parallel worker'

-- name: subscribed
SELECT quote_ident(subname) FROM pg_subscription
WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND subenabled ORDER BY 1
