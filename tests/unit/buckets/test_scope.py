"""Decisions about attachments, and comparisons that leave out or replace what a scope says."""

from __future__ import annotations

import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masker.buckets.attachments.active_storage import (
    ActiveStorageScope,
    AttachmentKind,
    BlobScope,
    Decision,
    DecisionName,
    choose_service,
)
from masker.buckets.attachments.placeholders import checksum_of, placeholder_for
from masker.buckets.client.traffic import Traffic
from masker.buckets.diff import Change, Merge, Op, Ruling, Totals, key_filter
from masker.buckets.files.ledger import Own
from masker.buckets.listing.comparison import Comparison
from masker.buckets.objects import Entry, Location
from masker.buckets.transfer import Transfer
from masker.errors import UsageError
from tests.unit.buckets.memory import Memory, Stored

PNG = placeholder_for("image/png")


def _scope(**attachments: DecisionName) -> ActiveStorageScope:
    """Decisions by keys in which ``__`` stands for ``#`` and ``ALL`` for ``*``."""
    return ActiveStorageScope(
        database="",
        attachments={key.replace("__", "#").replace("ALL", "*"): decision for key, decision in attachments.items()},
    )


@pytest.mark.parametrize(
    ("kind", "decision"),
    [
        ("User#avatar", Decision.KEEP),
        ("User#passport", Decision.DROP),
        ("Product#photo", Decision.PLACEHOLDER),
        ("User#avatars", Decision.DROP),
    ],
)
def test_the_most_specific_decision_wins(kind: str, decision: Decision) -> None:
    record_type, _, name = kind.partition("#")
    for order in (1, -1):
        said: dict[str, DecisionName] = {"User__avatar": "keep", "User__ALL": "drop", "ALL": "placeholder"}
        scope = _scope(**dict(list(said.items())[::order]))
        assert scope.decide(AttachmentKind(record_type, name)) is decision
    assert _scope().decide(AttachmentKind(record_type, name)) is Decision.KEEP
    namespaced: dict[str, DecisionName] = {"Admin#avatar": "drop", "Admin::User#avatar": "placeholder"}
    scope = ActiveStorageScope(database="", attachments=namespaced)
    assert scope.decide(AttachmentKind("Admin::User", "avatar")) is Decision.PLACEHOLDER


def test_keys_that_match_nothing_are_told() -> None:
    scope = _scope(User__avatr="drop", User__ALL="drop", Admin__ALL="drop", ALL="keep", User__avatar="keep")
    assert scope.unmatched([AttachmentKind("User", "avatar")]) == {"User#avatr": "User#avatar", "Admin#*": None}


def test_a_misspelt_key_that_should_hold_something_back_is_refused() -> None:
    kinds = [AttachmentKind("User", "avatar")]
    with pytest.raises(UsageError, match=r"User#avatr \(is User#avatar meant\?\)"):
        _scope(User__avatr="drop").require_spelled(kinds)
    _scope(User__avatr="drop", User__avatar="placeholder").require_spelled(kinds)
    _scope(User__avatr="keep", Admin__ALL="drop").require_spelled(kinds)


@pytest.mark.parametrize(
    "key",
    [
        "user#avatar",
        "User.avatar",
        "User#",
        "#avatar",
        "*#avatar",
        "User#avatar ",
        "User",
        "User#Avatar",
        "**",
        "User#*#a",
    ],
)
def test_what_is_no_attachment(key: str) -> None:
    with pytest.raises(UsageError, match="expected the class of a record"):
        ActiveStorageScope(database="", attachments={key: "drop"})


def test_a_service_is_chosen_only_where_there_is_no_other() -> None:
    assert choose_service({"amazon": 3}, None) == "amazon"
    assert choose_service({}, None) is None
    assert choose_service({}, "amazon") == "amazon"
    assert choose_service({"amazon": 3, "local": 1}, "local") == "local"
    with pytest.raises(UsageError, match=r"2 services: amazon \(1,200\), local \(1\)"):
        choose_service({"local": 1, "amazon": 1200}, None)


@pytest.mark.parametrize(
    "content_type", ["", "nonsense", "image/png\r\nx-amz-acl: public-read", "text/plain; a=\x00", "é/é"]
)
def test_a_content_type_that_is_no_header_is_not_sent(content_type: str) -> None:
    file = placeholder_for(content_type)
    assert (file.content_type, file.body) == ("application/octet-stream", b"")
    assert file.checksum == checksum_of(file.etag) == "1B2M2Y8AsgTpgAmY7PhCfg=="


