"""The source listed by an S3 Inventory: which requests that saves, and that a stale one deletes nothing that is
there."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from masker.buckets.inventory.read import parse_manifest, read_grants
from masker.buckets.settings import Client, Executor, LocalExecutor, ProcessExecutor, parse_limits
from masker.errors import Refused, StorageError, UsageError
from tests.buckets.conftest import MakePair, Pair
from tests.buckets.inventories import ALL, acl_document, deliver
from tests.buckets.proxy import Reply, Seen, error
from tests.buckets.storage import CREDENTIALS, Bucket
from tests.buckets.test_sync import NASTY
from tests.executable import run


@pytest.fixture
def client() -> Client:
    """An inventory is fetched through boto3, whichever sends the other requests."""
    return "crt"


@pytest.fixture
def store(pair: Pair) -> Bucket:
    """The bucket inventories are delivered to."""
    return Bucket(pair.source.url)


def _asked_of_source(pair: Pair) -> list[str]:
    """Operations on the source's objects and listings, its settings left out."""
    return sorted(
        {
            seen.operation
            for seen in pair.proxy.seen
            if seen.bucket == pair.source.name and not seen.operation.startswith("GET bucket")
        }
    )


@pytest.mark.parametrize("file_format", ["CSV", "Parquet"])
def test_neither_listings_nor_acls_of_the_source(pair: Pair, store: Bucket, file_format: str) -> None:
    pair.source.fill({key: key.encode() for key in NASTY})
    pair.source.put("public", public=True)
    pair.target.fill({NASTY[0]: NASTY[0].encode(), "stale": b"s"})
    pair.target.client.put_object_acl(Bucket=pair.target.name, Key=NASTY[0], ACL="public-read")
    inventory = deliver(pair.source, store, file_format)
    result = pair.sync(
        pair={"inventory": inventory, "acl_check": "all", "limits": parse_limits("1")}, verify=True
    ).pairs[0]
    assert (result.done.copied, result.done.acls_set, result.done.deleted, result.done.kept) == (len(NASTY), 1, 1, 0)
    assert pair.target.bodies() == pair.source.bodies()
    assert [key for key in pair.target.bodies() if pair.target.is_public(key)] == ["public"]
    assert _asked_of_source(pair) == ["GetAcl", "List"], "for the object that is to be open, and the stale one"
    assert pair.proxy.counts["GetAcl"] == 3, "of the one unchanged object in the target, and of the canary"
    assert result.plan.inventory_at is not None
    assert "listed by its inventory" in result.document()["notes"][-1]["text"]


def test_what_the_source_has_closed_since_its_inventory_stays_closed(pair: Pair, store: Bucket) -> None:
    for key in ("open", "closed"):
        pair.source.put(key, public=True)
    inventory = deliver(pair.source, store, "CSV")
    pair.source.client.put_object_acl(Bucket=pair.source.name, Key="closed", ACL="private")
    assert pair.sync(pair={"inventory": inventory}).pairs[0].done.made_public == 1
    assert [key for key in pair.target.bodies() if pair.target.is_public(key)] == ["open"]


@pytest.mark.parametrize("executor", [LocalExecutor(), ProcessExecutor(2)], ids=["local", "processes"])
def test_what_came_after_the_inventory_survives(make_pair: MakePair, store: Bucket, executor: Executor) -> None:
    pair = make_pair(page_limit=4, source_prefix="up/")
    pair.source.fill({f"up/{n:02}": b"1" for n in range(12)} | {"other": b"o"})
    inventory = deliver(pair.source, store, "Parquet")
    pair.source.fill({"up/later": b"l", "up/03": b"changed"})
    pair.source.client.delete_object(Bucket=pair.source.name, Key="up/05")
    pair.target.fill({"later": b"l", "stale": b"s"})
    result = pair.sync(pair={"inventory": inventory, "limits": parse_limits("2")}, executor=executor).pairs[0]
    assert (result.done.copied, result.done.vanished, result.done.kept, result.done.deleted) == (11, 1, 1, 1)
    assert pair.target.bodies() == {f"{n:02}": b"1" for n in range(12) if n != 5} | {"03": b"changed", "later": b"l"}
    assert min(pair.proxy.numbers("DeleteObjects") or pair.proxy.numbers("Delete")[-1:]) > max(
        pair.proxy.numbers("List")
    )


def test_a_source_that_does_not_say_keeps_all(pair: Pair, store: Bucket) -> None:
    pair.source.fill({f"{n:02}": b"1" for n in range(4)})
    pair.target.fill({"a": b"s", "b": b"s"} | {f"{n:02}": b"1" for n in range(4)})

    def fault(seen: Seen) -> Reply | None:
        return error(403, "AccessDenied") if seen.operation == "List" and seen.bucket == pair.source.name else None

    pair.proxy.fault = fault
    with pytest.raises(StorageError, match="2 keys failed") as raised:
        pair.sync(pair={"inventory": deliver(pair.source, store, "CSV"), "limits": parse_limits("2")})
    assert raised.value.exit_code == 7
    assert "a" in pair.target.bodies()


def test_a_stored_plan_still_asks(pair: Pair, store: Bucket) -> None:
    pair.source.fill({f"{n:02}": b"1" for n in range(4)})
    inventory = deliver(pair.source, store, "CSV")
    pair.source.put("later")
    pair.target.put("later")
    out = pair.settings.state.parent / "plan.parquet"
    pair.plan(pair={"inventory": inventory}, out=out)
    assert pair.sync(pair={"limits": parse_limits("1")}, apply=out).pairs[0].done.kept == 1
    assert "later" in pair.target.bodies()


