-- name: defaults
SELECT r.rolname::text, pg_has_role(r.oid, 'MEMBER'), d.defaclobjtype::text, coalesce(g.rolname, '')::text,
  a.privilege_type, a.is_grantable
FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace JOIN pg_roles r ON r.oid = d.defaclrole
CROSS JOIN LATERAL aclexplode(d.defaclacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
WHERE n.nspname = %(schema)s ORDER BY 1, 3, 4, 5

-- name: granted
SELECT coalesce(r.rolname, '')::text, a.privilege_type, a.is_grantable FROM pg_namespace n
CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE n.nspname = %(schema)s AND a.grantee <> n.nspowner ORDER BY 1, 2
