"""Suggested rules for documents: they keep their keys and lists, each text in them is masked by what its key says, and
numbers are moved but for ids and counts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from masker.catalog.types import Column, ColumnType, TypeClass
from masker.ruleset.personal import can_be_personal, identifies, snake
from masker.ruleset.wording import key_text

#: Leaves of which a rule can still be read by somebody.
_MOST = 40

#: Distinct texts to each text below which they repeat.
_DISTINCT = 0.5

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")

_TEXT = ColumnType(oid=25, sql="text", base="text", name="text", kind=TypeClass.TEXT)
_NUMBER = ColumnType(oid=20, sql="bigint", base="int8", name="int8", kind=TypeClass.INTEGER)
_DECIMAL = ColumnType(oid=1700, sql="numeric", base="numeric", name="numeric", kind=TypeClass.NUMBER)

#: Numbers that lose their meaning when they are moved, and say nothing of anybody.
_COUNTERS = re.compile(
    r"(?:^|_)(?:ids?|counts?|counter|pages?|per_page|position|index|offset|limit|version|revision|attempts?|retries)$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A leaf of documents: the *steps* that lead to it (``.key`` or ``[*]``), how many *texts* some documents have
    there, and how many *kinds* of them, and whether there are numbers or truth values."""

    steps: tuple[str, ...]
    texts: int
    kinds: int
    has_numbers: bool

    @property
    def path(self) -> str:
        """As a rule has it.

        >>> Leaf(steps=(".contact", "[*]", ".line id"), texts=1, kinds=1, has_numbers=False).path
        '$.contact[*]."line id"'
        """
        steps = (
            step if step == "[*]" or _PLAIN.match(step[1:]) else '."' + step[1:].replace('"', "") + '"'
            for step in self.steps
        )
        return "$" + "".join(steps)

    @property
    def key(self) -> str:
        """The last key on the way to it, in snake case."""
        return next((snake(step[1:]) for step in reversed(self.steps) if step != "[*]"), "")


def document_rule(leaves: Sequence[Leaf], by_name: Callable[[Column], str | None]) -> str:
    """A rule that masks *leaves* by their names and everything else by what it looks like, all where there are too
    many. *by_name* guesses what a column called so would get."""
    if not leaves or len(leaves) > _MOST or any('"' in step for leaf in leaves for step in leaf.steps):
        return "{mask: json, other: mask}"
    rules = ((leaf, _leaf_rule(leaf, by_name)) for leaf in leaves)
    paths = ", ".join(f"{key_text(leaf.path)}: {rule}" for leaf, rule in rules if rule is not None)
    return f"{{mask: json, paths: {{{paths}}}, other: mask}}" if paths else "{mask: json, other: mask}"


def _leaf_rule(leaf: Leaf, by_name: Callable[[Column], str | None]) -> str | None:
    """None for what is masked by what it looks like: a rule that keeps numbers would keep whatever comes later."""
    if not leaf.texts and leaf.has_numbers:
        if identifies(leaf.key, _NUMBER) or identifies(leaf.key, _DECIMAL):
            return '"null"'
        as_columns = (Column(name=leaf.key, number=0, type=kind, is_nullable=True) for kind in (_NUMBER, _DECIMAL))
        return "keep" if _COUNTERS.search(leaf.key) and not any(map(can_be_personal, as_columns)) else None
    guessed = by_name(Column(name=leaf.key, number=0, type=_TEXT, is_nullable=True)) or "lorem"
    rule = guessed if guessed not in {"null", "password"} and "fixed" not in guessed else "lorem"
    if rule in {"lorem", "email", "token", "phone", "ip"} and leaf.kinds < _DISTINCT * leaf.texts:
        return f"{{mask: {rule}, by: value}}"
    return rule
