"""A mask that goes by a value digests it once, however many numbers it takes of it: that is what costs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from masker.masks.mask import Context
from masker.masks.sql.bindings import Bindings, Bytes, Instant, Known, Locked, Own, Shares, Words
from masker.masks.sql.expressions import column
from masker.masks.sql.formula import formula
from masker.masks.sql.verbatim import render

_NAME = "masker identity"


class _Once:
    """*inner*, but that the digest of one value in one scope is a column of its own."""

    def __init__(self, inner: Bindings, value: exp.Expression, scope: str) -> None:
        self._inner, self._value, self._scope = inner, render(value), scope
        self.may_nest = inner.may_nest

    def digest(self, value: exp.Expression, scope: str) -> exp.Expression | None:
        if scope != self._scope or render(value) != self._value:
            return self._inner.digest(value, scope)
        return column(_NAME)

    def seed(self, scope: str, part: str) -> exp.Expression:
        return self._inner.seed(scope, part)

    def pad(self, scope: str, side: str) -> exp.Expression:
        return self._inner.pad(scope, side)

    def words(self, words: Words) -> exp.Expression:
        return self._inner.words(words)

    def shares(self, shares: Shares) -> exp.Expression:
        return self._inner.shares(shares)

    def blob(self, content: Bytes) -> exp.Expression:
        return self._inner.blob(content)

    def known(self, known: Known | Locked) -> exp.Expression:
        return self._inner.known(known)

    def instant(self, instant: Instant) -> exp.Expression:
        return self._inner.instant(instant)

    def own(self, *settings: Own) -> None:
        self._inner.own(*settings)


def once(make: Callable[[Context], exp.Expression], context: Context) -> exp.Expression:
    """What *make* makes of *context*, its identity's value digested once for all of it where it would be twice or
    more."""
    identity, bindings = context.identity, context.bindings
    if not identity.by_value or not bindings.may_nest:
        return make(context)
    shared = _Once(bindings, identity.value_text(), identity.scope)
    made = make(replace(context, bindings=shared))
    if sum(found.name == _NAME for found in made.find_all(exp.Column)) <= 1:
        return make(context)
    # Without OFFSET 0 the planner would compute it anew wherever it is looked at.
    return formula(
        f'SELECT {{made}} FROM (SELECT {{digest}} AS "{_NAME}" OFFSET 0) AS "masker who"',  # noqa: S608
        made=made,
        digest=identity.value_digest(bindings),
    )
