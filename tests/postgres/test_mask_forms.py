"""Every mask on every type in every form: it makes the same in a copy and in place, or it is refused before a row
moves, with the type and with what to do instead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest

from masker.catalog.read import read_catalog
from masker.masks.drawn import as_known, drawn_name
from masker.masks.every import MASKS
from masker.names import ColumnName, TableName
from tests.postgres.masking import Masking
from tests.servers import ServersByMajor
from tests.unit.masks.samples import SAMPLES

_SETUP = (
    "CREATE EXTENSION citext SCHEMA public",
    "CREATE EXTENSION hstore SCHEMA public",
    "CREATE EXTENSION ltree SCHEMA public",
    "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    "CREATE TYPE pair AS (label text, n int)",
    "CREATE TYPE mood AS ENUM ('glad', 'calm')",
    "CREATE DOMAIN code AS varchar(12)",
    "CREATE DOMAIN own_code AS code CHECK (VALUE <> 'bad')",
    "CREATE DOMAIN many AS text[]",
    "CREATE DOMAIN born AS date",
    "CREATE DOMAIN price AS numeric(6,2)",
    "CREATE DOMAIN own_price AS price CHECK (VALUE <> 13)",
    "CREATE DOMAIN prices AS numeric(6,2)[]",
)

_INFINITE = ("NaN", "Infinity", "-Infinity")

#: Types, and values of each.
_FORMS: dict[str, Sequence[str]] = {
    "text": ("Ab-1 c", "", "taro@corp.test", "山田 ０３－１２３４", "x" * 300, "\\x'\"\n\t{}"),
    "varchar(12)": ("Ab-1 c", "", "123456789012"),
    "char(8)": ("ab", "abcdefgh", ""),
    "name": ("ab", "x"),
    "citext": ("Ab", "aB"),
    "own_code": ("Ab-1", ""),
    "text COLLATE loose": ("Ab", "aB", ""),
    "text[]": ("{a,b}", "{{a,b},{c,NULL}}", "[0:1]={a,b}", "{}", "{{{a},{b}},{{c},{d}}}", '{"",NULL,"a,b"}'),
    "varchar(4)[]": ("{abcd,NULL}", "{{a},{b}}"),
    "int[]": ("{1,2}", "[2:3]={4,NULL}", "{{1,2},{3,4}}"),
    "citext[]": ("{Ab,NULL}",),
    "own_code[]": ("{Ab,NULL}",),
    "many": ("{a,NULL}", "{}"),
    "pair": ('("a b",1)', "(,)"),
    "pair[]": ('{"(a,1)",NULL}',),
    "int2": ("7", "-32768", "32767", "0"),
    "int4": ("7", "-2147483648", "2147483647", "0"),
    "int8": ("7", "-9223372036854775808", "9223372036854775807", "0"),
    "numeric": ("1.50", "NaN", "0", "-1e30", "1e-20"),
    "numeric(10,2)": ("1.50", "99999999.99", "NaN"),
    "price": ("9999.99", "-9999.99", "NaN"),
    "own_price": ("9999.99", "0.01"),
    "numeric(6,2)[]": ("{9999.99,NULL}", "{{-9999.99},{0.01}}"),
    "prices": ("{9999.99,NULL}",),
    "float4": ("1.5", *_INFINITE),
    "float8": ("1.5", "1e300", *_INFINITE),
    "money": ("12.34", "-0.01"),
    "bool": ("true", "false"),
    "uuid": ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000"),
    "bytea": ("\\x00ff", "\\x"),
    "date": ("2020-02-29", "0044-03-15 BC", "infinity", "-infinity"),
    "born": ("2020-02-29", "-infinity"),
    "timestamp(3)": ("2020-02-29 12:00:00.123", "infinity"),
    "timestamptz": ("2020-02-29 12:00:00.123456+00", "-infinity"),
    "time": ("12:00:00", "24:00:00"),
    "timetz": ("12:00:00+09",),
    "interval": ("1 mon -1 day", "00:00:01"),
    "inet": ("10.1.2.3", "10.1.2.0/24", "::1"),
    "cidr": ("10.1.2.0/24", "::/0"),
    "macaddr": ("08:00:2b:01:02:03",),
    "macaddr8": ("08:00:2b:01:02:03:04:05",),
    "json": ('{"a": "x", "b": [1, null]}', '"x"', "7"),
    "jsonb": ('{"a": "x", "b": [1, null]}', "[]", "null"),
    "xml": ("<a>b</a>",),
    "hstore": ('"a"=>"x", "b"=>NULL', ""),
    "ltree": ("top.taro.x1", "top", ""),
    "ltree[]": ("{a.b,NULL}",),
    "tsvector": ("'taro':1 'x':2", ""),
    "tsquery": ("'a' & 'b'",),
    "bit(8)": ("10101010",),
    "varbit(12)": ("1010", ""),
    "int4range": ("[1,5)", "empty", "(,)", "[3,)"),
    "numrange": ("[1.5,2.5]", "(,0)"),
    "daterange": ("[2020-01-01,2020-02-01)", "(,infinity]"),
    "tstzrange": ('["2020-01-01 00:00:00+00",)',),
    "int4multirange": ("{[1,5),[7,9)}", "{}"),
    "point": ("(139.76,35.68)", "(NaN,Infinity)"),
    "box": ("(1,1),(0,0)",),
    "mood": ("glad", "calm"),
    "mood[]": ("{glad,NULL}",),
    "pg_lsn": ("0/16B3748",),
    "oid": ("42",),
}

#: Masks of which a file, expressions or other columns decide, and the one that does nothing.
_OTHERS = {"dictionary", "sql", "fk_choice", "history", "keep"}


def _rule(mask: str, kind: str, values: Sequence[str]) -> dict[str, Any] | None:
    """A rule of *mask* that means something for *values*, None where there is none."""
    match mask:
        case "fixed":
            return {"mask": mask, "value": values[0]}
        case "choice":
            return {"mask": mask, "values": [values[0], values[-1]]} if len(values) > 1 else None
        case "map":
            return {"mask": mask, "values": {values[0]: values[-1]}, "other": "keep"}
        case "shuffle":
            return {"mask": mask, "shows_originals": "yes"}
        case "json":
            return {"mask": mask, "other": "mask"}
        case "array" if kind in ("numeric(6,2)[]", "prices"):
            return {"mask": mask, "of": {"mask": "noise", "ratio": "50%"}}
        case "geo":
            return {"mask": mask, "within": "5 km", **({} if kind == "point" else {"part": "latitude"})}
        case "range" if kind in ("date", "born", "timestamp(3)", "timestamptz"):
            return {"mask": mask, "min": "2020-01-01", "max": "2020-12-31"}
    sample = SAMPLES.get(mask, (mask, ""))[0]
    return {"mask": sample} if isinstance(sample, str) else dict(sample)


@pytest.fixture
def masking(servers_by_major: ServersByMajor) -> Iterator[Masking]:
    """The servers that wheels bring have no ICU; the system's has."""
    with Masking(servers_by_major[15].create_database()) as session:
        session.run(*_SETUP)
        columns = ", ".join(f"c{at} {kind}" for at, kind in enumerate(_FORMS))
        session.run(f"CREATE TABLE forms (id bigint PRIMARY KEY, {columns})")
        rows = max(map(len, _FORMS.values())) + 1
        session.run(f"INSERT INTO forms (id) SELECT n FROM generate_series(1, {rows}) n")
        with session.conn.transaction():
            session.conn.execute("SET LOCAL search_path = public")
            for at, (kind, values) in enumerate(_FORMS.items()):
                place = kind.partition(" COLLATE")[0]
                for row, value in enumerate(values, 1):
                    session.conn.execute(
                        f"UPDATE forms SET c{at} = CAST(%s::text AS {place}) WHERE id = %s".encode(), [value, row]
                    )
                name = drawn_name(ColumnName(TableName("public", "forms"), f"c{at}"))
                session.known = {**session.known, name: as_known((value, 1) for value in values)}
        session.catalog = read_catalog(session.conn)
        yield session


