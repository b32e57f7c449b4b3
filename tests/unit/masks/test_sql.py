"""Expressions of rule files: what is let through, in which words it goes on, and what is refused with which reason."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masker.masks.expressions import render
from masker.masks.sql import ExpressionError, parse_expression

COLUMNS = ("id", "name", "created_at", "is_staff", "doc", "Odd name", "user")


@pytest.mark.parametrize(
    ("written", "rendered"),
    [
        ("left(name, 0) || 'note ' || id", """(LEFT("name", 0) || 'note ' || "id")"""),
        ("NOT Is_Staff", '(NOT "is_staff")'),
        ('"Odd name"', '"Odd name"'),
        ("user", '"user"'),
        ("created_at > now() - interval '90 days'", """("created_at" > NOW() - INTERVAL '90 DAYS')"""),
        ("to_hex(id)", '(TO_HEX("id"))'),
        ("id / 2", '("id" / 2)'),
        ("name /* why */ -- not", '"name"'),
        ("'it''s'", "'it''s'"),
        ("doc -> 'a.b' ->> 'c'", """("doc" -> 'a.b' ->> 'c')"""),
        ("make_interval(days => 3)", "(MAKE_INTERVAL(days => 3))"),
        ("id NOT IN (1) = is_staff", '((NOT "id" IN (1)) = "is_staff")'),
        ("id::text::varchar(3)", '(CAST(CAST("id" AS TEXT) AS VARCHAR(3)))'),
    ],
)
def test_what_is_let_through(written: str, rendered: str) -> None:
    assert render(parse_expression(written, COLUMNS)) == rendered


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
        ("name) FROM users --", 'cannot be read near ")"'),
        ("left(name", "cannot be read"),
        ("'open", "cannot be read"),
        ("(SELECT name)", "sub-select"),
        ("EXISTS (SELECT 1)", "sub-select"),
        ("name IN (SELECT 'x')", "sub-select"),
        ("name = ANY(SELECT 'x')", "sub-select"),
        ("$1", "parameter"),
        (":name", "parameter"),
        ("?", "parameter"),
        ("%(name)s", "parameter"),
        ("count(*)", "it sums up rows"),
        ("sum(id)", "it sums up rows"),
        ("row_number() OVER ()", "window"),
        ("count(id) FILTER (WHERE is_staff)", "aggregate"),
        ("lower(DISTINCT name)", "distinct is not allowed"),
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
        ("pg_catalog.lower(name)", "not allowed"),
        ("public.mine(name)", "not allowed"),
        ("'users'::regclass", "a cast to regclass is not allowed"),
        ("id::oid", "a cast to oid is not allowed"),
        ("name::public.mood", "a cast to public.mood is not allowed"),
        ("name::citext[]", "a cast to citext is not allowed"),
        ("id ^ 2", "write power(x, y)"),
        ("id OPERATOR(pg_catalog.+) 1", "operator is not allowed"),
        ('name COLLATE "C"', "collate is not allowed"),
        ("current_user", "current_user is not allowed"),
        (r"U&'\0061'", "write the characters themselves"),
        ("(doc).field", "dot is not allowed"),
        ("DELETE FROM users", "found FROM"),
    ],
)  # fmt: skip
def test_what_is_refused(written: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(said)):
        parse_expression(written, COLUMNS)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression("lowr(nme) || random()", COLUMNS)
    assert all(part in str(caught.value) for part in ("lowr", "nme", "random"))


def test_an_error_has_its_place() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression("name ||\n  ) id", COLUMNS)
    assert caught.value.line == 2
    assert caught.value.column == 3


_TOKENS = st.sampled_from([
    "name", "id", "doc", "lower(", "(", ")", "[", "]", ",", ";", ".", "*", "+", "-", "/", "||", "::", "text", "'x'", '"q"', "1", "2.5", "=", "<>", "and", "or", "not", "is", "null", "case", "when", "then", "else", "end",
    "in", "like", "between", "array", "$1", "?", "->", "->>", "from", "where", "select", "over", "distinct", "interval", "'1 day'", "at", "time", "zone", "cast(", "as", "extract(", "year", "substring(", "for", "union", "limit",
    "--", "/*", "*/", "E'\\n'", "$$", "%", "^", "@", "#", "&", "|", "~", "!", ":=", "=>", "{", "}", "\n",
])  # fmt: skip


@given(st.lists(_TOKENS, max_size=12).map(" ".join))
def test_nothing_else_is_raised_and_what_passes_reads_the_same_again(written: str) -> None:
    try:
        rendered = render(parse_expression(written, COLUMNS))
    except ExpressionError:
        return
    assert render(parse_expression(rendered, COLUMNS)).strip("()") == rendered.strip("()")
