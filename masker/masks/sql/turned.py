"""Short texts that are unique because a key of one integer is: its digits, turned about by the run's key.

Nothing is hidden by it: the key stands beside it in the row, as it is.
"""

from __future__ import annotations

from sqlglot import exp

from masker.masks.sql.bindings import Bindings
from masker.masks.sql.expressions import call, cast, column
from masker.masks.sql.formula import formula
from masker.masks.sql.identity import Identity

#: Digits that are turned at most; keys of more have no such text.
WIDEST = 8

#: A factor is a multiple of the first, plus the second: so it has no divisor in common with a base. There are so many.
_STEP, _FIRST, _FACTORS = 10, 7, 100_000_000


def key_fits(identity: Identity, width: exp.Expression | int, base: int) -> exp.Expression:
    """Whether the key, a plain integer, has a text of *width* digits. NULL if it is."""
    return formula("{k} >= 0 AND {k} < {m}", k=_key(identity), m=_power(base, width))


def turned(identity: Identity, width: exp.Expression | int, base: int, part: str, bindings: Bindings) -> exp.Expression:
    """*width* digits, :data:`WIDEST` at most, to *base* 10 or 16, for the key, one-to-one among those that fit.

    A number is multiplied and moved within a ring twice; between, its two halves change places, without which keys of a
    stride would stay one.
    """

    def moved(number: exp.Expression, turn: str) -> exp.Expression:
        return formula(
            "({n} * ({step} % {factors} * {by} + {first}) + {start} % {m}) % {m}",
            n=number,
            step=_positive(bindings.seed(identity.scope, f"{part}, {turn} step")),
            factors=_FACTORS,
            by=_STEP,
            first=_FIRST,
            start=_positive(bindings.seed(identity.scope, f"{part}, {turn} start")),
            m=_power(base, width),
        )

    low, high = _power(base, formula("{w} / 2", w=width)), _power(base, formula("{w} - {w} / 2", w=width))
    swapped = formula("{n} % {low} * {high} + {n} / {low}", n=moved(_key(identity), "first"), low=low, high=high)
    number = moved(swapped, "second")
    written = formula("to_hex({n})", n=number) if base > _STEP else formula("CAST({n} AS text)", n=number)
    return formula("lpad({t}, {w}, '0')", t=written, w=width)


def ended(
    digest: exp.Expression, size: exp.Expression, least: int, identity: Identity, part: str, bindings: Bindings
) -> exp.Expression:
    """*size* characters that keep rows apart: of *digest*, *least* of them at least; by a key that fits its digits are
    the last of them, and enough."""
    plain = call("left", digest, call("greatest", least, size))
    if not identity.is_plain_integer or least <= WIDEST:
        return plain
    return formula(
        "CASE WHEN {fits} THEN left({digest}, greatest(0, {size} - {widest})) || {turned} ELSE {plain} END",
        fits=key_fits(identity, WIDEST, 16),
        digest=digest,
        size=size,
        widest=WIDEST,
        turned=turned(identity, WIDEST, 16, part, bindings),
        plain=plain,
    )


def _key(identity: Identity) -> exp.Expression:
    (key,) = identity.columns
    return cast(column(key.name), "bigint")


def _positive(number: exp.Expression) -> exp.Expression:
    return formula("{n} & 9223372036854775807", n=number)


def _power(base: int, width: exp.Expression | int) -> exp.Expression:
    powers = ",".join(str(base**n) for n in range(WIDEST + 1))
    return formula(f"(CAST('{{{powers}}}' AS bigint[]))[{{w}} + 1]", w=width)
