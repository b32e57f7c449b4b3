"""``api_key``: keys of services that open nothing."""

from __future__ import annotations

from typing import Literal

from sqlglot import exp

from masker.catalog.types import Column, TypeClass
from masker.masks.mask import Card, Context, Mask, Obstacle, Uniqueness, is_text
from masker.masks.rule import MaskRule
from masker.masks.sql.expressions import call, concat, share, text
from masker.masks.sql.formula import formula, let

#: How keys of well-known services begin, and what theirs begin with here: the test key where the service has one. None
#: of them is live: behind it stands a word that no service draws.
_BEGINNINGS = {
    "sk_live_": "sk_test_", "pk_live_": "pk_test_", "rk_live_": "rk_test_", "sk_test_": "sk_test_",
    "pk_test_": "pk_test_", "rk_test_": "rk_test_", "whsec_": "whsec_", "ghp_": "ghp_", "gho_": "gho_", "ghu_": "ghu_",
    "ghs_": "ghs_", "ghr_": "ghr_", "github_pat_": "github_pat_", "glpat-": "glpat-", "npm_": "npm_", "pypi-": "pypi-",
    "rubygems_": "rubygems_", "xoxb-": "xoxb-", "xoxp-": "xoxp-", "xapp-": "xapp-", "SG.": "SG.", "AKIA": "AKIA",
    "ASIA": "ASIA", "AIza": "AIza", "ya29.": "ya29.", "dop_v1_": "dop_v1_", "shpat_": "shpat_", "sq0atp-": "sq0atp-",
    "hf_": "hf_", "sk-": "sk-", "key-": "key-", "re_": "re_", "Bearer ": "Bearer ",
}  # fmt: skip

_WORD = "MASKED"
_LEAST = 12
_LONGEST = max(map(len, _BEGINNINGS.values()))
_MOST = 86


class ApiKey(MaskRule):
    """A key of the original's length that begins as those of its service do, and is none of them."""

    mask: Literal["api_key"] = "api_key"


def _beginning(written: exp.Expression) -> exp.Expression:
    branches = " ".join(
        f"WHEN left({{v}}, {len(known)}) = '{known}' THEN '{instead}'" for known, instead in _BEGINNINGS.items()
    )
    return formula(f"CASE {branches} ELSE '' END", v=written)


def _render(original: exp.Expression, column: Column, rule: ApiKey, context: Context) -> exp.Expression:
    """The beginning, a word that says what it is, and letters and digits of a digest."""
    del column, rule
    written = text(original)
    one, two = (
        call("sha256", call("int8send", context.identity.number(part, context.bindings)))
        for part in ("api key", "api key, continued")
    )
    digest = formula(
        "replace(replace(replace(replace(encode({b}, 'base64'), '+', 'x'), '/', 'Z'), '=', 'Q'), chr(10), 'k')",
        b=concat(one, two),
    )
    least = _LEAST if context.stays_apart else 1
    return let(
        "$begin || {word} || left({digest}, greatest({least}, least({most}, length({v}) - length($begin) - {size})))",
        {"begin": _beginning(written)},
        word=_WORD,
        digest=digest,
        least=least,
        most=_MOST,
        v=written,
        size=len(_WORD),
    )


def _chance(original: exp.Expression, column: Column, rule: ApiKey, context: Context) -> exp.Expression:
    """No key has the word in it; one that has was masked before."""
    del column, rule, context
    return formula(
        "CASE WHEN strpos({v}, {word}) > 0 THEN {one} ELSE {none} END",
        v=text(original),
        word=_WORD,
        one=share(1),
        none=share(0),
    )


def _problem(column: Column, rule: ApiKey, context: Context) -> Obstacle | None:
    del rule
    limit, needed = column.type.length, _LONGEST + len(_WORD) + (_LEAST if context.stays_apart else 1)
    if limit is not None and limit < needed:
        return Obstacle(f"{column.type.sql} is too short for a key, which may need {needed} characters", "use token")
    return None


def _tells(rule: ApiKey, kind: TypeClass) -> str:
    del rule, kind
    return "secret"


API_KEY = Mask(
    rule=ApiKey,
    card=Card(
        serves="text",
        accepts=is_text,
        uniqueness=Uniqueness.KEPT,
        distinct="one for each identity, of short keys fewer",
        example="sk_test_MASKEDhqlH4YwsNw for sk_live_…",
        cost=3.9,
        may_keep=False,
        keeps_width=True,
        shows="which service it is of",
        tells=_tells,
    ),
    render=_render,
    chance=_chance,
    problem=_problem,
)
