"""The questions of :mod:`masker.catalog.read`. ``{visible}``, ``{calls TREE}`` and ``{reads TREE}`` are filled in
there."""

from __future__ import annotations

import re

from masker.queries import queries

_SQL = queries(__name__)

VISIBLE = "n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)"

#: ``{calls TREE}`` in a query: the parsed tree calls functions that are not the server's own.
CALLS = re.compile(r"\{calls ([\w.]+)\}")

CALLS_OWN = (
    r"EXISTS (SELECT FROM regexp_matches(TREE::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS m WHERE m[1]::int8 >= 16384)"
)

#: ``{reads TREE}``: it calls some that may read rows.
READS = re.compile(r"\{reads ([\w.]+)\}")

READS_ROWS = (
    r"EXISTS (SELECT FROM regexp_matches(TREE::text, ':(?:funcid|opfuncid) (\d+)', 'g') AS m WHERE m[1]::oid ="
    r" ANY(%(reading)s::oid[]))"
)

SERVER = _SQL["server"]
TYPES = _SQL["types"]
COMPOSITES = _SQL["composites"]
TABLES = _SQL["tables"]
COLUMNS = _SQL["columns"]
INDEXES = _SQL["indexes"]
CONSTRAINTS = _SQL["constraints"]
READING_DOMAIN_CHECKS = _SQL["reading_domain_checks"]

#: Those of extensions are told with the extensions' own tables.
SEQUENCES = _SQL["sequences"].replace(
    "{whose}",
    "NOT EXISTS (SELECT FROM pg_depend x"
    " WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'e')",
)
EXTENSION_SEQUENCES = _SQL["sequences"].replace(
    "{whose}", "EXISTS (SELECT FROM pg_extension e WHERE c.oid = ANY(e.extconfig))"
)

MATERIALIZED_VIEWS = _SQL["materialized_views"]
REST = _SQL["rest"]
EXTENSIONS = _SQL["extensions"]

#: What an unqualified name would mean with other schemas on the search path: overloads of PostgreSQL's own functions
#: and operators.
OVERLOADS = _SQL["overloads"]
