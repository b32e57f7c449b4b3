"""Columns of ``schema.rb`` as PostgreSQL declares them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from masker.names import quote_literal
from masker.schemas.ruby import Lambda
from masker.schemas.source import identifier

_PLAIN = {
    "string": "character varying", "text": "text", "bigint": "bigint", "decimal": "numeric", "numeric": "numeric",
    "datetime": "timestamp", "timestamp": "timestamp", "timestamptz": "timestamptz", "time": "time",
    "timetz": "timetz", "binary": "bytea", "blob": "bytea", "boolean": "boolean", "bit_varying": "bit varying",
    "float": "double precision", "serial": "serial", "bigserial": "bigserial", "primary_key": "bigserial",
}  # fmt: skip

#: Types that have a precision of six unless they say otherwise.
_TIMES = frozenset({"datetime", "timestamp"})

_WITH_PRECISION = frozenset({"datetime", "timestamp", "timestamptz", "time", "timetz", "interval"})

#: What the adapter for PostGIS calls its types.
_SHAPES = {
    "st_point": "Point", "st_polygon": "Polygon", "line_string": "LineString", "multi_point": "MultiPoint",
    "multi_line_string": "MultiLineString", "multi_polygon": "MultiPolygon",
    "geometry_collection": "GeometryCollection", "spatial": "Geometry",
}  # fmt: skip


def column_sql(kind: str, options: Mapping[str, Any], *, has_precision: bool) -> str:
    """The type of a column and what goes with it. *has_precision*: times have one unless they say otherwise."""
    if kind == "virtual":
        sort = str(options.get("type", "string"))
        sql = sql_type(sort, options, has_precision=has_precision)
        stored = " STORED" if options.get("stored") else " VIRTUAL"
        return f"{sql} GENERATED ALWAYS AS ({_expression(options.get('as'))}){stored}{_required(options)}"
    sql = sql_type(kind, options, has_precision=has_precision)
    collation = f" COLLATE {identifier(str(options['collation']))}" if options.get("collation") else ""
    default = options.get("default")
    given = "" if default is None else f" DEFAULT {default_sql(default, kind, options)}"
    return f"{sql}{collation}{given}{_required(options)}"


def _required(options: Mapping[str, Any]) -> str:
    return " NOT NULL" if options.get("null") is False else ""


def _expression(value: Any) -> str:
    return value.sql if isinstance(value, Lambda) else str(value)


def sql_type(kind: str, options: Mapping[str, Any], *, has_precision: bool) -> str:
    """The type as PostgreSQL has it, an array where the options say so."""
    return f"{_scalar(kind, options, has_precision)}{'[]' if options.get('array') else ''}"


def _scalar(kind: str, options: Mapping[str, Any], has_precision: bool) -> str:
    limit, precision, scale = options.get("limit"), options.get("precision"), options.get("scale")
    if kind in _WITH_PRECISION:
        plain = _PLAIN.get(kind, kind)
        if precision is None and kind in _TIMES and "precision" not in options and has_precision:
            precision = 6
        return plain if precision is None else f"{plain}({precision})"
    if kind in {"decimal", "numeric"}:
        if precision is None:
            return "numeric"
        return f"numeric({precision})" if scale is None else f"numeric({precision},{scale})"
    if kind == "integer":
        return "smallint" if limit in {1, 2} else "bigint" if isinstance(limit, int) and limit > 4 else "integer"
    if kind == "float" and isinstance(limit, int) and limit <= 24:
        return "real"
    if kind == "enum":
        return ".".join(map(identifier, str(options.get("enum_type", "enum")).split(".", 1)))
    if kind in {"geometry", "geography", *_SHAPES}:
        return _shape(kind, options)
    if kind in {"string", "bit", "bit_varying", "vector", "halfvec", "sparsevec", "char"} and limit is not None:
        return f"{_PLAIN.get(kind, kind)}({limit})"
    if kind in _PLAIN:
        return _PLAIN[kind]
    # An unquoted name is a type by its name; anything else is as SQL writes it.
    return kind if re.search(r"\W", kind) or kind in {"bit", "interval"} else identifier(kind)


def _shape(kind: str, options: Mapping[str, Any]) -> str:
    limit = options.get("limit")
    told: Mapping[str, Any] = limit if isinstance(limit, dict) else options
    sort = told.get("type", _SHAPES.get(kind))
    is_geographic = kind == "geography" or told.get("geographic")
    words = {"st_point": "Point", "st_polygon": "Polygon"}
    name = words.get(str(sort), "".join(part.capitalize() for part in str(sort).split("_"))) if sort else ""
    name += ("Z" if told.get("has_z") else "") + ("M" if told.get("has_m") else "")
    inner = f"({name},{told.get('srid', 0)})" if name else ""
    return f"{'geography' if is_geographic else 'geometry'}{inner}"


def default_sql(value: Any, kind: str, options: Mapping[str, Any]) -> str:
    """A default as SQL."""
    if isinstance(value, Lambda):
        return value.sql
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | Decimal):
        return quote_literal(str(value)) if kind in {"string", "text"} else f"{value}"
    if options.get("array") and isinstance(value, list):
        return quote_literal("{" + ",".join(map(_element, value)) + "}")
    if isinstance(value, list | dict):
        if kind == "hstore" and isinstance(value, dict):
            return quote_literal(", ".join(f"{json.dumps(str(k))}=>{json.dumps(str(v))}" for k, v in value.items()))
        return quote_literal(json.dumps(value, ensure_ascii=False, default=str))
    return quote_literal(str(value))


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "t" if value else "f"
    text = str(value)
    if text and not re.search(r'[\s{}",\\]', text) and text.upper() != "NULL":
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
