"""The table of masks is complete, and says no to what a mask cannot do before anything runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.masks.cases import Cases
from masker.masks.every import MASK_RULES, MASKS
from masker.masks.mask import Uniqueness
from tests.catalogs import array_of, catalog, column_type, domain, table
from tests.unit.masks.readings import reading, rule
from tests.unit.masks.samples import SAMPLES


def test_every_rule_has_a_mask_and_every_mask_a_card() -> None:
    assert {name: mask.rule for name, mask in MASKS.items()} | {"cases": Cases} == dict(MASK_RULES)
    for name, mask in MASKS.items():
        assert mask.name == name == mask.rule.model_fields["mask"].default
        assert mask.summary.endswith(".")
        assert mask.card.serves
        assert mask.card.example
        assert "|" not in mask.card.example, "cards are shown in a table"


@pytest.mark.parametrize(
    "mask", sorted(name for name, mask in MASKS.items() if mask.card.serves.partition(",")[0] == "text")
)
def test_text_masks_serve_text_of_every_kind(mask: str) -> None:
    for kind in (
        column_type("text"),
        column_type("varchar", length=80),
        column_type("bpchar", length=80),
        column_type("citext"),
        domain("d", column_type("text")),
    ):
        assert MASKS[mask].card.accepts(kind)
    assert MASKS[mask].card.accepts(column_type("int4")) == ("integer" in MASKS[mask].card.serves)


def _problem(
    written: Any, column: str | Column, *, unique: bool = False, locale: str = "ja_JP", by: str = "", **more: Any
) -> str | None:
    """What the plan says of one rule on one column: the finding, and what to do after a slash."""
    name = column.name if isinstance(column, Column) else column.split(" ")[0]
    users = table("users", "id int8 primary key", "team int4", column, unique=(name,) if unique else (), **more)
    found = reading(catalog(users), users, {name: written}, locale=locale)
    return " / ".join(f"{p.found} / {p.hint}" if p.hint else p.found for p in found.problems) or None


def _column(kind: ColumnType, *, is_nullable: bool = True) -> Column:
    return Column(name="value", number=3, type=kind, is_nullable=is_nullable)


def _number(sql: str) -> ColumnType:
    """A type of numbers as the server writes it."""
    name = {"integer": "int4", "smallint": "int2", "bigint": "int8"}.get(sql, sql.partition("(")[0])
    return replace(column_type(name), sql=sql, base=sql)


@pytest.mark.parametrize(
    ("written", "column", "said"),
    [
        ("email", "age int4", ("integer: the mask email serves text", "fixed")),
        ("email", "age jsonb", ("json",)),
        ("date_shift", "born text", ("date_shift serves date, timestamp",)),
        (
            "lorem",
            _column(array_of(column_type("text"))),
            ("text[]: the mask lorem serves text", "null, fixed, array, sql, or keep"),
        ),
        ("null", "name text not null", ("the column is NOT NULL", "token or fixed")),
        (
            "null",
            _column(domain("needed", column_type("text"), not_null=True)),
            ("the domain public.needed is NOT NULL",),
        ),
        ("email", "mail varchar(20)", ("too short for a unique address at example.com, which may need 32 characters",)),
        ({"mask": "email", "domain": "a.jp"}, "mail varchar(24)", ("may need 25 characters",)),
        (
            {"mask": "email", "domain": "keep", "domains": 5},
            "mail text",
            ("`domain` says more than one", "one of the two"),
        ),
        (
            {"mask": "email", "domain": {"gmail.com": "a.example.com"}},
            "mail varchar(20)",
            ("at its longest domain, which may need 34",),
        ),
        ({"mask": "email", "domain": "keep"}, "mail varchar(20)", ("which may need 32",)),
        ("phone", "tel varchar(9)", ("too short for a telephone number of 10 digits",)),
        (
            {"mask": "map", "values": {"Gold": "a", "gold": "b"}, "other": "keep"},
            "level citext",
            ("Gold and gold are one value of citext",),
        ),
        ("ip", "ip varchar(14)", ("may need 15 characters",)),
        (
            {"mask": "ip", "range": "documentation", "prefix": 24},
            "ip text",
            ("three networks to give", "reserved or benchmark"),
        ),
        ("password", "hash varchar(59)", ("too short for the hash of 60 characters",)),
        ({"mask": "token", "length": 30}, "token varchar(20)", ("30 characters do not fit character varying(20)",)),
        ({"mask": "token", "prefix": "sk_test_"}, "token varchar(8)", ("leave no room in character varying(8)",)),
        ({"mask": "token", "alphabet": "base58"}, "raw bytea", ("bytea",)),
        ({"mask": "token", "prefix": "x_"}, "key uuid", ("uuid",)),
        ({"mask": "fixed", "value": "long"}, "code varchar(3)", ("has 4 characters, character varying(3) holds 3",)),
        (
            {"mask": "fixed", "value": "x"},
            _column(column_type("mood", labels=("sad", "happy"))),
            ('"x" is no label of mood', "there are sad, happy"),
        ),
        ({"mask": "fixed", "value": 40_000}, "n int2", ("expected an integer from -32768 to 32767",)),
        ({"mask": "fixed", "value": "1.5"}, "n int4", ("expected an integer",)),
        ({"mask": "fixed", "value": "maybe"}, "b bool", ("expected true or false",)),
        ({"mask": "fixed", "value": "x"}, "n numeric", ("expected a number",)),
        ({"mask": "fixed", "value": "x"}, "u uuid", ("expected a uuid",)),
        ({"mask": "fixed", "value": "{"}, "j jsonb", ("expected a JSON document",)),
        ({"mask": "fixed", "value": "31.1.2000"}, "d date", ("expected a date such as 2000-01-31",)),
        ({"mask": "fixed", "value": "soon"}, "t timestamptz", ("expected a time such as",)),
        ({"mask": "fixed", "value": "10.0.0.1/8"}, "c cidr", ("expected a network",)),
        (
            {"mask": "choice", "values": ["1", "ten"]},
            "n int4",
            ('values: no. 2, "ten", cannot be read as', "an integer"),
        ),
        ({"mask": "choice", "values": ["1 day", "soon"]}, "i interval", ('no. 2, "soon"', "such as 3 days")),
        ({"mask": "choice", "values": ["12:00", "noon"]}, "t time", ('no. 2, "noon"', "such as 12:00:00")),
        ({"mask": "choice", "values": ["101", "2"]}, "b bit(3)", ('no. 2, "2"', "such as 101")),
        (
            {"mask": "map", "values": {"a": "08:00:2b:01:02:03", "b": "x"}, "other": "null"},
            "m macaddr",
            ('values: the result no. 2, "x"', "six bytes"),
        ),
        ({"mask": "map", "values": {"a": r"\x00"}, "other": {"value": r"\x0"}}, "b bytea", ("other: ", "such as")),
        ({"mask": "fixed", "value": 100}, _column(_number("numeric(4,2)")), ("100", "holds -99.99 to 99.99")),
        ({"sql": "lowr(name)"}, "name text", ("lowr() is not allowed here, did you mean lower?",)),
        ({"sql": "nme"}, "name text", ("there is no column nme, did you mean name?",)),
        (
            {"mask": "json", "other": "drop", "paths": {"$.a": "date_shift"}},
            "doc jsonb",
            ("$.a: the mask date_shift serves date",),
        ),
        (
            {
                "mask": "json",
                "other": "drop",
                "paths": {"$.a": {"mask": "json", "other": "drop", "paths": {"$.b": "token"}}},
            },
            "doc jsonb",
            ("$.a: the mask json serves json, jsonb",),
        ),
        (
            {"mask": "json", "other": "drop", "paths": {"$.a": {"mask": "token", "by": "nobody"}}},
            "doc jsonb",
            ("there is no column nobody",),
        ),
        (
            {"mask": "json", "other": "drop", "paths": {"$.a": {"sql": "nobody"}}},
            "doc jsonb",
            ("$.a: there is no column nobody",),
        ),
        (
            {"mask": "json", "other": "drop", "paths": {"$.a": "token", "$.a.b": "token"}},
            "doc jsonb",
            ("$.a is a leaf, and another path goes through it",),
        ),
        *(
            (
                {"mask": "json", "other": "drop", "paths": {"$.a": leaf}},
                "doc jsonb",
                (f"$.a: {leaf['mask']}: doc is the column itself, and its original would show", "name other columns"),
            )
            for leaf in (
                {"mask": "template", "template": "{id}-{doc}"},
                {"mask": "derived", "of": ["id", "doc"], "kind": "lower"},
            )
        ),
        *(
            (
                {"mask": mask, word: step},
                _column(_number(kind)),
                (
                    f"{word}: {kind} holds multiples of {unit}: values would stay as they are",
                    f"greater multiple of {unit}",
                ),
            )
            for mask, word in (("round", "to"), ("bucket", "step"))
            for step, kind, unit in (
                (1, "integer", "1"),
                (0.5, "smallint", "1"),
                (1.5, "bigint", "1"),
                (0.01, "numeric(10,2)", "0.01"),
                (0.015, "numeric(10,2)", "0.01"),
                (0.01, "money", "0.01"),
                (100, "numeric(5,-2)", "100"),
            )
        ),
        (
            {"mask": "geo", "part": "latitude", "grid": 0.01},
            _column(_number("numeric(5,2)")),
            ("grid: numeric(5,2) holds multiples of 0.01 degrees", "write a greater multiple of 0.01"),
        ),
        (
            {"mask": "geo", "part": "longitude", "grid": 0.1},
            _column(_number("integer")),
            ("grid: integer holds multiples of 1 degrees", "write a greater multiple of 1"),
        ),
        (
            {"mask": "geo", "part": "latitude", "within": "500 m"},
            _column(_number("numeric(5,2)")),
            ("within: numeric(5,2) holds multiples of 0.01 degrees", "write `1575 m` or more"),
        ),
    ],
)
def test_what_does_not_fit_is_told_with_a_remedy(written: Any, column: str | Column, said: tuple[str, ...]) -> None:
    found = _problem(written, column)
    assert found is not None
    assert all(part in found for part in said), found


@pytest.mark.parametrize(
    ("written", "column"),
    [
        ({"mask": "round", "to": 2}, _column(_number("integer"))),
        ({"mask": "round", "to": 0.05}, _column(_number("numeric(10,2)"))),
        ({"mask": "round", "to": 0.01}, "n numeric"),
        ({"mask": "bucket", "step": 0.5}, "n float8"),
        ({"mask": "bucket", "step": 1}, _column(_number("numeric(10,2)"))),
        ({"mask": "geo", "part": "latitude", "grid": 0.001}, _column(_number("numeric(9,6)"))),
        ({"mask": "geo", "part": "latitude", "within": "2 km"}, _column(_number("numeric(5,2)"))),
        ({"mask": "geo", "grid": 0.1}, "n point"),
    ],
)
def test_steps_that_the_type_can_tell_are_served(written: Any, column: str) -> None:
    assert _problem(written, column) is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"mask": "digits", "first": 3, "last": 2}, "first 3, last 2"),
        ({"mask": "partial", "last": 4}, "last 4"),
        ("digits", ""),
        ({"mask": "token", "keep": {"first": 1}}, "first 1"),
    ],
)
def test_the_plan_tells_what_stays_at_the_ends(written: Any, said: str) -> None:
    users = table("users", "id int8 primary key", "tel text")
    (found,) = reading(catalog(users), users, {"tel": written}).masked
    assert found.ends == said


@pytest.mark.parametrize("mask", ["first_name", "last_name", "full_name"])
def test_english_names_have_one_script(mask: str) -> None:
    found = _problem({"mask": mask, "script": "katakana"}, "name text", locale="en_US")
    assert found is not None
    assert "names of en_US are written in romaji" in found
    assert _problem({"mask": mask, "script": "romaji"}, "name text", locale="en_US") is None
    in_document = _problem(
        {"mask": "json", "other": "drop", "paths": {"$.a": {"mask": mask, "script": "kanji"}}},
        "doc jsonb",
        locale="en_US",
    )
    assert in_document is not None
    assert "written in romaji" in in_document


@pytest.mark.parametrize(
    "mask",
    sorted(
        name
        for name, mask in MASKS.items()
        if mask.card.uniqueness is Uniqueness.LOST and name not in {"fixed", "dictionary", "shuffle"}
    ),
)
def test_masks_that_repeat_are_refused_on_unique_columns(mask: str) -> None:
    written, column = SAMPLES.get(mask, (mask, "value text"))
    found = _problem(written, column, unique=True)
    assert found is not None
    assert "a unique index rests on it" in found
    assert _problem(written, column) is None


@pytest.mark.parametrize(
    ("written", "column", "is_served"),
    [
        ("email", "mail varchar(255)", True),
        ({"mask": "email", "by": "value"}, "mail text", True),
        ({"mask": "email", "by": "team"}, "mail text", False),
        ({"mask": "email", "by": ["id", "team"]}, "mail text", True),
        ("token", "t text", True),
        ("token", "t varchar(15)", False),
        ("token", "t varchar(16)", True),
        ({"mask": "token", "alphabet": "base58"}, "t varchar(12)", True),
        ({"mask": "token", "alphabet": "digits"}, "t varchar(19)", False),
        ({"mask": "token", "length": 18, "prefix": "key_"}, "t text", False),
        ("token", "t uuid", True),
        ("token", "t bytea", True),
        ("null", "t text", True),
        ("keep", "t text", True),
        ("phone", "t text", True),
        ("phone", "t varchar(16)", True),
        ("phone", "t varchar(15)", False),
        ({"mask": "phone", "by": "value"}, "t text", False),
        ({"mask": "phone", "by": ["id", "team"]}, "t text", False),
    ],
)
def test_unique_columns(written: Any, column: str, is_served: bool) -> None:
    assert (_problem(written, column, unique=True) is None) == is_served


def test_null_is_refused_where_nulls_are_equal() -> None:
    users = table("users", "id int8 primary key", "code text", unique=("code",))
    equal = tuple(
        replace(i, definition=f"{i.definition} NULLS NOT DISTINCT") if i.columns == ("code",) else i
        for i in users.indexes
    )
    users = replace(users, indexes=equal)
    (problem,) = reading(catalog(users), users, {"code": None}).problems
    assert "counts NULLs as equal" in problem.found


def test_statements_are_the_same_every_time() -> None:
    users = table("users", "id int8 primary key", "email text", "name varchar(40)", "doc jsonb")
    rules = {
        "email": "email",
        "name": {"mask": "full_name", "by": "value"},
        "doc": {"mask": "json", "other": "drop", "paths": {"$.a[*].b": "token"}},
    }
    one, other = (reading(catalog(users), users, rules) for _ in range(2))
    assert one == other
    assert "current_setting('masker." in one.statement.lower()


def test_a_bare_column_is_kept_as_it_is() -> None:
    users = table("users", "id int8 primary key", "email text not null")
    found = reading(catalog(users), users, {"email": "keep"})
    assert found.items["email"] == '"email"'


def test_a_required_number_needs_no_case() -> None:
    users = table("users", "id int8 primary key", "born date not null", "died date")
    found = reading(catalog(users), users, {"born": "date_shift", "died": "date_shift"})
    assert "CASE" not in found.items["born"]
    assert "IS NOT NULL" in found.items["died"]


def test_type_classes_are_decided_on_purpose() -> None:
    """A new class of types has to be looked at: which masks serve it?"""
    serving = {
        kind: {name for name, mask in MASKS.items() if mask.card.accepts(replace(column_type("text"), kind=kind))}
        for kind in TypeClass
    }
    everywhere = {"keep", "null", "fixed", "sql", "choice", "dictionary", "map", "fk_choice", "shuffle"}
    assert serving[TypeClass.COMPOSITE] == {"keep", "null", "fixed", "sql"}
    assert {
        kind: found - everywhere for kind, found in serving.items() if found - everywhere and kind is not TypeClass.TEXT
    } == {
        TypeClass.UUID: {"token", "uuid"},
        TypeClass.BYTEA: {"token"},
        TypeClass.DATE: {"date_shift", "range", "number_shape", "date_trunc", "date_noise", "birthdate"},
        TypeClass.TIMESTAMP: {"date_shift", "range", "number_shape", "date_trunc", "date_noise", "birthdate"},
        TypeClass.INET: {"ip"},
        TypeClass.INTEGER: {"noise", "range", "number_shape", "bucket", "round", "digits", "permute", "geo", "derived"},
        TypeClass.NUMBER: {"noise", "range", "number_shape", "bucket", "round", "geo"},
        TypeClass.ARRAY: {"array"},
        TypeClass.CIDR: {"ip"},
        TypeClass.JSON: {"json", "history"},
        TypeClass.JSONB: {"json", "history"},
    }


def test_short_forms() -> None:
    assert rule("email").mask == "email"
    assert rule(None).mask == "null"
    assert rule({"sql": "1"}).mask == "sql"
