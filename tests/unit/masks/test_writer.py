"""The quick way from an expression to its text: what it writes is what sqlglot writes, and what it does not know it
leaves to it."""

from __future__ import annotations

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
from masker.masks.sql.identity import value_uuid
from masker.masks.sql.verbatim import generated, render
from masker.masks.sql.writer import written

_BINDINGS = SessionBindings()

_KNOWN = (
    column('we"ird'),
    literal("it's"),
    literal(7),
    share(0.25),
    call("hashint8extended", cast(column("id"), "bigint"), _BINDINGS.seed("person", "given")),
    concat(column("a"), "-", call("left", text(column("b")), 3)),
    modulo(column("n"), 10),
    integer(modulo(call("f"), 3)),
    times(column("n"), literal(2)),
    case((equals(column("a"), "x"), literal(1)), (is_null(column("b")), exp.Null()), default=exp.false()),
    value_uuid(text(column("v")), "scope", _BINDINGS),
    exp.Not(this=exp.Paren(this=exp.Or(this=is_null(column("a")), expression=is_null(column("b"))))),
    call("jsonb_array_element_text", _BINDINGS.words(Words("list", ("a", "b"))), integer(modulo(column("n"), 2))),
)

_OTHERS = (
    literal("back\\slash"),
    literal("two\nlines"),
    quotient(column("n"), 3),
    exp.Collate(this=column("a"), expression=exp.Var(this="x")),
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
