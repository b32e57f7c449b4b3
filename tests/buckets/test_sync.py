"""What a sync does to a target: content, access, deletions, and how many requests it takes."""

from __future__ import annotations

import pytest

from masker.buckets.objects import LOCK_NAME, SEAL_NAME
from masker.buckets.plan import DeleteLimits
from masker.buckets.settings import Access, parse_limits
from masker.buckets.undo import undo
from masker.errors import Refused, StorageError
from tests.buckets.conftest import MakePair, Pair
from tests.buckets.storage import Content

LONGEST = "l" + "o" * 1018 + "ngest"

#: moto cannot hold a key with a line feed; tests/unit/buckets has one.
NASTY = [
    "plain.txt", "with space.txt", "a+b.txt", "100%.txt", "%41.txt", "é-nfc.txt", "é-nfd.txt", "写真/猫.jpg",
    "quote'\".txt", "tab\t.txt", "up/../down.txt", "./dot.txt", "folder/", "a//b.txt", "a&b=c?d#e.txt", "<xml>.txt",
    "back\\slash.txt", "🐈.txt", "\u007f.txt", "carriage\rreturn.txt", LONGEST,
]  # fmt: skip


def _number(count: int) -> DeleteLimits:
    return parse_limits(str(count))


def test_first_copies_second_and_third_do_nothing(pair: Pair) -> None:
    pair.source.fill({f"{n:03}.txt": str(n).encode() for n in range(30)})
    first = pair.sync().pairs[0]
    assert first.done.copied == 30
    assert pair.target.bodies() == pair.source.bodies()
    for _ in range(2):
        pair.proxy.forget()
        again = pair.sync().pairs[0]
        assert (again.done.copied, again.plan.totals.unchanged) == (0, 30)
        written = {"Copy", "Put", "PutAcl", "DeleteObjects", "Delete", "GetAcl"}
        assert not written & set(pair.proxy.counts), pair.proxy.counts


def test_nasty_keys_arrive_and_go(pair: Pair) -> None:
    pair.source.fill({key: key.encode() for key in NASTY})
    pair.sync()
    assert pair.target.bodies() == {key: key.encode() for key in NASTY}
    assert pair.sync().pairs[0].done.copied == 0
    for key in NASTY[1:]:
        pair.source.client.delete_object(Bucket=pair.source.name, Key=key)
    assert pair.plan().totals.deletes == len(NASTY) - 1
    limits = {"limits": _number(len(NASTY))}
    assert pair.sync(pair=limits).pairs[0].done.deleted == len(NASTY) - 1
    assert pair.target.keys() == ["plain.txt"]


def test_what_belongs_to_an_object_is_kept(pair: Pair) -> None:
    content = Content(
        b"body",
        public=True,
        metadata=(("owner", "shop"),),
        content_type="image/png",
        tags="kind=avatar",
        storage_class="STANDARD_IA",
    )
    pair.source.put("a.png", content)
    pair.sync()
    assert pair.target.content("a.png") == content


def test_public_stays_public_and_private_private(pair: Pair) -> None:
    pair.source.put("public.txt", public=True)
    pair.source.put("private.txt")
    result = pair.sync().pairs[0]
    assert result.done.made_public == 1
    assert pair.target.anonymous_status("public.txt") == 200
    assert pair.target.anonymous_status("private.txt") == 403


def test_public_read_makes_all_public_and_says_how_many(pair: Pair) -> None:
    pair.source.fill({"a": b"a", "b": b"b"})
    result = pair.sync(pair={"acl": "public-read"}).pairs[0]
    assert result.done.made_public == 2
    assert pair.target.anonymous_status("a") == 200
    assert not pair.proxy.numbers("GetAcl")[1:], "only the canary's ACL is read back"


def test_no_acl_is_sent_with_none(pair: Pair) -> None:
    pair.source.put("a", public=True)
    pair.sync(pair={"acl": "none"})
    assert pair.target.anonymous_status("a") == 403
    assert not pair.proxy.counts["GetAcl"] + pair.proxy.counts["PutAcl"]


def test_changed_target_is_repaired(pair: Pair) -> None:
    pair.source.fill({"same size": b"abc", "other": b"abc"})
    pair.sync()
    pair.target.fill({"same size": b"xyz", "other": b"longer"})
    result = pair.sync().pairs[0]
    assert (result.done.copied, result.plan.totals.replaced) == (2, 2)
    assert pair.target.bodies() == pair.source.bodies()


