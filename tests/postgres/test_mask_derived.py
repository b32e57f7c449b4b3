"""Derived data whose source the catalog does not know: what reaches masked tables through functions, queries as text,
other servers."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from masker.copy.verify import verify_preview
from masker.errors import RuleErrors, TargetError
from masker.in_place.steps import FillViews, Recompute, Reindex
from masker.settings import Settings
from tests.postgres.test_mask_edges import Case
from tests.servers import EACH_MAJOR, Server, ServersByMajor, database_of

#: Originals are of one length; EXTERNAL columns are not compressed.
_USERS = """
CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, bio text);
INSERT INTO users SELECT n, 'leakme' || lpad(n::text, 5, '0') || '@corp.test', 'leakbio' || lpad(n::text, 4, '0')
FROM generate_series(1, 300) n;
CREATE FUNCTION emails_sql() RETURNS SETOF text LANGUAGE sql STABLE AS $$ SELECT email FROM public.users $$;
CREATE FUNCTION email_of(integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT email
FROM public.users WHERE id = $1); END $$;
"""
#: The wheel of 18 is built without libxml.
_XML = """
CREATE MATERIALIZED VIEW m_text AS SELECT (xpath('//email/text()', x))[1]::text AS email
FROM query_to_xml('SELECT email FROM public.users LIMIT 5', false, false, '') AS x;
CREATE MATERIALIZED VIEW m_table AS SELECT table_to_xml('public.users', false, false, '')::text AS x;
"""
_RULES = "  users: {columns: {email: email, bio: lorem}}\n"


def _needles() -> set[bytes]:
    return {f"leakme{n:05}".encode() for n in range(1000)} | {f"leakbio{n:04}".encode() for n in range(1000)}


def _require_clean(case: Case) -> None:
    """No original in any relation that holds rows, in statistics, or in the raw files."""
    with psycopg.connect(case.url) as conn:
        relations = conn.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'm') AND relispopulated AND relnamespace ="
            " 'public'::regnamespace"
        ).fetchall()
        for (relation,) in relations:
            found = conn.execute(
                f"SELECT count(*) FROM {relation} AS t WHERE t::text LIKE '%leak%'".encode()
            ).fetchone()
            assert found == (0,), relation
        stats = conn.execute(
            "SELECT DISTINCT tablename FROM pg_stats WHERE concat(most_common_vals, histogram_bounds,"
            " most_common_elems) LIKE '%leak%'"
        ).fetchall()
        assert stats == []
    assert case.server.find_in_files(_needles()) == set()


@pytest.mark.parametrize("major", EACH_MAJOR)
def test_materialized_views_that_reach_masked_rows_by_functions_and_texts_are_filled_anew(
    servers_by_major: ServersByMajor, tmp_path: Path, major: int
) -> None:
    script = (
        _USERS
        + """
        CREATE FUNCTION emails_plpgsql() RETURNS SETOF text LANGUAGE plpgsql STABLE
        AS $$ BEGIN RETURN QUERY EXECUTE 'SELECT email FROM public.' || 'users'; END $$;
        CREATE FUNCTION emails_atomic() RETURNS SETOF text LANGUAGE sql STABLE BEGIN ATOMIC SELECT email
        FROM public.users; END;
        CREATE FUNCTION bios() RETURNS SETOF text LANGUAGE sql STABLE AS $$ SELECT bio FROM public.users $$;
        CREATE FUNCTION joined(text, text) RETURNS text LANGUAGE sql AS $$ SELECT $1 || ','
        || coalesce((SELECT max(email) FROM public.users WHERE email > $2), '') $$;
        CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = joined);
        CREATE AGGREGATE all_emails (text) (SFUNC = joined, STYPE = text, INITCOND = '');
        CREATE VIEW over_function AS SELECT email FROM emails_sql() AS email;
        CREATE MATERIALIZED VIEW m_direct AS SELECT id, email FROM users;
        CREATE MATERIALIZED VIEW m_sql AS SELECT email FROM emails_sql() AS email;
        CREATE MATERIALIZED VIEW m_plpgsql AS SELECT email FROM emails_plpgsql() AS email;
        CREATE MATERIALIZED VIEW m_atomic AS SELECT email FROM emails_atomic() AS email;
        CREATE MATERIALIZED VIEW m_view AS SELECT email FROM over_function;
        {xml}
        CREATE MATERIALIZED VIEW m_stat AS SELECT word FROM ts_stat($$SELECT to_tsvector('simple', bio)
        FROM public.users$$);
        CREATE MATERIALIZED VIEW m_both AS SELECT u.id, (SELECT max(e) FROM emails_sql() AS e) AS top FROM users u;
        CREATE MATERIALIZED VIEW m_over_m AS SELECT email FROM m_sql;
        CREATE MATERIALIZED VIEW m_operator AS SELECT 'a' === 'b' AS x;
        CREATE MATERIALIZED VIEW m_aggregate AS SELECT all_emails(n::text) AS x FROM generate_series(1, 3) n;
        CREATE MATERIALIZED VIEW m_server_statistics AS SELECT attname, most_common_vals::text AS v,
        histogram_bounds::text AS h FROM pg_stats WHERE tablename = 'users';
        CREATE MATERIALIZED VIEW m_never AS SELECT email FROM emails_sql() AS email WITH NO DATA;
        CREATE INDEX ON m_sql (upper(email));
        ANALYZE; REFRESH MATERIALIZED VIEW m_server_statistics; ANALYZE m_server_statistics;
        """
    )
    case = Case(servers_by_major[major], tmp_path, script.replace("{xml}", _XML if major != 18 else ""), _RULES)

    result = case.mask()

    assert result.findings.are_good
    _require_clean(case)
    assert case.values("SELECT count(*) FROM m_sql") == [300]
    assert case.values("SELECT relname FROM pg_class WHERE relkind = 'm' AND NOT relispopulated") == ["m_never"]


def test_views_that_read_each_other_by_functions_are_filled_in_the_order_that_shows_itself(
    server: Server, tmp_path: Path
) -> None:
    """Names sort against the order in which they read; a stale one must never be read."""
    chain = "".join(
        f"CREATE FUNCTION read_{n}() RETURNS SETOF text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN QUERY EXECUTE"
        f" 'SELECT email FROM public.v{n + 1}'; END $$;\nCREATE MATERIALIZED VIEW v{n} AS SELECT email FROM read_{n}()"
        " AS email;\n"
        for n in range(4, 0, -1)
    )
    case = Case(
        server,
        tmp_path,
        f"{_USERS} CREATE MATERIALIZED VIEW v5 AS SELECT email FROM emails_sql() AS email; {chain} ANALYZE;",
        _RULES,
    )
    assert case.mask().findings.are_good
    _require_clean(case)
    assert case.values("SELECT count(*) FROM v1") == [300]


def test_views_that_read_each_other_in_a_circle_end_the_run(server: Server, tmp_path: Path) -> None:
    script = f"""{_USERS} CREATE FUNCTION other() RETURNS SETOF text LANGUAGE plpgsql STABLE
