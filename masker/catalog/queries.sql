-- name: server
SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS version_text,
  d.datname AS database, d.oid::int8 AS database_oid,
       pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype, r.rolname AS "user",
         r.rolsuper AS is_superuser, pg_is_in_recovery() AS in_recovery,
       r.rolcreatedb OR r.rolsuper AS can_create_database, pg_has_role(d.datdba, 'USAGE') AS owns_database,
       current_setting('max_locks_per_transaction')::int8 *
         (current_setting('max_connections')::int8 + current_setting('max_prepared_transactions')::int8) AS lock_slots,
       (SELECT reset_val FROM pg_settings WHERE lower(name) = 'timezone') AS time_zone,
         (SELECT split_part(reset_val, ', ', 2) FROM pg_settings WHERE lower(name) = 'datestyle') AS date_order
FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user

-- name: types
SELECT t.oid::int8, n.nspname AS schema, t.typname AS name, t.typtype::text AS kind, t.typcategory::text AS category,
  t.typbasetype::int8 AS base, t.typtypmod AS typmod, t.typnotnull AS not_null,
       CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base_sql,
       CASE WHEN t.typsubscript_is_array THEN t.typelem::int8
         ELSE 0 END AS element, t.typrelid::int8 AS relation, t.typsend <> 0 AND t.typreceive <> 0 AS has_binary_io,
       (SELECT e.extname FROM pg_depend x JOIN pg_extension e ON e.oid = x.refobjid
        WHERE x.classid = 'pg_type'::regclass AND x.objid = t.oid AND x.refclassid = 'pg_extension'::regclass
          AND x.deptype = 'e') AS extension,
       ARRAY(SELECT enumlabel::text FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder) AS labels,
       coalesce((SELECT rngsubtype::int8 FROM pg_range WHERE rngtypid = t.oid), 0) AS subtype,
       EXISTS (SELECT FROM pg_constraint k WHERE k.contypid = t.oid AND {calls k.conbin}) AS runs_functions,
       EXISTS (SELECT FROM pg_constraint k WHERE k.contypid = t.oid AND {reads k.conbin}) AS may_read
FROM (SELECT *, typlen = -1 AND typelem <> 0 AND typcategory = 'A' AS typsubscript_is_array FROM pg_type) t
  JOIN pg_namespace n ON n.oid = t.typnamespace

-- name: composites
SELECT a.attrelid::int8 AS relation, a.attname AS name, a.atttypid::int8 AS type, a.atttypmod AS typmod,
  format_type(a.atttypid, a.atttypmod) AS sql
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.reltype <> 0 AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY 1, a.attnum

-- name: tables
SELECT c.oid::int8, n.nspname AS schema, c.relname AS name, c.relkind::text AS kind,
  c.relpersistence::text AS persistence, c.reltuples::float8 AS rows,
       c.relispartition AS is_partition, c.relrowsecurity AS has_row_security,
         c.relforcerowsecurity AS forces_row_security,
       has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') AS can_select,
         row_security_active(c.oid) AS hides_rows, c.relfilenode::int8 AS relfilenode,
       CASE WHEN c.relkind = 'r' THEN coalesce(pg_relation_size(c.oid), 0) ELSE 0 END AS main_bytes,
       CASE WHEN c.relkind = 'r' THEN coalesce(pg_table_size(c.oid), 0) ELSE 0 END AS bytes,
       (SELECT e.extname FROM pg_depend x JOIN pg_extension e ON e.oid = x.refobjid
        WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.refclassid = 'pg_extension'::regclass
          AND x.deptype = 'e') AS extension,
       -- Where nobody knows the encoding, its bytes may be none of what the session reads.
       CASE WHEN getdatabaseencoding() <> 'SQL_ASCII' THEN obj_description(c.oid, 'pg_class') END AS comment,
       (SELECT e.extcondition[array_position(e.extconfig, c.oid)] FROM pg_extension e WHERE c.oid = ANY(e.extconfig)) AS
         carried,
       ARRAY(SELECT ARRAY[pn.nspname::text, p.relname::text] FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
         JOIN pg_namespace pn ON pn.oid = p.relnamespace
             WHERE i.inhrelid = c.oid ORDER BY i.inhseqno) AS parents,
       ARRAY(SELECT DISTINCT a.attname::text FROM pg_partitioned_table pt
             JOIN LATERAL (SELECT unnest(pt.partattrs::int2[]) AS attnum
                           UNION SELECT d.objsubid FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                             AND d.objid = c.oid
                                 AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = 0
                                   AND d.deptype = 'i') k ON true
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum AND a.attnum > 0
             WHERE pt.partrelid = c.oid) AS partition_key
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND {visible}
ORDER BY n.nspname, c.relname

