"""``regex_replace``: what a pattern finds replaced."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator
from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.mask import Card, Context, Mask, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import text
from masker.masks.sql.formula import formula

#: What PostgreSQL and this program read alike, and is looked for in time that grows with the text's length alone.
_REFUSED = (
    (re.compile(r"\\[1-9]"), "a reference back to a group is looked for by trying: write out what it would find"),
    (re.compile(r"\(\?(?!:|=|!)"), "of the groups that begin with (? there are (?:…), (?=…) and (?!…)"),
    (re.compile(r"[*+?}]\+"), "what is repeated is followed by one sign: * + ? or {n}"),
    (re.compile(r"\\[^dswDSWtnr\W_]"), "of a backslash and a letter there are \\d \\s \\w \\D \\S \\W \\t \\n \\r"),
    (
        re.compile(r"\{\s*\d*\s*,?\s*(?:[3-9]\d|\d{3,})\s*\}|\{\s*(?:[3-9]\d|\d{3,})"),
        "nothing is repeated more than 29 times by number: write * or +",
    ),
    (re.compile(r"\*\*|^\*"), "a * follows what it repeats"),
)

_CLASS = re.compile(r"\[:\w+:\]")
_NESTED = re.compile(r"[*+}]\)?[*+{]|\([^()]*[*+{][^()]*\)[*+{]")


class RegexReplace(MaskRule):
    """What a pattern finds replaced by a text; what it does not find stays as it is."""

    mask: Literal["regex_replace"] = "regex_replace"
    pattern: str = Field(
        min_length=1,
        max_length=200,
        description="a regular expression of PostgreSQL's without references back, as `[0-9]{4}$`",
    )
    to: str = Field(
        max_length=200, description="what each find becomes; \\1 to \\9 are what its groups found, \\\\ is a backslash"
    )
    ignore_case: bool = Field(default=False, description="true: A and a are one")

    @field_validator("pattern")
    @classmethod
    def _linear(cls, pattern: str) -> str:
        for refused, why in _REFUSED:
            if refused.search(pattern.replace("\\\\", "")):
                raise ValueError(why)
        if _NESTED.search(pattern):
            raise ValueError("what repeats is repeated again, which may be looked for in many ways: write one * or +")
        try:
            compiled = re.compile(_CLASS.sub("a", pattern))
        except re.error as error:
            raise ValueError(f"no regular expression: {error.msg}") from None
        if compiled.match(""):
            raise ValueError("it finds nothing at all too, at every place: let it find one character or more")
        return pattern

    @model_validator(mode="after")
    def _known_groups(self) -> RegexReplace:
        groups = re.compile(_CLASS.sub("a", self.pattern)).groups
        for escaped in re.findall(r"\\(.?)", self.to):
            if escaped != "\\" and not (escaped.isdecimal() and 1 <= int(escaped) <= groups):
                raise ValueError(f"to: \\{escaped} is none of the {groups} groups of the pattern")
        return self


def _render(original: exp.Expression, column: Column, rule: RegexReplace, context: Context) -> exp.Expression:
    """Every find replaced."""
    del column, context
    return formula(
        "regexp_replace({v}, {pattern}, {to}, {flags})",
        v=text(original),
        pattern=_quoted(rule.pattern),
        to=_quoted(rule.to),
        flags="gi" if rule.ignore_case else "g",
    )


def _quoted(value: str) -> exp.Expression:
    """*value* with its backslashes, whatever the server takes them for in a literal."""
    parts = value.split("\\")
    return formula(
        "concat_ws(chr(92), " + ", ".join(f"{{p{at}}}" for at in range(len(parts))) + ")",
        **{f"p{at}": part for at, part in enumerate(parts)},
    )


REGEX_REPLACE = Mask(
    rule=RegexReplace,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct="as many as differ in what is not found",
        example="N. Y. for New York",
        cost=0.6,
        shows="what the pattern does not find",
        of_original=True,
    ),
    render=_render,
    chance=None,
)
