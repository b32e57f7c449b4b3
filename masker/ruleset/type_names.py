"""The names by which a rule file calls types."""

from __future__ import annotations

import re

from masker.catalog.types import ColumnType

_LENGTH = re.compile(r"\([^)]*\)")

#: Other names of built-in types, those of Rails' migrations included.
_ALIASES = {
    "character varying": "varchar", "string": "varchar", "character": "bpchar", "char": "bpchar", "integer": "int4",
    "int": "int4", "bigint": "int8", "smallint": "int2", "boolean": "bool", "decimal": "numeric", "real": "float4",
    "double precision": "float8", "float": "float8", "datetime": "timestamp",
    "timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
    "time without time zone": "time", "binary": "bytea", "time with time zone": "timetz", "bit varying": "varbit",
}  # fmt: skip

#: Types a default may name though the database at hand has no column of them.
KNOWN_TYPES = frozenset(_ALIASES.values()) | {
    "text", "citext", "name", "uuid", "json", "jsonb", "hstore", "xml", "inet", "cidr", "macaddr", "date", "interval",
    "bit", "money", "tsvector", "ltree", "oid", "geometry", "geography", "point", "polygon", "box", "circle", "line",
    "path", "lseg", "vector", "tsrange", "tstzrange", "daterange", "int4range", "int8range", "numrange", "cube",
}  # fmt: skip


def plain_type(written: str) -> str:
    """A type's short name as PostgreSQL's catalog has it: ``character varying(20)[]`` is ``varchar[]``."""
    bare = _LENGTH.sub("", written.lower()).strip()
    is_array = bare.endswith("[]")
    bare = re.sub(r"\s+", " ", bare.removesuffix("[]")).strip()
    bare = _ALIASES.get(bare, bare)
    return f"{bare}[]" if is_array else bare


def type_names(kind: ColumnType) -> frozenset[str]:
    """The names by which a default may call *kind*; a domain goes by its own and by its base type's."""
    own = kind.sql.replace('"', "").lower()
    return frozenset(
        {kind.name.lower(), plain_type(kind.sql), plain_type(kind.base), own, plain_type(own.rpartition(".")[2])}
    )