-- name: columns
SELECT a.attrelid::int8 AS relation, a.attname AS name, a.attnum::int AS number, a.atttypid::int8 AS type,
  a.atttypmod AS typmod, format_type(a.atttypid, a.atttypmod) AS sql,
       NOT a.attnotnull AS is_nullable, a.attnotnull AND EXISTS (
         SELECT FROM pg_constraint con WHERE con.conrelid = a.attrelid AND con.contype = 'n' AND NOT con.convalidated
           AND con.conkey = ARRAY[a.attnum]) AS refuses_null, pg_get_expr(d.adbin, d.adrelid) AS "default",
           a.attgenerated::text AS generated, a.attidentity::text AS identity, a.attgenerated <> ''
           AND {reads d.adbin} AS may_read,
       (SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname) FROM pg_collation co
         JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) AS collation,
       EXISTS (SELECT FROM pg_collation co WHERE co.oid = a.attcollation AND NOT co.collisdeterministic)
         AS compares_loosely,
       CASE WHEN getdatabaseencoding() <> 'SQL_ASCII' THEN col_description(a.attrelid, a.attnum) END AS comment
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT
  JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND a.attnum > 0 AND NOT a.attisdropped AND {visible}
ORDER BY a.attrelid, a.attnum

-- name: indexes
SELECT i.indrelid::int8 AS relation, i.indexrelid::int8 AS oid, n.nspname AS schema, c.relname AS name,
  pg_get_indexdef(i.indexrelid) AS definition, i.indisunique AS is_unique, i.indisvalid AS is_valid,
       i.indpred IS NOT NULL AS is_partial, CASE WHEN c.relkind = 'i' THEN pg_relation_size(c.oid)
         ELSE 0 END AS bytes, c.relkind = 'I' AS is_partitioned,
       (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)
         AND EXISTS (SELECT FROM (SELECT concat(i.indexprs, i.indpred) AS tree) AS x WHERE {reads x.tree}) AS may_read,
       i.indisclustered AS is_clustered, i.indisreplident AS is_replica_identity,
       con.conname AS constraint, con.contype::text AS constraint_type,
         pg_get_constraintdef(con.oid) AS constraint_definition,
       coalesce(con.condeferrable, false) AS is_deferrable, coalesce(con.condeferred, false) AS is_initially_deferred,
       ARRAY(SELECT CASE WHEN k.attnum = 0 THEN NULL
         ELSE (SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = k.attnum) END
             FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, n) WHERE k.n <= i.indnkeyatts ORDER BY k.n) AS
               columns,
       ARRAY(SELECT DISTINCT a.attname::text FROM pg_depend d JOIN pg_attribute a ON a.attrelid = i.indrelid
         AND a.attnum = d.refobjsubid
             WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid > 0
               AND (d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid OR d.classid = 'pg_constraint'::regclass
                 AND d.objid = con.oid)) AS expression_columns,
       (SELECT ARRAY[pn.nspname::text, p.relname::text] FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
         JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = c.oid) AS parent,
       ARRAY(SELECT ARRAY[s.attnum::int, s.attstattarget::int] FROM pg_attribute s WHERE s.attrelid = i.indexrelid
         AND s.attstattarget >= 0 ORDER BY s.attnum) AS statistics
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid AND con.contype IN ('p', 'u', 'x')
  AND con.conrelid = i.indrelid
WHERE t.relkind IN ('r', 'p', 'm') AND t.relpersistence <> 't' AND {visible}
ORDER BY n.nspname, t.relname, c.relname