@pytest.mark.parametrize("file_format", ["CSV", "Parquet"])
def test_old_versions_and_markers_are_no_objects(pair: Pair, store: Bucket, file_format: str) -> None:
    pair.source.fill({"a": b"now"})
    columns = ("Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", *ALL[2:])
    old = {
        "Bucket": pair.source.name,
        "VersionId": "v0",
        "IsLatest": False,
        "IsDeleteMarker": False,
        "Size": 3,
        "ETag": "0" * 32,
        "StorageClass": "STANDARD",
    }
    document = acl_document(is_public=False)
    more = [
        {**old, "Key": "a", "ObjectAccessControlList": document},
        {
            **old,
            "Key": "gone",
            "IsLatest": True,
            "IsDeleteMarker": True,
            "Size": "",
            "ETag": "",
            "StorageClass": "",
            "ObjectAccessControlList": document,
        },
    ]
    totals = pair.plan(pair={"inventory": deliver(pair.source, store, file_format, columns=columns, more=more)}).totals
    assert (totals.source_objects, totals.copies) == (1, 1)


def test_acls_it_does_not_have_are_read(pair: Pair, store: Bucket) -> None:
    pair.source.put("public", public=True)
    inventory = deliver(pair.source, store, "CSV", columns=ALL[:-1])
    assert pair.sync(pair={"inventory": inventory}).pairs[0].done.made_public == 1
    assert "GetAcl" in _asked_of_source(pair)


def test_inventories_that_will_not_do(pair: Pair, store: Bucket) -> None:
    pair.source.put("a")

    def said(inventory: str, kind: type[Exception], words: str) -> None:
        with pytest.raises(kind, match=words):
            pair.plan(pair={"inventory": inventory})

    other = deliver(store, store, "CSV")
    said(other, UsageError, f"inventory of {store.name}, expected {pair.source.name}")
    said(
        deliver(pair.source, store, "CSV", created_at=datetime.now(UTC) - timedelta(hours=60)),
        Refused,
        "was made 60 hours ago, at most 48 are allowed",
    )
    said(f"{store.s3}/none/manifest.json", StorageError, "NoSuchKey")
    url = deliver(pair.source, store, "CSV")
    store.put(f"inv/{pair.source.name}/daily/data/part0.csv.gz", b"cut")
    said(url, StorageError, "is not the file that the inventory's manifest describes")


def _manifest(**changes: object) -> bytes:
    columns = ", ".join(ALL)
    document = {
        "sourceBucket": "s",
        "creationTimestamp": "1767315600000",
        "fileFormat": "CSV",
        "fileSchema": columns,
        "files": [],
    }
    return json.dumps({**document, **changes}).encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "is not the manifest of an S3 Inventory"),
        (b"\xff", "is not the manifest of an S3 Inventory"),
        (_manifest(files=[{"key": "k"}]), "is not the manifest of an S3 Inventory"),
        (_manifest(fileFormat="ORC"), "its files are ORC, expected CSV or Parquet"),
        (_manifest(fileSchema="Bucket, Key, Size"), "the inventory has no ETag, StorageClass"),
        (_manifest(fileSchema="Bucket, Key, VersionId, Size, ETag, StorageClass"), "the inventory has no IsLatest"),
        (
            _manifest(
                fileFormat="Parquet",
                fileSchema="message s3.inventory { required binary bucket (UTF8); optional int64 size;}",
            ),
            "has no Key, ETag, StorageClass",
        ),
    ],
)
def test_manifests_that_will_not_do(content: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_manifest(content, "manifest.json")


@pytest.mark.parametrize(
    ("text", "acl"),
    [
        ("", ""),
        (acl_document(is_public=True), "public-read"),
        (base64.b64encode(acl_document(is_public=False).encode()).decode(), "private"),
        (acl_document(is_public=True, status="UNAVAILABLE"), ""),
    ],
)
def test_grants(text: str, acl: str) -> None:
    assert read_grants(text) == acl


def test_by_the_executable_from_a_folder(pair: Pair, store: Bucket, tmp_path: Path) -> None:
    pair.source.fill({"a": b"1", "b": b"2"})
    deliver(pair.source, store, "CSV", created_at=datetime.now(UTC) - timedelta(hours=60))
    for key, body in store.bodies().items():
        path = tmp_path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    manifest = next(tmp_path.rglob("manifest.json"))
    common: list[str | Path] = [
        pair.source.s3,
        pair.target.s3,
        "--endpoint-url",
        pair.proxy.url,
        "--state",
        pair.settings.state,
        "--source-inventory",
        manifest,
    ]
    run("sync", *common, "--confirm", pair.target.name, env=CREDENTIALS).expect(
        9, "was made 60 hours ago", "--inventory-age 61"
    )
    config = tmp_path / "masker.yml"
    config.write_text(
        f"version: 1\nbuckets:\n  - {{source: {pair.source.s3}, target: {pair.target.s3}, endpoint_url:"
        f" '{pair.proxy.url}', inventory: {manifest}, inventory_age: 61}}\n"
    )
    run("plan", "sync", "-c", config, "--state", tmp_path, env=CREDENTIALS).expect(
        0, "copy 2 objects", "listed by its inventory of"
    )
    run("sync", *common, "--inventory-age", "61", "--confirm", pair.target.name, env=CREDENTIALS).expect(0, "2 copied")
    assert pair.target.bodies() == {"a": b"1", "b": b"2"}
