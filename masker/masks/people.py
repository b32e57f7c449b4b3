"""Names of people. One number of the identity picks from aligned lists, so that all scripts of a name agree."""

from __future__ import annotations

from collections import Counter

from sqlglot import exp

from masker.catalog.types import Column
from masker.dictionaries import word_list
from masker.masks.arguments import FirstName, FullName, LastName, Name
from masker.masks.bindings import Shares, Words
from masker.masks.expressions import call, case, cast, concat, equals, integer, modulo, share, text, times
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


def shares(words: Words, longest: int | None = None) -> Shares:
    """How often each of *words* is picked, cut to as many characters as a column holds."""
    cut = [word[:longest] for word in words.entries]
    suffix = f" cut to {longest}" if longest is not None else ""
    return Shares(f"{words.name}{suffix}", tuple((word, count / len(cut)) for word, count in Counter(cut).items()))


def picked(original: exp.Expression, words: Words, column: Column, context: Context) -> exp.Expression:
    """The chance of a value that is one of *words*."""
    return _share_of(text(original), shares(words, column.type.length), context)


def _share_of(word: exp.Expression, known: Shares, context: Context) -> exp.Expression:
    found = call("jsonb_object_field_text", context.bindings.shares(known), word)
    return call("coalesce", cast(found, "double precision"), share(0))


def _given_chance(original: exp.Expression, column: Column, rule: FirstName, context: Context) -> exp.Expression:
    return picked(original, word_list(context.locale, f"given_{_script(rule, context)}"), column, context)


def _family_chance(original: exp.Expression, column: Column, rule: LastName, context: Context) -> exp.Expression:
    return picked(original, word_list(context.locale, f"family_{_script(rule, context)}"), column, context)


def _full_chance(original: exp.Expression, column: Column, rule: FullName, context: Context) -> exp.Expression:
    """Both names are looked up where there is something between them; else each length that the first may have is tried."""
    script = _script(rule, context)
    lists = [word_list(context.locale, f"{part}_{script}") for part in ("family", "given")]
    first, second = lists if context.locale == "ja_JP" else reversed(lists)
    longest = max(map(len, first.entries)) + len(rule.separator) + max(map(len, second.entries))
    if column.type.length is not None and column.type.length < longest:
        return share(max(of for _, of in shares(first, column.type.length).entries))
    of_first, of_second, between = shares(first), shares(second), len(rule.separator)
    chances = [
        times(
            _share_of(call("left", text(original.copy()), size), of_first, context),
            _share_of(call("substr", text(original.copy()), size + between + 1), of_second, context),
        )
        for size in sorted({len(word) for word in first.entries})
    ]  # fmt: skip
    if not rule.separator:
        return call("greatest", *chances)
    word, rest = (call("split_part", text(original.copy()), rule.separator, at) for at in (1, 2))
    whole = equals(concat(word.copy(), rule.separator, rest.copy()), text(original.copy()))
    return case((whole, times(_share_of(word, of_first, context), _share_of(rest, of_second, context))), default=share(0))


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
    chance=_given_chance,
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
    chance=_family_chance,
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
    chance=_full_chance,
    problem=_problem,
    example="藤井 あすか",
)
