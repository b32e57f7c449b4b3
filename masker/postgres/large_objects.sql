-- name: digests
WITH RECURSIVE batch AS (SELECT oid FROM pg_largeobject_metadata WHERE oid > %(after)s::oid
  ORDER BY oid LIMIT %(limit)s),
chunks AS (
  SELECT oid, 0 AS number, length(chunk) AS size, sha256(chunk) AS digest
    FROM (SELECT oid, lo_get(oid, 0, %(chunk)s) AS chunk FROM batch) AS opening
  UNION ALL
  SELECT oid, number, length(chunk), sha256(chunk) FROM (
    SELECT oid, number + 1 AS number, lo_get(oid, (number + 1)::int8 * %(chunk)s, %(chunk)s) AS chunk FROM chunks
      WHERE size = %(chunk)s) AS following
)
SELECT oid::int8, sum(size)::int8, encode(sha256(string_agg(digest, '' ORDER BY number)), 'hex'),
  encode(sha256(convert_to(obj_description(oid, 'pg_largeobject'), %(encoding)s)), 'hex') FROM chunks GROUP BY oid
  ORDER BY oid
