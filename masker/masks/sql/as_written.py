"""The conditions of a rule file as somebody wrote them there: what PostgreSQL would take, and nobody can have meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from masker.catalog.types import Column, Overload
from masker.masks.sql.judge import judge
from masker.masks.sql.judged import ExpressionError, Fault, Judged


def judge_condition(
    text: str, columns: Mapping[str, Column] | Collection[str] | None, *, overloads: Iterable[Overload] = ()
) -> Judged:
    """The condition that *text* is, as :func:`masker.masks.sql.judge.judge` reads it. Raises ExpressionError, also
    where it says the same of every row."""
    judged = judge(text, columns, overloads=overloads)
    if not judged.names:
        told = "it reads no column, so that it is the same for every row"
        raise ExpressionError([Fault(told, "leave it out; `rows:` takes all and none, a column the mask keep")])
    return judged
