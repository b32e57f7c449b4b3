"""Columns that name one person or one place together, so that their suggested rules get one scope."""

from __future__ import annotations

import re
from collections.abc import Iterable

from masker.names import TableName
from masker.ruleset.personal import snake
from masker.ruleset.wording import flow

#: Masks of names and of places, and the words that begin what a column's name says of them; what stands before is whose
#: they are.
_KINDS = (
    (
        "person",
        re.compile(r"(?:\{mask: )?(?:first_name|last_name|full_name)\b"),
        re.compile(
            r"(?:first|given|fore|last|family|full|middle|maiden|real|legal|display)_?(?:name|kana)|surname|names?(?:_|$)|(?:name_)?(?:kana|katakana|furigana)"
        ),
    ),
    (
        "place",
        re.compile(r"(?:\{mask: )?(?:postal_code|address)\b(?!.*part: building)"),
        re.compile(
            r"post(?:al)?_?code|zip|prefecture|region|province|county|city|town|municipality|neighbou?rhood|ward|suburb|district|street|address|line_?\d|full_address"
        ),
    ),
)


def of_one_scope(name: str, rule: str, table: TableName, others: Iterable[tuple[str, str]]) -> str:
    """*rule*, as it was guessed for the column *name*, with a scope if it agrees with one of *others*, columns of
    *table* in their order and the rules guessed for them, *name*'s own among them. Of columns with one rule, which
    would hold one value, the first alone has a scope."""
    fitting = [(kind, masks, words) for kind, masks, words in _KINDS if masks.match(rule)]
    if not fitting:
        return rule
    ((kind, masks, words),) = fitting
    whose = _before(words, name)
    related = [(other, written) for other, written in others if masks.match(written) and _before(words, other) == whose]
    first = next((other for other, written in related if written == rule), None)
    if first != name or len({written for _, written in related}) < 2:
        return rule
    scope = flow({"scope": "_".join(filter(None, (snake(table.name), whose, kind)))})[1:-1]
    return f"{rule.removesuffix('}')}, {scope}}}" if rule.startswith("{") else f"{{mask: {rule}, {scope}}}"


def _before(words: re.Pattern[str], name: str) -> str:
    found = words.search(snake(name))
    return snake(name)[: found.start()].strip("_") if found is not None else ""
