"""Listings compared and copied in memory: whatever the buckets hold, the result is that of a naive model."""

from __future__ import annotations

import random
from bisect import bisect_right
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masker.buckets.client.requests import ListPage, Request
from masker.buckets.client.traffic import Traffic
from masker.buckets.diff import Change, Merge, Op, Totals, key_filter
from masker.buckets.errors import StorageFault
from masker.buckets.files.ledger import Own
from masker.buckets.listing.comparison import AclCheck, Comparison, ListingFault
from masker.buckets.listing.spans import Probing, Span, find_cuts, split
from masker.buckets.objects import Entry, Location, Page
from masker.buckets.transfer import Transfer
from masker.sides import Side
from tests.unit.buckets.memory import Memory, Stored

keys = st.text(st.sampled_from("ab/09 +%\n\x00éé🐈\uffff"), min_size=1, max_size=6)
stored = st.builds(Stored, st.sampled_from([b"", b"x", b"y", b"longer"]), st.sampled_from(["private", "public-read"]))
buckets = st.dictionaries(keys, stored, max_size=40)


class NoRecords:
    def note(self, own: Own) -> None:
        raise AssertionError(f"ETags in memory are equal: {own}")


def _compare(
    memory: Memory,
    *,
    page_limit: int = 3,
    include: list[str] | None = None,
    exclude: list[str] | None = None,
    check: str = "none",
) -> tuple[list[Change], Totals]:
    changes: list[Change] = []
    comparison = Comparison(
        traffic=Traffic(memory, rng=random.Random(1)),
        source=Location("s"),
        target=Location("t"),
        is_wanted=key_filter(include or [], exclude or []),
        is_own_copy=lambda *_: False,
        acl="mirror",
        emit=changes.append,
        page_limit=page_limit,
        acl_check=AclCheck(mode=check),
    )
    comparison.read()
    return changes, comparison.totals


def _apply(memory: Memory, changes: list[Change]) -> Transfer:
    transfer = Transfer(
        source=Location("s"),
        target=Location("t"),
        mirrors=True,
        records=NoRecords(),
        multipart_bytes=1 << 30,
        part_bytes=1 << 30,
    )
    traffic = Traffic(memory, rng=random.Random(1))
    traffic.run(transfer.copies(change for change in changes if change.op in {Op.COPY, Op.ACL}))
    traffic.run(transfer.deletes(change for change in changes if change.op == Op.DELETE))
    return transfer


@given(source=buckets, target=buckets, page_limit=st.integers(1, 7), width=st.integers(1, 12))
def test_the_target_becomes_the_source(
    source: dict[str, Stored], target: dict[str, Stored], page_limit: int, width: int
) -> None:
    memory = Memory({"s": dict(source), "t": dict(target)}, most_in_flight=width)
    changes, totals = _compare(memory, page_limit=page_limit, check="all")
    assert len(changes) == len({change.key for change in changes})
    assert totals.source_objects == len(source)
    assert totals.target_objects == len(target)
    assert totals.deletes == len(target.keys() - source.keys())
    transfer = _apply(memory, changes)
    assert not transfer.done.failures
    assert memory.buckets["t"] == source
    assert memory.buckets["s"] == source
    assert _compare(memory, check="all")[0] == []


@given(
    source=buckets,
    target=buckets,
    include=st.sampled_from([[], ["a*"], ["*/*", "b*"]]),
    exclude=st.sampled_from([[], ["*9*"], ["a"]]),
)
def test_excluded_keys_are_neither_copied_nor_deleted(
    source: dict[str, Stored], target: dict[str, Stored], include: list[str], exclude: list[str]
) -> None:
    memory = Memory({"s": dict(source), "t": dict(target)})
    _apply(memory, _compare(memory, include=include, exclude=exclude)[0])
    wanted = key_filter(include, exclude)
    model = {key: value for key, value in target.items() if not wanted(key)} | {
        key: value for key, value in source.items() if wanted(key)
    }
    assert {k: v.body for k, v in memory.buckets["t"].items()} == {k: v.body for k, v in model.items()}


