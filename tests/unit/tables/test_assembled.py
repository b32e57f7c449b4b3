"""Statements are read once more when they are whole: a text that would break out of its place is found, whatever let it
through."""

from __future__ import annotations

import pytest

from masker.masks.sql import grammar
from masker.tables.assembled import require_assembled

TEXT = "(\"name\" || $$ IS NULL ) -- $$ || E'\\'')"


@pytest.mark.parametrize(
    "statement",
    [
        (
            f"COPY (SELECT {TEXT} AS x, \"id\" FROM ONLY public.t WHERE ({TEXT}) AND ctid >= '(0,0)'::tid) TO STDOUT"
            " (FORMAT binary)"
        ),
        f"DELETE FROM ONLY public.t WHERE ({TEXT}) IS NOT TRUE",
        f'ALTER TABLE public.t ALTER COLUMN x TYPE text COLLATE pg_catalog."C" USING {TEXT}, ALTER COLUMN y TYPE text',
        f"UPDATE ONLY public.t SET x = {TEXT}, y = CASE WHEN ({TEXT}) IS FALSE THEN y END WHERE true",
        "SELECT 1",
        "no SQL at all, and none of the texts",
    ],
)
def test_a_text_in_its_place_is_let_through(statement: str) -> None:
    assert list(require_assembled([statement], [TEXT])) == []


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("DELETE FROM t WHERE a > 1 OR b AND c", "1 OR b"),
        ("SELECT a = b = c", "b = c"),
        ("SELECT 'a || b' || c", "a || b"),
        ("SELECT -- a || b\n 1", "a || b"),
        ("SELECT - a - b FROM t", "a - b"),
        ("SELECT (a || b", "a || b"),
        ("SELECT x FROM t WHERE a || b ORDER BY 1; DROP TABLE t; SELECT - a || b", "a || b"),
    ],
)
def test_one_that_is_something_else_there_is_not(statement: str, text: str) -> None:
    (problem,) = require_assembled([statement], [text])
    assert "means something else in this statement" in problem.found


def test_the_form_for_trees_is_looked_at_too() -> None:
    text = "(a IS NULL OR b)"
    good, bad = (
        "ALTER TABLE t ALTER a TYPE bool USING (a IS NOT DISTINCT FROM NULL OR b)",
        "ALTER TABLE t ALTER a TYPE bool USING c = ANY(ARRAY['(a IS NOT DISTINCT FROM NULL OR b)'])",
    )
    assert list(require_assembled([good], [text])) == []
    assert len(list(require_assembled([bad], [text]))) == 1


def test_only_places_are_left_out_of_what_a_statement_means() -> None:
    assert grammar.meaning("SELECT a,  b") == grammar.meaning("SELECT a, b -- c")
    for one, other in (('"location":1', '"location":2'), (',"stmt_len":3,', ',"stmt_len":4,'), ("\\", "\\\\")):
        for form in ("SELECT '{}'", "SELECT $${}$$", "COMMENT ON TABLE t IS '{}'"):
            assert grammar.meaning(form.format(one)) != grammar.meaning(form.format(other))
