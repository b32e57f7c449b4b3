"""``masker refresh`` as a user runs it: database and buckets together, what is refused before either is touched, and
what failures leave."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from masker.buckets.objects import SEAL_NAME
from tests.buckets.proxy import Proxy, Reply, Seen, error
from tests.buckets.storage import CREDENTIALS, Bucket, MotoServer
from tests.executable import Done, Started, run, start
from tests.shop import Shop

CONTENT = {f"{n:02}": str(n).encode() for n in range(30)}


@pytest.fixture(scope="module")
def storage() -> Iterator[MotoServer]:
    server = MotoServer()
    yield server
    server.stop()


@pytest.fixture
def proxy(storage: MotoServer) -> Iterator[Proxy]:
    proxy = Proxy(storage.url)
    yield proxy
    proxy.stop()


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A shop with two pairs of buckets, ``files`` and ``logs``, and a masker.yml that names them all."""

    shop: Shop
    proxy: Proxy
    files: tuple[Bucket, Bucket]
    logs: tuple[Bucket, Bucket]
    config: Path

    @property
    def confirmed(self) -> list[str]:
        """What has to be confirmed."""
        return ["--confirm", self.shop.database, "--confirm", self.files[1].name, "--confirm", self.logs[1].name]

    def arguments(self, *more: str | Path) -> list[str | Path]:
        return ["-c", self.config, "--state", self.config.parent, *more]

    def refresh(self, *more: str | Path) -> Done:
        return run("refresh", *self.arguments(*self.confirmed, *more))

    def written(self) -> set[str]:
        """Requests that have changed a bucket."""
        return {"Put", "Copy", "PutAcl", "DeleteObjects", "Delete"} & set(self.proxy.counts)

    def expect_synced(self) -> None:
        for source, target in (self.files, self.logs):
            assert target.bodies() == source.bodies()


MakeCompany = Callable[[Shop], Company]


@pytest.fixture
def make_company(storage: MotoServer, proxy: Proxy, tmp_path: Path) -> MakeCompany:
    def made(shop: Shop) -> Company:
        files, logs = [(Bucket(storage.url), Bucket(storage.url, versions=keeps)) for keeps in (False, True)]
        files[0].fill(CONTENT)
        files[0].put("public", public=True)
        files[1].fill({**dict.fromkeys(list(CONTENT)[:20], b"old"), "stale": b"s"})
        logs[0].fill({"a": b"1", "b": b"2"})
        config = tmp_path / "masker.yml"
        pairs = "".join(
            f"  - {{source: {source.s3}, target: {target.s3}, endpoint_url: '{proxy.url}'}}\n"
            for source, target in (files, logs)
        )
        config.write_text(
            f"version: 1\nsource: {{url: '{shop.source}'}}\ntarget: {{url: '{shop.target}'}}\nrules:"
            f" ['{shop.rules}']\nbuckets:\n{pairs}"
        )
        return Company(shop=shop, proxy=proxy, files=files, logs=logs, config=config)

    return made


@pytest.fixture
def company(make_company: MakeCompany, shop: Shop) -> Company:
    return make_company(shop)


@pytest.fixture
def still(make_company: MakeCompany, planned: Shop) -> Iterator[Company]:
    """A company whose database and buckets have to be afterwards what they were."""
    made = make_company(planned)
    before = [target.bodies() for _, target in (made.files, made.logs)]
    yield made
    assert [target.bodies() for _, target in (made.files, made.logs)] == before
    assert made.written() == set()


def test_database_and_buckets_in_one_run(company: Company) -> None:
    done = company.refresh().expect(
        0,
        r"refresh \w{8}: the database and s3://",
        "looking at both first, nothing is written yet .*copying 4 tables.* published .* synced s3://",
        "published at .* columns masked .* is what s3://.* 31 copied.* 1 deleted .* refreshed in .*: the database and 2"
        " buckets, all verified, run",
    )
    assert done.out.count("✓") == 4
    company.shop.expect_masked()
    company.expect_synced()
    files = company.files[1]
    assert (files.anonymous_status("public"), files.anonymous_status("00")) == (200, 403)

    company.logs[0].client.delete_object(Bucket=company.logs[0].name, Key="b")
    done = company.refresh("--max-delete", "1", "--json", "--log-format", "logfmt").expect(
        0, r"measure#masker\.copy=", r"measure#masker\.sync="
    )
    events, again = done.events(), done.json()
    assert {event["run"] for event in events[1:]} == {again["run"], f"{again['run']}-2"}
    assert (again["kind"], again["copy"]["kind"], again["copy"]["rows"]) == ("refresh", "copy", 30_605)
    assert [(pair["copied"], pair["deleted"]) for pair in again["sync"]["pairs"]] == [(0, 0), (0, 1)]
    assert (again["copy"]["run"], [pair["run"] for pair in again["sync"]["pairs"]]) == (
        again["run"],
        [again["run"], f"{again['run']}-2"],
    )
    undo: list[str | Path] = [
        "--confirm",
        company.logs[1].name,
        "--endpoint-url",
        company.proxy.url,
        "--state",
        company.config.parent,
    ]
    run("undo", f"{again['run']}-2", *undo).expect(0, "1 object back")