-- name: constraints
SELECT con.conrelid::int8 AS relation, con.conname AS name, con.contype::text AS kind, con.convalidated AS is_valid,
  pg_get_constraintdef(con.oid) AS definition,
       pg_get_expr(con.conbin, con.conrelid) AS expression, con.contype = 'c'
         AND {calls con.conbin} AS runs_functions, con.contype = 'c'
         AND {reads con.conbin} AS may_read, con.conislocal AS is_local,
       ARRAY(SELECT a.attname::text FROM unnest(con.conkey) WITH ORDINALITY AS k(attnum, n)
         JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.attnum ORDER BY k.n) AS columns,
       rn.nspname AS referenced_schema, rc.relname AS referenced_name,
       ARRAY(SELECT a.attname::text FROM unnest(con.confkey) WITH ORDINALITY AS k(attnum, n)
         JOIN pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.attnum ORDER BY k.n) AS referenced_columns
FROM pg_constraint con JOIN pg_class c ON c.oid = con.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class rc ON rc.oid = con.confrelid LEFT JOIN pg_namespace rn ON rn.oid = rc.relnamespace
WHERE con.contype IN ('c', 'f') AND NOT (con.contype = 'f' AND con.conparentid <> 0) AND c.relpersistence <> 't'
  AND {visible}
ORDER BY n.nspname, c.relname, con.conname

-- name: reading_domain_checks
SELECT t.oid::int8, n.nspname AS schema, t.typname AS domain, con.conname AS name,
  pg_get_constraintdef(con.oid) AS definition
FROM pg_constraint con JOIN pg_type t ON t.oid = con.contypid JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE con.contype = 'c' AND con.convalidated AND {reads con.conbin} AND {visible}
  AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_type'::regclass AND x.objid = t.oid AND x.deptype = 'e')
  -- Nor can one be added again where values are inside of others.
  AND NOT EXISTS (SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.atttypid = t.typarray
    AND t.typarray <> 0 OR a.atttypid = t.oid AND c.relkind = 'c')
  AND NOT EXISTS (SELECT FROM pg_type o WHERE o.typbasetype IN (t.oid, nullif(t.typarray, 0)))
    AND NOT EXISTS (SELECT FROM pg_range r WHERE r.rngsubtype = t.oid)
ORDER BY 2, 3, 4

-- name: sequences
SELECT n.nspname AS schema, c.relname AS name, has_sequence_privilege(c.oid, 'SELECT')
  AND has_schema_privilege(n.oid, 'USAGE') AS can_select, c.relpersistence = 'u' AS is_unlogged,
       (SELECT ARRAY[tn.nspname::text, t.relname::text, a.attname::text] FROM pg_depend d
         JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass
          AND d.deptype IN ('a', 'i') LIMIT 1) AS owner
FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relpersistence <> 't' AND {visible}
  AND {whose}
ORDER BY n.nspname, c.relname

-- name: materialized_views
WITH RECURSIVE reads AS (
  SELECT DISTINCT r.ev_class AS reader, d.refobjid AS read
  FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.ev_class
), closure AS (
  SELECT reader, read FROM reads UNION SELECT c.reader, r.read FROM closure c JOIN reads r ON r.reader = c.read
)
SELECT n.nspname AS schema, c.relname AS name, c.relispopulated AS is_populated,
  coalesce(pg_table_size(c.oid), 0) AS bytes,
       ARRAY(SELECT ARRAY[mn.nspname::text, m.relname::text] FROM closure k JOIN pg_class m ON m.oid = k.read
         JOIN pg_namespace mn ON mn.oid = m.relnamespace
             WHERE k.reader = c.oid AND m.relkind = 'm' ORDER BY 1) AS needs,
       ARRAY(SELECT ARRAY[mn.nspname::text, m.relname::text] FROM closure k JOIN pg_class m ON m.oid = k.read
         JOIN pg_namespace mn ON mn.oid = m.relnamespace
             WHERE k.reader = c.oid AND (m.relkind = 'f'
               OR EXISTS (SELECT FROM pg_partition_tree(m.oid) t JOIN pg_class l ON l.oid = t.relid
               WHERE m.relkind = 'p' AND l.relkind = 'f')) ORDER BY 1) AS foreign_tables
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'm' AND {visible} AND NOT EXISTS
  (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e')
ORDER BY n.nspname, c.relname

-- name: rest
SELECT (SELECT count(*) FROM pg_largeobject_metadata) AS large_objects,
       (SELECT count(*) FROM pg_largeobject_metadata l WHERE NOT pg_has_role(l.lomowner, 'USAGE') AND NOT EXISTS (
          SELECT FROM aclexplode(l.lomacl) g WHERE g.privilege_type = 'SELECT'
            AND (g.grantee = 0 OR pg_has_role(g.grantee, 'USAGE')))) AS unreadable_large_objects,
       ARRAY(SELECT evtname::text FROM pg_event_trigger e
         WHERE NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_event_trigger'::regclass AND x.objid = e.oid
         AND x.deptype = 'e') ORDER BY 1) AS event_triggers,
       ARRAY(SELECT evtname::text FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid
         WHERE p.pronamespace::regnamespace::text = ANY(%(hidden)s) ORDER BY 1) AS hosts_event_triggers,
       ARRAY(SELECT pubname::text FROM pg_publication ORDER BY 1) AS publications,
       ARRAY(SELECT pubname::text FROM pg_publication WHERE puballtables ORDER BY 1) AS publications_of_all_tables,
       (SELECT count(*) FROM pg_user_mappings) AS user_mappings

