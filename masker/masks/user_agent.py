"""``user_agent``: what browsers say of themselves."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column
from masker.masks.locales.pools import Pool, of_list, uniform
from masker.masks.mask import Card, Context, Draws, Mask, Uniqueness, is_text, needs_nothing
from masker.masks.pick import draw, drawn
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import Words
from masker.masks.sql.expressions import text

_WINDOWS, _MAC, _LINUX = "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64"
_ANDROID, _IPHONE, _IPAD = (
    "Linux; Android 10; K",
    "iPhone; CPU iPhone OS {os} like Mac OS X",
    "iPad; CPU OS {os} like Mac OS X",
)
_KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"

#: Forms of common browsers, from what their makers freeze; only their versions differ.
_CHROME = tuple(
    f"Mozilla/5.0 ({system}) {_KIT} Chrome/{version}.0.0.0{mobile} Safari/537.36{edge}"
    for version in range(100, 140)
    for system, mobile in (
        (_WINDOWS, ""),
        (_WINDOWS, ""),
        (_MAC, ""),
        (_LINUX, ""),
        (_ANDROID, " Mobile"),
        (_ANDROID, " Mobile"),
    )
    for edge in (("", f" Edg/{version}.0.0.0") if system == _WINDOWS else ("",))
)
_FIREFOX = tuple(
    f"Mozilla/5.0 ({system}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
    for version in range(102, 140)
    for system in (_WINDOWS, _MAC, _LINUX)
)
_SAFARI = tuple(
    f"Mozilla/5.0 ({system}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{major}.{minor}{mobile} Safari/{build}"
    for major in (14, 15, 16, 17, 18)
    for minor in range(6)
    for system, mobile, build in (
        (_MAC, "", "605.1.15"),
        (_IPHONE.format(os=f"{major}_{minor}"), " Mobile/15E148", "604.1"),
        (_IPHONE.format(os=f"{major}_{minor}"), " Mobile/15E148", "604.1"),
        (_IPAD.format(os=f"{major}_{minor}"), " Mobile/15E148", "604.1"),
    )
)

#: What the identity's number that picks one is called.
PART = "user agent"

AGENTS = Words("user agents", (*_CHROME, *_FIREFOX, *_SAFARI))


class UserAgent(MaskRule):
    """What a common browser of the last years says of itself."""

    mask: Literal["user_agent"] = "user_agent"


def _render(original: exp.Expression, column: Column, rule: UserAgent, context: Context) -> exp.Expression:
    """One of the list."""
    del original, column, rule
    return draw(_pool(context), context.identity.number(PART, context.bindings), context)


def _chance(original: exp.Expression, column: Column, rule: UserAgent, context: Context) -> exp.Expression:
    del rule
    return drawn(text(original), _pool(context), context, column.type.length)


def _pool(context: Context) -> Pool:
    numbers = context.numbers(PART)
    return of_list(AGENTS, numbers) if numbers is not None else uniform(AGENTS)


def _draws(rule: UserAgent) -> Draws:
    del rule
    return Draws(PART)


USER_AGENT = Mask(
    rule=UserAgent,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.LOST,
        distinct=f"as many as the originals and as frequent, up to {len(set(AGENTS.entries))}",
        example="Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7; rv:107.0) Gecko/20100101 Firefox/107.0",
        cost=0.25,
        fills=needs_nothing,
    ),
    render=_render,
    chance=_chance,
    draws=_draws,
)