def test_a_restored_preview_is_masked_where_it_stands(company: Company, shop_template: str) -> None:
    shop = company.shop
    restored = shop.production.create_database(shop_template)
    name = restored.rpartition("/")[2].partition("?")[0]
    confirmed = ["--confirm", name, "--confirm", company.files[1].name, "--confirm", company.logs[1].name]
    done = run("refresh", *company.arguments("--in-place", "--target", restored, *confirmed, "--json")).expect(0).json()
    assert (done["mask"]["run"], done["mask"]["target"]) == (done["run"], name)
    with shop.production.connect(restored) as conn:
        assert conn.execute("SELECT count(*) FROM users WHERE email ~ 'canary'").fetchone() == (0,)
    company.expect_synced()


def test_a_plan_shows_both_and_touches_neither(still: Company) -> None:
    run("plan", "refresh", *still.arguments()).expect(
        0,
        f"target {still.shop.database} .* users .* then .* indexes",
        r"copy 31 objects.* delete 1 object,.* copy 2 objects",
    )
    document = run("plan", "refresh", *still.arguments("--json")).expect(0).json()
    assert {table["name"] for table in document["copy"]["tables"]} == {"users", "orders", "visits", "plans"}
    assert [(pair["totals"]["copies"], pair["refused"]) for pair in document["sync"]["pairs"]] == [
        (31, None),
        (2, None),
    ]
    run("plan", "refresh", *still.arguments("--sql")).expect(0, "CREATE TABLE .*-- copy: 31 objects")


def test_everything_to_confirm_is_named_at_once(still: Company) -> None:
    database, files, logs = still.confirmed[1::2]
    run("refresh", *still.arguments()).expect(
        9,
        f'--confirm is missing, the target database is "{database}" and the target bucket is "{files}" and the target'
        f' bucket is "{logs}"',
        f"--confirm {database} --confirm {files} --confirm {logs}",
    )
    run("refresh", *still.arguments("--confirm", database, "--confirm", "other")).expect(
        9, f'says "{database}", "other", the target bucket is "{files}" and'
    )
    assert not still.proxy.seen


def test_too_many_deletions_leave_the_database_alone(still: Company) -> None:
    still.refresh("--max-delete", "0").expect(9, "1 object would be deleted, more than 0", "nothing was written")


def test_rules_are_looked_at_before_buckets_are_listed(still: Company) -> None:
    still.shop.write_rules("email: email", "emial: email")
    still.refresh().expect(3, "there is no such column")
    assert not still.proxy.seen


def test_what_a_bucket_lacks_leaves_the_database_alone(make_company: MakeCompany, planned: Shop) -> None:
    company = make_company(planned)
    company.proxy.fault = lambda seen: error(403, "AccessDenied") if seen.operation == "Put" else None
    company.refresh().expect(7, "AccessDenied", "allow s3:PutObject")


_ATTACHED = """
CREATE TABLE active_storage_blobs (id bigint PRIMARY KEY, key varchar NOT NULL UNIQUE, filename varchar NOT NULL,
content_type varchar, metadata text,
  service_name varchar NOT NULL, byte_size bigint NOT NULL, checksum varchar,
  created_at timestamp NOT NULL DEFAULT now());
CREATE TABLE active_storage_attachments (id bigint PRIMARY KEY, name varchar NOT NULL, record_type varchar NOT NULL,
record_id bigint NOT NULL,
  blob_id bigint NOT NULL REFERENCES active_storage_blobs, created_at timestamp NOT NULL DEFAULT now());
CREATE TABLE active_storage_variant_records (id bigint PRIMARY KEY, blob_id bigint NOT NULL,
variation_digest varchar NOT NULL);
INSERT INTO active_storage_blobs (id, key, filename, service_name, byte_size) SELECT i, lpad(i::text, 2, '0'),
'canary.png', 'amazon', 2 FROM generate_series(1, 9) i;
INSERT INTO active_storage_attachments (id, name, record_type, record_id, blob_id)
  SELECT i, CASE WHEN i > 6 THEN 'id_document' ELSE 'avatar' END, 'User', i, i FROM generate_series(1, 9) i;
"""


