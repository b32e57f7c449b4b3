"""``url``: addresses of pages that lead nowhere."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.endings import LONGEST_ENDING, ending
from masker.masks.sql.expressions import share, text
from masker.masks.sql.formula import formula, let
from masker.masks.sql.turned import ended

#: Characters that stand for an identity, of 64 kinds: all of a digest at most, as many as tell 2^64 apart, and as many
#: as hardly ever meet.
_MOST, _LEAST, _FEW = 43, 11, 4

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
    """The host, as many steps as the path has, and letters and digits up to the original's length. RFC 2606 reserves
    ``.invalid``; RFC 4648 has the alphabet that stands in addresses as it is."""
    start = _start(rule)
    room = None if column.type.length is None else column.type.length - len(start) - LONGEST_ENDING - _LEAST
    deepest = _DEEPEST if room is None else max(0, min(_DEEPEST, room // 2))
    most = _MOST if room is None else min(_MOST, room - 2 * deepest + _LEAST)
    digest = formula(
        # The sign that ends a whole digest is never cut off with it. Two replace() take a seventh of one translate().
        "replace(replace(encode(sha256(int8send({number})), 'base64'), '+', '-'), '/', '_')",
        number=context.identity.number("url", context.bindings),
    )
    least = _LEAST if context.stays_apart else _FEW

    def at(path: exp.Expression) -> exp.Expression:
        # Of bytes, which are known at once: a sign less is one less of them, too.
        steps = (
            "octet_length({path}) - octet_length(replace({path}, '/', ''))"
            " - CASE WHEN strpos({path}, '//') > 0 THEN 2 ELSE 0 END"
        )
        has_steps = "{path} LIKE CASE WHEN strpos({path}, '//') > 0 THEN '%/%/%/%' ELSE '%/%' END"
        size = formula(
            'least({most}, length({v}) - {length} - 2 * "masker depth" - length("masker ending"))',
            most=most,
            v=text(original),
            length=len(start),
        )
        return let(
            "{start} || repeat('p/', $depth) || {name} || $ending",
            {
                "depth": formula(f"least({{deepest}}, greatest(0, {steps} - 1))", path=path, deepest=deepest),
                "ending": formula(f"CASE WHEN {has_steps} THEN {{ending}} ELSE '' END", path=path, ending=ending(path)),
            },
            start=start,
            name=ended(digest.copy(), size, least, context.identity, "url", context.bindings),
        )

    # Most have neither a query nor an anchor, and are their own path.
    path = let(
        "{made}",
        {"path": formula("split_part(split_part({v}, '?', 1), '#', 1)", v=text(original))},
        made=at(formula('"masker path"')),
    )
    return formula(
        "CASE WHEN strpos({v}, '?') = 0 AND strpos({v}, '#') = 0 THEN {plain} ELSE {path} END",
        v=text(original),
        plain=at(text(original)),
        path=path,
    )


def _chance(original: exp.Expression, column: Column, rule: Url, context: Context) -> exp.Expression:
    """Nothing but an address at the host, and of those one of 11 characters or more."""
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
        example="https://preview.invalid/p/AgOc.jpg for https://example.com/a/b.jpg",
        cost=1.7,
        may_keep=False,
        shows="how deep its path is, and its ending",
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