def test_long_spans_are_cut() -> None:
    names = {f"{n * 7919 % 46656:06x}": Stored(b"x") for n in range(3000)}
    memory = Memory({"s": dict(names), "t": dict(names)}, most_in_flight=64)
    comparison = Comparison(
        traffic=Traffic(memory),
        source=Location("s"),
        target=Location("t"),
        is_wanted=key_filter([], []),
        is_own_copy=lambda *_: False,
        acl="",
        emit=_no_change,
        page_limit=50,
    )
    comparison.read()
    assert comparison.totals.unchanged == 3000
    assert comparison.spans > 4
    pages = [request for request in memory.order if isinstance(request, ListPage) and request.limit == 50]
    assert len(pages) < 2 * (3000 / 50) + 2 * comparison.spans + 2


def _no_change(change: Change) -> None:
    raise AssertionError(change)


@settings(max_examples=200)
@given(st.lists(keys, min_size=2, max_size=60, unique=True), st.data())
def test_cuts_lie_between_what_was_seen_and_the_end(names: list[str], data: st.DataObject) -> None:
    names.sort()
    last = data.draw(st.sampled_from(names[:-1]))
    until = data.draw(st.sampled_from([None, *[name for name in names if name > last]]))
    cuts = _simulate(names, find_cuts(last, until))
    assert cuts == sorted(set(cuts))
    assert all(cut > last and (until is None or cut <= until) for cut in cuts)
    spans = split(Span(None, until), last, cuts)
    for name in names:
        if name > last and (until is None or name <= until):
            assert sum(name in span for span in spans) == 1


def _simulate(names: list[str], probing: Probing) -> list[str]:
    """The cuts found in a bucket of these sorted keys."""
    try:
        wanted = next(probing)
        while True:
            places = [bisect_right(names, key) for key in wanted]
            wanted = probing.send([names[at] if at < len(names) else None for at in places])
    except StopIteration as stop:
        cuts: list[str] = stop.value
        return cuts


def test_a_tree_is_cut_where_it_branches() -> None:
    names = sorted(f"uploads/user/avatar/{n}/a.jpg" for n in range(1, 2000))
    assert _simulate(names, find_cuts(names[50], None)) == [f"uploads/user/avatar/{n}" for n in range(2, 10)]


@pytest.mark.parametrize("side", list(Side))
def test_half_a_listing_concludes_nothing(side: Side) -> None:
    names = {f"{n:04}": Stored(b"x") for n in range(40)}

    def fault(request: Request) -> StorageFault | None:
        is_late = (
            isinstance(request, ListPage)
            and request.side is side
            and request.after is not None
            and request.after > "0020"
        )
        return StorageFault("AccessDenied", "", status=403) if is_late else None

    memory = Memory({"s": names, "t": dict(names)}, most_in_flight=1, fault=fault)
    with pytest.raises(ListingFault) as raised:
        _compare(memory)
    assert raised.value.side is side


def test_an_original_written_meanwhile_is_looked_at_again() -> None:
    memory = Memory({"s": {"a": Stored(b"1"), "b": Stored(b"1"), "c": Stored(b"1")}, "t": {}})
    changes, _ = _compare(memory)
    memory.buckets["s"]["a"] = Stored(b"2")
    del memory.buckets["s"]["b"]
    done = _apply(memory, changes).done
    assert (done.copied, done.vanished, done.failed) == (2, 1, 0)
    assert memory.buckets["t"]["a"].body == b"2"


def test_own_copies_are_unchanged_only_as_the_pair_they_were() -> None:
    def merged(source_etag: str, target_etag: str) -> int:
        merge = Merge(
            is_wanted=key_filter([], []),
            is_own_copy=lambda *pair: pair == ("a", "big-2", "copy-1"),
            acl="",
            totals=Totals(),
        )
        merge.merge(
            [Entry("a", 1, source_etag, "")], [Entry("a", 1, target_etag, "")], source_ends=True, target_ends=True
        )
        return merge.totals.copies

    assert [merged("big-2", "copy-1"), merged("big-2", "edited"), merged("new-2", "copy-1")] == [0, 1, 1]


def test_a_page_out_of_order_is_refused(tmp_path: Path) -> None:
    class Disorderly(Memory):
        def _answer(self, request: Request) -> object:
            page = super()._answer(request)
            return Page(page.entries[::-1], page.is_last) if isinstance(page, Page) else page

    with pytest.raises(ListingFault, match="UTF-8 order"):
        _compare(Disorderly({"s": {"a": Stored(b""), "b": Stored(b"")}, "t": {}}))