-- name: extensions
SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema,
       ARRAY(SELECT DISTINCT pg_describe_object(d.classid, d.objid, d.objsubid)
             FROM pg_depend m JOIN pg_depend d ON d.refclassid = m.classid AND d.refobjid = m.objid
               AND d.deptype IN ('n', 'a')
             WHERE m.refclassid = 'pg_extension'::regclass AND m.refobjid = e.oid AND m.deptype = 'e'
               AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = d.classid AND x.objid = d.objid
                 AND x.deptype = 'e')
               -- Nor part of a member: a view's rule, an operator family's function.
               AND NOT EXISTS (SELECT FROM pg_depend x JOIN pg_depend of ON of.classid = x.refclassid
                 AND of.objid = x.refobjid AND of.deptype = 'e'
                               WHERE x.classid = d.classid AND x.objid = d.objid AND x.deptype IN ('i', 'a'))
                                 ORDER BY 1) AS needed_by
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY 1

-- name: overloads
SELECT n.nspname AS schema, p.proname AS name, false AS is_operator,
  ARRAY(SELECT t.typname::text FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS a(type, n)
  JOIN pg_type t ON t.oid = a.type ORDER BY a.n) AS arguments,
       (SELECT e.extname FROM pg_depend x JOIN pg_extension e ON e.oid = x.refobjid
        WHERE x.classid = 'pg_proc'::regclass AND x.objid = p.oid AND x.refclassid = 'pg_extension'::regclass
          AND x.deptype = 'e') AS extension
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind = 'f' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND EXISTS (SELECT FROM pg_proc b WHERE b.pronamespace = 'pg_catalog'::regnamespace AND b.proname = p.proname)
  AND NOT EXISTS (SELECT FROM pg_proc b WHERE b.pronamespace = 'pg_catalog'::regnamespace AND b.proname = p.proname
    AND b.proargtypes = p.proargtypes)
UNION ALL
SELECT n.nspname, o.oprname, true, ARRAY[coalesce((SELECT typname::text FROM pg_type WHERE oid = o.oprleft), ''),
  (SELECT typname::text FROM pg_type WHERE oid = o.oprright)],
       (SELECT e.extname FROM pg_depend x JOIN pg_extension e ON e.oid = x.refobjid
        WHERE x.classid = 'pg_operator'::regclass AND x.objid = o.oid AND x.refclassid = 'pg_extension'::regclass
          AND x.deptype = 'e')
FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE o.oprcode <> 0 AND o.oprright <> 0 AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND EXISTS (SELECT FROM pg_operator b WHERE b.oprnamespace = 'pg_catalog'::regnamespace AND b.oprname = o.oprname)
  AND NOT EXISTS (SELECT FROM pg_operator b WHERE b.oprnamespace = 'pg_catalog'::regnamespace AND b.oprname = o.oprname
    AND b.oprleft = o.oprleft AND b.oprright = o.oprright)
ORDER BY 1, 2, 3, 4
