"""The conditions of masks as somebody wrote them: what PostgreSQL would take, and nobody can have meant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from masker.catalog.overload import Overload
from masker.catalog.types import Column
from masker.masks.sql.judge import judge
from masker.masks.sql.judged import ExpressionError, Fault, Judged


def judge_condition(
    text: str, columns: Mapping[str, Column] | Collection[str] | None, *, overloads: Iterable[Overload] = ()
) -> Judged:
    """The condition of a mask that *text* is, as :func:`masker.masks.sql.judge.judge` reads it. Raises ExpressionError,
    also where it says the same of every row."""
    judged = judge(text, columns, overloads=overloads)
    if not judged.names:
        told = "it reads no column, so that it is the same for every row"
        raise ExpressionError([Fault(told, "leave it out, or give the columns the mask keep")])
    return judged
