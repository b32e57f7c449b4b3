"""Storages and buckets with wishes of their own: who pays, what is locked, archived or encrypted, and credentials that
end."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from threading import Barrier

import pytest

from masker.buckets.client.clients import open_client
from masker.buckets.client.control import controlled
from masker.buckets.objects import Location
from masker.buckets.plan import explain_sync
from masker.buckets.run import SyncIncomplete
from masker.buckets.settings import parse_limits
from masker.buckets.since.seal import put_seal
from masker.errors import StorageError
from tests.buckets.conftest import MakePair, Pair
from tests.buckets.proxy import Reply, Seen, error
from tests.buckets.storage import CREDENTIALS, Content
from tests.executable import run

_ALL = parse_limits("1000")


def test_whose_requesters_pay(make_pair: MakePair) -> None:
    pair = make_pair(multipart_bytes=6 << 20)
    pair.source.put("a")
    pair.source.put_parts("large", [b"a" * (5 << 20), b"b" * (2 << 20)])

    def paid_for(seen: Seen) -> Reply | None:
        of_source = seen.bucket == pair.source.name or seen.headers.get("x-amz-copy-source", "").startswith(
            f"{pair.source.name}/"
        )
        return (
            error(403, "AccessDenied") if of_source and seen.headers.get("x-amz-request-payer") != "requester" else None
        )

    pair.proxy.fault = paid_for
    with pytest.raises(StorageError, match="the listing ended") as raised:
        pair.sync()
    assert "--request-payer requester" in (raised.value.hint or "")
    words: list[str | Path] = [
        "sync",
        pair.source.s3,
        pair.target.s3,
        "--confirm",
        pair.target.name,
        "--endpoint-url",
        pair.proxy.url,
        "--state",
        pair.settings.state,
    ]
    run(*words, "--client", pair.settings.client, "--request-payer", "requester", env=CREDENTIALS).expect(0, "2 copied")
    assert pair.target.bodies() == pair.source.bodies()


def test_a_target_that_retains_wants_a_digest_of_everything_put_there(make_pair: MakePair) -> None:
    pair = make_pair(versions=True)
    lock = (
        b"<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days>"
        b"</DefaultRetention></Rule></ObjectLockConfiguration>"
    )
    pair.source.fill({"a": b"1", "photos/": b""})

    def locked(seen: Seen) -> Reply | None:
        if seen.bucket == pair.target.name and "object-lock" in seen.query:
            return Reply(status=200, body=lock)
        if seen.operation == "Copy" and seen.key == "photos/":
            return error(404, "NoSuchKey")
        if seen.operation in {"Put", "PutAcl", "DeleteObjects"} and "content-md5" not in seen.headers:
            return error(400, "InvalidRequest")
        return None

    pair.proxy.fault = locked
    result = pair.sync().pairs[0]
    assert pair.target.keys() == ["a", "photos/"]
    assert [note for note in result.plan.notes if "retains what is written to it for 1 day (governance)" in note.text]


def test_a_seal_has_a_digest_too(pair: Pair) -> None:
    pair.proxy.fault = lambda seen: (
        error(400, "InvalidRequest") if seen.operation == "Put" and "content-md5" not in seen.headers else None
    )
    client = open_client(pair.settings.pairs[0].target_access, connections=1)
    assert put_seal(controlled(client, "it"), Location(pair.target.name), "run", acl=None, keeps_versions=False)


def test_what_a_copy_does_not_take_over_is_told(make_pair: MakePair) -> None:
    pair = make_pair()
    client, name = pair.source.client, pair.source.name
    client.put_bucket_website(Bucket=name, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    said = " ".join(note.text for note in pair.plan().notes)
    assert "arrive without their redirects" in said
    assert "its copies are encrypted as" in said


def test_restored_archives_are_copied_and_others_counted(pair: Pair) -> None:
    pair.source.put("frozen", Content(b"f", storage_class="DEEP_ARCHIVE"))
    pair.source.put("restored", Content(b"r", storage_class="GLACIER"))
    pair.source.client.restore_object(Bucket=pair.source.name, Key="restored", RestoreRequest={"Days": 3})
    result = pair.sync().pairs[0]
    assert (result.done.copied, result.plan.totals.copies, result.plan.totals.archived) == (1, 1, 1)
    assert pair.target.bodies() == {"restored": b"r"}
    assert pair.target.content("restored").storage_class == "STANDARD"
    assert pair.sync().pairs[0].done.copied == 0


def test_objects_under_keys_of_their_own_are_named_to_be_left_out(pair: Pair) -> None:
    pair.source.fill({"a": b"1", "it's [1]": b"1"})
    pair.target.put("stale")
    body = (
        b"<Error><Code>InvalidRequest</Code><Message>The object was stored using a form of Server Side"
        b" Encryption.</Message></Error>"
    )
    pair.proxy.fault = lambda seen: (
        Reply(status=400, body=body) if "it's" in seen.headers.get("x-amz-copy-source", "") else None
    )
    with pytest.raises(SyncIncomplete) as raised:
        pair.sync(pair={"limits": _ALL})
    assert raised.value.aftermath
    assert """--exclude 'it'"'"'s [[]1]'""" in raised.value.aftermath
    assert pair.sync(pair={"limits": _ALL, "exclude": ("it's [[]1]",)}).pairs[0].done.deleted == 1


@pytest.mark.parametrize(
    "form",
    [
        lambda body: re.sub(rb"<(/?)([A-Z])", rb"<\1s3:\2", body).replace(b"xmlns=", b"xmlns:s3="),
        lambda body: re.sub(rb"<(Key|ETag)>([^<&]*)</", rb"<\1><![CDATA[\2]]></", body),
    ],
    ids=["prefixes", "CDATA"],
)
def test_documents_in_all_forms_that_xml_allows(pair: Pair, form: Callable[[bytes], bytes]) -> None:
    pair.source.fill({"a b": b"1", "c": b"2"})
    pair.target.fill({f"stale {n}": b"s" for n in range(3)})
    pair.proxy.fault = lambda seen: Reply(change=form) if seen.operation in {"List", "Copy", "GetAcl"} else None
    done = pair.sync(pair={"limits": _ALL}).pairs[0].done
    assert (done.copied, done.deleted, pair.target.keys()) == (2, 3, ["a b", "c"])


def test_a_key_that_is_not_utf_8_ends_the_run(pair: Pair) -> None:
    pair.source.fill({"a": b"1", "caf": b"2"})
    pair.target.put("stale")
    pair.proxy.fault = lambda seen: (
        Reply(change=lambda body: body.replace(b"<Key>caf</Key>", b"<Key>caf%E9</Key>"))
        if seen.operation == "List" and seen.bucket == pair.source.name
        else None
    )
    with pytest.raises(StorageError, match="not UTF-8, caf%E9") as raised:
        pair.sync(pair={"limits": _ALL})
    assert "rename it" in "\n".join(raised.value.lines())
    assert pair.target.keys() == ["stale"]


def test_the_owner_of_the_bucket_gets_every_copy(pair: Pair) -> None:
    pair.source.put("public", public=True)
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    pair.target.client.put_bucket_ownership_controls(Bucket=pair.target.name, OwnershipControls=rules)
    pair.proxy.fault = lambda seen: (
        error(400, "AccessControlListNotSupported")
        if seen.bucket == pair.target.name
        and (
            seen.operation == "PutAcl"
            or seen.headers.get("x-amz-acl", "bucket-owner-full-control") != "bucket-owner-full-control"
        )
        else None
    )
    pair.sync(pair={"acl": "bucket-owner-full-control"})
    assert {seen.headers.get("x-amz-acl") for seen in pair.proxy.seen if seen.operation in {"Put", "Copy"}} == {
        "bucket-owner-full-control"
    }
    assert not pair.target.is_public("public")


def test_a_storage_without_acls_is_told_how_to_do_without(pair: Pair) -> None:
    pair.source.put("a")
    pair.proxy.fault = lambda seen: (
        error(501, "NotImplemented") if "x-amz-acl" in seen.headers or "acl" in seen.query else None
    )
    with pytest.raises(StorageError, match="could not be made") as raised:
        pair.sync()
    assert raised.value.hint == "this storage knows no ACLs: --acl none"
    pair.sync(pair={"acl": "none"})


def test_a_process_that_gives_no_more_credentials_ends_the_run(
    make_pair: MakePair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = make_pair()
    pair.source.fill({f"{n:03}": b"1" for n in range(60)})
    process, config = tmp_path / "process", tmp_path / "config"
    process.write_text(
        f'#!/bin/sh\necho x >> {tmp_path}/calls\n[ $(wc -l < {tmp_path}/calls) -gt 30 ] && {{ echo "log in again" >&2;'
        ' exit 1; }\necho "{\\"Version\\": 1, \\"AccessKeyId\\": \\"k\\", \\"SecretAccessKey\\": \\"s\\",'
        ' \\"Expiration\\": \\"$(date -u -d +300sec +%Y-%m-%dT%H:%M:%SZ)\\"}"\n'
    )
    process.chmod(0o755)
    config.write_text(f"[default]\ncredential_process = {process}\n")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(StorageError, match=r"CredentialProcess.*log in again") as raised:
        pair.sync(concurrency=4)
    assert "the credential_process of the profile" in (raised.value.hint or "")
    assert len((tmp_path / "calls").read_text().split()) < 45, "it was asked again and again"


def test_a_session_that_is_over_is_told_as_one(
    make_pair: MakePair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = make_pair()
    config = tmp_path / "config"
    config.write_text(
        "[default]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = reader\n\n"
        "[sso-session work]\nsso_region = us-east-1\nsso_start_url = https://example.com/start\n"
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(StorageError, match="Session") as raised:
        pair.sync()
    assert "aws sso login" in (raised.value.hint or "")


def test_a_region_that_the_answer_names_is_named_to_the_user(pair: Pair) -> None:
    body = (
        b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' is wrong; expecting"
        b" 'garage'</Message></Error>"
    )
    pair.proxy.fault = lambda _: Reply(status=400, body=body)
    with pytest.raises(StorageError) as raised:
        pair.sync()
    assert raised.value.hint == "the bucket lies in garage: --region garage"


def test_what_another_region_answers_to_the_runtime_goes_by_boto3(pair: Pair) -> None:
    pair.source.put("a")
    body = (
        b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>expecting</Message>"
        b"<Region>eu-west-1</Region></Error>"
    )
    pair.proxy.fault = lambda seen: (
        Reply(status=400, body=body) if "/us-east-1/" in seen.headers.get("authorization", "") else None
    )
    pair.sync()
    assert pair.target.keys() == ["a"]


def test_archives_under_restoration_are_told_and_words_of_theirs_are_not_believed_over_the_copy(pair: Pair) -> None:
    for key in ("being restored", "said to be restored"):
        pair.source.put(key, Content(b"r", storage_class="GLACIER"))

    def ongoing(seen: Seen) -> Reply | None:
        if seen.operation == "Head":
            restore = (
                'ongoing-request="true"'
                if seen.key == "being restored"
                else 'ongoing-request="false", expiry-date="Fri, 01 Jan 2021 00:00:00 GMT"'
            )
            return Reply(extra_passed={"x-amz-restore": restore})
        return error(403, "InvalidObjectState") if seen.operation == "Copy" and "canary" not in seen.key else None

    pair.proxy.fault = ongoing
    result = pair.sync().pairs[0]
    assert (result.plan.totals.archived, result.plan.totals.restoring, result.plan.totals.copies) == (1, 1, 1)
    assert (result.done.copied, result.done.archived, result.done.failed) == (0, 1, 0)
    assert (
        "skip",
        (
            "1 object, archived, to be restored before any copy; 1 of them are being restored, and copied"
            " by a run after that"
        ),
    ) in explain_sync(result.plan)


def test_archived_objects_are_asked_about_many_at_once(make_pair: MakePair) -> None:
    """One after the other a hundred thousand of them would take an hour; what one of them answers is no other's
    affair."""
    pair = make_pair()
    keys = [f"{n:02}" for n in range(24)]
    for key in keys:
        pair.source.put(key, Content(b"r", storage_class="GLACIER"))
    pair.source.client.restore_object(Bucket=pair.source.name, Key="07", RestoreRequest={"Days": 3})
    together = Barrier(6, timeout=30)

    def waits_for_others(seen: Seen) -> Reply | None:
        if seen.operation == "Head" and seen.key in keys:
            together.wait()
            return error(403, "AccessDenied") if seen.key == "05" else None
        return None

    pair.proxy.fault = waits_for_others
    plan = pair.plan()
    assert pair.proxy.counts["Head"] == len(keys)
    assert (plan.totals.archived, plan.totals.copies) == (23, 1)


def test_a_storage_that_takes_upper_and_lower_case_for_one_is_refused(pair: Pair) -> None:
    """As on a file system that does: it lists what it was first given, or all in one case."""
    pair.source.fill({"Photo.jpg": b"1", "photo.jpg": b"2"})
    pair.target.put("PHOTO.JPG", b"mine")

    def folds(seen: Seen) -> Reply | None:
        if seen.bucket == pair.target.name and seen.operation == "Head" and "CANARY" in seen.key:
            return Reply(status=200, extra={"ETag": '"d41d8cd98f00b204e9800998ecf8427e"', "Content-Length": "0"})
        return None

    pair.proxy.fault = folds
    with pytest.raises(StorageError, match="upper and lower case are one"):
        pair.sync(pair={"limits": _ALL})
    assert pair.target.bodies() == {"PHOTO.JPG": b"mine"}
