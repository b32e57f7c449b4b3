"""Syncs that must not say what is not so: of objects that vanished, are back, or have odd names, and of storages with
ways of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from masker.buckets.objects import SEAL_NAME, Location
from masker.buckets.run import SyncIncomplete
from masker.buckets.settings import parse_limits
from masker.buckets.undo import Undone, undo
from masker.errors import MaskerError, Refused, StorageError, UsageError
from tests.buckets.conftest import MakePair, Pair
from tests.buckets.proxy import Reply, Seen, error

KEYS = [f"{n:02}" for n in range(12)]

_ALL = parse_limits("1000")


@pytest.fixture
def ready(pair: Pair) -> Pair:
    """Objects to copy, and a stale one that must stay while they do not arrive."""
    pair.source.fill(dict.fromkeys(KEYS, b"1"))
    pair.target.put("stale")
    return pair


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _undo(pair: Pair, run: str) -> Undone:
    return undo(
        run, state=pair.settings.state, access=pair.settings.pairs[0].target_access, confirm=(pair.target.name,)
    )


def test_a_folder_named_as_the_prefix_is_not_taken_for_the_bucket(make_pair: MakePair) -> None:
    pair = make_pair(source_prefix="uploads/")
    pair.source.put("uploads/", public=True)
    pair.source.put("uploads/a")
    pair.target.put("stale")
    pair.proxy.forget()
    result = pair.sync(pair={"limits": _ALL}).pairs[0]
    assert (result.done.copied, result.done.deleted, result.plan.totals.excluded) == (1, 1, 1)
    assert not [seen for seen in pair.proxy.seen if seen.operation in {"Copy", "PutObject", "PutAcl"} and not seen.key]
    grants = pair.target.client.get_bucket_acl(Bucket=pair.target.name)["Grants"]
    assert not [grant for grant in grants if "URI" in grant["Grantee"]], "nobody else got the bucket"


def test_what_the_storage_denies_but_the_source_lists_has_not_vanished(ready: Pair) -> None:
    ready.proxy.fault = lambda seen: (
        error(404, "NoSuchKey") if seen.operation == "Copy" and "canary" not in seen.key else None
    )
    with pytest.raises(SyncIncomplete, match="12 keys failed") as raised:
        ready.sync(pair={"limits": _ALL})
    assert raised.value.result.done.vanished == 0
    assert "the source lists the object all the same" in "\n".join(raised.value.lines())
    assert ready.target.keys() == ["stale"]


def test_a_folder_that_cannot_be_copied_is_made(ready: Pair) -> None:
    ready.source.put("photos/", b"")
    ready.proxy.fault = lambda seen: (
        error(404, "NoSuchKey") if seen.operation == "Copy" and seen.key == "photos/" else None
    )
    result = ready.sync(pair={"limits": _ALL}).pairs[0]
    assert (result.done.failed, result.done.vanished) == (0, 0)
    assert ready.target.keys() == [*KEYS, "photos/"]


def test_endpoints_are_compared_as_profiles_give_them(
    make_pair: MakePair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = make_pair()
    config = tmp_path / "config"
    config.write_text(
        f"[profile there]\nregion = us-east-1\nendpoint_url = {pair.proxy.url}\n[profile here]\nregion ="
        " us-east-1\nendpoint_url = http://127.0.0.1:1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    access = pair.settings.pairs[0].source_access
    profiles = {
        "source_access": replace(access, endpoint_url=None, profile="there"),
        "target_access": replace(access, endpoint_url=None, profile="here"),
    }
    with pytest.raises(UsageError, match="lie at different endpoints"):
        pair.sync(pair=profiles)


def test_an_endpoint_is_itself_by_another_name(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.source.put("a")
    other = replace(
        pair.settings.pairs[0].source_access, endpoint_url=pair.proxy.url.replace("127.0.0.1", "LOCALHOST") + "/"
    )
    with pytest.raises(Refused, match="overlaps the source"):
        pair.sync(
            pair={
                "source_access": other,
                "source": Location(pair.target.name),
                "target": Location(pair.target.name, "inner/"),
            }
        )
    assert pair.sync(pair={"source_access": other}).pairs[0].done.copied == 1
    document = pair.sync(
        pair={
            "source_access": other,
            "source": Location(pair.source.name, "misspelt/"),
            "target": Location(pair.target.name, "empty/"),
        }
    ).document()
    assert [note for note in document["pairs"][0]["notes"] if "holds no object" in note["text"]]


def test_deletions_whose_answer_was_lost_are_taken_back(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    pair.source.fill(dict.fromkeys(KEYS[:6], b"1"))
    pair.target.fill(dict.fromkeys(KEYS, b"1"))
    lost = iter([True])

    def answer_lost(seen: Seen) -> Reply | None:
        if seen.operation == "DeleteObjects" and next(lost, False):
            return Reply(change=_half)
        return None

    pair.proxy.fault = answer_lost
    result = pair.sync(pair={"limits": _ALL}).pairs[0]
    pair.proxy.forget()
    undone = _undo(pair, result.plan.run)
    assert (undone.restored, undone.standing, undone.failed) == (6, 0, [])
    assert pair.target.keys() == KEYS


def test_undo_says_back_only_of_what_is_back(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    pair.source.put("00", b"1")
    pair.target.fill(dict.fromkeys(KEYS[:5], b"1"))
    result = pair.sync(pair={"limits": _ALL}).pairs[0]
    client = pair.target.client
    client.put_object(Bucket=pair.target.name, Key="01", Body=b"new")
    for version in client.list_object_versions(Bucket=pair.target.name, Prefix="02")["Versions"]:
        client.delete_object(Bucket=pair.target.name, Key="02", VersionId=version["VersionId"])
    with pytest.raises(StorageError, match="1 deletion could not be taken back, 2 taken back") as raised:
        _undo(pair, result.plan.run)
    assert "02: no version of it is left" in "\n".join(raised.value.lines())
    assert pair.target.bodies() == {"00": b"1", "01": b"new", "03": b"1", "04": b"1"}


def test_a_run_cut_off_while_it_deletes_can_be_undone(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    pair.source.fill(dict.fromkeys(KEYS[:6], b"1"))
    pair.target.fill(dict.fromkeys(KEYS, b"1"))

    def deleted_but_unheard(seen: Seen) -> Reply | None:
        return Reply(change=_half) if seen.operation == "DeleteObjects" else None

    pair.proxy.fault = deleted_but_unheard
    with pytest.raises(MaskerError):
        pair.sync(pair={"limits": _ALL})
    pair.proxy.forget()
    (run,) = [folder.name for folder in (pair.settings.state / "runs").iterdir()]
    assert _undo(pair, run).restored == 6
    assert pair.target.keys() == KEYS


@pytest.mark.parametrize(
    ("status", "code"), [(501, "NotImplemented"), (405, "MethodNotAllowed"), (400, "InvalidRequest")]
)
def test_a_storage_without_deletes_by_the_batch(ready: Pair, status: int, code: str) -> None:
    ready.target.put("stale too")
    ready.proxy.fault = lambda seen: error(status, code) if seen.operation == "DeleteObjects" else None
    assert ready.sync(pair={"limits": _ALL}).pairs[0].done.deleted == 2
    assert ready.target.keys() == KEYS


def test_no_header_that_only_says_what_happens_anyway(ready: Pair) -> None:
    ready.proxy.fault = lambda seen: (
        error(501, "NotImplemented") if any("directive" in name for name in seen.headers) else None
    )
    assert ready.sync(pair={"limits": _ALL}).pairs[0].done.copied == 12


def test_parts_copied_by_a_storage_without_tags(make_pair: MakePair) -> None:
    pair = make_pair(multipart_bytes=6 << 20)
    pair.source.put_parts("large", [b"a" * (5 << 20), b"b" * (2 << 20)], Metadata={"name": "plain"})
    pair.proxy.fault = lambda seen: (
        error(501, "NotImplemented") if "tagging" in seen.query and seen.key == "large" else None
    )
    assert pair.sync(pair={"limits": _ALL}).pairs[0].done.copied == 1
    assert pair.target.content("large").metadata == (("name", "plain"),)


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidAccessKeyId", "SignatureDoesNotMatch"])
def test_credentials_that_end_stop_the_run_at_the_first(make_pair: MakePair, code: str) -> None:
    pair = make_pair()
    pair.source.fill({f"{n:04}": b"1" for n in range(200)})
    pair.target.put("stale")
    pair.proxy.fault = lambda seen: error(403, code) if seen.operation == "Copy" and "canary" not in seen.key else None
    with pytest.raises(StorageError, match=code) as raised:
        pair.sync(pair={"limits": _ALL})
    assert "check the credentials" in "\n".join(raised.value.lines())
    assert pair.proxy.counts["Copy"] < 100
    assert "stale" in pair.target.bodies()


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("InvalidAccessKeyId", "check the credentials"),
        ("SignatureDoesNotMatch", "check the credentials"),
        ("RequestTimeTooSkewed", "set this machine's clock"),
    ],
)
def test_who_asks_is_not_known(ready: Pair, code: str, hint: str) -> None:
    ready.proxy.fault = lambda _: error(403, code)
    with pytest.raises(StorageError) as raised:
        ready.sync(pair={"limits": _ALL})
    said = "\n".join(raised.value.lines())
    assert code in said
    assert hint in said
    assert "GetBucketTagging is missing" not in said


def test_the_first_object_is_not_the_judge_of_all(ready: Pair) -> None:
    ready.proxy.fault = lambda seen: (
        error(403, "AccessDenied") if seen.operation == "Copy" and _copied_from(seen, "00") else None
    )
    with pytest.raises(SyncIncomplete, match="1 key failed, 11 copied"):
        ready.sync(pair={"limits": _ALL})


def test_an_archived_first_object_is_left_out(ready: Pair) -> None:
    ready.proxy.fault = lambda seen: (
        error(403, "InvalidObjectState") if seen.operation == "Copy" and _copied_from(seen, "00") else None
    )
    result = ready.sync(pair={"limits": _ALL}).pairs[0]
    assert (result.done.copied, result.done.archived) == (11, 1)


def test_two_sources_do_not_share_a_target_at_once(make_pair: MakePair) -> None:
    pair, other = make_pair(), make_pair()
    other.source.put("a")
    pair.source.put("b")
    seen: list[str] = []

    def meanwhile(request: Seen) -> Reply | None:
        if request.operation == "Copy" and not seen:
            seen.append("tried")
            with pytest.raises(MaskerError, match="another sync into it is under way"):
                other.sync(pair={"target": pair.settings.pairs[0].target}, confirm=pair.target.name)
        return None

    other = replace(other, settings=replace(other.settings, state=pair.settings.state))
    pair.proxy.fault = meanwhile
    pair.sync(pair={"limits": _ALL})
    assert seen == ["tried"]


def test_redirects_without_end_are_told(ready: Pair) -> None:
    ready.proxy.fault = lambda _: Reply(
        status=301, extra={"Location": f"https://{ready.proxy.url.removeprefix('http://')}/"}
    )
    with pytest.raises(StorageError) as raised:
        ready.sync(pair={"limits": _ALL})
    assert re.search(r"https://|--region", "\n".join(raised.value.lines()))


_OPEN = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["s3:Get*"],'
    ' "Resource": "arn:aws:s3:::%s/*"}]}'
)


@pytest.mark.parametrize("acl", ["mirror", "none"])
def test_a_target_that_its_policy_opens_takes_nothing_private(ready: Pair, acl: str) -> None:
    ready.target.client.put_bucket_policy(Bucket=ready.target.name, Policy=_OPEN % ready.target.name)
    with pytest.raises(Refused, match="its bucket policy lets everybody read") as raised:
        ready.sync(pair={"limits": _ALL, "acl": acl})
    assert "--acl none" not in "\n".join(raised.value.lines())
    assert ready.target.keys() == ["stale"]
    ready.source.client.put_bucket_policy(Bucket=ready.source.name, Policy=_OPEN % ready.source.name)
    assert ready.sync(pair={"limits": _ALL, "acl": acl}).pairs[0].done.copied == 12


def test_a_target_is_open_for_no_more_than_its_source(ready: Pair) -> None:
    part, blocked = _OPEN.replace("%s/*", "%s/0*"), {"RestrictPublicBuckets": True}
    ready.source.client.put_bucket_policy(Bucket=ready.source.name, Policy=part % ready.source.name)
    ready.target.client.put_bucket_policy(Bucket=ready.target.name, Policy=_OPEN % ready.target.name)
    with pytest.raises(Refused, match="lets everybody read all of it"):
        ready.sync(pair={"limits": _ALL})
    ready.target.client.put_bucket_policy(Bucket=ready.target.name, Policy=part % ready.target.name)
    ready.source.client.put_public_access_block(Bucket=ready.source.name, PublicAccessBlockConfiguration=blocked)
    with pytest.raises(Refused, match=r"lets everybody read 0\*"):
        ready.sync(pair={"limits": _ALL, "acl": "none"})
    ready.target.client.put_public_access_block(Bucket=ready.target.name, PublicAccessBlockConfiguration=blocked)
    assert ready.sync(pair={"limits": _ALL, "acl": "none"}).pairs[0].done.copied == 12


def test_older_versions_that_everybody_may_read(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    pair.source.fill({"a": b"x"})
    present = _OPEN.replace("s3:Get*", "s3:GetObject")
    pair.source.client.put_bucket_policy(Bucket=pair.source.name, Policy=present % pair.source.name)
    pair.target.client.put_bucket_policy(Bucket=pair.target.name, Policy=_OPEN % pair.target.name)
    with pytest.raises(Refused, match="lets everybody read older versions of all of it"):
        pair.plan()
    pair.target.client.put_bucket_policy(Bucket=pair.target.name, Policy=present % pair.target.name)
    assert pair.plan().totals.copies == 1


def test_a_target_that_its_own_acl_opens_is_told(pair: Pair) -> None:
    """Its keys, which open public objects to whoever knows them; not where the source shows them too, or where no ACL
    counts."""
    pair.source.fill({"a": b"x"})

    def said() -> list[str]:
        return [note.text for note in pair.plan().notes if "ACL lets" in note.text]

    assert not said()
    everybody = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    for sent, told in (
        ({"ACL": "public-read"}, "its own ACL lets everybody list its keys, and the source's does not"),
        ({"GrantWrite": everybody}, "its own ACL lets everybody write and delete objects, and"),
        ({"ACL": "authenticated-read"}, "ACL lets everybody with an account of any kind at the storage list its keys"),
    ):
        pair.target.client.put_bucket_acl(Bucket=pair.target.name, **sent)
        (text,) = said()
        assert told in text
    pair.source.client.put_bucket_acl(Bucket=pair.source.name, ACL="authenticated-read")
    assert not said()
    pair.source.client.put_bucket_acl(Bucket=pair.source.name, ACL="private")
    pair.target.client.put_public_access_block(
        Bucket=pair.target.name, PublicAccessBlockConfiguration={"IgnorePublicAcls": True}
    )
    assert "ACL lets" not in str(pair.plan(pair={"acl": "none"}).notes)
    pair.proxy.fault = lambda seen: error(403, "AccessDenied") if seen.query.keys() == {"acl"} else None
    notes = [note.text for note in pair.plan(pair={"acl": "none"}).notes]
    assert notes == ["s3:GetBucketAcl is missing, so whom its own ACL lets in was not looked at"]


def test_a_target_whose_policy_lets_everybody_list_is_told(pair: Pair) -> None:
    pair.source.fill({"a": b"x"})
    policy = _OPEN.replace("s3:Get*", "s3:ListBucket").replace("%s/*", "%s")
    pair.target.client.put_bucket_policy(Bucket=pair.target.name, Policy=policy % pair.target.name)
    told = "its bucket policy lets everybody list its keys, and the source's does not: take s3:ListBucket out"
    assert told in str(pair.plan().notes)
    pair.source.client.put_bucket_policy(Bucket=pair.source.name, Policy=policy % pair.source.name)
    assert "everybody list" not in str(pair.plan().notes)
    pair.source.client.delete_bucket_policy(Bucket=pair.source.name)
    blocked = {"RestrictPublicBuckets": True}
    pair.target.client.put_public_access_block(Bucket=pair.target.name, PublicAccessBlockConfiguration=blocked)
    assert "everybody list" not in str(pair.plan().notes)


def test_what_the_source_closes_while_its_parts_are_copied_stays_closed(make_pair: MakePair) -> None:
    pair = make_pair(multipart_bytes=6 << 20)
    pair.source.put_parts("large", [b"a" * (5 << 20), b"b" * (2 << 20)], public=True)

    def closed(seen: Seen) -> None:
        if seen.operation == "CopyPart":
            pair.source.client.put_object_acl(Bucket=pair.source.name, Key="large", ACL="private")

    pair.proxy.fault = closed
    done = pair.sync(pair={"limits": _ALL}).pairs[0].done
    assert (done.copied, done.made_public) == (1, 0)
    assert not pair.target.is_public("large")
    assert not pair.target.client.list_multipart_uploads(Bucket=pair.target.name).get("Uploads")


def test_what_the_source_closes_after_the_plan_stays_closed(pair: Pair, tmp_path: Path) -> None:
    for key in ("a", "b"):
        pair.source.put(key, public=True)
    pair.sync(pair={"limits": _ALL})
    checked, out = {"limits": _ALL, "acl_check": "all"}, tmp_path / "plan.jsonl"
    for key in ("a", "b"):
        pair.target.client.put_object_acl(Bucket=pair.target.name, Key=key, ACL="private")
    assert pair.plan(pair=checked, out=out).totals.acl_repairs == 2
    pair.source.client.put_object_acl(Bucket=pair.source.name, Key="a", ACL="private")
    pair.source.client.delete_object(Bucket=pair.source.name, Key="b")
    done = pair.sync(pair=checked, apply=out).pairs[0].done
    assert (done.acls_set, done.vanished, done.failed, done.made_public) == (1, 1, 0, 0)
    assert not [key for key in ("a", "b") if pair.target.is_public(key)]


def test_what_a_killed_run_has_tried_with_is_no_object(make_pair: MakePair) -> None:
    """Of the target's own run, or of one into the source: else it would be all of an empty target, and too much to
    delete."""
    pair = make_pair(versions=True)
    canary = ".masker-canary-k3v9x0ab"
    pair.source.fill({"a": b"1", f"of{canary}": b"2", f"folder/{canary}-2": b"3"})
    pair.target.put(canary)
    done = pair.sync(pair={"deletes": False}).pairs[0].done
    assert (done.copied, done.deleted) == (2, 0)
    assert pair.target.keys() == ["a", f"of{canary}"]
    versions = pair.target.client.list_object_versions(Bucket=pair.target.name, Prefix=".masker")
    assert not {"Versions", "DeleteMarkers"} & versions.keys()


def test_what_killed_runs_have_left_where_nothing_is_to_be_touched_stays(pair: Pair) -> None:
    """What a run leaves out, and a lock in a folder whose name begins as a canary's does."""
    left, stays = "in/.masker-canary-k3v9x0ab", "out/.masker-canary-k3v9x0ab"
    sealed = f"in/.masker-canary-x/{SEAL_NAME}"
    pair.source.fill({"in/a": b"1"})
    pair.target.fill({left: b"", stays: b"", sealed: b""})
    pair.proxy.fault = lambda seen: (
        error(403, "AccessDenied") if (seen.operation, seen.key) == ("Delete", left) else None
    )
    with pytest.raises(StorageError, match=f"the canary object {left} could not be deleted"):
        pair.sync(pair={"exclude": ("out/*",)})
    pair.proxy.forget()
    pair.sync(pair={"exclude": ("out/*",)})
    assert pair.target.keys() == [sealed, "in/a", stays]


def test_a_source_that_its_policy_opens_is_told(ready: Pair) -> None:
    ready.source.client.put_bucket_policy(Bucket=ready.source.name, Policy=_OPEN % ready.source.name)
    plan = ready.sync(pair={"limits": _ALL}).pairs[0].plan
    assert [note for note in plan.notes if "which is not copied" in note.text]


def _copied_from(seen: Seen, key: str) -> bool:
    return seen.headers.get("x-amz-copy-source", "").endswith(f"/{key}")


def test_metadata_beyond_ascii_survives_a_copy_by_parts(make_pair: MakePair) -> None:
    pair = make_pair(multipart_bytes=6 << 20)
    pair.source.put_parts("large", [b"a" * (5 << 20), b"b" * (2 << 20)])
    raw = "氏名".encode().decode("iso-8859-1")
    pair.proxy.fault = lambda seen: (
        Reply(extra_passed={"x-amz-meta-name": raw}) if seen.operation == "Head" and seen.key == "large" else None
    )
    assert pair.sync(pair={"limits": _ALL}).pairs[0].done.copied == 1
    ((name, value),) = pair.target.content("large").metadata
    assert name == "name"
    assert "utf-8" in value.lower()
