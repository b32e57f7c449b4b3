"""Ends of texts that stay under a mask, and what is not left of short ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from masker.masks.sql.bindings import SessionBindings
from tests.postgres.masking import Masking
from tests.servers import Server

_VALUES = (
    "sk_live_0123456789abcdef",
    "sk_live_01",
    "pk_test_0123456789abcdef.jp",
    "abcd",
    "髙橋🏠屋日本語です",
    "",
    None,
)


@pytest.fixture
def masking(server: Server) -> Iterator[Masking]:
    with Masking(server.create_database()) as session:
        session.run(
            "CREATE TABLE t (id int PRIMARY KEY, v text, short varchar(14) UNIQUE, doc jsonb)",
            *(
                f"INSERT INTO t VALUES ({at}, {'NULL' if v is None else repr(v)}, left({at} || 'abcdefghijkl', 12))"
                for at, v in enumerate(_VALUES)
            ),
            "UPDATE t SET doc = jsonb_build_object('key', v)",
        )
        yield session


@pytest.mark.parametrize(
    ("keep", "stay"),
    [
        ({"first": 2, "last": 2}, [("sk", "ef"), ("sk", "01"), ("pk", "jp"), None, ("髙橋", "です")]),
        ({"prefix": "sk_live_"}, [("sk_live_", ""), None, None, None, None]),
        ({"prefix": "sk_live_", "suffix": ".jp"}, [("sk_live_", ""), None, ("", ".jp"), None, None]),
        ({"last": 4}, [("", "cdef"), ("", "e_01"), ("", "f.jp"), None, ("", "本語です")]),
    ],
)
@pytest.mark.parametrize("mask", ["token", "lorem"])
def test_ends_stay_and_nothing_of_a_short_text(
    masking: Masking, mask: str, keep: dict[str, Any], stay: list[Any]
) -> None:
    made = masking.column("t.v", {"mask": mask, "keep": keep})
    leaves = masking.rows(
        "t", {"doc": {"mask": "json", "paths": {"$.key": {"mask": mask, "keep": keep}}, "other": "drop"}}
    )
    assert made[5:] == ["", None]
    for values in (made, [row["doc"]["key"] for row in leaves]):
        for value, original, ends in zip(values, _VALUES, stay, strict=False):
            assert original is not None
            head, tail = ends or ("", "")
            # A token is as long as its original in bytes.
            assert len(value.encode() if mask == "token" else value) == len(
                original.encode() if mask == "token" else original
            )
            assert value.startswith(head)
            assert value.endswith(tail)
            assert value[len(head) : len(value) - len(tail)] != original[len(head) : len(original) - len(tail)]


def test_what_stays_leaves_room_for_what_tells_apart(masking: Masking) -> None:
    rule = {"mask": "token", "alphabet": "base58", "keep": {"first": 1}}
    assert masking.problems("t", {"short": rule}) == []
    assert all(
        a[0] == b[0] and a != b
        for a, b in zip(masking.column("t.short", rule), masking.evaluate("short", "t"), strict=True)
    )
    assert "too few to stay unique" in masking.problems("t", {"short": {**rule, "keep": {"first": 3, "last": 3}}})[0]
    assert (
        "nothing would be left to mask"
        in masking.problems("t", {"short": {**rule, "keep": {"first": 10, "last": 4}}})[0]
    )


def test_the_chance_is_that_of_what_is_between(masking: Masking) -> None:
    bindings = SessionBindings()
    chance = masking.chance("t", "v", {"mask": "token", "keep": {"first": 2, "last": 2}}, bindings)
    masking.set(bindings)
    assert masking.evaluate(chance, "t")[1] == pytest.approx(0.0625**6)
