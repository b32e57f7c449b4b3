-- name: find
SELECT n.nspname, c.relname, c.oid::int8,
       EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'service_name'
         AND NOT a.attisdropped)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = ANY(%s) AND c.relkind IN ('r', 'p') ORDER BY n.nspname <> 'public', 1

-- name: variant_parents
SELECT a.blob_id, v.blob_id FROM {attachments} a JOIN {variants} v ON v.id::text = a.record_id::text
WHERE a.record_type = %(variant)s
UNION ALL

-- name: decisions
WITH RECURSIVE ruled AS (
  SELECT * FROM unnest(%(types)s::text[], %(names)s::text[], %(decisions)s::int4[]) AS r(record_type, name, decision)
), direct AS MATERIALIZED (
  SELECT a.blob_id AS blob, max(coalesce(r.decision, 2)) AS decision
  FROM {attachments} a LEFT JOIN ruled r ON r.record_type = a.record_type AND r.name = a.name
  WHERE a.record_type NOT IN (%(variant)s, %(blob)s) GROUP BY 1
), derived(blob, parent) AS MATERIALIZED (
  {variant_parents}
  SELECT a.blob_id, b.id FROM {attachments} a JOIN {blobs} b ON b.id::text = a.record_id::text
    WHERE a.record_type = %(blob)s
), reached(blob, decision) AS (
  SELECT blob, decision FROM direct
  UNION
  SELECT b.id, %(unattached)s::int4 FROM {blobs} b
  WHERE NOT EXISTS (SELECT FROM direct d WHERE d.blob = b.id) AND NOT EXISTS (SELECT FROM derived d WHERE d.blob = b.id)
  UNION
  SELECT d.blob, r.decision FROM reached r JOIN derived d ON d.parent = r.blob
), decided AS (
  SELECT blob, max(decision) AS decision FROM reached GROUP BY 1
)
SELECT b.key, coalesce(d.decision, %(unattached)s::int4), coalesce(b.content_type, ''), b.byte_size, b.checksum
FROM {blobs} b LEFT JOIN decided d ON d.blob = b.id
WHERE {of_service} AND octet_length(convert_to(b.key, 'UTF8')) <= %(longest)s
ORDER BY convert_to(b.key, 'UTF8')

-- name: update
UPDATE {blobs} b SET byte_size = p.byte_size, checksum = CASE WHEN b.checksum IS NOT NULL THEN p.checksum END
FROM unnest(%s::text[], %s::int8[], %s::text[]) AS p(key, byte_size, checksum)
WHERE b.key = p.key AND (b.byte_size IS DISTINCT FROM p.byte_size OR b.checksum <> p.checksum)
