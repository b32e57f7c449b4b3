-- name: unidentified
SELECT n.nspname, c.relname, CASE c.relreplident WHEN 'd' THEN 'DEFAULT' WHEN 'n' THEN 'NOTHING' ELSE '' END
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname !~ '^pg_' AND c.relreplident <> 'f'
  AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND (c.relreplident = 'i' AND i.indisreplident
    OR c.relreplident = 'd' AND i.indisprimary AND i.indimmediate))
  AND EXISTS (SELECT FROM pg_publication AS p WHERE (p.pubupdate OR p.pubdelete) AND (p.puballtables
    OR EXISTS (SELECT FROM pg_publication_rel AS r WHERE r.prpubid = p.oid AND (r.prrelid = c.oid
      OR r.prrelid IN (SELECT relid FROM pg_partition_ancestors(c.oid) AS a(relid)))){schemas}))