@pytest.mark.parametrize(("mode", "repaired"), [("none", 0), ("sample", 2), ("all", 2)])
def test_drifted_acls_are_repaired_when_checked(pair: Pair, mode: str, repaired: int) -> None:
    pair.source.put("public", public=True)
    pair.source.fill({f"private{n}": b"x" for n in range(5)})
    pair.sync()
    pair.target.client.put_object_acl(Bucket=pair.target.name, Key="public", ACL="private")
    pair.target.client.put_object_acl(Bucket=pair.target.name, Key="private3", ACL="public-read")
    result = pair.sync(pair={"acl_check": mode}).pairs[0]
    assert (result.done.acls_set, result.done.copied) == (repaired, 0)
    assert pair.target.is_public("public") is (mode != "none")
    assert pair.target.is_public("private3") is (mode == "none")


def test_copies_by_parts_are_known_again(make_pair: MakePair) -> None:
    """The ETags of the two differ, and only the manifest says that one is the other's copy."""
    mebibyte = 1 << 20
    pair = make_pair(multipart_bytes=6 * mebibyte, part_bytes=5 * mebibyte)
    parts = [bytes([n]) * 6 * mebibyte for n in range(2)]
    pair.source.put_parts("big", parts, public=True, Metadata={"m": "1"}, ContentType="video/mp4", Tagging="a=b&c=d+e")
    pair.source.put_parts("small", [b"s" * 1024])
    pair.source.put("plain", b"p")
    assert pair.sync().pairs[0].done.copied == 3
    assert pair.proxy.counts["CopyPart"] >= 2
    assert pair.target.content("big") == pair.source.content("big")
    assert pair.target.content("small") == pair.source.content("small")
    assert pair.sync().pairs[0].done.copied == 0
    pair.target.put("small", b"t" * 1024)
    assert pair.sync().pairs[0].done.copied == 1
    assert pair.target.bodies() == pair.source.bodies()


def test_deletes_come_last_and_in_batches(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.source.fill({f"new{n}": b"n" for n in range(20)})
    pair.target.fill({f"stale{n:04}": b"s" for n in range(12)})
    result = pair.sync(pair={"limits": _number(12)}).pairs[0]
    assert (result.done.copied, result.done.deleted) == (20, 12)
    assert pair.target.keys() == pair.source.keys()
    (batch,) = pair.proxy.numbers("DeleteObjects")
    assert batch > max(pair.proxy.numbers("Copy"))


def test_prefixes_and_globs(make_pair: MakePair) -> None:
    pair = make_pair(source_prefix="in/", target_prefix="deep/out/")
    pair.source.fill({"in/a.png": b"a", "in/cache/b.png": b"b", "in/c.txt": b"c", "other/d.png": b"d", "in/": b""})
    pair.target.fill(
        {"deep/out/cache/old.png": b"o", "deep/out/stale.png": b"s", "deep/out/keep.txt": b"k", "deep/other": b"x"}
    )
    result = pair.sync(pair={"include": ("*.png",), "exclude": ("cache/*",), "limits": _number(1)}).pairs[0]
    assert result.done.copied == 1
    assert pair.target.keys() == ["deep/other", "deep/out/a.png", "deep/out/cache/old.png", "deep/out/keep.txt"]
    pair.sync(pair={"limits": _number(5)})
    assert pair.target.keys() == ["deep/other", "deep/out/", "deep/out/a.png", "deep/out/c.txt", "deep/out/cache/b.png"]


def test_archived_objects_are_left_out_and_not_deleted(pair: Pair) -> None:
    pair.source.put("cold", Content(b"new", storage_class="GLACIER"))
    pair.source.put("warm", b"w")
    pair.target.put("cold", b"old")
    result = pair.sync().pairs[0]
    assert (result.done.copied, result.plan.totals.archived) == (1, 1)
    assert pair.target.bodies()["cold"] == b"old"


@pytest.mark.parametrize("page_limit", [1, 3, 1000])
def test_pages_and_spans_lose_nothing(make_pair: MakePair, page_limit: int) -> None:
    pair = make_pair(page_limit=page_limit)
    keys = [f"variants/{n}/x" for n in range(15)] + [f"{n * 7919 % 1296:04}" for n in range(25)] + ["z", "é/1", "é/2"]
    pair.source.fill(dict.fromkeys(keys, b"1"))
    pair.target.fill(dict.fromkeys(keys[::2], b"1") | {f"{key}!": b"1" for key in keys[:3]})
    totals = pair.plan().totals
    assert (totals.source_objects, totals.copies, totals.deletes, totals.unchanged) == (43, 21, 3, 22)


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        (0, 20, "is empty"),
        (5, 30, "less than half"),
        (20, 25, "20% of the target"),
    ],
)
def test_refused_before_anything_is_written(pair: Pair, source: int, target: int, said: str) -> None:
    pair.source.fill({f"{n:02}": b"1" for n in range(source)} | ({"new": b"1"} if source else {}))
    pair.target.fill({f"{n:02}": b"1" for n in range(target)})
    before = pair.target.bodies()
    with pytest.raises(Refused, match=said) as refused:
        pair.sync()
    assert refused.value.aftermath is not None
    assert "plan.parquet" in refused.value.aftermath
    assert pair.target.bodies() == before
    assert not {"Copy", "Put", "DeleteObjects", "PutAcl"} & set(pair.proxy.counts)
    pair.sync(pair={"limits": _number(target)})
    assert pair.target.keys() == pair.source.keys()


