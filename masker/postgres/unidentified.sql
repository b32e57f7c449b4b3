-- name: unidentified
WITH tables AS (
  SELECT c.oid, n.nspname, c.relname, c.relnamespace, c.relispartition, c.relreplident, i.indexrelid AS index,
    ARRAY(SELECT a.attname FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, at) JOIN pg_attribute AS a
      ON a.attrelid = c.oid AND a.attnum = k.number WHERE k.at <= i.indnkeyatts) AS identity
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisvalid AND i.indisunique AND i.indimmediate
    AND (c.relreplident = 'd' AND i.indisprimary OR c.relreplident = 'i' AND i.indisreplident)
  WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND c.oid >= 16384 AND n.nspname !~ '^pg_'
), published AS (
  SELECT t.*, p.pubname, p.pubupdate, p.pubdelete, CASE WHEN NOT p.puballtables THEN as_of.relation END AS relation,
    p.oid AS publication, {generated} AS sends_generated
  FROM pg_publication AS p CROSS JOIN tables AS t
  LEFT JOIN LATERAL (
    SELECT CASE WHEN p.pubviaroot THEN a.relid ELSE t.oid END AS relation
    FROM (SELECT t.oid AS relid, 0 AS height UNION ALL SELECT a.relid::oid, a.height
      FROM pg_partition_ancestors(t.oid) WITH ORDINALITY AS a(relid, height) WHERE t.relispartition) AS a
    WHERE EXISTS (SELECT FROM pg_publication_rel AS r WHERE r.prpubid = p.oid AND r.prrelid = a.relid){schemas}
    ORDER BY a.height DESC LIMIT 1) AS as_of ON true
  WHERE (p.pubupdate OR p.pubdelete) AND (p.puballtables OR as_of.relation IS NOT NULL)
), sent AS (
  SELECT p.*, f.columns AS listed, f.filtered,
    EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = p.oid AND NOT a.attisdropped
      AND (a.attgenerated = 's' AND NOT p.sends_generated OR a.attgenerated = 'v')) AS has_unsent,
    EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = p.oid AND a.attgenerated = 's' AND NOT p.sends_generated
      AND a.attname = ANY(p.identity)) AS is_unsent
  FROM published AS p LEFT JOIN LATERAL ({told}) AS f ON true
), judged AS (
  SELECT s.*, s.listed IS NOT NULL OR s.has_unsent AS full_fails,
    CASE WHEN s.relreplident = 'f' THEN s.listed IS NOT NULL OR s.has_unsent
      ELSE s.index IS NULL OR NOT coalesce(s.filtered, ARRAY[]::name[]) <@ s.identity OR NOT s.identity <@ s.listed
        OR s.listed IS NULL AND s.is_unsent
      END AS fails
  FROM sent AS s
)
SELECT nspname, relname,
  CASE relreplident WHEN 'd' THEN 'DEFAULT' WHEN 'n' THEN 'NOTHING' WHEN 'f' THEN 'FULL'
    ELSE coalesce('USING INDEX ' || (SELECT quote_ident(x.relname) FROM pg_class AS x WHERE x.oid = index), '') END,
  array_remove(ARRAY[CASE WHEN bool_or(fails AND pubupdate) THEN 'UPDATE' END,
    CASE WHEN bool_or(fails AND pubdelete) THEN 'DELETE' END], NULL),
  array_agg(pubname::text ORDER BY pubname) FILTER (WHERE fails), NOT coalesce(bool_or(full_fails), false)
FROM judged GROUP BY nspname, relname, relreplident, index HAVING bool_or(fails) ORDER BY nspname, relname

-- name: told
SELECT (SELECT array_agg(a.attname) FROM pg_attribute AS a WHERE a.attrelid = r.prrelid AND a.attnum = ANY(r.prattrs))
    AS columns,
  (SELECT array_agg(a.attname) FROM regexp_matches(r.prqual::text, ':varattno (\d+)', 'g') AS m(found)
    JOIN pg_attribute AS a ON a.attrelid = r.prrelid AND a.attnum = m.found[1]::int2) AS filtered
FROM pg_publication_rel AS r WHERE r.prpubid = p.publication AND r.prrelid = p.relation

-- name: untold
SELECT NULL::name[] AS columns, NULL::name[] AS filtered
