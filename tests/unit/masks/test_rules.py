"""Rules as they are written: short forms, days, paths into documents, and what is refused with which words."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from masker.masks.any_mask import AnyMask
from masker.masks.date_shift import DateShift
from masker.masks.fixed import Fixed
from masker.masks.json_path import json_steps
from masker.masks.json_rule import Json, Leaf
from masker.masks.password import Password
from masker.masks.rule import MaskRule
from masker.masks.token import Token

_RULE: TypeAdapter[MaskRule] = TypeAdapter(AnyMask)


@pytest.mark.parametrize(
    ("written", "mask", "arguments"),
    [
        ("email", "email", {"domain": "example.com"}),
        (None, "null", {}),
        ({"mask": None}, "null", {}),
        ({"sql": "1"}, "sql", {"sql": "1"}),
        ({"mask": "last_name", "by": "user_id"}, "last_name", {"by": ("user_id",)}),
        ({"mask": "last_name", "by": ["a", "b"]}, "last_name", {"by": ("a", "b")}),
        ({"mask": "date_shift", "within": "90 days"}, "date_shift", {"within": 90}),
        ({"mask": "fixed", "value": True}, "fixed", {"value": True}),
        ({"mask": "fixed", "value": 1}, "fixed", {"value": 1}),
        ({"mask": "fixed", "value": "1"}, "fixed", {"value": "1"}),
    ],
)
def test_what_may_be_written(written: Any, mask: str, arguments: dict[str, Any]) -> None:
    rule = _RULE.validate_python(written)
    assert rule.mask == mask
    for name, value in arguments.items():
        found = getattr(rule, name)
        assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "written",
    [
        "emial",
        5,
        [],
        {},
        {"mask": "email", "domain": "no dot"},
        {"mask": "email", "domain": "UPPER.com"},
        {"mask": "email", "unknown": 1},
        {"mask": "token", "length": 3},
        {"mask": "token", "length": 201},
        {"mask": "token", "alphabet": "emoji"},
        {"mask": "last_name", "script": "cyrillic"},
        {"mask": "last_name", "locale": "xx_XX"},
        {"mask": "address", "part": "planet"},
        {"mask": "json", "paths": {}},
        {"mask": "json"},
        {"mask": "json", "paths": {"a": "token"}},
        {"mask": "fixed"},
        {"mask": "password", "cost": 16},
        {"mask": "password", "pepper": {"env": "P"}},
        {"mask": "password", "hash": "x", "plaintext": {"env": "P"}},
        {"mask": "password", "plaintext": "x"},
        {"mask": "sql"},
        {"sql": ""},
        {"mask": "email", "scope": ""},
    ],
)
def test_what_may_not_be_written(written: Any) -> None:
    with pytest.raises(ValidationError):
        _RULE.validate_python(written)


@pytest.mark.parametrize(
    ("written", "days"), [(1, 1), ("30", 30), ("30 days", 30), ("1 day", 1), ("7d", 7), (" 3650 days ", 3650)]
)
def test_days(written: Any, days: int) -> None:
    assert DateShift.model_validate({"within": written}).within == days


@pytest.mark.parametrize("written", [0, -1, 3651, True, 1.5, "0 days", "-3", "a month", "3 weeks", "", None])
def test_what_is_no_number_of_days(written: Any) -> None:
    with pytest.raises(ValidationError):
        DateShift.model_validate({"within": written})


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$.email", ("email",)),
        ("$.a.b_c.d-e", ("a", "b_c", "d-e")),
        ("$.sns[*].handle", ("sns", None, "handle")),
        ("$[*]", (None,)),
        ("$[*][*].a", (None, None, "a")),
        ('$."odd name"', ("odd name",)),
        ('$.a."b.c"[*]."日本"', ("a", "b.c", None, "日本")),
        ('$."it\'s"', ("it's",)),
    ],
)
def test_paths(path: str, steps: tuple[str | None, ...]) -> None:
    assert json_steps(path) == steps


@pytest.mark.parametrize(
    "path",
    [
        "",
        "$",
        "email",
        "$email",
        "$.",
        "$..a",
        "$.a.",
        "$.a[0]",
        "$.a[]",
        "$.a b",
        "$.**",
        "$.***",
        "$.a[?b]",
        "$.a[?b=]",
        "$.a[?=c]",
        '$."',
        '$.""',
        "$.a[*",
        "$.日本",
        "$[a]",
        "$.a[*]b",
    ],
)
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="is no path"):
        json_steps(path)


@given(
    st.lists(
        st.none() | st.text(st.characters(exclude_characters='"', exclude_categories=["Cs"]), min_size=1, max_size=8),
        min_size=1,
        max_size=5,
    )
)
def test_any_key_can_be_written(steps: list[str | None]) -> None:
    assert json_steps("$" + "".join("[*]" if step is None else f'."{step}"' for step in steps)) == tuple(steps)


def test_passwords_that_say_the_same_share_their_hash() -> None:
    one = Password.model_validate({"plaintext": {"env": "PREVIEW"}, "scope": "a"})
    assert one.known_name == Password.model_validate({"plaintext": {"env": "PREVIEW"}, "by": "id"}).known_name
    others = [
        {"plaintext": {"env": "OTHER"}},
        {"plaintext": {"env": "PREVIEW"}, "cost": 10},
        {"plaintext": {"env": "PREVIEW"}, "pepper": {"env": "P"}},
        {"hash": "PREVIEW"},
        {},
    ]
    names = [Password.model_validate(written).known_name for written in others]
    assert len({one.known_name, *names}) == len(others) + 1


def test_rules_are_values() -> None:
    assert Token.model_validate({"length": 8}) == Token(length=8)
    assert hash(Fixed(value="x")) == hash(Fixed(value="x"))
    assert Token(length=8) != Token(length=9)
    assert Json.model_validate({"paths": {"$.a": "token"}}) == Json(paths={"$.a": Leaf(rule=Token())})


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(a)\1", "a reference back"),
        ("(?<name>a)", "groups that begin with (?"),
        ("a++", "followed by one sign"),
        (r"\bword", "of a backslash and a letter"),
        ("a{300}", "nothing is repeated more than 29 times"),
        ("(a*)*b", "what repeats is repeated again"),
        ("(a+)+b", "what repeats is repeated again"),
        ("(ab{2}c)+", "what repeats is repeated again"),
        ("[a", "no regular expression"),
        ("a*", "it finds nothing at all too"),
    ],
)
def test_patterns_that_might_take_long_or_mean_something_else_are_refused(pattern: str, why: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(why)):
        _RULE.validate_python({"mask": "regex_replace", "pattern": pattern, "to": ""})


@pytest.mark.parametrize(
    "written",
    [
        {"mask": "noise"},
        {"mask": "noise", "ratio": "10%", "amount": 1},
        {"mask": "noise", "ratio": "ten"},
        {"mask": "noise", "ratio": 0.1, "min": 2, "max": 1},
        {"mask": "bucket"},
        {"mask": "bucket", "bounds": [2, 1]},
        {"mask": "round", "to": 0},
        {"mask": "digits", "by": "id"},
        {"mask": "partial"},
        {"mask": "geo", "part": "latitude"},
        {"mask": "geo", "within": "5 miles"},
        {"mask": "geo", "grid": 0.0001},
        {"mask": "array", "of": "keep"},
        {"mask": "regex_replace", "pattern": "a", "to": r"\2"},
        {"mask": "username", "sign": ""},
    ],
)
def test_arguments_that_do_not_go_together_are_refused(written: Any) -> None:
    with pytest.raises(ValidationError):
        _RULE.validate_python(written)


@pytest.mark.parametrize("word", [{"unless": "staff"}, {"share": "10%"}, {"null": "mask"}, {"keep": {"first": 2}}])
@pytest.mark.parametrize("rule", ["array", "hstore"])
def test_masks_within_a_column_refuse_what_only_the_column_can_say(rule: str, word: dict[str, object]) -> None:
    inner = {"mask": "token", **word}
    of = {"of": inner} if rule == "array" else {"keys": {"a": inner}, "other": "drop"}
    with pytest.raises(ValidationError, match=next(iter(word))):
        _RULE.validate_python({"mask": rule, **of})
