"""What an expression of a rule file may be made of: functions, operators and types without side effects, and why others
are not among them."""

from __future__ import annotations

from collections.abc import Mapping

_RESULTS = {
    "text": (
        "abbrev array_to_string btrim chr concat concat_ws encode format host initcap json_extract_path_text"
        " json_typeof jsonb_extract_path_text jsonb_typeof left lpad ltrim regexp_replace repeat replace reverse right"
        " rpad rtrim split_part substr to_char to_hex translate"
    ),
    "int4": (
        "array_length array_position ascii bit_length cardinality char_length character_length family json_array_length"
        " jsonb_array_length length masklen num_nonnulls num_nulls octet_length strpos width_bucket"
    ),
    "bool": "isempty isfinite jsonb_exists lower_inf starts_with upper_inf",
    "float8": "date_part power",
    "numeric": "div exp ln log sqrt to_number",
    "bytea": "decode",
    "json": "json_build_array json_build_object to_json",
    "jsonb": (
        "jsonb_build_array jsonb_build_object jsonb_extract_path jsonb_insert jsonb_set jsonb_strip_nulls to_jsonb"
    ),
    "_text": "regexp_match string_to_array",
    "cidr": "network",
    "date": "make_date to_date",
    "time": "make_time",
    "timestamp": "make_timestamp",
    "timestamptz": "now to_timestamp transaction_timestamp",
    "interval": "age justify_days make_interval",
    # that of the first or the last argument, or of an element
    "first": (
        "abs array_append array_cat array_remove array_replace ceil ceiling floor mod round set_masklen sign trunc"
    ),
    "last": "array_prepend date_trunc",
    "bound": "lower upper",
}

#: Functions without side effects whose results depend on their arguments alone, and the time of the run; each with the
#: type it gives.
FUNCTIONS: Mapping[str, str] = {name: result for result, names in _RESULTS.items() for name in names.split()}

#: Functions that SQL spells with words: ``extract(year from …)``, ``x at time zone 'UTC'``, ``like … escape``.
SPELLED: Mapping[str, str] = {
    "btrim": "text",
    "extract": "numeric",
    "like_escape": "text",
    "ltrim": "text",
    "overlaps": "bool",
    "overlay": "text",
    "position": "int4",
    "rtrim": "text",
    "similar_to_escape": "text",
    "substring": "text",
    "timezone": "zone",
}

#: Calls to the eye that are nodes of their own, for "did you mean".
LOOK_LIKE_CALLS = frozenset(
    {"any", "all", "coalesce", "extract", "greatest", "least", "nullif", "overlay", "position", "substring", "trim"}
)

WHY_NOT: Mapping[str, str] = {
    **dict.fromkeys(
        ("md5", "sha224", "sha256", "sha384", "sha512", "hashtext", "hashtextextended"),
        "an unkeyed hash is found out by trying: use the mask token, or `by: value`",
    ),
    **dict.fromkeys(
        ("random", "gen_random_uuid", "uuid_generate_v4"), "results have to be the same for the same row: use a mask"
    ),
    **dict.fromkeys(
        ("clock_timestamp", "statement_timestamp", "timeofday"),
        "results have to be the same for the same row: now() is the same for the whole run",
    ),
    **dict.fromkeys(
        ("count", "sum", "min", "max", "avg", "string_agg", "array_agg", "json_agg", "jsonb_agg"),
        "it sums up rows, and a mask sees one",
    ),
}

#: Types a value may be cast to, by their names in pg_type.
TYPES = frozenset({
    "bit", "bool", "bpchar", "bytea", "char", "cidr", "date", "daterange", "float4", "float8", "inet", "int2", "int4",
    "int4range", "int8", "int8range", "interval", "json", "jsonb", "macaddr", "name", "numeric", "numrange", "text",
    "time", "timestamp", "timestamptz", "timetz", "tsrange", "tstzrange", "uuid", "varbit", "varchar",
})  # fmt: skip

COMPARISONS = frozenset({"=", "<>", "!=", "<", ">", "<=", ">="})
ARITHMETIC = frozenset({"+", "-", "*", "/", "%", "^"})

#: Operators that give a truth value.
TESTS = COMPARISONS | {
    "~",
    "!~",
    "~*",
    "!~*",
    "~~",
    "!~~",
    "~~*",
    "!~~*",
    "^@",
    "@>",
    "<@",
    "&&",
    "?",
    "?|",
    "?&",
    "-|-",
    "&<",
    "&>",
}

#: Operators that give a type of their own.
GIVE: Mapping[str, str] = {"->>": "text", "#>>": "text"}

OPERATORS = (
    TESTS | ARITHMETIC | GIVE.keys() | {"||", "->", "#>", "#-", "&", "|", "#", "<<", ">>", "~", "|/", "||/", "@"}
)

#: What every table has besides its own columns.
SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})

#: Words for the current time, by their node or call, and the type they give.
INSTANTS: Mapping[str, str] = {
    "now": "timestamptz",
    "transaction_timestamp": "timestamptz",
    "SVFOP_CURRENT_TIMESTAMP": "timestamptz",
    "SVFOP_CURRENT_TIMESTAMP_N": "timestamptz",
    "SVFOP_CURRENT_DATE": "date",
    "SVFOP_LOCALTIMESTAMP": "timestamp",
    "SVFOP_LOCALTIMESTAMP_N": "timestamp",
    "SVFOP_CURRENT_TIME": "timetz",
    "SVFOP_CURRENT_TIME_N": "timetz",
    "SVFOP_LOCALTIME": "time",
    "SVFOP_LOCALTIME_N": "time",
}
