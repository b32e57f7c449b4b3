-- name: leaves
WITH RECURSIVE d AS (SELECT row_number() OVER () AS n, v
  FROM (SELECT {column}::jsonb AS v FROM ONLY {table} WHERE {column} IS NOT NULL LIMIT {sample}) AS s),
w(n, path, v) AS (
  SELECT n, ARRAY[]::text[], v FROM d
  UNION ALL
  SELECT w.n, w.path || c.step, c.v FROM w, LATERAL (
    SELECT '.' || e.key, e.value FROM jsonb_each(CASE jsonb_typeof(w.v) WHEN 'object' THEN w.v END) AS e
      WHERE e.key !~ '@|[0-9]{{4}}' AND length(e.key) BETWEEN 1 AND 40
    UNION ALL SELECT '[*]', e.value FROM jsonb_array_elements(CASE jsonb_typeof(w.v) WHEN 'array' THEN w.v END) AS e
  ) AS c(step, v) WHERE cardinality(w.path) < {deepest}
),
a AS (
  SELECT path, count(DISTINCT n) AS documents, count(*) FILTER (WHERE jsonb_typeof(v) = 'string') AS texts,
    count(DISTINCT v) FILTER (WHERE jsonb_typeof(v) = 'string') AS kinds,
    bool_or(jsonb_typeof(v) IN ('number', 'boolean')) AS has_numbers,
      bool_or(jsonb_typeof(v) IN ('object', 'array')) AS has_inside
  FROM w GROUP BY path
)
SELECT a.path, a.texts, a.kinds, a.has_numbers, a.has_inside FROM a LEFT
  JOIN a AS p ON p.path = a.path[:cardinality(a.path) - 1]
WHERE cardinality(a.path) = 0 OR a.documents >= greatest(20, p.documents / 10)
  ORDER BY a.path
