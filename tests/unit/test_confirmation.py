"""Targets and the names that confirm them."""

from __future__ import annotations

import pytest

from masker.confirmation import ToConfirm, require_confirmed
from masker.errors import Refused

DATABASE = ToConfirm(kind="database", name="d3kq9", alias="app-preview")
BUCKET = ToConfirm(kind="bucket", name="files")


@pytest.mark.parametrize("given", [["d3kq9"], ["app-preview"], ["files", "app-preview", "d3kq9"]])
def test_either_name_confirms(given: list[str]) -> None:
    require_confirmed(given, [DATABASE], "it goes")


@pytest.mark.parametrize("given", [[], [""], ["app"], ["files"], ["D3KQ9"], ["d3kq9 "]])
def test_nothing_else_does(given: list[str]) -> None:
    with pytest.raises(Refused):
        require_confirmed(given, [DATABASE], "it goes")


def test_all_that_is_missing_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        require_confirmed(["other"], [DATABASE, BUCKET, BUCKET], "it goes")
    assert refused.value.lines() == [
        (
            '--confirm says "other", the target database is "d3kq9" ("app-preview" in masker.yml) and the target bucket'
            ' is "files"'
        ),
        "it goes; if that is meant: --confirm app-preview --confirm files",
    ]


def test_what_is_confirmed_is_not_told() -> None:
    with pytest.raises(Refused, match=r'^--confirm says "d3kq9", the target bucket is "files"$'):
        require_confirmed(["d3kq9"], [DATABASE, BUCKET], "it goes")
