-- name: platform
WITH me AS (SELECT datdba AS owner FROM pg_database WHERE datname = current_database())
SELECT 'event trigger', e.evtname, format('%%I.%%I(%%s)', n.nspname, p.proname,
  pg_get_function_identity_arguments(p.oid)) FROM pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid
  JOIN pg_namespace n ON n.oid = p.pronamespace
CROSS JOIN me WHERE n.nspname = ANY(%(hidden)s) OR NOT pg_has_role(me.owner, e.evtowner, 'USAGE')
UNION ALL
SELECT 'schema', format('%%I', n.nspname), NULL FROM pg_namespace n CROSS JOIN me
WHERE n.nspname = 'public' OR NOT pg_has_role(me.owner, n.nspowner, 'USAGE')
  OR EXISTS (SELECT FROM pg_extension e WHERE e.extnamespace = n.oid)
UNION ALL
SELECT 'extension', e.extname, NULL FROM pg_extension e CROSS JOIN me
  WHERE NOT pg_has_role(me.owner, e.extowner, 'USAGE')
