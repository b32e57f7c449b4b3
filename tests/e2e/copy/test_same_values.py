"""What a schema computes while it is filled or masked goes by the settings that the preview is used with: of its
database, its role, and of that role there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.executable import Done, run
from tests.servers import Server, database_of

DATABASE = {
    "timezone": "Asia/Tokyo",
    "default_text_search_config": "pg_catalog.simple",
    "app.region": "jp, west",
    "quote_all_identifiers": "on",
    "datestyle": "SQL, DMY",
    "array_nulls": "off",
    "xmloption": "document",
    "default_toast_compression": "pglz",
}
ROLE = {"bytea_output": "escape", "extra_float_digits": "-3"}
ROLE_THERE = {"intervalstyle": "iso_8601", "standard_conforming_strings": "off"}

#: Functions that say they are immutable and go by settings: what applications write, and what PostgreSQL believes them.
SCHEMA = r"""
CREATE SCHEMA app;
CREATE FUNCTION app.suffix() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT '!' $$;
CREATE FUNCTION public.loud(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE SET search_path = app
AS $$ BEGIN RETURN upper(t) || suffix(); END $$;
CREATE FUNCTION public.day_of(t timestamptz) RETURNS date LANGUAGE sql IMMUTABLE AS 'SELECT t::date';
CREATE FUNCTION public.terms(t text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$ SELECT to_tsvector(t) $$;
CREATE FUNCTION public.due_of(t text) RETURNS date LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN t::date; END $$;
CREATE FUNCTION public.words(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $f$
  BEGIN RETURN concat_ws('|', current_setting('app.region'), ('{a,NULL}'::text[])[2], length('a\\b'),
  $$<a/>$$::xml IS DOCUMENT, t); END $f$;
CREATE FUNCTION public.said(r bytea, f float8, i interval, d date) RETURNS text LANGUAGE plpgsql IMMUTABLE
AS $$ BEGIN RETURN concat_ws('|', r, f, i, d); END $$;
CREATE TABLE public.events (
  id integer PRIMARY KEY, email text, at timestamptz, due_written text CHECK (public.due_of(due_written) >
  '2000-01-01'), body text, raw bytea, share float8, lasts interval, pay money,
  day date GENERATED ALWAYS AS (public.day_of(at)) STORED, due date GENERATED ALWAYS
  AS (public.due_of(due_written)) STORED, search tsvector GENERATED ALWAYS AS (public.terms(body)) STORED,
  shout text GENERATED ALWAYS AS (public.loud(body)) STORED, told text GENERATED ALWAYS AS (public.words(body)) STORED,
  facts text GENERATED ALWAYS AS (public.said(raw, share, lasts, day_of(at))) STORED);
-- A column that names an object of its database makes the whole table travel as text.
CREATE TABLE public.notes (id integer PRIMARY KEY, kind regclass, tags text[], doc xml, pay money, lasts interval,
day date, at timestamptz, raw bytea, ready date GENERATED ALWAYS AS (public.day_of(at)) STORED);
CREATE INDEX events_day ON public.events (public.day_of(at));
CREATE INDEX events_terms ON public.events USING gin (public.terms(body));
CREATE INDEX events_late ON public.events (id) WHERE public.day_of(at) > '2020-01-02';
CREATE TABLE public.logs (id integer, at timestamptz) PARTITION BY RANGE (public.day_of(at));
CREATE TABLE public.logs_first PARTITION OF public.logs FOR VALUES FROM ('2020-01-01') TO ('2020-01-02');
CREATE TABLE public.logs_later PARTITION OF public.logs FOR VALUES FROM ('2020-01-02') TO ('2020-02-01');
INSERT INTO public.events SELECT n, 'user' || n || '@corp.test',
'2020-01-01 00:00+00'::timestamptz + n * interval '1 hour', '31/12/' || 2020 + n % 5, 'the running dogs of ' || n,
  '\\x00ff5c'::bytea, 0.1::float8 + 0.2::float8 + n, interval '-1 day +02:03:04' * n, 5.5::numeric::money
  FROM generate_series(0, 47) AS n;
SET xmloption = content;
INSERT INTO public.notes SELECT id, 'pg_class', ARRAY['x', NULL, 'NULL'], 'a<b/>', pay, lasts, day, at, raw
FROM public.events;
RESET xmloption;
INSERT INTO public.logs SELECT id, at FROM public.events;
CREATE MATERIALIZED VIEW public.daily AS SELECT at::date AS day, count(*) AS n, to_char(min(at),
'YYYY-MM-DD HH24:MI TZH') AS first FROM public.events GROUP BY 1;
CREATE MATERIALIZED VIEW public.here AS SELECT id, body FROM public.events
WHERE current_setting('app.region') LIKE 'jp%';
"""

RULES = "version: 1\nundecided: keep\ntables:\n  events:\n    columns: {email: email}\n"

QUESTIONS = (
    (
        "SELECT concat_ws('~', id, at, due_written, body, raw, share, lasts, pay, day, due, search, shout, told, facts)"
        " FROM events ORDER BY id"
    ),
    "SELECT n::text FROM notes AS n ORDER BY 1",
    "SELECT tableoid::regclass::text, count(*) FROM logs GROUP BY 1 ORDER BY 1",
    "SELECT d::text FROM daily AS d ORDER BY 1",
    "SELECT * FROM here ORDER BY 1",
)
LOOKUPS = (
    "SELECT count(*) FROM events WHERE day_of(at) = '2020-01-01'::date",
    "SELECT count(*) FROM events WHERE terms(body) @@ to_tsquery('dogs')",
    "SELECT count(*) FROM events WHERE day_of(at) > '2020-01-02'::date AND id > 0",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped:
    """A source and a preview whose owner is no superuser, both used with settings of their own."""

    production: Server
    preview: Server
    source: str
    rules: Path
    owner: str

    def made(self) -> str:
        """The URL of another empty preview with the settings, of which the role's are made on the way."""
        return _database(self.preview, self.owner)

    def run(self, command: str, target: str, *more: str) -> Done:
        source = ["--source", self.source] if command != "mask" else ["--terminate"]
        return run(command, *source, "--target", target, "--rules", self.rules, *more)

    def expect_same(self, target: str) -> None:
        """All that is computed, as an application reads it, and found through an index and past it."""
        assert _answers(target) == _answers(self.source)


def _database(server: Server, owner: str) -> str:
    url = server.create_database(owner=owner)
    name, role = sql.Identifier(database_of(url)), sql.Identifier(owner)
    with server.connect() as conn:
        for setting, value in DATABASE.items():
            parts = (
                [sql.Literal(part) for part in value.split(", ")] if setting == "datestyle" else [sql.Literal(value)]
            )
            conn.execute(
                sql.SQL("ALTER DATABASE {} SET {} TO {}").format(
                    name, sql.Identifier(*setting.split(".")), sql.SQL(", ").join(parts)
                )
            )
        conn.execute(sql.SQL('ALTER DATABASE {} SET search_path TO "$user", app, public').format(name))
        for setting, value in ROLE_THERE.items():
            conn.execute(
                sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} TO {}").format(
                    role, name, sql.Identifier(setting), sql.Literal(value)
                )
            )
        for setting, value in ROLE.items():
            conn.execute(
                sql.SQL("ALTER ROLE {} SET {} TO {}").format(role, sql.Identifier(setting), sql.Literal(value))
            )
    return url


def _answers(url: str) -> list[object]:
    with psycopg.connect(url) as conn:
        found: list[object] = [conn.execute(question.encode()).fetchall() for question in QUESTIONS]
        for by_index in ("on", "off"):
            conn.execute(
                f"SET enable_indexscan = {by_index}; SET enable_bitmapscan = {by_index}; SET enable_seqscan ="
                f" {'off' if by_index == 'on' else 'on'}".encode()
            )
            found.append([conn.execute(lookup.encode()).fetchall() for lookup in LOOKUPS])
    assert found[-1] == found[-2], "an index finds other rows than there are"
    return found


def _fill(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(SCHEMA.encode())


@pytest.fixture
def shaped(production: Server, preview: Server, tmp_path: Path) -> Iterator[Shaped]:
    owner = production.create_owner()
    source = _database(production, owner)
    _fill(source)
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES)
    made = Shaped(production=production, preview=preview, source=source, rules=rules, owner=preview.create_owner(owner))
    with preview.connect() as conn:
        conn.execute(sql.SQL("GRANT SET ON PARAMETER app.region TO {}").format(sql.Identifier(owner)))
        yield made
        conn.execute("UPDATE pg_database SET datistemplate = false WHERE datname LIKE 't%\\_%'")


def test_what_is_computed_is_computed_as_on_production(shaped: Shaped) -> None:
    swapped, direct, restored = shaped.made(), shaped.made(), shaped.made()
    with shaped.preview.connect() as conn:
        name = sql.Identifier(database_of(swapped))
        conn.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        conn.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(name))
        before = _kept(conn, swapped)
        conn.execute(sql.SQL("REVOKE SET ON PARAMETER app.region FROM {}").format(sql.Identifier(shaped.owner)))
        refused = shaped.run("copy", swapped, "--confirm", database_of(swapped))
        refused.expect(
            2,
            r"is set to have app\.region, which the role \w+ may not give to the database that replaces it",
            "GRANT SET ON PARAMETER",
        )
        conn.execute(sql.SQL("GRANT SET ON PARAMETER app.region TO {}").format(sql.Identifier(shaped.owner)))
        shaped.run("copy", swapped, "--confirm", database_of(swapped)).expect(0)
        assert _kept(conn, swapped) == before
    shaped.expect_same(swapped)
    shaped.run("copy", direct, "--publish", "direct", "--confirm", database_of(direct)).expect(0)
    shaped.expect_same(direct)
    shaped.run("verify", direct).expect(0)
    _fill(restored)
    shaped.run("mask", restored, "--confirm", database_of(restored)).expect(0)
    shaped.expect_same(restored)


