"""Queries in a file: told apart, shown without values, and nothing taken that is none."""

from __future__ import annotations

import pytest

from masker.shape.texts import queries_of_file, query_of_statistics, words


def test_statements_of_a_file_are_told_apart_with_their_lines() -> None:
    text = """-- What it asks; most of all.
SELECT *
  FROM users /* ; */ WHERE name = 'can;ary' AND age > 5 AND x = $1;;
INSERT INTO "Användare" (a) VALUES ($$canary;$$, E'\\'canary', -1.5, B'1', X'ff');

WITH x AS (SELECT 1) UPDATE users SET name = $1 FROM x"""
    queries, problems = queries_of_file(text, "q.sql")
    assert not problems
    assert [str(q) for q in queries] == [
        "q.sql:2: SELECT * FROM users WHERE name = ? AND age > ? AND x = $1",
        'q.sql:4: INSERT INTO "Användare" (a) VALUES (?, ?, -?, ?, ?)',
        "q.sql:6: WITH x AS (SELECT ?) UPDATE users SET name = $1 FROM x",
    ]
    assert queries[0].text.startswith("SELECT *")
    assert queries[0].text.endswith("x = $1")
    assert {"name", "age", "users"} <= words(queries[0])
    assert "Användare" in words(queries[1])
    assert len(queries_of_file(f"SELECT {'a, ' * 99} b", "q.sql")[0][0].shown) == 100


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("SELECT 1;\n  TRUNCATE users", "q.sql:2:3", "it has no plan"),
        ("EXPLAIN ANALYZE DELETE FROM users", "q.sql:1:1", "it has no plan"),
        ("ANALYZE users", "q.sql:1:1", "it has no plan"),
        ("SELECT * INTO x FROM users", "q.sql:1:1", "SELECT INTO makes a table"),
        ("SELECT FROM WHERE", "q.sql:1:1", "it cannot be read as SQL"),
        ("SELECT 'x", "q.sql:1:8", "it cannot be read as SQL"),
        ("-- nothing", "q.sql:1:1", "it holds no query"),
        ("CREATE TABLE x AS SELECT 1", "q.sql:1:1", "it has no plan"),
        ("DO $$ BEGIN END $$", "q.sql:1:1", "it has no plan"),
    ],
)
def test_what_is_no_query_is_a_problem_with_its_place(text: str, place: str, found: str) -> None:
    _, (problem,) = queries_of_file(text, "q.sql")
    assert str(problem.position) == place
    assert problem.found.startswith(found)


def test_texts_of_pg_stat_statements_are_taken_if_they_are_one_query() -> None:
    taken = query_of_statistics("SELECT * FROM users WHERE id = $1 /*controller:users*/", "query 7")
    assert taken is not None
    assert str(taken) == "query 7: SELECT * FROM users WHERE id = $1"
    for text in (
        "BEGIN",
        "SELECT $1; DROP TABLE users",
        "SET x TO $1",
        "<insufficient privilege>",
        "",
        "SELECT 'x",
        "ANALYZE",
    ):
        assert query_of_statistics(text, "query 7") is None


def test_a_comment_above_says_what_a_parameter_is_on_each_side() -> None:
    text = """-- Their orders.
-- $2 = now() - interval '1 day'
-- $1 = (SELECT email FROM users WHERE id = 42);
SELECT * FROM users WHERE email = $1 AND at > $2; -- $1 = 9
SELECT * FROM users WHERE email = $1"""
    (given, generic), problems = queries_of_file(text, "q.sql")
    assert not problems
    assert given.values == ("(SELECT email FROM users WHERE id = 42)", "now() - interval '1 day'")
    assert "42" not in str(given)
    assert generic.values == ("9",), "a comment behind a query stands above the next"
    for above, found in (
        ("-- $2 = 1", "values are given for $2, its parameters are $1"),
        ("-- $1 = 1; DROP TABLE users", "it cannot be read as SQL, or a value of it"),
        ("-- $1 = 1\n-- $2 = 1", "values are given for $1, $2, its parameters are $1"),
        ("-- $1 = SELECT 1", "it cannot be read as SQL, or a value of it"),
        ("-- $1 = 1, 2", "it cannot be read as SQL, or a value of it"),
    ):
        _, (problem,) = queries_of_file(f"{above}\nSELECT * FROM users WHERE id = $1", "q.sql")
        assert problem.found.startswith(found)
