"""Expressions of rule files: what is allowed means to the server what it meant as it was written, and what is not never
gets there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from masker.masks.sql.expressions import cast, column, literal
from masker.masks.sql.harmless import FUNCTIONS, LOOK_LIKE_CALLS
from masker.masks.sql.judge import judge
from masker.masks.sql.judged import ExpressionError, Moment, Named
from masker.masks.sql.verbatim import assembled, render
from tests.postgres.masking import Masking
from tests.servers import Server, ServersByMajor

_TABLE = """
    CREATE TABLE t (id int PRIMARY KEY, a int, b bigint, x numeric, name text, "Name" text, "order" text,
    note varchar(20), mail text, ok boolean, born date, at timestamp, tz timestamptz,
        doc jsonb, raw json, tags text[], host inet, code uuid, bin bytea, span int4range, gap interval)"""

_ROWS = """
    INSERT INTO t VALUES
        (1, 7, -3, 2.50, 'Taro Yamada', 'N', 'o', 'note', 'taro@x.jp', true, '2000-02-29', '2001-02-03 04:05:06.7',
        '2001-02-03 04:05:06+09',
         '{"a": {"b": [1, "x"]}, "n": 5, "s": "text"}', '{"a": {"b": [1, "x"]}, "n": 5}', '{a,b,c}', '10.1.2.3/24',
         '11111111-2222-3333-4444-555555555555', '\\x00ff', '[1,5)', '40 days 3 hours'),
        (2, 2, 3, -1.5, '山田 太郎', '', 'a.b', 'x', '', false, '1999-12-31', '1999-12-31', 'epoch', '[]', '[]', '{}',
        '::1', '11111111-2222-3333-4444-555555555556', '', 'empty', '-1 mon'),
        (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, NULL)"""

_COLUMNS = [
    "id",
    "a",
    "b",
    "x",
    "name",
    "Name",
    "order",
    "note",
    "mail",
    "ok",
    "born",
    "at",
    "tz",
    "doc",
    "raw",
    "tags",
    "host",
    "code",
    "bin",
    "span",
    "gap",
]

#: A call of each function on the list, and of those that SQL spells with words.
_CALLS = {
    "abbrev": "abbrev(host)",
    "abs": "abs(b)",
    "age": "age(tz, at)",
    "array_append": "array_append(tags, 'z')",
    "array_cat": "array_cat(tags, tags)",
    "array_length": "array_length(tags, 1)",
    "array_position": "array_position(tags, 'b')",
    "array_prepend": "array_prepend('z', tags)",
    "array_remove": "array_remove(tags, 'a')",
    "array_replace": "array_replace(tags, 'a', 'z')",
    "array_to_string": "array_to_string(tags, ',', '*')",
    "ascii": "ascii(name)",
    "bit_length": "bit_length(name)",
    "btrim": "btrim(name, 'Ta')",
    "cardinality": "cardinality(tags)",
    "ceil": "ceil(x)",
    "ceiling": "ceiling(x)",
    "char_length": "char_length(name)",
    "character_length": "character_length(name)",
    "chr": "chr(64 + id)",
    "coalesce": "coalesce(name, note, 'none')",
    "concat": "concat(name, a, NULL, ok)",
    "concat_ws": "concat_ws('-', name, a)",
    "current_timestamp": "current_timestamp(0) IS NULL",
    "date_part": "date_part('year', born)",
    "date_trunc": "date_trunc('month', at)",
    "decode": "decode('00ff', 'hex')",
    "div": "div(x, 2)",
    "encode": "encode(bin, 'base64')",
    "exp": "exp(0)",
    "family": "family(host)",
    "floor": "floor(x)",
    "format": "format('%s-%s', name, a)",
    "greatest": "greatest(a, b, 1)",
    "host": "host(host)",
    "initcap": "initcap(name)",
    "isempty": "isempty(span)",
    "isfinite": "isfinite(born)",
    "json_array_length": "json_array_length(raw -> 'a' -> 'b')",
    "json_build_array": "json_build_array(a, name)",
    "json_build_object": "json_build_object('k', name, 'l', a)",
    "json_extract_path_text": "json_extract_path_text(raw, 'a', 'b')",
    "json_typeof": "json_typeof(raw)",
    "jsonb_array_length": "jsonb_array_length(jsonb_build_array(1, 2))",
    "jsonb_build_array": "jsonb_build_array(a, name)",
    "jsonb_build_object": "jsonb_build_object('k', name)",
    "jsonb_exists": "jsonb_exists(doc, 'a')",
    "jsonb_extract_path": "jsonb_extract_path(doc, 'a', 'b')",
    "jsonb_extract_path_text": "jsonb_extract_path_text(doc, 'a', 'b', '1')",
    "jsonb_insert": "jsonb_insert('{\"s\": 1}', '{new}', to_jsonb(name))",
    "jsonb_set": "jsonb_set('{\"s\": 1}', '{s}', to_jsonb(name), true)",
    "jsonb_strip_nulls": "jsonb_strip_nulls(doc)",
    "jsonb_typeof": "jsonb_typeof(doc)",
    "justify_days": "justify_days(gap)",
    "least": "least(a, b)",
    "left": "left(name, 3)",
    "length": "length(name)",
    "ln": "ln(abs(x))",
    "localtimestamp": "localtimestamp(0) IS NULL",
    "log": "log(2, 8)",
    "lower": "lower(name)",
    "lower_inf": "lower_inf(span)",
    "lpad": "lpad(name, 20, '*')",
    "ltrim": "ltrim(name, 'T')",
    "make_date": "make_date(2000, 1, id)",
    "make_interval": "make_interval(days => a)",
    "make_time": "make_time(1, 2, 3.5)",
    "make_timestamp": "make_timestamp(2000, 1, 2, 3, 4, 5.5)",
    "masklen": "masklen(host)",
    "mod": "mod(a, 3)",
    "network": "network(host)",
    "now": "now() IS NULL",
    "nullif": "nullif(name, '')",
    "num_nonnulls": "num_nonnulls(a, name)",
    "num_nulls": "num_nulls(a, name)",
    "octet_length": "octet_length(name)",
    "power": "power(a, 2)",
    "regexp_match": "regexp_match(name, '(T)(a)')",
    "regexp_replace": "regexp_replace(name, '[aeiou]', '*', 'g')",
    "repeat": "repeat(name, 2)",
    "replace": "replace(name, 'a', 'b')",
    "reverse": "reverse(name)",
    "right": "right(name, -2)",
    "round": "round(x, 1)",
    "rpad": "rpad(name, 15)",
    "rtrim": "rtrim(name)",
    "set_masklen": "set_masklen(host, 16)",
    "sign": "sign(b)",
    "split_part": "split_part(mail, '@', 2)",
    "sqrt": "sqrt(16)",
    "starts_with": "starts_with(name, 'Ta')",
    "string_to_array": "string_to_array(name, ' ')",
    "strpos": "strpos(name, 'a')",
    "substr": "substr(name, 2, 3)",
    "to_char": "to_char(at, 'YYYY-MM-DD \"at\" HH24:MI:SS.MS')",
    "to_date": "to_date('05 Dec 2000', 'DD Mon YYYY')",
    "to_hex": "to_hex(id)",
    "to_json": "to_json(tags)",
    "to_jsonb": "to_jsonb(name)",
    "to_number": "to_number('12,454.8-', '99G999D9S')",
    "to_timestamp": "to_timestamp('2000-01-31', 'YYYY-MM-DD')",
    "translate": "translate(name, 'aT', 'b')",
    "trunc": "trunc(x, 0)",
    "upper": "upper(name)",
    "upper_inf": "upper_inf(span)",
    "width_bucket": "width_bucket(x, 0, 10, 5)",
    "extract": "extract(epoch FROM tz)",
    "overlay": "overlay(name placing 'xx' from 2 for 3)",
    "position": "position('a' in name)",
    "substring": "substring(name from '[A-Z]..')",
    "trim": "trim(both 'T' from name)",
    "any": "a = any(ARRAY[1, 7])",
    "all": "a < all(ARRAY[9, 17])",
    "transaction_timestamp": "transaction_timestamp() IS NULL",
}

_OTHER_FORMS = [
    "interval '1 day 12:00:00'", "interval '2 days' + '1 day'::interval", "at - interval '2 days' + '1 day'::interval",
    "at + interval '3 days ago'", "interval(0) '1.5 seconds'", "interval '1' day + at", "doc ->> ''", "~ -1", "~ - a",
    "a ^ 2", "- 2 ^ 2", "|/ 4", "pg_catalog.upper(name)", "a OPERATOR(pg_catalog.+) 1 * 2", "name COLLATE \"C\" < note",
    "x'1F'", "B'101' || B'1'", "U&'\\0041' || name", "'a' \n 'b'", "date '2024-01-01' + time '12:00'",
    "timestamptz '2024-01-01 12:00+09'", "(born, at) OVERLAPS (born, gap)", "ROW(a, b) = ROW(7, -3)",
    "(a, b) IN ((7, -3), (1, 2))", "a BETWEEN SYMMETRIC 9 AND 1", "tags[1:]", "tags[:2]",
    "substring(name similar '%#\"T#\"%' escape '#')", "name -- why\n || note", "name /* why */ || note", "doc #- '{a}'",
    "now() - at IS NULL", "current_date = 'epoch'", "tz = current_timestamp", "to_timestamp(a)",
    "date_trunc('month', tz, 'Asia/Tokyo')", "to_char(a, '000')", "to_char(x, 'FM99.00')", "substring(name, 2)",
    "substring(name, 2, 3)", "substring(name from 2)", "substring(name from 2 for 3)", "substring(name for 3)",
    "trim(name)", "trim(name, 'o')", "trim(leading from name)", "trim(trailing 'o' from name)",
    "overlay(name placing 'x' from 1)", "round(x)", "trunc(x)", "log(100)", "extract(year from at)",
    "extract(dow from born)", "date_part('epoch', tz)", "current_date IS NULL", "current_timestamp IS NULL",
    "localtimestamp IS NULL", "array_to_string(tags, ',')", "to_timestamp('2000', 'YYYY')::date",
    "regexp_replace(name, 'a', E'\\\\n')", "lpad(name, 3)", "interval '1 day' * a", "born + interval '1 month 2 days'",
    "at - interval '3 hours'", "date '2000-01-31' - born", "timestamp '2000-01-31 10:00' - at",
    "tz AT TIME ZONE 'Asia/Tokyo'", "at AT TIME ZONE 'UTC' AT TIME ZONE 'Asia/Tokyo'", "interval '1-2' year to month",
    "interval '90' day", "gap / 2", "born - 1", "born + a", "a::text", "a::varchar(3)::text", "'5'::int + a",
    "x::numeric(10,1)", "x::int", "-x::int", "name::char(3)", "ok::int", "'{1,2}'::int[]", "a::double precision / 2",
    "tags::text", "CAST(a AS text)", "a IN (1, 7)", "a NOT IN (1, 7)", "name LIKE 'T%'", "name NOT LIKE 'T%'",
    "name ILIKE '%YAMADA'", "name LIKE '10!%' ESCAPE '!'", "name SIMILAR TO '(T|山)%'", "name ~ '^T'", "name ~* '^t'",
    "name !~ '^T'", "name !~* '^t'", "a BETWEEN 1 AND 7", "a NOT BETWEEN b AND 3", "a IS DISTINCT FROM b",
    "a IS NOT DISTINCT FROM b", "ok IS TRUE", "ok IS NOT TRUE", "ok IS UNKNOWN", "ok IS NOT UNKNOWN", "a ISNULL",
    "a NOTNULL", "a = ANY(ARRAY[1, 7])", "name = ANY('{a,b}')", "a <> ALL(ARRAY[1, 2])", "'a' = ANY(tags)", "tags[1]",
    "tags[1:2]", "(string_to_array(name, ' '))[1]", "ARRAY[a, 2]", "ARRAY['x']::text[] || tags", "doc -> 'a'",
    "doc -> 'a' -> 'b' ->> 1", "doc ->> 's'", "doc #>> '{a,b,1}'", "doc #> '{a}'", "doc ? 'a'", "doc ?| array['z','a']",
    "doc ?& array['a','n']", "doc @> '{\"n\": 5}'", "doc <@ '{}'", "doc || '{\"z\": 1}'", "(doc ->> 'n')::int + 1",
    "doc ->> 's' || '!'", "'!' || (doc ->> 's')", "doc ->> 's' = 'text'", "raw -> 'a' ->> 'b'", "doc['a']",
    "upper(doc -> 'a' ->> 'b')", "coalesce(doc -> 'x', doc -> 'a')", "a NOT IN (2) = ok", "a NOT BETWEEN 1 AND 2 = ok",
    "name NOT LIKE 'T%' = ok", "name !~ 'T' = ok", "ok = (a NOT IN (2))", "tags && ARRAY['b']", "tags @> ARRAY['b']",
    "CASE WHEN a > 5 THEN 'big' ELSE 'small' END", "CASE a WHEN 7 THEN name ELSE note END", "CASE WHEN ok THEN 1 END",
    "name || ' ' || note", "name || a", "a || name", "'it''s'", "E'tab\\there'", "$$dollar's$$", "$tag$a$tag$",
    "'back\\slash'", "'%s %(a)s {}'", "\"Name\"", "\"order\" || Name", "NAME", "\"name\"", "(a)", "((a + 1))", "NULL",
    "true", "1.5e3", ".5", "-1", "- -a", "+a", "1 - -1", "not ok", "not not ok", "a % 4", "-b % 2", "a & 3", "a | 8",
    "a << 2", "a >> 1", "~a", "a & 3 = 3", "a + 1 & 3", "x / 2", "a / 2", "b / 2", "7 / 2", "a / 2 * 2", "a - b - 1",
    "a - (b - 1)", "a / (b * 2)", "a * (b + 1)", "a > 1 AND b < 0 OR ok", "a > 1 AND (b < 0 OR ok)", "NOT a > 1 OR ok",
    "NOT (a > 1 OR ok)", "NOT ok = true", "(NOT ok) = true", "ok = NOT ok", "ok AND NOT a = 1", "a = 7 IS TRUE",
    "(a = 7) IS NOT NULL", "a IS NULL = ok", "ok = (a > 1)", "name || note LIKE 'T%'", "name LIKE 'T' || '%'",
    "name NOT LIKE 'T' || '%' AND ok", "NOT name LIKE 'T%'", "a + 1 IN (8)", "a IN (7) = ok", "NOT a IN (7)",
    "a BETWEEN 1 AND 3 + 4", "a BETWEEN 1 AND 7 AND ok", "NOT a BETWEEN 1 AND 7", "-a BETWEEN -8 AND -1",
    "name ~ 'T' || 'a'", "note || name ~ 'T'", "a * 2 || name", "name || a * 2", "name || a + 1", "a::text || b::text",
    "ok::text || 'x'", "a = 1 OR a = 7 AND ok", "(a, b) = (7, -3)", "(a, b) < (8, 0)", "host << inet '10.0.0.0/8'",
    "span @> 3",
]  # fmt: skip

_ATTACKS = [
    "(SELECT 1)", "ARRAY(SELECT 1)", "EXISTS(SELECT 1)", "a IN (SELECT 1)", "a = ANY(SELECT 1)", "a IN (VALUES (1))",
    "a IN (TABLE t)", "(VALUES (1))", "(TABLE t)", "(WITH w AS (SELECT 1) SELECT * FROM w)", "1; DROP TABLE t", "1; 2",
    "1); DROP TABLE t; --", "a) FROM t --", "a FROM t", "a FROM pg_authid", "a WHERE true", "a LIMIT 1", "a ORDER BY 1",
    "a UNION SELECT 1", "a INTO x", "a, b", "a AS b", "a b", "*", "t.*", "t.a", "DISTINCT a", "DISTINCT ON (a) b",
    "a FOR UPDATE", "a GROUP BY a", "a HAVING true", "", " ", ";", "--", "/* */", "a /*", "'", "\"", "$$", "(", ")",
    "a +", "CASE", "INSERT INTO t VALUES (1)", "pg_sleep(10)", "pg_catalog.pg_sleep(10)", "\"pg_sleep\"(10)",
    "PG_SLEEP(10)", "public.upper(name)", "dblink('x', 'y')", "dblink_exec('x', 'y')", "lo_import('/etc/passwd')",
    "lo_export(1, '/x')", "set_config('a', 'b', false)", "current_setting('masker.seed')",
    "query_to_xml('select 1', true, true, '')", "table_to_xml('t', true, true, '')", "database_to_xml(true, true, '')",
    "pg_read_file('/etc/passwd')", "pg_read_binary_file('x')", "pg_ls_dir('.')", "nextval('s')", "currval('s')",
    "setval('s', 1)", "txid_current()", "pg_current_xact_id()", "pg_terminate_backend(1)", "pg_advisory_lock(1)",
    "pg_notify('a', 'b')", "inet_server_addr()", "version()", "current_user", "session_user", "user", "current_role",
    "current_database()", "current_catalog", "current_schema", "has_table_privilege('t', 'select')",
    "pg_stat_file('x')", "random()", "gen_random_uuid()", "clock_timestamp()", "statement_timestamp()", "md5(name)",
    "sha256(bin)", "hashtext(name)", "count(*)", "sum(a)", "max(a)", "string_agg(name, ',')", "array_agg(a)",
    "jsonb_agg(a)", "count(*) FILTER (WHERE ok)", "sum(a) OVER ()", "row_number() OVER ()", "lag(a) OVER (ORDER BY a)",
    "rank() WITHIN GROUP (ORDER BY a)", "generate_series(1, 1000000)", "unnest(tags)", "jsonb_array_elements(doc)",
    "regexp_split_to_table(name, ' ')", "grouping(a)", "$1", "$1::int", ":a", ":'a'", "%s", "%(a)s", "?", "@@a",
    "a @@ b", "{{ a }}", "a::regclass", "'pg_authid'::regclass", "'pg_sleep'::regproc", "'x'::regrole",
    "'x'::regnamespace", "a::oid", "'x'::regconfig", "'x'::pg_lsn", "'x'::public.evil", "'x'::evil", "'x'::\"evil\"",
    "'x'::pg_catalog.regclass", "CAST('x' AS public.evil)", "evil 'x'", "public.evil 'x'", "'x'::xml",
    "'x'::regclass[]", "'x'::tsquery", "ARRAY['x']::evil[]", "a OPERATOR(public.@@@) 1", "a @@@ 1", "a !!= 1",
    "U&\"\\0061\"", "COPY t TO 'x'", "COPY t TO PROGRAM 'id'", "DO $$ BEGIN END $$", "SET x = 1", "EXECUTE x",
    "CALL x()", "LISTEN x", "VACUUM", "TRUNCATE t", "SHOW ALL", "EXPLAIN SELECT 1", "xmlparse(DOCUMENT name)",
    "xmlelement(name a)", "json_query(raw, '$')", "jsonb_path_query(doc, '$')", "upper(VARIADIC tags)",
    "concat(VARIADIC tags)", "upper(DISTINCT name)", "coalesce((SELECT 1), 2)", "CASE WHEN (SELECT true) THEN 1 END",
    "tags[(SELECT 1)]", "interval (SELECT '1 day')", "a::numeric((SELECT 1))", "upper(name) OVER ()",
    "TRY_CAST(a AS int)", "IF(a, b, a)", "a := 1", "a => 1", "ctid", "xmin", "tableoid", "nosuch", "\"NAME\"",
    "Order.x", "(t).a", "(t.*)", "t", "a[b.c]", "CURRENT OF x", "DEFAULT", "a IS JSON", "a IS OF (int)", "LATERAL a",
    "ONLY a", "name MATCHES 'x'", "a DIV 2", "PRIOR a",
]  # fmt: skip


@pytest.fixture(scope="module")
def session(production_server: Server) -> Iterator[Masking]:
    with production_server.forgetting(), Masking(production_server.create_database()) as masking:
        masking.run(_TABLE, _ROWS)
        yield masking


def _outcome(masking: Masking, expression: str) -> list[Any]:
    """The values by row, as texts with their type."""
    return masking.evaluate(f"pg_typeof({expression})::text || ' ' || coalesce(({expression})::text, 'NULL')", "t")


def _sent(written: str) -> str:
    """What goes to the server for *written*, with a time of the run that is none of the rows'."""

    def stand_in(what: Named | Moment) -> Any:
        if isinstance(what, Named):
            return column(what.column)
        return cast(
            cast(literal("2030-01-02 03:04:05+00"), "timestamptz"),
            what.type if what.precision is None else f"{what.type}({what.precision})",
        )

    return render(assembled(judge(written, _COLUMNS), stand_in))


