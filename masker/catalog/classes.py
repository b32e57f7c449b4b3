"""What family each of PostgreSQL's own types is of."""

from __future__ import annotations

from masker.catalog.types import TypeClass

#: By the type's name in pg_type; any other is ``TypeClass.OTHER``.
CLASSES = {
    "text": TypeClass.TEXT, "varchar": TypeClass.TEXT, "bpchar": TypeClass.TEXT, "name": TypeClass.TEXT,
    "uuid": TypeClass.UUID, "int2": TypeClass.INTEGER, "int4": TypeClass.INTEGER, "int8": TypeClass.INTEGER,
    "numeric": TypeClass.NUMBER, "float4": TypeClass.NUMBER, "float8": TypeClass.NUMBER, "money": TypeClass.NUMBER,
    "bool": TypeClass.BOOLEAN, "date": TypeClass.DATE, "timestamp": TypeClass.TIMESTAMP,
    "timestamptz": TypeClass.TIMESTAMP, "time": TypeClass.TIME, "timetz": TypeClass.TIME,
    "interval": TypeClass.INTERVAL, "inet": TypeClass.INET, "cidr": TypeClass.CIDR, "json": TypeClass.JSON,
    "jsonb": TypeClass.JSONB, "bytea": TypeClass.BYTEA, "bit": TypeClass.BITS, "varbit": TypeClass.BITS,
}  # fmt: skip
