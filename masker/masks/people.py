"""Names of people. One number of the identity picks from aligned lists, so that all scripts of a name agree."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import Column
from masker.dictionaries import word_list
from masker.masks.arguments import FirstName, FullName, LastName, Name
from masker.masks.bindings import Words
from masker.masks.expressions import call, concat, integer, modulo
from masker.masks.registry import Context, Mask, Uniqueness, is_text


def pick(words: Words, number: exp.Expression, context: Context) -> exp.Expression:
    """One entry of *words* by *number*. A jsonb array is indexed in constant time; a text array would be walked."""
    return call("jsonb_array_element_text", context.bindings.words(words), integer(modulo(number, len(words.entries))))


def given(script: str, context: Context) -> exp.Expression:
    """The identity's given name."""
    return pick(word_list(context.locale, f"given_{script}"), context.identity.number("given", context.bindings), context)


def family(script: str, context: Context) -> exp.Expression:
    """The identity's family name."""
    return pick(word_list(context.locale, f"family_{script}"), context.identity.number("family", context.bindings), context)


def _script(rule: Name, context: Context) -> str:
    return rule.script or ("kanji" if context.locale == "ja_JP" else "romaji")


def first_name(original: exp.Expression, column: Column, rule: FirstName, context: Context) -> exp.Expression:
    del original, column
    return given(_script(rule, context), context)


def last_name(original: exp.Expression, column: Column, rule: LastName, context: Context) -> exp.Expression:
    del original, column
    return family(_script(rule, context), context)


def full_name(original: exp.Expression, column: Column, rule: FullName, context: Context) -> exp.Expression:
    del original, column
    script = _script(rule, context)
    names = [family(script, context), given(script, context)]
    first, second = names if context.locale == "ja_JP" else reversed(names)
    return concat(first, rule.separator, second) if rule.separator else concat(first, second)


def _problem(column: Column, rule: Name, context: Context) -> str | None:
    del column
    if context.locale != "ja_JP" and rule.script not in {None, "romaji"}:
        return f"script {rule.script}: {context.locale} names are written in Latin letters\nleave the script out, or give the rule `locale: ja_JP`"
    return None


FIRST_NAME = Mask(
    name="first_name",
    rule=FirstName,
    serves="text",
    uniqueness=Uniqueness.LOST,
    accepts=is_text,
    render=first_name,
    problem=_problem,
    example="あすか, アスカ, Asuka",
)
LAST_NAME = Mask(
    name="last_name",
    rule=LastName,
    serves="text",
    uniqueness=Uniqueness.LOST,
    accepts=is_text,
    render=last_name,
    problem=_problem,
    example="藤井, フジイ, Fujii",
)
FULL_NAME = Mask(
    name="full_name",
    rule=FullName,
    serves="text",
    uniqueness=Uniqueness.LOST,
    accepts=is_text,
    render=full_name,
    problem=_problem,
    example="藤井 あすか",
)
