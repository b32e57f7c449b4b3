"""The last look at a plan's statements: what people wrote in rule files means in them what it means alone, and the rest
what it means without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from masker.errors import Problem
from masker.masks.sql import grammar
from masker.masks.sql.grammar import GrammarError
from masker.tables.for_trees import for_trees


def require_assembled(statements: Iterable[str], texts: Iterable[str]) -> Iterator[Problem]:
    """The *statements* in which one of *texts* (expressions) is something else than itself; those without any are
    passed over."""
    spelled = [form for text in texts for form in (text, for_trees(text)) if form is not None]
    forms = sorted(dict.fromkeys(spelled), key=len, reverse=True)
    meanings = {form: grammar.meaning_of_expression(form) for form in forms}
    for statement in statements:
        within = [form for form in forms if form in statement]
        if within and not _holds(statement, within, meanings):
            subject = " ".join(statement.split())[:60]
            yield Problem(
                f"{subject} …",
                "the SQL of its rules means something else in this statement than alone",
                "put parentheses around its parts",
            )


def _holds(statement: str, within: list[str], meanings: dict[str, str]) -> bool:
    without, found, expected = statement, [], 0
    for form in within:
        if count := without.count(form):
            found.append(meanings[form])
            without = without.replace(form, f" ${len(found)} ")
            expected += count
    try:
        meant = grammar.meaning(without)
        # One within a comment or a quoted text is no part of the statement.
        is_there = grammar.count_parameters(meant) == expected
        return is_there and grammar.meaning(statement) == grammar.with_parameters(meant, found)
    except GrammarError:
        return False
