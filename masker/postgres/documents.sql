-- name: keys
WITH o AS (SELECT n, v FROM ({}) AS r WHERE jsonb_typeof(v) = 'object' OFFSET 0)
SELECT k FROM o, LATERAL jsonb_object_keys(o.v) AS k WHERE k !~ '@|[0-9]{{4}}' AND length(k) BETWEEN 1 AND 40
GROUP BY k HAVING count(DISTINCT n) >= greatest(20, (SELECT count(DISTINCT n) FROM o) / 10) ORDER BY k LIMIT 200

-- name: leaves
WITH RECURSIVE w(path, v) AS (
  SELECT ARRAY[]::text[], v FROM ({}) AS r
  UNION ALL
  SELECT w.path || c.step, c.v FROM w, LATERAL (
    SELECT '.' || e.key, e.value FROM jsonb_each(CASE jsonb_typeof(w.v) WHEN 'object' THEN w.v END) AS e
    UNION ALL SELECT '[*]', e.value FROM jsonb_array_elements(CASE jsonb_typeof(w.v) WHEN 'array' THEN w.v END) AS e
  ) AS c(step, v)
)
SELECT count(DISTINCT path) FROM w WHERE jsonb_typeof(v) NOT IN ('object', 'array') AND NOT ({})
