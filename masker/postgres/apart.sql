-- name: read
WITH given AS (
  SELECT s.setrole, CASE WHEN s.setdatabase <> 0 THEN 1 ELSE 0 END + CASE WHEN s.setrole <> 0 THEN 2
    ELSE 0 END AS rank, split_part(c, '=', 1) AS name, substr(c, strpos(c, '=') + 1) AS value
  FROM pg_db_role_setting s, unnest(s.setconfig) c
  WHERE s.setdatabase IN (0, coalesce((SELECT oid FROM pg_database WHERE datname = %(database)s), 0)))
SELECT coalesce(r.rolname, ''), lower(g.name), (array_agg(g.value ORDER BY g.rank DESC))[1]
FROM given g LEFT JOIN pg_roles r ON r.oid = g.setrole WHERE g.setrole = 0 OR r.rolcanlogin GROUP BY 1, 2

-- name: labels
SELECT l.provider, count(DISTINCT l.objoid), min(l.objname) FROM pg_seclabels l
  WHERE l.objtype NOT IN ('database', 'role', 'tablespace') GROUP BY 1 ORDER BY 1
