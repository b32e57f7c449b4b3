"""The query that describes every object of a database: a kind, an identity that means the same elsewhere, a definition.

``{visible}`` says that the schema ``n`` is not the system's, the host's or masker's. ``{own CATALOG ALIAS}``: no member
of an extension; ``{carried KIND NAMESPACE TABLE NAME}``: it is carried as the rules tolerate it. ``{made …}``: nor what
a type brings along, as a range does its multirange since 14. ``{since VERSION EXPRESSION}`` is NULL on older servers.
``{sorted OPTIONS}`` are the options of a foreign object, which a dump orders by name. What majors print differently is
asked for where both sides are of one (``same_major``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from masker.queries import queries
from masker.tables.tolerated import Carried, Kind

_SQL = queries(__name__)

_TABLES = _SQL["tables"]

_TYPES_AND_FUNCTIONS = _SQL["types_and_functions"]

_BESIDE_SCHEMAS = _SQL["beside_schemas"]

_SINCE_15 = _SQL["since_15"]

#: Whatever may carry a comment: objects of visible schemas, what stands on them, and what belongs to no schema. The
#: system's own and extensions' members are told of by the server and by the extension.
_COMMENTS = _SQL["comments"]

_VISIBLE = "n.nspname !~ '^pg_' AND n.nspname <> ALL(%(hidden)s)"
_OWN = re.compile(r"\{(own|made) (\w+) (\w+)\}")
_KINDS = {"own": "'e'", "made": "'e', 'i'"}
_NO_MEMBER = (
    "NOT EXISTS (SELECT FROM pg_depend member WHERE member.classid = '{}'::regclass AND member.objid = {}.oid AND"
    " member.deptype IN ({}))"
)
_SINCE = re.compile(r"\{since (\d+) ([^{}]*)\}")

_CARRIED = re.compile(r"\{carried ([\w.']+) (\w+) (\w+) ([\w.]+)\}")
_AMONG = (
    "EXISTS (SELECT FROM unnest(%(carried_kinds)s::text[], %(carried_schemas)s::text[], %(carried_tables)s::text[],"
    " %(carried_names)s::text[]) AS among(kind, schema, relation, name) WHERE among.kind = {}::text AND among.schema ="
    " {}.nspname AND among.relation = {}.relname AND among.name = {})"
)
_LETTERS: Mapping[Kind, str] = {"foreign key": "f", "check": "c", "unique index": "x"}

_SORTED = re.compile(r"\{sorted ([\w.]+)\}")

#: Longer definitions travel as digests, and all of a database whose bytes are in no encoding: it could not send them.
_WHOLE = _SQL["whole"]


def objects_query(version: int) -> str:
    """The query for a server of *version*. Its parameters: ``hidden`` schemas, ``same_major``, the ``encoding`` digests
    are made in, and :func:`carried_parameters`."""
    pieces = [_TABLES, _TYPES_AND_FUNCTIONS, _BESIDE_SCHEMAS + (_SINCE_15 if version >= 150000 else "") + _COMMENTS]
    return _WHOLE + fill("\nUNION ALL\n".join(pieces), version) + ") AS found"


def carried_parameters(carried: Sequence[Carried]) -> dict[str, list[str]]:
    """The parameters of the query that name what is to be described as a copy has it, and not as it is."""
    return {
        "carried_kinds": [_LETTERS[one.kind] for one in carried],
        "carried_schemas": [one.table.schema for one in carried],
        "carried_tables": [one.table.name for one in carried],
        "carried_names": [one.name for one in carried],
    }


def fill(query: str, version: int) -> str:
    """*query* with its ``{…}`` written out for a server of *version*."""
    query = _SORTED.sub(r"(SELECT string_agg(o, ',' ORDER BY o) FROM unnest(\1) AS o)", query)
    query = _CARRIED.sub(lambda m: _AMONG.format(*m.groups()), query)
    query = _SINCE.sub(lambda m: m[2] if version >= int(m[1]) else "NULL", query)
    return _OWN.sub(lambda m: _NO_MEMBER.format(m[2], m[3], _KINDS[m[1]]), query).replace("{visible}", _VISIBLE)