def _kept(conn: psycopg.Connection, url: str) -> object:
    query = (
        "SELECT datistemplate, array(SELECT setrole::regrole::text || setconfig::text FROM pg_db_role_setting WHERE"
        " setdatabase = d.oid ORDER BY 1) FROM pg_database d WHERE datname = %s"
    )
    return conn.execute(query, [database_of(url)]).fetchone()


#: What other sessions make of rows: each with what verification says of it.
SPOILINGS = (
    (
        "SET timezone = 'UTC'; REINDEX INDEX events_day",
        r"events_day of events: \d+ of 48 rows are not found through it .* REINDEX INDEX",
    ),
    (
        "SET default_text_search_config = 'pg_catalog.english'; REINDEX INDEX events_terms",
        r"events_terms of events: 48 of 48 rows are not found through it",
    ),
    (
        "SET timezone = 'America/Los_Angeles'; REINDEX INDEX events_late",
        r"events_late of events: \d+ of 48 rows are not found through it",
    ),
    (
        "SET timezone = 'Pacific/Kiritimati'; REINDEX INDEX events_late",
        r"events_late of events: \d+ of 48 rows are found through it that it should leave out",
    ),
    (
        "SET timezone = 'UTC'; UPDATE events SET at = at WHERE id = 40",
        (
            r'another value in "day" \(1 of 48 rows\), "facts" \(1 of 48 rows\) than its expression computes under the'
            r" settings of the database"
        ),
    ),
)


def test_what_was_computed_by_other_settings_is_found(shaped: Shaped) -> None:
    target = shaped.made()
    shaped.run("copy", target, "--publish", "direct", "--confirm", database_of(target)).expect(0)
    for script, *findings in SPOILINGS:
        with psycopg.connect(target, autocommit=True) as conn:
            conn.execute(script.encode())
        run("verify", "--target", target).expect(8, *findings, "0 not run")
        with psycopg.connect(target, autocommit=True) as conn:
            conn.execute("REINDEX TABLE events")
