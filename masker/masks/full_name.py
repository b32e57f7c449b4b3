"""``full_name``: a family and a given name."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.families import ONE_FAMILY, families, families_drawn, longest_families
from masker.masks.genders import Given, given_drawn, given_lengths, longest_given
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text, needs_nothing
from masker.masks.names import Name, followed_letters, name_of, name_problem, names_of, narrow_letters, script_of
from masker.masks.pick import drawn, drawn_shares
from masker.masks.sql.expressions import call, case, concat, equals, share, text, times
from masker.masks.sql.formula import formula
from masker.masks.sql.wide import narrow_space, space_of


class FullName(Name, Given):
    """A family and a given name in the locale's order; of Spaniards both family names unless the original is of two
    words."""

    mask: Literal["full_name"] = "full_name"
    separator: str | None = Field(
        default=None,
        max_length=3,
        description=(
            "between the two names; default: a full-width space where a Japanese original has one, else a space"
        ),
    )

    @property
    def between(self) -> str:
        """What stands between the two names, narrow."""
        return " " if self.separator is None else self.separator


def _order(context: Context) -> tuple[str, str]:
    return ("family", "given") if context.locale.family_first else ("given", "family")


def _render(original: exp.Expression, column: Column, rule: FullName, context: Context) -> exp.Expression:
    del column
    # Numbered in one order whatever the country, so that statements of two locales differ in their order alone.
    names = {
        "family": _family(original, rule, context),
        "given": name_of("given", rule, context),
    }
    first, second = (names[part] for part in _order(context))
    if rule.separator is None and context.locale.wide:
        between = space_of(text(original), context.bindings)
        return followed_letters(concat(first, between, second), original, rule, context)
    made = concat(first, rule.between, second) if rule.between else concat(first, second)
    return followed_letters(made, original, rule, context)


def _family(original: exp.Expression, rule: FullName, context: Context) -> exp.Expression:
    if not context.locale.two_families:
        return name_of("family", rule, context)
    has_one = formula("coalesce({v} ~ {form}, false)", v=text(original), form=f"^[^ ]+ +{ONE_FAMILY}$")
    return families(names_of("family", rule, context), has_one, context)


def _chance(original: exp.Expression, column: Column, rule: FullName, context: Context) -> exp.Expression:
    """Both names are looked up where there is something between them; else each length that the first may have is
    tried. A blank may stand in names, too: there the last word is a family's, or the last two."""
    first, second = _order(context)
    original = narrow_letters(original, rule, context)
    if rule.separator is None and context.locale.wide:
        original = narrow_space(text(original), context.bindings)
    longest = _longest(first, rule, context) + len(rule.between) + _longest(second, rule, context)
    if column.type.length is not None and column.type.length < longest:
        known = drawn_shares(names_of(first, rule, context), column.type.length).entries
        # Names of one gender come about twice as often where that is said.
        return share(min(1, (2 if rule.gender is not None else 1) * max(of for _, of in known)))
    if not rule.between:
        return call(
            "greatest",
            *(
                times(
                    _drawn(call("left", text(original.copy()), size), first, rule, context),
                    _drawn(call("substr", text(original.copy()), size + 1), second, rule, context),
                )
                for size in _lengths(first, rule, context)
            ),
        )
    if context.locale.two_families and rule.between == " ":
        return call("greatest", *(_both(original, ending, rule, context) for ending in (" [^ ]+$", " [^ ]+ [^ ]+$")))
    word, rest = (call("split_part", text(original.copy()), rule.between, at) for at in (1, 2))
    whole = equals(concat(word.copy(), rule.between, rest.copy()), text(original.copy()))
    both = times(_drawn(word, first, rule, context), _drawn(rest, second, rule, context))
    return case((whole, both), default=share(0))


def _both(original: exp.Expression, ending: str, rule: FullName, context: Context) -> exp.Expression:
    """How often a given name comes, which may be of several words, and behind it the family names that are *ending*."""
    given = formula("regexp_replace({v}, {ending}, '')", v=text(original.copy()), ending=ending)
    family = formula("substr({v}, length({given}) + 2)", v=text(original.copy()), given=given)
    return times(_drawn(given.copy(), "given", rule, context), _drawn(family, "family", rule, context))


def _drawn(word: exp.Expression, part: str, rule: FullName, context: Context) -> exp.Expression:
    if part == "given":
        return given_drawn(word, rule, script_of(rule, context), context)
    if context.locale.two_families:
        return families_drawn(word, names_of(part, rule, context), context)
    return drawn(word, names_of(part, rule, context), context)


def _longest(part: str, rule: FullName, context: Context) -> int:
    if part == "given":
        return longest_given(rule, script_of(rule, context), context)
    names = names_of(part, rule, context)
    return longest_families(names) if context.locale.two_families else names.longest


def _lengths(part: str, rule: FullName, context: Context) -> tuple[int, ...]:
    if part == "given":
        return given_lengths(rule, script_of(rule, context), context)
    return names_of(part, rule, context).lengths


def _tells(rule: FullName, kind: TypeClass) -> str:
    del rule, kind
    return "name"


FULL_NAME = Mask(
    rule=FullName,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as pairs of two names at most, each as frequent as `last_name` and `first_name` of the scope",
        example="小寺 圭介",
        cost=0.3,
        fills=needs_nothing,
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=name_problem,
)