AS $$ BEGIN RETURN QUERY EXECUTE 'SELECT email FROM public.two'; END $$;
        CREATE MATERIALIZED VIEW two AS SELECT email FROM users;
        CREATE MATERIALIZED VIEW one AS SELECT email FROM other() AS email;
        CREATE FUNCTION back() RETURNS SETOF text LANGUAGE plpgsql STABLE
        AS $$ BEGIN RETURN QUERY EXECUTE 'SELECT email FROM public.one'; END $$;
        DROP MATERIALIZED VIEW two; CREATE MATERIALIZED VIEW two AS SELECT 'leakme00001' AS email UNION ALL SELECT email
        FROM back() AS email"""
    case = Case(server, tmp_path, script, _RULES)
    with pytest.raises(TargetError, match="one, two read each other"):
        case.mask()


def test_a_view_that_fails_to_be_filled_ends_the_run_and_shuts_the_gate(server: Server, tmp_path: Path) -> None:
    script = f"""{_USERS} CREATE FUNCTION checked() RETURNS SETOF text LANGUAGE plpgsql STABLE
AS $$ BEGIN IF EXISTS (SELECT FROM public.users WHERE email LIKE '%corp.test') THEN RETURN QUERY SELECT email
FROM public.users; ELSE RAISE 'no'; END IF; END $$;
        CREATE MATERIALIZED VIEW picky AS SELECT email FROM checked() AS email"""
    case = Case(server, tmp_path, script, _RULES)
    with pytest.raises(TargetError, match="the materialized view picky was filled anew") as failed:
        case.mask()
    assert "checked()" in str(failed.value.hint)


@pytest.mark.parametrize("major", EACH_MAJOR)
def test_what_functions_compute_of_other_tables_rows_is_computed_anew(
    servers_by_major: ServersByMajor, tmp_path: Path, major: int
) -> None:
    """Columns, indexes and statistics of tables that no rule masks; one of the columns reads another."""
    script = f"""{_USERS}
        CREATE FUNCTION plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(trim(both ' ' from $1)) $$;
        CREATE FUNCTION by_plain(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.plain($1);
        END $$;
        CREATE TABLE visits (id integer PRIMARY KEY, user_id integer, times integer NOT NULL DEFAULT 0,
        label text GENERATED ALWAYS AS (email_of(user_id)) STORED);
        CREATE FUNCTION label_of(integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT label
        FROM public.visits WHERE id = $1); END $$;
        CREATE TABLE again (id integer PRIMARY KEY, visit_id integer, label text GENERATED ALWAYS
        AS (label_of(visit_id)) STORED, seen text GENERATED ALWAYS AS (email_of(visit_id)) STORED);
        CREATE TABLE parts (id integer NOT NULL, user_id integer) PARTITION BY RANGE (id);
        CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (1000);
        CREATE TABLE words (id integer PRIMARY KEY, word text, small text GENERATED ALWAYS AS (by_plain(word)) STORED);
        INSERT INTO visits (id, user_id) SELECT n, n FROM generate_series(1, 300) n;
        INSERT INTO again (id, visit_id) SELECT n, n FROM generate_series(1, 300) n;
        INSERT INTO parts SELECT n, n FROM generate_series(1, 300) n;
        INSERT INTO words SELECT n, 'W' || n FROM generate_series(1, 300) n;
        CREATE FUNCTION count_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.times := NEW.times + 1; RETURN NEW;
        END $$;
        CREATE TRIGGER up BEFORE UPDATE ON visits FOR EACH ROW EXECUTE FUNCTION count_up();
        CREATE INDEX by_email ON parts (email_of(user_id));
        CREATE INDEX of_some ON visits (id) WHERE email_of(user_id) LIKE 'leakme00%';
        CREATE INDEX plainly ON words (plain(word));
        CREATE STATISTICS of_parts (mcv) ON (email_of(user_id)), (user_id % 2) FROM parts_1;
        CREATE MATERIALIZED VIEW labels AS SELECT label FROM again;
        ANALYZE"""
    case = Case(servers_by_major[major], tmp_path, script, _RULES)

    result = case.mask()

    assert result.findings.are_good
    _require_clean(case)
    assert case.values(
        "SELECT count(*) FROM visits v JOIN users u ON u.id = v.user_id WHERE v.label = u.email AND v.times = 0"
    ) == [300]
    assert case.values(
        "SELECT count(*) FROM again a JOIN users u ON u.id = a.id WHERE a.label = u.email AND a.seen = u.email"
    ) == [300]
    assert case.values("SELECT count(*) FROM labels") == [300]
    assert case.values(
        "SELECT count(*) FROM parts WHERE email_of(user_id) = (SELECT email FROM users WHERE id = 7)", "enable_seqscan"
    ) == [1]
    assert {s.table.name for s in result.plan.steps if isinstance(s, Recompute)} == {"visits", "again"}
    assert {s.index.name for s in result.plan.steps if isinstance(s, Reindex)} == {"parts_1_email_of_idx", "of_some"}


def test_a_column_that_no_update_computes_anew_is_refused(server: Server, tmp_path: Path) -> None:
    script = f"""{_USERS} CREATE FUNCTION top() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT max(email)
FROM public.users $$;
        CREATE TABLE tops (id integer, top text GENERATED ALWAYS AS (top()) STORED); INSERT INTO tops (id) VALUES (1)"""
    case = Case(server, tmp_path, script, _RULES)
    with pytest.raises(RuleErrors) as refused:
        case.mask()
    assert [(p.subject, "top() computes it from no column" in p.found) for p in refused.value.problems] == [
        ("tops.top", True)
    ]
    case.rules.write_text(case.rules.read_text() + "  tops: {rows: none}\n")
    assert case.mask().findings.are_good


@pytest.mark.parametrize("major", [15, 18])
@pytest.mark.parametrize("strategy", ["rewrite", "batches"])
def test_statistics_of_what_has_no_rows_any_more_go_too(
    servers_by_major: ServersByMajor, tmp_path: Path, strategy: str, major: int
) -> None:
    """ANALYZE writes nothing of a relation without rows, and so leaves what it knew."""
    script = f"""{_USERS}
        CREATE MATERIALIZED VIEW staff AS SELECT id, email, bio FROM users WHERE email LIKE '%corp.test';
        CREATE INDEX ON staff (upper(email)); CREATE STATISTICS of_staff (mcv) ON email, bio FROM staff;
        CREATE MATERIALIZED VIEW staff_by_function AS SELECT email FROM emails_sql() AS email
        WHERE email LIKE '%corp.test';
        CREATE VIEW above AS SELECT email FROM staff; COMMENT ON VIEW above IS 'stays'; GRANT SELECT ON staff TO PUBLIC;
        CREATE TABLE logs (id integer PRIMARY KEY, line text); INSERT INTO logs SELECT n, 'leakbio' || lpad(n::text, 4,
        '0') FROM generate_series(1, 300) n;
        CREATE INDEX ON logs (upper(line)); CREATE STATISTICS of_logs (mcv) ON id, line FROM logs;
        CREATE TABLE emptied (id integer PRIMARY KEY, line text); INSERT INTO emptied SELECT n, 'leakbio'
        || lpad(n::text, 4, '0') FROM generate_series(1, 300) n;
        CREATE STATISTICS of_emptied (mcv) ON id, line FROM emptied; CREATE INDEX ON emptied (upper(line));
        ANALYZE"""
    rules = (
        f"  users: {{strategy: {strategy}, columns: {{email: email, bio: lorem}}}}\n  logs: {{rows: 'id < 0', columns:"
        " {line: keep}}\n  emptied: {rows: none}\n"
    )
    case = Case(servers_by_major[major], tmp_path, script, rules)
    assert case.mask().findings.are_good
    _require_clean(case)
    assert case.values("SELECT count(*) FROM above") == [0]
    assert case.values("SELECT count(*) FROM pg_stats_ext WHERE most_common_vals IS NOT NULL") == [0]


def test_a_view_over_another_server_is_filled_anew(server: Server, tmp_path: Path) -> None:
    """The other server is this database itself, as a sharded application may have it: the foreign table shows what is
    masked here."""
    case = Case(server, tmp_path, _USERS, f"{_RULES}  far_users: {{columns: {{email: keep}}}}\n")
    with server.connect(case.url) as conn:
        conn.execute("CREATE EXTENSION postgres_fdw")
        host, port = conn.info.host, conn.info.port
        owner = conn.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        assert owner is not None
        conn.execute(
            f"CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{host}', port '{port}', dbname"
            f" '{database_of(case.url)}')".encode()
        )
        conn.execute(
            f"CREATE USER MAPPING FOR PUBLIC SERVER here OPTIONS (user '{owner[0]}', password"
            f" '{conninfo_to_dict(case.url)['password']}', password_required 'false'); GRANT USAGE ON FOREIGN SERVER"
            f' here TO "{owner[0]}"'.encode()
        )
    case.execute(
        "CREATE FOREIGN TABLE far_users (id integer, email text) SERVER here OPTIONS (table_name 'users'); CREATE"
        " MATERIALIZED VIEW cached AS SELECT email FROM far_users; ANALYZE cached"
    )
    assert case.values("SELECT count(*) FROM cached WHERE email LIKE 'leak%'") == [300]
    result = case.mask()
    assert [v.reason for s in result.plan.steps if isinstance(s, FillViews) for v in s.views] == [
        "the foreign table far_users"
    ]
    assert case.values("SELECT count(*) FROM cached WHERE email LIKE 'leak%'") == [0]


def test_definitions_are_computed_under_the_settings_of_the_database(server: Server, tmp_path: Path) -> None:
    """Days begin where the application has them begin, in views, in generated columns and in indexes; masks are as
    ever."""
    script = f"""{_USERS}
        CREATE FUNCTION day_of(timestamptz) RETURNS date LANGUAGE sql IMMUTABLE AS $$ SELECT $1::date $$;
        CREATE TABLE events (id integer PRIMARY KEY, at timestamptz, who text, days timestamptz[],
        day date GENERATED ALWAYS AS (day_of(at)) STORED);
        CREATE TABLE marks (id integer PRIMARY KEY, at timestamptz, who text, day date GENERATED ALWAYS
        AS (day_of(at)) STORED, first text GENERATED ALWAYS AS (left(who, 1)) STORED);
        CREATE INDEX events_day ON events (day_of(at));
        CREATE INDEX marks_day ON marks (day_of(at));"""
    case = Case(
        server,
        tmp_path,
        script,
        f"{_RULES}  events: {{columns: {{days: {{sql: 'ARRAY[at]'}}, who: token, at: {{mask: date_shift, within: 30"
        " days}}}\n  marks: {columns: {who: token}}\n",
    )
    with server.connect(case.url) as conn:
        conn.execute(f"ALTER DATABASE \"{database_of(case.url)}\" SET timezone = 'Asia/Tokyo'".encode())
    case.execute("""
        INSERT INTO events (id, at, who) SELECT n, '2020-01-01 00:00+00'::timestamptz + n * interval '1 hour', 'leakme'
        || lpad(n::text, 5, '0') FROM generate_series(0, 47) n;
        INSERT INTO marks SELECT n, '2020-01-01 00:00+00'::timestamptz + n * interval '1 hour', 'leakme'
        || lpad(n::text, 5, '0') FROM generate_series(0, 47) n;
        CREATE MATERIALIZED VIEW by_day AS SELECT day_of(at) AS day, count(*) AS n, count(DISTINCT who) AS whos
        FROM marks GROUP BY 1; ANALYZE""")
    assert case.values("SELECT n FROM by_day ORDER BY day") == [15, 24, 9]

    result = case.mask()

    assert case.strategies(result)["marks"][0] == "batches"
    later = verify_preview(Settings(source="", target=case.url))
    assert later.are_good, [str(f) for f in later.bad]
    assert case.values("SELECT n FROM by_day ORDER BY day") == [15, 24, 9]
    for table in ("events", "marks"):
        assert case.values(f"SELECT count(*) FROM {table} WHERE day <> day_of(at)") == [0]
        query = f"SELECT count(*) FROM {table} WHERE day_of(at) = (SELECT day FROM {table} WHERE id = 20)"
        assert (
            case.values(query, "enable_seqscan") == case.values(query, "enable_indexscan", "enable_bitmapscan") != [0]
        )