def test_the_list_of_calls_is_complete() -> None:
    assert _CALLS.keys() - {"current_timestamp", "localtimestamp"} == FUNCTIONS.keys() | LOOK_LIKE_CALLS


@pytest.mark.parametrize("written", [*_CALLS.values(), *_OTHER_FORMS])
def test_what_is_allowed_means_what_was_written(session: Masking, written: str) -> None:
    try:
        expected = _outcome(session, written)
    except psycopg.Error as error:
        pytest.fail(f"the server itself does not read {written}: {error}")
    assert _outcome(session, _sent(written)) == expected


@pytest.mark.parametrize("major", [15, 18])
def test_every_form_is_known_to_other_versions(servers_by_major: ServersByMajor, major: int) -> None:
    with Masking(servers_by_major[major].create_database()) as masking:
        masking.run(_TABLE, _ROWS)
        for written in (*_CALLS.values(), *_OTHER_FORMS):
            assert masking.evaluate(_sent(written), "t") == masking.evaluate(written, "t"), written


@pytest.mark.parametrize("written", _ATTACKS)
def test_what_could_do_harm_is_refused(written: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        judge(written, _COLUMNS)
    assert str(caught.value)


_OPERANDS = st.sampled_from(
    [
        "a",
        "b",
        "id",
        "2",
        "-1",
        "x",
        "ok",
        "name",
        "note",
        "'T%'",
        "NULL",
        "doc",
        "'s'",
        "tags",
        "true",
        "a::text",
        "(a)",
        '"order"',
        "at",
        "'1'",
        "length(name)",
    ]
)
_BINARY = st.sampled_from(
    [
        "+",
        "-",
        "*",
        "/",
        "%",
        "||",
        "=",
        "<>",
        "<",
        ">=",
        "AND",
        "OR",
        "LIKE",
        "NOT LIKE",
        "~",
        "!~",
        "->",
        "->>",
        "&",
        "|",
        "<<",
        "IS DISTINCT FROM",
        "@>",
        "?",
    ]
)
_AFTER = st.sampled_from(
    [
        "IS NULL",
        "IS NOT NULL",
        "IS TRUE",
        "IS NOT TRUE",
        "::text",
        "::int",
        "IN (1, 7)",
        "NOT IN (2)",
        "BETWEEN 1 AND 7",
        "NOT BETWEEN b AND 3",
        "AT TIME ZONE 'UTC'",
        "ISNULL",
    ]
)
_BEFORE = st.sampled_from(["NOT", "-", "~"])


def _written(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("{} {} {}".format, inner, _BINARY, inner),
        st.builds("{} {}".format, inner, _AFTER),
        st.builds("{} {}".format, _BEFORE, inner),
        st.builds("({})".format, inner),
        st.builds("CASE WHEN {} THEN {} ELSE {} END".format, inner, inner, inner),
    )


@settings(max_examples=300, deadline=None)
@given(written=st.recursive(_OPERANDS, _written, max_leaves=6))
def test_precedence_is_the_server_s(written: str) -> None:
    """What the server reads in a text it reads in our rendering too, or it refuses that before the first row: never is
    it something else."""
    try:
        rendered = _sent(written)
        expected = _OUTLIVING.evaluate(f"({written})::text", "t")
    except (ExpressionError, psycopg.Error):
        reject()
    try:
        found = _OUTLIVING.evaluate(f"({rendered})::text", "t")
    except psycopg.ProgrammingError:
        return
    assert found == expected


_OUTLIVING: Masking


@pytest.fixture(scope="module", autouse=True)
def _session(session: Masking) -> None:
    """The session for the examples of one test, which hypothesis runs within one call."""
    global _OUTLIVING
    _OUTLIVING = session


def test_errors_of_the_server_are_not_made_worse(session: Masking) -> None:
    rendered = _sent("a / 0")
    with pytest.raises(psycopg.errors.DivisionByZero):
        session.evaluate(rendered, "t")
