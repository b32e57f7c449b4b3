-- name: beyond
WITH given AS (SELECT * FROM unnest(%(roles)s::text[], %(names)s::text[]) AS g(role, name)),
  me AS (SELECT rolsuper, rolcreaterole, rolname FROM pg_roles WHERE rolname = current_user)
SELECT g.role, g.name FROM given g CROSS JOIN me LEFT JOIN pg_roles r ON r.rolname = g.role LEFT
  JOIN pg_settings s ON lower(s.name) = lower(g.name)
WHERE NOT me.rolsuper AND (
  coalesce(s.context NOT IN ('user', 'backend'), true) AND NOT {may_set}
  OR g.role NOT IN ('', me.rolname) AND (r.rolsuper OR NOT me.rolcreaterole OR {has_no_say}))
ORDER BY 1, 2
