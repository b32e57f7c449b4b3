-- name: lag
-- Of a primary its replicas', of a replica its own; and how many of them a role may not see.
SELECT CASE WHEN pg_is_in_recovery()
    THEN CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
      ELSE extract(epoch FROM clock_timestamp()
        - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time())) END
    ELSE (SELECT max(extract(epoch FROM replay_lag)) FROM pg_stat_replication WHERE state IN ('catchup', 'streaming'))
  END::float8,
  (SELECT count(*) FROM pg_stat_replication WHERE state IS NULL)

-- name: sessions
-- Of all databases: they share the machine. What a role may not see is told as insufficient privilege.
SELECT count(*) FILTER (WHERE state IN ('active', 'fastpath function call') AND backend_type = 'client backend'
    AND pid <> pg_backend_pid() AND pid <> ALL (%s::int[])),
  count(*) FILTER (WHERE query = '<insufficient privilege>' AND usesysid IS NOT NULL)
FROM pg_stat_activity
