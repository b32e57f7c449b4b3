"""Expressions of rule files: what is let through, in which words it goes on, and what is refused with which reason."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masker.masks.own_sql import moment
from masker.masks.sql.bindings import Instant, SessionBindings, setting_name
from masker.masks.sql.expressions import column
from masker.masks.sql.judge import judge
from masker.masks.sql.judged import ExpressionError, Named
from masker.masks.sql.verbatim import assembled, render
from tests.catalogs import table

COLUMNS = ("id", "name", "created_at", "is_staff", "doc", "Odd name", "user")


NOW = f"(SELECT CAST(CURRENT_SETTING('{setting_name(Instant())}') AS timestamptz))"


def sent(written: str) -> str:
    """What goes to the server for *written*."""
    bindings = SessionBindings()
    return render(
        assembled(
            judge(written, COLUMNS),
            lambda what: (
                column(what.column)
                if isinstance(what, Named)
                else moment(what, bindings, Instant("2024-01-31 12:00:00+00"))
            ),
        )
    )


@pytest.mark.parametrize(
    ("written", "goes"),
    [
        ("left(name, 0) || 'note ' || id", """(left("name", 0) || 'note ' || "id")"""),
        ("NOT Is_Staff", '(NOT "is_staff")'),
        ('"Odd name"', '("Odd name")'),
        ('"user"', '("user")'),
        ("created_at > now() - interval '90 days'", f"""("created_at" > {NOW} - interval '90 days')"""),
        ("created_at > NOW ( ) - interval '1 day 12:00'", f"""("created_at" > {NOW} - interval '1 day 12:00')"""),
        ("interval '2 days' + '1 day'::interval", "(interval '2 days' + '1 day'::interval)"),
        ("interval '3 days ago'", "(interval '3 days ago')"),
        ("interval(0) '1.5 seconds'", "(interval(0) '1.5 seconds')"),
        ("current_timestamp(2)", f"(CAST({NOW} AS timestamptz(2)))"),
        ("current_date-1", f"(CAST({NOW} AS date)-1)"),
        ("localtimestamp", f"(CAST({NOW} AS timestamp))"),
        ("doc ->> ''", """("doc" ->> '')"""),
        ("~ -1", "(~ -1)"),
        ("id ^ 2", '("id" ^ 2)'),
        ("to_hex(id)", '(to_hex("id"))'),
        ("id / 2", '("id" / 2)'),
        ("name /* why */ -- not", '("name")'),
        ("name -- no )\n|| 'x'", """("name"        \n|| 'x')"""),
        ("'it''s'", "('it''s')"),
        (r"E'\'' || $$'$$ || U&'\0061'", r"(E'\'' || $$'$$ || U&'\0061')"),
        ("doc -> 'a.b' ->> 'c'", """("doc" -> 'a.b' ->> 'c')"""),
        ("make_interval(days => 3)", "(make_interval(days => 3))"),
        ("id NOT IN (1) = is_staff", '("id" NOT IN (1) = "is_staff")'),
        ("id::text::varchar(3)", '("id"::text::varchar(3))'),
        ("original.name || original . id", '("name" || "id")'),
        ("pg_catalog.lower(name)", '(pg_catalog.lower("name"))'),
        ("id OPERATOR(pg_catalog.+) 1", '("id" OPERATOR(pg_catalog.+) 1)'),
        ('name COLLATE "C"', '("name" COLLATE "C")'),
        ("x'1F'", "(x'1F')"),
        ("'山' || NAME || 'é'", """('山' || "name" || 'é')"""),
        ("extract(year from created_at)", '(extract(year from "created_at"))'),
    ],
)
def test_what_is_let_through_goes_as_it_was_written(written: str, goes: str) -> None:
    assert sent(written) == goes


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "found none"),
        ("name, id", "found 2"),
        ("name AS other", "without a name"),
        ("name; DROP TABLE users", "several statements"),
        ("name FROM users", "found FROM"),
        ("name WHERE is_staff", "found WHERE"),
        ("name LIMIT 1", "found LIMIT"),
        ("name UNION SELECT name", "found a statement"),
        ("name) FROM users --", 'cannot be read: syntax error at or near ")"'),
        ("left(name", "cannot be read"),
        ("'open", "cannot be read"),
        ("(SELECT name)", "sub-select"),
        ("EXISTS (SELECT 1)", "sub-select"),
        ("name IN (SELECT 'x')", "sub-select"),
        ("name = ANY(SELECT 'x')", "sub-select"),
        ("$1", "parameter"),
        (":name", "cannot be read"),
        ("?", "cannot be read"),
        ("%(name)s", "cannot be read"),
        ("count(*)", "it sums up rows"),
        ("sum(id)", "it sums up rows"),
        ("row_number() OVER ()", "window"),
        ("count(id) FILTER (WHERE is_staff)", "aggregate"),
        ("lower(DISTINCT name)", "distinct is not allowed"),
        ("concat(VARIADIC ARRAY[name])", "variadic is not allowed"),
        ("ALL name", "cannot be read"),
        ("user", "user is not allowed"),
        ("ctid", "the system column ctid"),
        ("users", "there is no column users"),
        ("id = 1_000", "mean something else to older servers"),
        ("0x1F", "mean something else to older servers"),
        ("created_at > 'today'", "another time for each statement"),
        ("' NOW '::timestamp", "another time for each statement"),
        ("date 'tomorrow'", "another time for each statement"),
        ("created_at BETWEEN 'yesterday' AND now()", "another time for each statement"),
        ("created_at = ANY('{now,epoch}')", "another time for each statement"),
        ("created_at = ANY(ARRAY['now']::timestamptz[])", "another time for each statement"),
        ("(created_at, id) = ('today', 1)", "another time for each statement"),
        ("'[today,infinity)'::daterange @> created_at", "another time for each statement"),
        ("CASE WHEN is_staff THEN 'now' ELSE name END::timestamptz", "another time for each statement"),
        ("age(created_at)", "counts from today"),
        ("created_at > '01/02/2024'", "DateStyle"),
        ("date '1-2-24'", "DateStyle"),
        ("statement_timestamp()", "now() is the same for the whole run"),
        ('U&"\\0069d"', "is written with U&"),
        ("name\0", "NUL"),
        ("name COLLATE public.mine", "the collation public.mine is not allowed"),
        ("users.name", "columns are written without their table"),
        ("users.*", "columns are written without their table"),
        ("*", "star is not allowed"),
        ("nme", "there is no column nme, did you mean name?"),
        ("Odd", "there is no column odd"),
        ('"NAME"', "there is no column NAME"),
        ("lowr(name)", "did you mean lower?"),
        ("random()", "the same for the same row"),
        ("clock_timestamp()", "the same for the same row"),
        ("md5(name)", "found out by trying"),
        ("nextval('users_id_seq')", "nextval() is not allowed"),
        ("pg_sleep(10)", "pg_sleep() is not allowed"),
        ("lo_import('file')", "lo_import() is not allowed"),
        ("set_config('a', 'b', false)", "set_config() is not allowed"),
        ("current_setting('masker.seed_1')", "current_setting() is not allowed"),
        ("pg_catalog.pg_sleep(1)", "not allowed"),
        ("pg_catalog.timezone('UTC')", "not allowed"),
        ("public.mine(name)", "not allowed"),
        ("'users'::regclass", "a cast to regclass is not allowed"),
        ("id::oid", "a cast to oid is not allowed"),
        ("name::public.mood", "a cast to public.mood is not allowed"),
        ("name::citext[]", "a cast to citext is not allowed"),
        ("id OPERATOR(public.+) 1", "the operator public.+ is not allowed"),
        ("current_user", "current_user is not allowed"),
        ("(doc).field", "dot is not allowed"),
        ("DELETE FROM users", "found FROM"),
    ],
)
def test_what_is_refused(written: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(said)):
        judge(written, COLUMNS)


@pytest.mark.parametrize(
    "written",
    [
        "name = 'today'",
        "name || 'now'",
        "lower('TODAY')",
        "doc ->> 'now'",
        "created_at > '2024-01-02'",
        "created_at > '2024-01-02 03:04:05.1+09'",
        "'now'::text",
        "name LIKE 'today%'",
        "interval '1-2'",
        "created_at + '1 day'",
        "coalesce(name, 'today')",
        "id::text = '01/02/2024'",
        "replace(name, 'today', 'now')",
    ],
)
def test_literals_that_are_no_dates_are_nothing_to_complain_of(written: str) -> None:
    columns = {c.name: c for c in table("t", "name text", "created_at timestamptz", "doc jsonb").columns}
    judge(written, columns)


def test_a_text_for_a_date_column_may_not_say_now() -> None:
    columns = {c.name: c for c in table("t", "name text", "born date").columns}
    for written in ("'now'", "coalesce(name, 'today')", "CASE WHEN name = 'x' THEN 'tomorrow' END"):
        with pytest.raises(ExpressionError, match="another time"):
            judge(written, columns, target="date")
    judge("'today'", columns, target="text")


def test_without_a_catalog_only_what_is_sure_is_refused() -> None:
    judge("whatever = 'today' AND any_column > 1", None)
    with pytest.raises(ExpressionError, match="another time"):
        judge("whatever::date = 'today'", None)
    with pytest.raises(ExpressionError, match="pg_sleep"):
        judge("pg_sleep(1) IS NULL", None)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ExpressionError) as caught:
        judge("lowr(nme) || random()", COLUMNS)
    assert all(part in str(caught.value) for part in ("lowr", "nme", "random"))


def test_an_error_has_its_place() -> None:
    with pytest.raises(ExpressionError) as caught:
        judge("name ||\n  ) id", COLUMNS)
    (fault,) = caught.value.faults
    assert (fault.line, fault.column) == (2, 3)
    with pytest.raises(ExpressionError) as caught:
        judge("'山' ||\n 'é' || nme || pg_sleep(1)::text", COLUMNS)
    assert [(fault.line, fault.column) for fault in caught.value.faults] == [(2, 9), (2, 16)]


def test_depth_and_length_have_an_end() -> None:
    judge(" || ".join(["name"] * 100), COLUMNS)
    for written in (
        " || ".join(["name"] * 5_000),
        "(" * 50_000 + "id" + ")" * 50_000,
        "- " * 3_000 + "id",
        "(" * 200 + "id" + ")+1" * 200,
        "'" + "x" * 210_000 + "'",
    ):
        with pytest.raises(ExpressionError):
            judge(written, COLUMNS)


def test_rows_within_rows_take_no_longer_than_their_text() -> None:
    written = "(id, id)"
    for _ in range(14):
        written = f"({written} = {written}, id)"
    with pytest.raises(ExpressionError):
        judge(written, COLUMNS)
    nested = "(id, id) = (id, id)"
    for _ in range(40):
        nested = f"({nested}, id) = (is_staff, id)"
    judge(nested, COLUMNS)


_TOKENS = st.sampled_from([
    "name", "id", "doc", "lower(", "(", ")", "[", "]", ",", ";", ".", "*", "+", "-", "/", "||", "::", "text", "'x'",
    '"q"', "1", "2.5", "=", "<>", "and", "or", "not", "is", "null", "case", "when", "then", "else", "end", "in", "like",
    "between", "array", "$1", "?", "->", "->>", "from", "where", "select", "over", "distinct", "interval", "'1 day'",
    "at", "time", "zone", "cast(", "as", "extract(", "year", "substring(", "for", "union", "limit", "--", "/*", "*/",
    "E'\\n'", "$$", "%", "^", "@", "#", "&", "|", "~", "!", ":=", "=>", "{", "}", "\n",
])  # fmt: skip


@given(st.lists(_TOKENS, max_size=12).map(" ".join))
def test_nothing_else_is_raised_and_what_passes_stays_as_it_is(written: str) -> None:
    try:
        goes = sent(written)
    except ExpressionError:
        return
    assert sent(goes) == f"({goes})"
