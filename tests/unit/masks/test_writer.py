"""The quick way from an expression to its text: what it writes is what sqlglot writes, and what it does not know it
leaves to it."""

from __future__ import annotations

import cProfile

import pytest
from sqlglot import exp

from masker.masks.sql.bindings import SessionBindings, Words
from masker.masks.sql.expressions import (
    call,
    case,
    cast,
    column,
    concat,
    equals,
    integer,
    is_null,
    literal,
    modulo,
    quotient,
    share,
    text,
    times,
)
from masker.masks.sql.formula import Verbatim
from masker.masks.sql.identity import keyed_digest
from masker.masks.sql.verbatim import generated, render
from masker.masks.sql.writer import written, written_with_texts
from tests.catalogs import catalog, table
from tests.unit.masks.readings import reading

_BINDINGS = SessionBindings()

_KNOWN = (
    column('we"ird'),
    literal("it's"),
    literal(7),
    literal(-7),
    literal("back\\slash"),
    literal("two\nlines\tand\r\x0b\x0c\x07\x08"),
    share(0.25),
    call("hashint8extended", cast(column("id"), "bigint"), _BINDINGS.seed("person", "given")),
    concat(column("a"), "-", call("left", text(column("b")), 3)),
    modulo(column("n"), 10),
    integer(modulo(call("f"), 3)),
    times(column("n"), literal(2)),
    quotient(column("n"), 3),
    exp.Like(this=column("a"), expression=literal("x%")),
    exp.BitwiseOr(this=column("n"), expression=literal(3)),
    exp.Collate(this=column("a"), expression=exp.Var(this='pg_catalog."default"')),
    exp.Bracket(this=exp.Paren(this=cast(literal("{1,2}"), "int[]")), expressions=[integer(column("n"))], offset=1),
    exp.In(this=exp.Paren(this=column("a")), expressions=[literal("x"), literal(2)]),
    exp.Case(this=column("n"), ifs=[exp.If(this=literal(1), true=column("a"))], default=exp.Null()),
    case((equals(column("a"), "x"), literal(1)), (is_null(column("b")), exp.Null()), default=exp.false()),
    keyed_digest(text(column("v")), "scope", _BINDINGS),
    exp.Not(this=exp.Paren(this=exp.Or(this=is_null(column("a")), expression=is_null(column("b"))))),
    call("jsonb_array_element_text", _BINDINGS.words(Words("list", ("a", "b"))), integer(modulo(column("n"), 2))),
)

_OTHERS = (
    exp.Neg(this=exp.Neg(this=literal(3))),
    exp.Neg(this=column("n")),
    exp.Div(this=column("n"), expression=literal(3)),
    exp.Collate(this=column("a"), expression=column("x")),
    exp.Bracket(this=exp.Paren(this=column("a")), expressions=[literal(1)], offset=0),
    exp.Bracket(this=column("a"), expressions=[literal(1)], offset=1),
    exp.In(this=column("a"), query=exp.select(column("b")).subquery()),
    exp.cast(column("a"), "text"),
    exp.column("a", table="t", quoted=True),
    exp.select(column("a")).from_("t").subquery(),
)


@pytest.mark.parametrize("expression", _KNOWN, ids=render)
def test_what_it_knows_it_writes_as_sqlglot_does(expression: exp.Expression) -> None:
    assert written(expression) == generated(expression)


@pytest.mark.parametrize("expression", _OTHERS, ids=render)
def test_what_it_does_not_know_is_left_to_sqlglot(expression: exp.Expression) -> None:
    for whole in (expression, call("f", expression.copy())):
        assert written(whole) is None
        assert render(whole) == generated(whole)


def test_texts_that_people_wrote_go_as_they_are_and_are_told() -> None:
    text = Verbatim(texts=["(a /* ' */ + ", " IS NULL)"], expressions=[column("b")], judged=None)
    for whole, wrapped in ((text, "{}"), (case((text.copy(), literal(1)), default=literal(2)), "CASE WHEN {}")):
        assert written(whole) is None
        sql, has_texts = written_with_texts(whole) or ("", False)
        assert has_texts
        assert sql == generated(whole)
        assert sql.startswith(wrapped.format('(a /* \' */ + "b" IS NULL)'))
    assert written_with_texts(concat("a\0", column("b"))) is None, "no text of ours looks like one of theirs"


@pytest.mark.parametrize(
    "mask",
    ["email", "phone", "last_name", "full_name", "token", "ip", "postal_code", "company", "lorem", "address", "url"],
)
def test_masks_that_thousands_of_tables_have_are_written_without_sqlglot(mask: str) -> None:
    """One node that the writer does not know sends the whole expression the slow way."""
    people = table("people", "id int8 primary key", "value text", key=("id",))
    watched = cProfile.Profile()
    watched.enable()
    read = reading(catalog(people), people, {"value": mask})
    watched.disable()
    assert read.problems == ()
    called = {getattr(entry.code, "co_name", "") for entry in watched.getstats()}
    assert "written_with_texts" in called
    assert "generated" not in called
