"""The digest of a value: a bigint that is the same on every server from 13 to 18 for equal values, and another one for
another value.

Never the text or send form of a row, nor ``hash_record``: a row may pass the gigabyte a datum may have, arrays carry
oids, and equal numbers of other scale would be taken for one. Each value is hashed by itself: integers, uuids and
timestamps as they are, texts by their bytes, everything else by its output function (a cast to text may be somebody's
own) under the settings :mod:`masker.postgres.connect` pins.

A digest is keyed by a seed: another bigint, as a rule the digest of the row's key, so that a value in another row is
another digest. NULL has none, and sums leave it out: a NULL in the place of a value, or the other way round, is a
summand less or more.
"""

from __future__ import annotations

from collections.abc import Sequence

from masker.catalog.types import ColumnType, TypeClass
from masker.names import quote_literal

#: Bytes of a bytea that are hashed as hexadecimal digits; longer ones by their SHA-256, which needs no copy of twice
#: their length.
_SHORT_BYTES = 4096

#: Output functions of built-in types that have one of another name than TYPE_out, or of a whole class of types.
_OUTPUT = {
    "bool": "boolout",
    "float4": "float4out",
    "float8": "float8out",
    "bpchar": "bpcharout",
    "tsvector": "tsvectorout",
    "tsquery": "tsqueryout",
    **{
        name: f"{name}_out"
        for name in (
            "numeric",
            "date",
            "time",
            "timetz",
            "interval",
            "inet",
            "cidr",
            "bit",
            "varbit",
            "json",
            "jsonb",
            "xml",
            "macaddr",
            "macaddr8",
        )
    },
}
_CLASS_OUTPUT = {TypeClass.ENUM: "enum_out", TypeClass.ARRAY: "array_out", TypeClass.COMPOSITE: "record_out"}


def value_digest(value: str, kind: ColumnType, seed: str, *, in_utf8: bool = False) -> str:
    """SQL of the digest of *value*, the name of a column of type *kind*, keyed by *seed*, a bigint expression. NULL for
    NULL.

    *in_utf8*: texts are hashed by their UTF-8 bytes, for two servers of different encodings. Costs from 0.02 µs
    (integers) to 0.4 (jsonb).
    """
    match kind.kind:
        case TypeClass.INTEGER:
            # The hash folds its argument to 32 bits; with the argument itself no two values of one seed share a digest.
            return f"(hashint8extended({value}::bigint, {seed}) # {value}::bigint)"
        case TypeClass.UUID:
            return f"uuid_hash_extended({value}, {seed})"
        case TypeClass.TIMESTAMP if kind.name == "timestamp":
            return f"timestamp_hash_extended({value}, {seed})"
        case TypeClass.TIMESTAMP:
            return f"timestamp_hash_extended({value} AT TIME ZONE 'UTC', {seed})"
        case TypeClass.ARRAY if kind.element is not None and kind.element.name == "timestamptz":
            # Its text depends on the session's time zone; its hash leaves out how its elements are laid out, and the
            # seed if it has none.
            layout = _text_digest(f"concat('', array_dims({value}))", seed, in_utf8=False)
            return f"hashint8extended(hash_array_extended({value}, {seed}), {layout})"
        case TypeClass.RANGE if kind.name == "tstzrange":
            return f"hashint8extended(hash_range_extended({value}, {seed}), {seed})"
        case TypeClass.BYTEA:
            digits = (
                f"CASE WHEN octet_length({value}) <= {_SHORT_BYTES} THEN encode({value}, 'hex') ELSE"
                f" encode(sha256({value}), 'hex') END"
            )
            return _text_digest(digits, seed, in_utf8=False)
        case TypeClass.NUMBER if kind.name == "money":
            # its text depends on lc_monetary
            return _text_digest(f"encode(cash_send({value}), 'hex')", seed, in_utf8=False)
        case _:
            return _text_digest(stable_text(value, kind), seed, in_utf8=in_utf8)


def stable_text(value: str, kind: ColumnType) -> str:
    """SQL of *value*, the name of a column, as a text that is the same in every session of masker. NULL for NULL."""
    if kind.kind is TypeClass.TEXT and not kind.is_bpchar:
        return f"{value}::text"
    output = _CLASS_OUTPUT.get(kind.kind) or (None if "." in kind.base else _OUTPUT.get(kind.name))
    if output is not None:
        return f"textin({output}({value}))"
    # By its output function, too. IS NULL would be true for a composite of NULLs, and concat() makes an empty text of
    # NULL.
    return f"CASE WHEN {value} IS DISTINCT FROM NULL THEN concat('', {value}) END"


def key_digest(keys: Sequence[tuple[str, ColumnType]], seed: str, *, in_utf8: bool = False) -> str:
    """SQL of the digest of a key: (column, type) pairs, each keyed by the ones before. Never NULL."""
    for value, kind in keys:
        seed = f"coalesce({value_digest(value, kind, seed, in_utf8=in_utf8)}, 0)"
    return seed


def row_digest(digests: Sequence[str], seed: str) -> str:
    """SQL of one digest over *digests*, names of bigint columns that may be NULL, for rows that no key tells apart.
    Never NULL."""
    mixed = " # ".join(f"coalesce({digest}, {_no_value(at)})" for at, digest in enumerate(digests)) or "0"
    return f"hashint8extended(({mixed}) >> 32, hashint8extended({mixed}, {seed}))"


def column_seed(seed: str, at: int) -> str:
    """SQL of the seed of a row's column *at*, where there is no key to take one from."""
    return f"({seed} # {_no_value(at)})"


def seed_setting(name: str) -> str:
    """SQL of the seed that the session setting *name* carries, evaluated once a statement."""
    return f"(SELECT current_setting({quote_literal(name)})::bigint)"


def _text_digest(text: str, seed: str, *, in_utf8: bool) -> str:
    if in_utf8:
        return f"hashtextextended(encode(sha256(convert_to({text}, 'UTF8')), 'hex'), {seed})"
    return f'hashtextextended({text} COLLATE pg_catalog."C", {seed})'


def _no_value(at: int) -> int:
    """A number of its own for the column *at*, within a bigint."""
    return (at + 1) * 0x9E3779B97F4A7C15 % 2**63
