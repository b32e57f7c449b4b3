-- name: indexes
SELECT t.oid::int8 AS relation, n.nspname AS schema, c.relname AS name, t.relname AS table, k.contype::text AS kind,
  c.relkind = 'I' AS is_partitioned, h.inhparent IS NOT NULL AS is_attached, i.indisvalid AS is_valid,
  ARRAY(SELECT a.attname::text FROM pg_attribute AS a WHERE a.attrelid = c.oid ORDER BY a.attnum) AS columns,
  c.reloptions IS DISTINCT FROM p.reloptions OR c.reltablespace IS DISTINCT FROM p.reltablespace AS is_own,
  i.indisclustered AS is_clustered,
  obj_description(c.oid, 'pg_class') AS comment, obj_description(k.oid, 'pg_constraint') AS key_comment,
  ARRAY(SELECT a.attname::text FROM pg_depend AS d JOIN pg_attribute AS a ON a.attrelid = t.oid
    AND a.attnum = d.refobjsubid WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.refobjsubid > 0
    AND (d.classid = 'pg_class'::regclass AND d.objid = c.oid
      OR d.classid = 'pg_constraint'::regclass AND d.objid = k.oid)) AS reads
FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_class AS t ON t.oid = i.indrelid
  JOIN pg_namespace AS n ON n.oid = t.relnamespace LEFT JOIN pg_inherits AS h ON h.inhrelid = c.oid
  LEFT JOIN pg_class AS p ON p.oid = h.inhparent
  LEFT JOIN pg_constraint AS k ON k.conindid = c.oid AND k.conrelid = t.oid AND k.contype IN ('p', 'u', 'x')
WHERE (h.inhparent IS NOT NULL OR c.relkind = 'I') AND t.relpersistence <> 't' AND {visible}

-- name: taken
SELECT n.nspname AS schema, c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE {visible}
UNION SELECT n.nspname, k.conname FROM pg_constraint AS k JOIN pg_namespace AS n ON n.oid = k.connamespace
WHERE {visible}

-- name: statistics
SELECT e.stxrelid::int8 AS relation, a.attname::text AS column, s.nspname AS schema, e.stxname AS name,
  e.stxstattarget::int AS target
FROM pg_statistic_ext AS e JOIN pg_namespace AS s ON s.oid = e.stxnamespace JOIN pg_class AS c ON c.oid = e.stxrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_depend AS d ON d.classid = 'pg_statistic_ext'::regclass AND d.objid = e.oid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
WHERE e.stxstattarget >= 0 AND c.relkind IN ('r', 'p') AND {visible}
ORDER BY e.oid

-- name: comments
SELECT k.conrelid::int8 AS relation, a.attname::text AS column, k.conname AS name,
  obj_description(k.oid, 'pg_constraint') AS comment
FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = ANY(k.conkey)
WHERE k.contype IN ('c', 'n') AND NOT k.conislocal AND obj_description(k.oid, 'pg_constraint') IS NOT NULL AND {visible}
ORDER BY k.oid

-- name: required
SELECT k.conrelid::int8 AS relation, a.attname::text AS column, k.conname AS name, c.relname AS table
FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
WHERE k.contype = 'n' AND {visible} AND EXISTS (SELECT FROM pg_inherits AS h
  JOIN pg_constraint AS p ON p.conrelid = h.inhparent AND p.contype = 'n' AND NOT p.connoinherit
  JOIN pg_attribute AS b ON b.attrelid = p.conrelid AND b.attnum = p.conkey[1]
  WHERE h.inhrelid = c.oid AND b.attname = a.attname AND p.conname <> k.conname)
