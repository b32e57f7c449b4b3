-- name: lock
SELECT pg_try_advisory_lock(%(class)s, hashtext(%(name)s)) AND NOT EXISTS (
  SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid::int8 = %(class)s
    AND objid::int8 = hashtext(%(name)s)::int8 & 4294967295 AND pid <> pg_backend_pid())

-- name: live
SELECT d.oid::int8 AS oid, r.rolname AS owner, pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate,
  d.datctype AS ctype, d.datconnlimit AS connection_limit,
       shobj_description(d.oid, 'pg_database') AS comment, d.datacl IS NULL AS has_default_grants,
         t.spcname AS tablespace, has_tablespace_privilege(t.oid, 'CREATE') AS may_use_tablespace,
         d.datistemplate AS is_template
FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba JOIN pg_tablespace t ON t.oid = d.dattablespace
  WHERE d.datname = %s

-- name: grants
SELECT coalesce(r.rolname, ''), a.privilege_type, a.is_grantable FROM pg_database d, aclexplode(d.datacl) a LEFT
  JOIN pg_roles r ON r.oid = a.grantee
WHERE d.datname = %s AND a.grantee <> d.datdba
