"""What a record allows to conclude, and what it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masker.buckets.objects import Location
from masker.buckets.settings import BucketPair
from masker.buckets.since.known import Decided, Known, KnownRow, joined, most_looked_up, settled, why_listed
from masker.buckets.since.record import record_in

KNOWN = Known(
    run="k3v9x0ab",
    goes_by={"acl": "mirror", "attachments": "{}"},
    seal="etag",
    listed_by="aaaaaaaa",
    listed_at="2026-01-02 03:04 UTC",
    requests=400,
    runs=0,
    rows=1,
    digest="",
)


def _why(seal: str | None = "etag", every: int = 7, runs: int = 0, **goes_by: str) -> str | None:
    known = Known.from_document(KNOWN.document() | _rechecked(runs=runs))
    return why_listed(known, {**KNOWN.goes_by, **goes_by}, seal, every)


def _rechecked(**changes: Any) -> dict[str, Any]:
    document = Known(**{**{name: getattr(KNOWN, name) for name in Known.__dataclass_fields__}, **changes}).document()
    return dict(document)


def test_a_record_holds_until_something_speaks_against_it() -> None:
    assert _why() is None
    assert _why(acl="none", attachments="{1}") == "acl, attachments: not what run k3v9x0ab went by"
    assert _why(region="eu") == "region: not what run k3v9x0ab went by", "what it did not know of has changed too"
    assert "lost the seal of run k3v9x0ab" in str(_why(seal=None))
    assert "the seal of a later run" in str(_why(seal="another"))
    assert [_why(runs=runs) is None for runs in range(8)] == [True] * 6 + [False] * 2, "the seventh lists everything"
    assert BucketPair(source=Location("a"), target=Location("b")).list_every == 7
    assert _why(runs=6) == "every 7 runs it is, and the last was aaaaaaaa, 7 runs before"
    assert _why(every=1) is not None


def test_few_keys_are_looked_up_whatever_a_listing_takes() -> None:
    assert [most_looked_up(requests) for requests in (2, 100, 102, 20_000)] == [50, 50, 51, 10_000]


@pytest.mark.parametrize("change", [{"rows": 2}, {"checksum": "0"}, {"kind": "plan"}, {"version": 2}, {"more": 1}])
def test_a_record_that_was_edited_is_none(tmp_path: Path, change: dict[str, Any]) -> None:
    files = record_in(tmp_path)
    rows, digest = files.write_rows([KnownRow("a", None, "1 x", is_settled=True)])
    known = Known(**{**{name: getattr(KNOWN, name) for name in Known.__dataclass_fields__}, "digest": digest})
    assert (rows, files.read()) == (1, "no run before has left a record of it here")
    files.write(known)
    assert files.read() == known
    files.says.write_text(json.dumps(json.loads(files.says.read_text()) | change))
    assert "cannot be read" in str(files.read())


_ROWS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.tuples(st.sampled_from([None, "image/png"]), st.sampled_from(["", "1"]))
)


@given(_ROWS, _ROWS, st.sets(st.sampled_from("abcdefgh")), st.sets(st.sampled_from("abcdefgh")))
def test_what_is_not_looked_at_is_what_nobody_has_changed(
    before: dict[str, tuple[str | None, str]],
    now: dict[str, tuple[str | None, str]],
    in_place: set[str],
    not_made: set[str],
) -> None:
    """Two readings and what became of the objects after the first, in any combination."""
    first = [Decided(key, kind, is_row_stale=False, content=content) for key, (kind, content) in sorted(before.items())]
    second = [Decided(key, kind, is_row_stale=False, content=content) for key, (kind, content) in sorted(now.items())]
    known = list(settled(first, sorted(in_place), sorted(not_made)))
    assert [row.key for row in known] == sorted(before)
    looked_up = set()
    for old, new in joined(known, second):
        key = old.key if old else new.key if new else ""
        assert {row.key for row in (old, new) if row} == {key}
        if old is None or new is None or not old.is_as_it_was(new):
            looked_up.add(key)
    left = (set(before) | set(now)) - looked_up
    assert left == {key for key in before if before[key] == now.get(key) and key in in_place - not_made}
