-- name: planner
SELECT name, reset_val FROM pg_settings WHERE context = 'user' AND name ~* (
  '^(enable_.*|geqo.*|jit.*|(seq_page|random_page|cpu_.*|parallel_.*)_cost|min_parallel_.*_scan_size'
  '|effective_cache_size|effective_io_concurrency|default_statistics_target|constraint_exclusion|cursor_tuple_fraction'
  '|(from|join)_collapse_limit|plan_cache_mode|recursive_worktable_factor|work_mem|hash_mem_multiplier'
  '|max_parallel_workers.*|parallel_leader_participation|search_path|timezone|datestyle|intervalstyle'
  '|default_text_search_config)$')

-- name: may_analyze
SELECT count(*) FROM unnest(%(schemas)s::text[], %(tables)s::text[]) AS g(schema, name)
  JOIN pg_namespace n ON n.nspname = g.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = g.name
WHERE NOT pg_has_role(c.relowner, 'USAGE') AND NOT
  (SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database())
