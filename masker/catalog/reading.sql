-- name: functions
SELECT p.oid::int8, p.proname, CASE WHEN l.lanname IN ('sql', 'plpgsql')
  AND f.text !~* '\m(from|join|execute|perform|table|call)\M' THEN f.text END
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang CROSS
  JOIN LATERAL (SELECT coalesce({sqlbody}, p.prosrc) AS text) AS f
WHERE p.oid >= 16384 AND l.lanname NOT IN ('c', 'internal')
  AND p.prorettype <> ALL(ARRAY['trigger', 'event_trigger']::regtype[])
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.deptype = 'e')
