"""``url``: addresses of pages that lead nowhere."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.endings import LONGEST_ENDING, ending
from masker.masks.sql.expressions import call, share, text
from masker.masks.sql.formula import formula, let

_MOST, _LEAST = 64, 16

#: Deeper paths are as deep as this.
_DEEPEST = 20


class Url(MaskRule):
    """An address at a host that cannot exist, its path as deep as the original's and with its ending, one for each
    identity."""

    mask: Literal["url"] = "url"
    host: str = Field(
        default="preview.invalid",
        pattern=r"^[a-z0-9.-]+\.[a-z]{2,}$",
        description="the host: a name that cannot exist, or the team's own sink",
    )


def _start(rule: Url) -> str:
    return f"https://{rule.host}/"


def _render(original: exp.Expression, column: Column, rule: Url, context: Context) -> exp.Expression:
    """The host, as many steps as the path has, and hexadecimal digits up to the original's length. RFC 2606 reserves
    ``.invalid``."""
    start = _start(rule)
    room = None if column.type.length is None else column.type.length - len(start) - LONGEST_ENDING - _LEAST
    deepest = _DEEPEST if room is None else max(0, min(_DEEPEST, room // 2))
    most = _MOST if room is None else min(_MOST, room - 2 * deepest + _LEAST)
    digest = call("encode", call("sha256", call("int8send", context.identity.number("url", context.bindings))), "hex")
    path = formula("split_part(split_part({v}, '?', 1), '#', 1)", v=text(original))
    steps = (
        "length(\"masker path\") - length(replace(\"masker path\", '/', '')) - CASE WHEN strpos(\"masker path\", '//')"
        " > 0 THEN 2 ELSE 0 END"
    )
    made = let(
        "{start} || repeat('p/', $depth) || left({digest}, greatest({least}, least({most}, length({v}) - {length} - 2 *"
        " $depth - length($ending)))) || $ending",
        {
            "depth": formula(f"least({{deepest}}, greatest(0, {steps} - 1))", deepest=deepest),
            "ending": formula(
                f"CASE WHEN {steps} > 0 THEN {{ending}} ELSE '' END", ending=ending(formula('"masker path"'))
            ),
        },
        start=start,
        length=len(start),
        digest=digest,
        least=_LEAST,
        most=most,
        v=text(original),
    )
    return let("{made}", {"path": path}, made=made)


def _chance(original: exp.Expression, column: Column, rule: Url, context: Context) -> exp.Expression:
    """Nothing but an address at the host, and of those one of 16 digits or more."""
    del column, context
    return formula(
        "CASE WHEN {v} LIKE {start} THEN {own} ELSE {none} END",
        v=text(original),
        start=f"{_start(rule)}%",
        own=share(1),
        none=share(0),
    )


def _problem(column: Column, rule: Url, context: Context) -> Obstacle | None:
    del context
    limit, needed = column.type.length, len(_start(rule)) + _LEAST + LONGEST_ENDING
    if limit is not None and limit < needed:
        return Obstacle(
            f"{column.type.sql} is too short for an address at {rule.host}, which may need {needed} characters",
            "widen the column, use a shorter host, or another mask",
        )
    return None


def _tells(rule: Url, kind: TypeClass) -> str:
    del rule, kind
    return "any"


URL = Mask(
    rule=Url,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.KEPT,
        distinct="one for each identity",
        example="https://preview.invalid/p/02039cc373403483.jpg for https://example.com/a/b.jpg",
        cost=4.5,
        may_keep=False,
        shows="how deep its path is, and its ending",
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
