"""PostgreSQL's own types, which no schema file defines."""

from __future__ import annotations

#: Each with its oid and its array's, which never change.
_OIDS = """
bool 16 1000  bytea 17 1001  char 18 1002  name 19 1003  int8 20 1016  int2 21 1005  int2vector 22 1006  int4 23 1007
regproc 24 1008  text 25 1009  oid 26 1028  tid 27 1010  xid 28 1011  cid 29 1012  oidvector 30 1013  json 114 199
xml 142 143  point 600 1017  lseg 601 1018  path 602 1019  box 603 1020  polygon 604 1027  line 628 629  cidr 650 651
float4 700 1021  float8 701 1022  circle 718 719  macaddr8 774 775  money 790 791  macaddr 829 1040  inet 869 1041
aclitem 1033 1034  bpchar 1042 1014  varchar 1043 1015  date 1082 1182  time 1083 1183  timestamp 1114 1115
timestamptz 1184 1185  interval 1186 1187  timetz 1266 1270  bit 1560 1561  varbit 1562 1563  numeric 1700 1231
refcursor 1790 2201  regprocedure 2202 2207  regoper 2203 2208  regoperator 2204 2209  regclass 2205 2210
regtype 2206 2211  uuid 2950 2951  txid_snapshot 2970 2949  pg_lsn 3220 3221  tsvector 3614 3643  tsquery 3615 3645
gtsvector 3642 3644  regconfig 3734 3735  regdictionary 3769 3770  jsonb 3802 3807  int4range 3904 3905
numrange 3906 3907  tsrange 3908 3909  tstzrange 3910 3911  daterange 3912 3913  int8range 3926 3927  jsonpath 4072 4073
regnamespace 4089 4090  regrole 4096 4097  regcollation 4191 4192  int4multirange 4451 6150  nummultirange 4532 6151
tsmultirange 4533 6152  tstzmultirange 4534 6153  datemultirange 4535 6155  int8multirange 4536 6157
pg_snapshot 5038 5039  xid8 5069 271
"""

_WORDS = _OIDS.split()

#: The oid of each type and of its array.
OIDS = {name: (int(own), int(array)) for name, own, array in zip(_WORDS[::3], _WORDS[1::3], _WORDS[2::3], strict=True)}

#: What a range is of; multiranges are of nothing here, as in the catalog.
RANGES = {
    "int4range": "int4", "int8range": "int8", "numrange": "numeric", "tsrange": "timestamp",
    "tstzrange": "timestamptz", "daterange": "date",
}  # fmt: skip

#: Arrays by another name.
VECTORS = {"int2vector": "int2", "oidvector": "oid"}

WITHOUT_BINARY = frozenset({"aclitem", "gtsvector"})

#: How a type is written in a cast, where not by its name; what follows its modifier comes after the blank.
WRITTEN = {
    "bool": "boolean", "char": '"char"', "float4": "real", "float8": "double precision", "int2": "smallint",
    "int4": "integer", "int8": "bigint", "varchar": "character varying", "varbit": "bit varying",
    "bpchar": "character", "time": "time without time zone", "timetz": "time with time zone",
    "timestamp": "timestamp without time zone", "timestamptz": "timestamp with time zone",
}  # fmt: skip

#: Of texts, what they are compared by unless a column says otherwise.
COLLATIONS = dict.fromkeys(("text", "varchar", "bpchar"), 'pg_catalog."default"') | {"name": 'pg_catalog."C"'}

#: Types that extensions define, and those of them that are known as no binary ones.
EXTENSION_TYPES = {
    "citext": ("citext",), "hstore": ("hstore", "ghstore"), "ltree": ("ltree", "lquery", "ltxtquery", "ltree_gist"),
    "cube": ("cube",), "seg": ("seg",), "earthdistance": ("earth",), "intarray": ("query_int", "intbig_gkey"),
    "pg_trgm": ("gtrgm",), "vector": ("vector", "halfvec", "sparsevec"), "h3": ("h3index",), "semver": ("semver",),
    "isn": ("ean13", "isbn13", "ismn13", "issn13", "isbn", "ismn", "issn", "upc"), "pgvector": ("vector",),
    "postgis": ("geometry", "geography", "box2d", "box3d", "spheroid", "geometry_dump", "valid_detail", "raster"),
    "postgis_raster": ("raster", "rastbandarg"), "postgis_topology": ("topogeometry", "topoelement"),
    "pg_uuidv7": (), "uint": ("uint1", "uint2", "uint4", "uint8", "int1"), "rum": ("rumkey",),
}  # fmt: skip

EXTENSION_TYPES_WITHOUT_BINARY = frozenset(
    {"seg", "ghstore", "gtrgm", "ltree_gist", "query_int", "intbig_gkey", *EXTENSION_TYPES["isn"]}
)
