"""Rows that break what their table says of them are found, whatever its catalog and its indexes say."""

from __future__ import annotations

import psycopg
import pytest

from masker.postgres.connect import connect, parse_url
from masker.sides import Side
from masker.verify.constraints import check_constraints
from tests.servers import ServersByMajor

_SCHEMA = r"""
CREATE FUNCTION public.is_word(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT t ~ '^[a-z]*$' $$;
CREATE TABLE public.people (
  id int PRIMARY KEY, "E mail" text NOT NULL UNIQUE, age int CHECK (age > 0), nick text CHECK (public.is_word(nick)),
  till timestamptz CHECK (till > now()), team int, left_at date);
CREATE UNIQUE INDEX one_captain ON public.people ((lower(nick)), team) WHERE left_at IS NULL;
ALTER TABLE public.people ADD CONSTRAINT later CHECK (team <> 13) NOT VALID;
INSERT INTO public.people SELECT n, n || '@x.test', 1 + n % 90, chr(97 + n % 26), '9999-01-01', nullif(n, 13), CASE
WHEN n % 3 = 0 THEN '2020-01-01'::date END FROM generate_series(1, 3000) AS n;
ANALYZE public.people
"""

#: What the catalog no longer asks for while it is broken.
_FREE = (
    "SET allow_system_table_mods = on",
    "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = 'public.people'::regclass",
    "UPDATE pg_attribute SET attnotnull = false WHERE attrelid = 'public.people'::regclass AND attname = 'E mail'",
    "UPDATE pg_class SET relchecks = 0 WHERE oid = 'public.people'::regclass",
)
_BIND = (
    "UPDATE pg_index SET indisready = true, indisvalid = true WHERE indrelid = 'public.people'::regclass",
    "UPDATE pg_attribute SET attnotnull = true WHERE attrelid = 'public.people'::regclass AND attname = 'E mail'",
    "UPDATE pg_class SET relchecks = 4 WHERE oid = 'public.people'::regclass",
)


@pytest.mark.parametrize("major", [15, 18])
def test_rows_that_break_a_constraint_are_counted(servers_by_major: ServersByMajor, major: int) -> None:
    server = servers_by_major[major]
    url = server.create_database()
    with server.connect(url) as conn:
        _run(conn, *_SCHEMA.strip().split(";\n"))
        assert _found(url) == {"7 kept by every row looked up"}
        _run(
            conn,
            *_FREE,
            'UPDATE public.people SET "E mail" = NULL WHERE id = 5',
            "UPDATE public.people SET \"E mail\" = '8@x.test' WHERE id = 7",
            "UPDATE public.people SET age = -1 WHERE id <= 4",
            "UPDATE public.people SET nick = 'NOT A WORD' WHERE id = 9",
            "UPDATE public.people SET team = 26, nick = 'a', left_at = NULL WHERE id IN (52, 78)",
            "UPDATE public.people SET till = '2000-01-01', team = 13 WHERE id = 10",
            *_BIND,
        )
        expected = {
            "people.E mail: NOT NULL: 1 rows break it",
            "people_E mail_key of people: 1 rows break it",
            "people_age_check of people: 4 rows break it",
            "people_nick_check of people: 1 rows break it",
            "one_captain of people: 2 rows break it",
        }
        assert expected <= _found(url)
        assert not {f for f in _found(url) if "later" in f or "till" in f or "not answer" in f}
        _run(
            conn,
            "INSERT INTO public.people SELECT n, n || '@x.test', 1, 'a', NULL, n, NULL FROM generate_series(10000,"
            " 200000) AS n",
            "ANALYZE public.people",
        )
        assert expected <= _found(url)


def _run(conn: psycopg.Connection, *statements: str) -> None:
    for statement in statements:
        conn.execute(statement.encode())


def _found(url: str) -> set[str]:
    with connect(parse_url(url, Side.TARGET)) as conn:
        return {f"{f.subject}: {f.detail}".removesuffix(": ") for f in check_constraints(conn, is_whole=True)}
