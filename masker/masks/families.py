"""Family names where people bear two, one of either parent: both are drawn from one list, by a number each."""

from __future__ import annotations

from sqlglot import exp

from masker.masks.locales.pools import Pool
from masker.masks.mask import Context
from masker.masks.pick import draw, drawn
from masker.masks.sql.expressions import text
from masker.masks.sql.formula import formula

#: Whose number says which is the first, as everywhere, and which the second.
FIRST, SECOND = "family", "family, second"

#: One family name as a pattern: a word, and in front of it what belongs to it, as in ``de la Fuente``.
ONE_FAMILY = "(([Dd][Ee]|[Dd][Ee][Ll]|[Ll][Aa]|[Ll][Aa][Ss]|[Ll][Oo][Ss]|[Dd][AaOoIi]|[Vv][AaOo][Nn]) +)*[^ ]+"


def second_family(names: Pool, context: Context) -> exp.Expression:
    """The identity's second family name alone."""
    return draw(names, context.identity.number(SECOND, context.bindings), context)


def families(names: Pool, has_one: exp.Expression, context: Context) -> exp.Expression:
    """The first one where the original *has_one* alone, else both."""
    return formula(
        "{first} || CASE WHEN {has_one} THEN '' ELSE ' ' || {second} END",
        first=draw(names, context.identity.number(FIRST, context.bindings), context),
        has_one=has_one,
        second=second_family(names, context),
    )


def longest_families(names: Pool) -> int:
    """Characters of two of *names*."""
    return 2 * names.longest + 1


def families_drawn(word: exp.Expression, names: Pool, context: Context, longest: int | None = None) -> exp.Expression:
    """How often one or two of *names* are drawn at most, cut to as many characters as a column holds."""
    first, second = (drawn(formula(f"split_part({{v}}, ' ', {at})", v=text(word)), names, context) for at in (1, 2))
    holes = {"v": text(word), "one": drawn(text(word), names, context, longest), "first": first, "second": second}
    if longest is None or longest >= longest_families(names):
        return formula("CASE WHEN strpos({v}, ' ') = 0 THEN {one} ELSE {first} * {second} END", **holes)
    # Of a second name that is cut any beginning may be left.
    return formula(
        "CASE WHEN strpos({v}, ' ') = 0 THEN {one} WHEN length({v}) < {room} THEN {first} * {second} ELSE {first} END",
        room=longest,
        **holes,
    )
