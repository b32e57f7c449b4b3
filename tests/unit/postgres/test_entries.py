"""A dump cut into entries, whatever stands in names and bodies."""

from __future__ import annotations

import pytest

from masker.postgres.entries import SchemaEntry, read_entries

_HEAD = (
    "--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\n-- Dumped from database version 17.1\n\nSET"
    " statement_timeout = 0;\nSET client_encoding = 'UTF8';\n\n"
)
_TAIL = "\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict abc\n\n"


def _entry(kind: str, name: str, body: str, schema: str = "public") -> str:
    return f"--\n-- Name: {name}; Type: {kind}; Schema: {schema}; Owner: -\n--\n\n{body}\n\n\n"


def _read(*entries: str) -> list[SchemaEntry]:
    return list(read_entries(_HEAD + "".join(entries) + _TAIL))


def test_only_what_stands_below_headings_is_read() -> None:
    table, index = _read(
        _entry("TABLE", "t", "CREATE TABLE public.t ();"), _entry("INDEX", "i", "CREATE INDEX i ON public.t (a);")
    )
    assert table == SchemaEntry("TABLE", "public", "t", "CREATE TABLE public.t ();\n", is_post_data=False)
    assert index == SchemaEntry("INDEX", "public", "i", "CREATE INDEX i ON public.t (a);\n", is_post_data=True)


def test_a_dump_of_nothing_has_no_entries() -> None:
    assert _read() == []


def test_what_follows_the_first_object_after_the_data_comes_after_it_too() -> None:
    entries = _read(
        _entry("TABLE", "t", ";"),
        _entry("CONSTRAINT", "t t_pkey", ";"),
        _entry("VIEW", "grouped", ";"),
        _entry("COMMENT", "VIEW grouped", ";"),
    )
    assert [e.is_post_data for e in entries] == [False, True, True, True]


@pytest.mark.parametrize(
    "body",
    [
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\n{}\n$$;",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$\n $$ $1 ' \n{}\n$_$;",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $éa1$\n{}\n$éa1$;",
        "COMMENT ON TABLE t IS 'it''s\n{}\n';",
        'CREATE TABLE "a""\n{}\n" ();',
    ],
)
def test_a_heading_inside_a_text_is_text(body: str) -> None:
    inside = (
        "--\n-- Name: x; Type: TABLE; Schema: public; Owner: -\n--\nSET statement_timeout = 0;\n\\restrict q\n" + _TAIL
    )
    first, second = _read(_entry("FUNCTION", "f()", body.format(inside)), _entry("TABLE", "t", "CREATE TABLE t ();"))
    assert (first.name, second.name) == ("f()", "t")
    assert first.sql == body.format(inside) + "\n"


@pytest.mark.parametrize("name", ["it's", 'say "x', "a; Type: INDEX; Schema: s; Owner: y", "$$", "-- b", "so$a$"])
def test_a_name_in_a_heading_opens_nothing(name: str) -> None:
    entries = _read(_entry("TABLE", name, "CREATE TABLE x ();"), _entry("TABLE", "t", "CREATE TABLE t ();"))
    assert [(e.type, e.name) for e in entries] == [("TABLE", name), ("TABLE", "t")]


def test_what_lives_in_no_schema_says_so() -> None:
    (entry,) = _read(_entry("EXTENSION", "citext", "CREATE EXTENSION citext;", schema="-"))
    assert (entry.schema, str(entry)) == ("", "extension citext")


def test_an_entry_is_told_as_the_dump_names_it() -> None:
    (entry,) = _read(_entry("FUNCTION", 'f(integer, "char")', ";", schema="my app"))
    assert str(entry) == 'function my app.f(integer, "char")'


def test_a_tables_access_method_goes_with_the_table() -> None:
    entries = _read(
        _entry("TYPE", "e", "CREATE TYPE e AS ENUM ();\n\n\nSET default_table_access_method = heap;"),
        _entry("TABLE", "a", "CREATE TABLE a ();\n\n\nSET default_table_access_method = columnar;"),
        _entry("TABLE", "b", "CREATE TABLE b ();"),
        _entry("SEQUENCE", "s", "CREATE SEQUENCE s;"),
        _entry(
            "MATERIALIZED VIEW",
            "m",
            "CREATE MATERIALIZED VIEW m AS SELECT 1;\n\n\nSET default_table_access_method = heap;",
        ),
        _entry("TABLE", "c", "CREATE TABLE c ();"),
    )
    assert [e.sql for e in entries] == [
        "CREATE TYPE e AS ENUM ();\n",
        "CREATE TABLE a ();\n",
        "SET default_table_access_method = columnar;\nCREATE TABLE b ();\nSET default_table_access_method = heap;\n",
        "CREATE SEQUENCE s;\n",
        (
            "SET default_table_access_method = columnar;\nCREATE MATERIALIZED VIEW m AS SELECT 1;\nSET"
            " default_table_access_method = heap;\n"
        ),
        "CREATE TABLE c ();\n",
    ]