_Texts = list[dict[str, str | None]]


#: What tables that are masked in batches have besides: a key that counts by itself, and columns computed of others.
_COMPUTED = (
    "ALTER TABLE public.forms ALTER id ADD GENERATED ALWAYS AS IDENTITY",
    "ALTER TABLE public.forms ADD made text GENERATED ALWAYS AS (md5(c0) || id) STORED, "
    + ", ".join(
        f"ADD g{at} bool GENERATED ALWAYS AS (c{at} IS NOT DISTINCT FROM NULL) STORED" for at in range(len(_FORMS))
    ),
)


def _made(masking: Masking, rules: dict[str, Any]) -> tuple[_Texts, _Texts]:
    """What *rules* make in a copy, and in place."""
    statement, bindings = masking.statement("forms", rules)
    masking.set(bindings)
    return masking.texts(statement), masking.in_place("forms", rules, as_text=True)


def _errors(masking: Masking, rules: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What the server says of each of *rules* by itself."""
    for name, rule in rules.items():
        try:
            _made(masking, {name: rule})
        except psycopg.Error as error:
            yield name, str(error.diag.message_primary)


def _otherwise(masking: Masking, rules: dict[str, Any], flown: _Texts) -> Iterator[tuple[str, str]]:
    """Which columns are others than *flown* where rows are updated in batches, or leave behind what is computed of
    them."""
    for made, left in zip(flown, masking.in_batches("forms", rules), strict=True):
        for name in rules:
            if made[name] != left[name]:
                yield name, "in batches it is another"
            if (left[name] is None) != (left[f"g{name[1:]}"] == "true"):
                yield name, "what is computed of it is of what it was"


def test_each_mask_works_on_each_type_alike_in_flight_and_in_place_or_says_why_not(masking: Masking) -> None:
    kinds, before = list(_FORMS), masking.texts("TABLE public.forms")
    catalog = masking.catalog
    assert catalog is not None
    table = catalog.tables[TableName("public", "forms")]
    types = {column.name: column.type for column in table.columns}
    wrong: list[str] = []
    works = refused = 0
    every: dict[str, tuple[dict[str, Any], _Texts]] = {}
    for mask in sorted(MASKS.keys() - _OTHERS):
        rules = {
            f"c{at}": rule
            for at, (kind, values) in enumerate(_FORMS.items())
            if (rule := _rule(mask, kind, values)) is not None
        }
        for name, found, hint in masking.refusals("forms", rules):
            refused += 1
            del rules[name]
            named = [of.sql for of in (types[name], types[name].element) if of is not None]
            if not hint or not any(sql in found for sql in named):
                wrong.append(f"{mask} on {kinds[int(name[1:])]}: refused without type or way out: {found} / {hint}")
        works += len(rules)
        try:
            flown, stayed = _made(masking, rules)
        except psycopg.Error:
            wrong += [f"{mask} on {kinds[int(name[1:])]}: {why}" for name, why in _errors(masking, rules)]
            continue
        every[mask] = rules, flown
        for name in rules:
            kind = kinds[int(name[1:])]
            for was, made, left in zip(before, flown, stayed, strict=True):
                if made[name] != left[name]:
                    wrong.append(f"{mask} on {kind}: in place it is another")
                if was[name] is None and made[name] is not None:
                    wrong.append(f"{mask} on {kind}: NULL became a value")
                if was[name] in _INFINITE and made[name] != was[name] and mask in _OF_NUMBERS:
                    wrong.append(f"{mask} on {kind}: {was[name]} is {made[name]}")
    masking.run(*_COMPUTED)
    for number, (mask, (all_rules, flown)) in enumerate(every.items()):
        # One expression for both: a third of the types of each mask, another third of the next, is enough.
        rules = {name: rule for name, rule in all_rules.items() if int(name[1:]) % 3 == number % 3}
        if rules:
            wrong += [f"{mask} on {kinds[int(name[1:])]}: {why}" for name, why in _otherwise(masking, rules, flown)]
    assert wrong == [], "\n".join(wrong)
    assert works > 500
    assert refused > 1000


#: What is no number stays none under them.
_OF_NUMBERS = {"noise", "round", "bucket", "number_shape"}