def test_a_scope_goes_by_the_database_just_published(company: Company) -> None:
    """Before the run nothing masked is there to go by, which the plan says and the first look puts up with."""
    with company.shop.production.connect(company.shop.source) as conn:
        conn.execute(_ATTACHED.encode())
    company.shop.write_rules("locale: en_US\n", "locale: en_US\ninclude: [active_storage]\n")
    scoped = "scope: active_storage, since_last: true, attachments: {User#id_document: drop}, endpoint_url"
    company.config.write_text(company.config.read_text().replace("endpoint_url", scoped, 1))
    run("plan", "refresh", *company.arguments()).expect(
        0, "copy 31 objects", "note scope decided by the masked database once it is published"
    )
    assert company.written() == set()
    company.refresh("--max-delete", "15").expect(0, "6 copied.* 15 deleted")
    assert sorted(company.files[1].bodies()) == [SEAL_NAME, *(f"{n:02}" for n in range(1, 7))]
    copies = [
        seen.key for seen in company.proxy.seen if seen.operation == "Copy" and seen.bucket == company.files[1].name
    ]
    assert len(copies) == 7, (
        "six objects and the canary of the scoped comparison: nothing out of scope has passed through"
    )

    with company.shop.production.connect(company.shop.source) as conn:
        conn.execute(
            "INSERT INTO active_storage_blobs (id, key, filename, service_name, byte_size) VALUES (10, '10',"
            " 'canary.png', 'amazon', 2); INSERT INTO active_storage_attachments VALUES (10, 'avatar', 'User', 10, 10)"
        )
    run("plan", "refresh", *company.arguments()).expect(0, "note scope what has changed is told by the masked database")
    company.refresh().expect(0, "1 copied.* note: since last by the record of run .*: 1 key looked up")
    assert sorted(company.files[1].bodies()) == [SEAL_NAME, *(f"{n:02}" for n in range(1, 7)), "10"]


def test_without_buckets_it_is_a_copy(company: Company) -> None:
    run("refresh", "--confirm", "x").expect(2, "--source is missing; --target is missing; --rules is missing")
    config = company.config
    config.write_text(config.read_text().partition("buckets:")[0])
    run("refresh", "-c", config, "--confirm", "x", "--max-delete", "3").expect(
        2, "--max-delete: of buckets, and no buckets are named"
    )


def test_a_key_that_fails_after_publication(company: Company) -> None:
    """The other keys and the other pair are done, nothing of the failed pair is deleted, and the next run finishes the
    work."""
    company.proxy.fault = lambda seen: (
        error(403, "AccessDenied")
        if seen.operation == "Copy" and (seen.bucket, seen.key) == (company.files[1].name, "07")
        else None
    )
    done = company.refresh("--json").expect(
        7, "1 of 2 pairs of buckets failed", "copy 07: AccessDenied", "no stale object was deleted, of 1"
    )
    document = done.json()
    assert (document["exit_code"], document["copy"]["published"]) == (7, True)
    assert {pair["target"]: (pair["copied"], pair["failed"]) for pair in document["sync"]["pairs"]} == {
        f"{company.files[1].s3}/": (30, 1),
        f"{company.logs[1].s3}/": (2, 0),
    }
    for words in (
        f"{company.shop.database} is the new preview",
        f"{company.logs[1].s3} ended well",
        "`masker sync` goes on",
    ):
        assert words in document["error"]["aftermath"]
    company.shop.expect_masked()
    assert company.logs[1].bodies() == company.logs[0].bodies()
    assert company.files[1].bodies() == company.files[0].bodies() | {"07": b"old", "stale": b"s"}
    company.proxy.forget()
    company.refresh().expect(0, "1 copied.* 1 deleted")
    company.expect_synced()


def test_a_database_that_fails_leaves_the_buckets(company: Company) -> None:
    before = [target.bodies() for _, target in (company.files, company.logs)]
    with company.shop.stalled_on_target() as (other, go_on):
        company.refresh().expect(9, "another masker run is filling it", "the buckets are as they were")
        go_on()
        other.wait().expect(0)
    assert [target.bodies() for _, target in (company.files, company.logs)] == before


def _slow_copies(seen: Seen) -> Reply | None:
    return Reply(delay=0.1) if seen.operation == "Copy" else None


@pytest.mark.timing
def test_interrupted_among_the_buckets(company: Company) -> None:
    company.proxy.fault = _slow_copies
    with start("refresh", *company.arguments(*company.confirmed, "--concurrency", "2")) as started:
        _wait_for_copies(company, started)
        started.interrupt(signal.SIGINT)
        started.wait().expect(
            130,
            f"{company.shop.database} is the new preview, masked and verified",
            r"buckets: \d+ of 31 objects were copied, 0 of 1 deleted",
            "published at",
        )
    company.shop.expect_masked()
    company.proxy.forget()
    run("sync", *company.arguments(*company.confirmed)).expect(0)
    company.expect_synced()


def _wait_for_copies(company: Company, started: Started) -> None:
    while company.proxy.counts["Copy"] < 8:  # four of them are the canaries'
        assert started.process.poll() is None, started.wait().err
