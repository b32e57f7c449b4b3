-- name: kept
SELECT EXISTS (SELECT FROM pg_stats WHERE schemaname = %(schema)s AND tablename = %(name)s)
    OR EXISTS (SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = x.relnamespace JOIN pg_stats s ON s.schemaname = n.nspname
      AND s.tablename = x.relname
               WHERE i.indrelid = %(relation)s::regclass)
    OR EXISTS (SELECT FROM pg_statistic_ext WHERE stxrelid = %(relation)s::regclass)
