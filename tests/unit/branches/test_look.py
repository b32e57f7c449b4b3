"""Which branches are over, by what a server holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from masker.branches.branch import Branch, branch_of
from masker.branches.remove import Look
from masker.postgres.marker import Marker

_NOW = datetime(2026, 11, 2, tzinfo=UTC)
_BRANCH = Branch(name="pr-1", of="preview", run="aaaaaaa1", created_at=_NOW)


@pytest.mark.parametrize(
    ("look", "is_over"),
    [
        (Look(branches=(), at=_NOW, runs={"preview": "aaaaaaa1"}), False),
        (Look(branches=(), at=_NOW, runs={"preview": "aaaaaaa2"}), True),
        (Look(branches=(), at=_NOW), True),
        (Look(branches=(), at=_NOW, others=["preview"]), False),
    ],
    ids=["the same run", "another run", "gone", "unread, another owner's or being filled"],
)
def test_a_pristine_copy_is_over_only_where_the_preview_is_known_to_be_another(look: Look, is_over: bool) -> None:
    assert look.is_over(replace(_BRANCH, is_pristine=True)) is is_over
    assert not look.is_over(_BRANCH)


def test_a_branch_is_over_when_its_lease_has_ended() -> None:
    look = Look(branches=(), at=_NOW)
    for hours, is_over in ((-1, True), (1, False)):
        assert look.is_over(replace(_BRANCH, expires_at=_NOW + timedelta(hours=hours))) is is_over


@pytest.mark.parametrize(
    "change",
    [{"expires_at": "soon"}, {"expires_at": 5}, {"expires_at": "2026-11-02T00:00:00"}, {"created_at": None}],
    ids=["no time", "a number", "no zone", "no beginning"],
)
def test_what_masker_has_not_written_of_a_branch_makes_none(change: dict[str, object]) -> None:
    """Whoever may write to it could end the listing and pruning of all others."""
    record = replace(_BRANCH, expires_at=_NOW).record()
    marker = Marker(state="verified", run="aaaaaaa1", is_its_own=True, record=record)
    assert branch_of("pr-1", marker) == replace(_BRANCH, expires_at=_NOW)
    altered = {"branch": {**record["branch"], **change}}
    assert branch_of("pr-1", replace(marker, record=altered)) is None