def test_the_database_is_not_shown() -> None:
    assert "secret" not in repr(ActiveStorageScope(database="postgres://u:secret@h/d", key=b"secret" * 6))


@pytest.mark.parametrize("stored", [False, True])
def test_placeholders_are_known_by_size_and_etag_or_as_our_own(stored: bool) -> None:
    """An encrypting bucket gives them other ETags, which the manifest knows."""
    totals = Totals()

    def rule(key: str) -> Ruling:
        return Ruling(placeholder=PNG, is_row_stale=key == "b")

    merge = Merge(
        is_wanted=key_filter([], []),
        is_own_copy=lambda *pair: stored and pair[1:] == (PNG.etag, "kms"),
        acl="",
        totals=totals,
        scope=rule,
    )
    source = [Entry(key, 999, "original", "GLACIER") for key in "abc"]
    target = [
        Entry("a", PNG.size, PNG.etag, "STANDARD"),
        Entry("b", PNG.size, PNG.etag, "STANDARD"),
        Entry("c", PNG.size, "kms", "STANDARD"),
    ]
    changes, _, _ = merge.merge(source, target, source_ends=True, target_ends=True)
    expected = [("b", Op.ROW)] if stored else [("b", Op.ROW), ("c", Op.PLACEHOLDER)]
    assert [(change.key, change.op) for change in changes] == expected
    assert (
        (totals.unchanged, totals.stale_rows, totals.placeholders, totals.archived) == (3, 1, 0, 0)
        if stored
        else (2, 1, 1, 0)
    )


keys = st.text(st.sampled_from("ab/9é"), min_size=1, max_size=3)
stored = st.builds(Stored, st.sampled_from([b"x", b"y", PNG.body]), st.sampled_from(["private", "public-read"]))
buckets = st.dictionaries(st.one_of(keys, keys.map(lambda key: f"variants/{key}/1")), stored, max_size=30)


class NoRecords:
    def note(self, own: Own) -> None:
        raise AssertionError(own)


@given(source=buckets, target=buckets, page_limit=st.integers(1, 7), exclude=st.sampled_from([[], ["a*"]]))
def test_the_target_becomes_what_the_scope_says(
    source: dict[str, Stored], target: dict[str, Stored], page_limit: int, exclude: list[str]
) -> None:
    def decide(key: str) -> int:
        return zlib.crc32(key.encode()) % 3

    def find(key: str) -> tuple[str, str | None, bool] | None:
        if key.startswith("variants/"):
            return None
        return {0: (key, None, False), 1: (key, "image/png", False), 2: None}[decide(key)]

    def expected(key: str, original: Stored) -> Stored | None:
        if key.startswith("variants/"):
            return original if decide(key[9:-2]) == 0 else None
        return {0: original, 1: Stored(PNG.body, original.acl), 2: None}[decide(key)]

    memory = Memory({"s": dict(source), "t": dict(target)})
    wanted = key_filter([], exclude)

    def compare() -> tuple[list[Change], Totals]:
        changes: list[Change] = []
        comparison = Comparison(
            traffic=Traffic(memory, rng=random.Random(1)),
            source=Location("s"),
            target=Location("t"),
            is_wanted=wanted,
            is_own_copy=lambda *_: False,
            acl="mirror",
            emit=changes.append,
            page_limit=page_limit,
            scope=BlobScope(find).rule,
        )
        comparison.read()
        return changes, comparison.totals

    changes, totals = compare()
    transfer = Transfer(
        source=Location("s"),
        target=Location("t"),
        mirrors=True,
        records=NoRecords(),
        multipart_bytes=1 << 30,
        part_bytes=1 << 30,
    )
    Traffic(memory).run(transfer.copies(change for change in changes if change.op != Op.DELETE))
    Traffic(memory).run(transfer.deletes(change for change in changes if change.op == Op.DELETE))
    left = {key: there.body for key, there in target.items() if not wanted(key)}
    right = {key: there.body for key, original in source.items() if wanted(key) and (there := expected(key, original))}
    assert {key: there.body for key, there in memory.buckets["t"].items()} == left | right
    assert memory.buckets["s"] == source
    assert totals.source_objects == len(right)
    assert totals.out_of_scope == sum(wanted(key) for key in source) - len(right)
    assert compare()[0] == []
