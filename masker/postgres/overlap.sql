-- name: shared
-- Values in small letters, as people write one address now so, now so.
WITH looked_at AS (
  SELECT DISTINCT lower(v.value) AS value
  FROM (SELECT {other}::text AS value FROM {second} WHERE {other} IS NOT NULL LIMIT {values} * 10) v
  WHERE v.value <> '' LIMIT {values}
)
SELECT count(*), count(*) FILTER (WHERE l.value IN (SELECT lower({one}::text) FROM {first} WHERE {one} IS NOT NULL))
FROM looked_at l
