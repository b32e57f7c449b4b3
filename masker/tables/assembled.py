"""The last look at a plan's statements: what people wrote in rule files means in them what it means alone, and the rest
what it means without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from masker.errors import Problem
from masker.masks.sql import grammar
from masker.masks.sql.grammar import GrammarError, Shape
from masker.tables.for_trees import for_trees


def require_assembled(statements: Iterable[str], texts: Iterable[str]) -> Iterator[Problem]:
    """The *statements* in which one of *texts* (expressions) is something else than itself; those without any are
    passed over."""
    spelled = [form for text in texts for form in (text, for_trees(text)) if form is not None]
    forms = sorted(dict.fromkeys(spelled), key=len, reverse=True)
    shapes = {form: grammar.shape(grammar.expression(form)) for form in forms}
    for statement in statements:
        within = [form for form in forms if form in statement]
        if within and not _holds(statement, within, shapes):
            subject = " ".join(statement.split())[:60]
            yield Problem(
                f"{subject} …",
                "the SQL of its rules means something else in this statement than alone",
                "put parentheses around its parts",
            )


def _holds(statement: str, within: list[str], shapes: dict[str, Shape]) -> bool:
    without, found, expected = statement, [], 0
    for form in within:
        if count := without.count(form):
            found.append(shapes[form])
            without = without.replace(form, f" ${len(found)} ")
            expected += count
    try:
        trees = grammar.statements(without)
        # One within a comment or a quoted text is no part of the statement.
        is_there = sum(kind == "ParamRef" for kind, _ in grammar.nodes(trees)) == expected
        return is_there and grammar.shape(grammar.statements(statement)) == grammar.shape(trees, parameters=found)
    except GrammarError:
        return False