def test_swapped_arguments_do_nothing_without_confirmation(pair: Pair) -> None:
    pair.source.fill({"a": b"1"})
    with pytest.raises(Refused, match="the target bucket is"):
        pair.sync(confirm=pair.source.name)
    assert not pair.proxy.seen


def test_deletions_can_be_undone(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    pair.source.fill({f"{n:02}": b"1" for n in range(20)})
    pair.sync()
    for key in ("03", "07"):
        pair.source.client.delete_object(Bucket=pair.source.name, Key=key)
    result = pair.sync().pairs[0]
    assert result.done.deleted == 2
    assert len(pair.target.keys()) == 18
    access = pair.settings.pairs[0].target_access
    with pytest.raises(Refused):
        undo(result.plan.run, state=pair.settings.state, access=access, confirm=())
    # It is known how the run came to its target, and what is said otherwise holds.
    elsewhere = Access(endpoint_url="http://127.0.0.1:1")
    with pytest.raises(StorageError, match="Could not connect"):
        undo(result.plan.run, state=pair.settings.state, access=elsewhere, confirm=(pair.target.name,))
    undone = undo(result.plan.run, state=pair.settings.state, access=Access(), confirm=(pair.target.name,))
    assert undone.restored == 2
    assert len(pair.target.keys()) == 20
    versions = pair.target.client.list_object_versions(Bucket=pair.target.name)
    assert not [v for v in versions.get("DeleteMarkers", ()) if "canary" in v["Key"]], "the canary leaves no marker"
    assert not [v for v in versions.get("Versions", ()) if "canary" in v["Key"]]


@pytest.mark.parametrize("name", ["plan.parquet", "plan.jsonl"])
def test_a_stored_plan_is_applied_exactly(pair: Pair, name: str) -> None:
    pair.source.fill({f"{n:02}": b"1" for n in range(30)})
    pair.target.fill({"stale": b"s"} | {f"{n:02}": b"1" for n in range(20)})
    out = pair.settings.state.parent / name
    pair.plan(out=out)
    pair.source.put("later", b"l")
    pair.proxy.forget()
    result = pair.sync(apply=out).pairs[0]
    assert (result.done.copied, result.done.deleted) == (10, 1)
    assert pair.target.keys() == [f"{n:02}" for n in range(30)]
    listed = [
        seen
        for seen in pair.proxy.seen
        if seen.operation == "List" and not seen.query["prefix"][0].endswith((LOCK_NAME, SEAL_NAME))
    ]
    assert len(listed) == 2, "of the stale object, on both sides"


def test_an_applied_plan_can_be_undone_by_its_own_run(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    pair.source.fill({f"{n:02}": b"1" for n in range(10)})
    pair.target.fill({"stale": b"s"} | {f"{n:02}": b"1" for n in range(10)})
    out = pair.settings.state.parent / "plan.parquet"
    pair.plan(out=out)
    result = pair.sync(apply=out).pairs[0]
    assert result.done.deleted == 1
    undo(
        result.plan.run,
        state=pair.settings.state,
        access=pair.settings.pairs[0].target_access,
        confirm=(pair.target.name,),
    )
    assert "stale" in pair.target.bodies()


def test_verification_after_the_sync(pair: Pair) -> None:
    pair.source.fill({f"{n:02}": b"1" for n in range(5)})
    pair.sync(verify=True)
    assert pair.target.bodies() == pair.source.bodies()


def test_state_that_is_damaged_costs_copies_and_nothing_else(make_pair: MakePair) -> None:
    pair = make_pair(multipart_bytes=6 << 20)
    pair.source.put_parts("large", [b"a" * (5 << 20), b"b" * (2 << 20)])
    pair.source.put("a")
    pair.sync()
    for damage in (b"\0\xff\0garbage\n[1]\n", b""):
        for path in pair.settings.state.rglob("*"):
            if path.is_file():
                path.write_bytes(damage)
        pair.source.put("a", damage)
        assert pair.sync().pairs[0].done.copied >= 1
        assert pair.target.bodies() == pair.source.bodies()
