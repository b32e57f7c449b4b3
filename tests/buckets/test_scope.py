"""``scope: active_storage``: what the masked preview does not have, or may not show, is nowhere in its bucket."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from masker.buckets.attachments.active_storage import ActiveStorageScope
from masker.buckets.attachments.blobs import find_blob_tables, read_blobs
from masker.buckets.run import PairResult
from masker.buckets.settings import Client, parse_limits
from masker.errors import Refused, TargetError, UsageError
from tests.buckets.conftest import Pair
from tests.buckets.rails import Preview, md5_base64
from tests.buckets.storage import CREDENTIALS, Content
from tests.executable import Done, eventually, run, start
from tests.servers import Server, database_of

PNG = b"\x89PNG\r\n\x1a\n"
DOCUMENT = b"a scan of somebody's passport"
RULES = {"User#id_document": "drop", "User#avatar": "placeholder"}


@pytest.fixture
def rails(preview: Server) -> Iterator[Preview]:
    application = Preview(preview)
    yield application
    application.conn.close()


def _store(
    pair: Pair,
    rails: Preview,
    key: str,
    kind: str | None,
    body: bytes = b"",
    content_type: str = "image/png",
    *,
    public: bool = False,
) -> int:
    """An object of the source with its blob, attached as *kind*."""
    body = body or f"the original {key}".encode()
    pair.source.put(key, Content(body, public, content_type=content_type))
    blob = rails.blob(key, body, content_type)
    if kind:
        rails.attach(blob, kind)
    return blob


def _sync(pair: Pair, rails: Preview, *, attachments: dict[str, str] | None = None, **scope: object) -> PairResult:
    wanted = ActiveStorageScope(database=rails.url, attachments=RULES if attachments is None else attachments, **scope)  # type: ignore[arg-type]
    return pair.sync(pair={"scope": wanted, "limits": parse_limits("100")}).pairs[0]


def test_objects_follow_their_blobs(pair: Pair, rails: Preview) -> None:
    photo = _store(pair, rails, "photo", "Product#photo", public=True)
    avatar = _store(pair, rails, "avatar", "User#avatar", public=True)
    document = _store(pair, rails, "document", "User#id_document", DOCUMENT, "application/pdf")
    both = _store(pair, rails, "both", "Product#photo")
    rails.attach(both, "User#id_document")
    for original, name in ((photo, "photo"), (avatar, "avatar"), (document, "document")):
        small = _store(pair, rails, f"{name}.small", None)
        rails.variant(original, small)
        pair.source.put(f"variants/{name}/0a1b")
    page = _store(pair, rails, "document.page", None)
    rails.preview_image(document, page)
    rails.variant(page, _store(pair, rails, "document.page.small", None))
    _store(pair, rails, "unattached", None)
    pair.source.put("no blob")
    pair.target.fill({"document": DOCUMENT, "avatar": b"the original avatar", "document.page": b"p"})

    first = _sync(pair, rails)
    assert pair.target.keys() == ["avatar", "avatar.small", "photo", "photo.small", "variants/photo/0a1b"]
    assert (first.done.copied, first.done.placeholders, first.done.deleted, first.done.rows_updated) == (3, 2, 2, 2)
    assert first.plan.totals.out_of_scope == 9
    assert pair.target.content("avatar.small").body.startswith(PNG)
    found = pair.target.content("avatar")
    assert found.body.startswith(PNG)
    assert (found.content_type, found.public) == ("image/png", True)
    assert rails.content("avatar") == (len(found.body), md5_base64(found.body))

    pair.proxy.forget()
    second = _sync(pair, rails)
    assert not second.plan.has_work
    assert second.plan.totals.unchanged == 5
    assert not {"Copy", "Put", "PutAcl", "DeleteObjects", "Delete"} & set(pair.proxy.counts)


def test_placeholders_are_of_the_original_s_type(pair: Pair, rails: Preview) -> None:
    starts = {
        "image/png": PNG,
        "image/jpeg": b"\xff\xd8\xff",
        "image/gif": b"GIF8",
        "image/webp": b"RIFF",
        "image/svg+xml": b"<svg",
        "application/pdf": b"%PDF-",
        "text/plain; charset=utf-8": b"placeholder",
        "application/json": b"{}",
        "text/html": b"<!DOCTYPE html>",
        "video/mp4": b"",
    }
    for number, content_type in enumerate(starts):
        _store(pair, rails, f"{number}", "User#file", b"o" * 2000, content_type)
    _sync(pair, rails, attachments={"*": "placeholder"})
    for number, (content_type, beginning) in enumerate(starts.items()):
        found = pair.target.content(f"{number}")
        assert found.content_type == content_type
        assert found.body.startswith(beginning)
        assert rails.content(f"{number}") == (len(found.body), md5_base64(found.body))
        assert (len(found.body) > 0) == bool(beginning)


def test_a_placeholder_somebody_edited_is_put_right(pair: Pair, rails: Preview) -> None:
    _store(pair, rails, "a", "User#avatar")
    _sync(pair, rails)
    right = pair.target.bodies()
    pair.target.put("a", b"the original, put back by hand")
    assert _sync(pair, rails).done.placeholders == 1
    assert pair.target.bodies() == right


def test_an_original_that_is_gone_gets_no_placeholder(pair: Pair, rails: Preview) -> None:
    """Not at all if the listing did not have it; and if it goes while the run is under way, its row stays as it was."""
    rails.attach(rails.blob("never"), "User#avatar")
    rails.attach(rails.blob("lost"), "Product#photo")
    _store(pair, rails, "going", "User#avatar", public=True)
    _store(pair, rails, "staying", "User#avatar", public=True)
    before = rails.content("going")

    def vanish(seen: object) -> None:
        if getattr(seen, "operation", "") == "GetAcl" and getattr(seen, "key", "") == "going":
            pair.source.client.delete_object(Bucket=pair.source.name, Key="going")

    pair.proxy.fault = vanish
    result = _sync(pair, rails)
    assert pair.target.keys() == ["staying"]
    assert (result.done.placeholders, result.done.vanished, result.done.rows_updated) == (1, 1, 1)
    assert rails.content("going") == before
    assert result.plan.totals.blobs_without_object == 1
    assert "have no object in the source: 1" in " ".join(note.text for note in result.plan.notes)


def test_unattached_ones_stay_if_that_is_said(pair: Pair, rails: Preview) -> None:
    rails.variant(_store(pair, rails, "upload", None), _store(pair, rails, "upload.small", None))
    _sync(pair, rails, unattached="keep")
    assert pair.target.keys() == ["upload", "upload.small"]


def test_services_are_told_apart(pair: Pair, rails: Preview) -> None:
    _store(pair, rails, "a", "Product#photo")
    pair.source.put("b")
    rails.attach(rails.blob("b", service="local"), "Product#photo")
    rails.attach(rails.blob("c", service="local"), "Product#photo")
    with pytest.raises(UsageError, match=r"of 2 services: local \(2\), amazon \(1\)"):
        _sync(pair, rails)
    with pytest.raises(UsageError, match=r"no blob of the preview is of amazn; there are local \(2\)"):
        _sync(pair, rails, service="amazn")
    _sync(pair, rails, service="amazon")
    assert pair.target.keys() == ["a"]


@pytest.mark.parametrize("how", ["no marker", "a restore over it", "a run that has not ended"])
def test_only_a_verified_preview_decides(pair: Pair, preview: Server, how: str) -> None:
    rails = Preview(preview, is_verified=how != "no marker")
    _store(pair, rails, "a", "Product#photo")
    if how == "a restore over it":
        rails.conn.execute(
            "ALTER TABLE active_storage_attachments RENAME TO old; CREATE TABLE active_storage_attachments (LIKE old);"
            " DROP TABLE old"
        )
    elif how == "a run that has not ended":
        rails.conn.execute("UPDATE masker.run SET state = 'loading'")
    with pytest.raises(Refused, match="only a masked and verified preview"):
        _sync(pair, rails)
    assert not pair.target.keys()
    rails.conn.close()


def test_rows_that_may_not_be_written_end_it_before_the_first_object(pair: Pair, rails: Preview) -> None:
    _store(pair, rails, "a", "User#avatar")
    reader = rails.server.create_owner()
    rails.conn.execute(
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public, masker TO {reader}; GRANT USAGE ON SCHEMA masker TO {reader}"
    )
    url = rails.url.replace("//postgres:", f"//{reader}:")
    scope = ActiveStorageScope(database=url, attachments={"*": "placeholder"})
    with pytest.raises(TargetError, match="permission to update byte_size and checksum") as raised:
        pair.sync(pair={"scope": scope})
    assert "GRANT UPDATE" in str(raised.value.hint)
    assert not pair.target.keys()
    assert pair.plan(pair={"scope": scope}).totals.placeholders == 1


class TestDecisions:
    """The recursion, without a bucket."""

    @pytest.mark.parametrize("record_id", ["bigint", "text"])
    def test_whatever_derives_from_whatever(self, preview: Server, record_id: str) -> None:
        """Random blobs, variants of variants and previews of previews: what the database says is what a naive walk
        says."""
        rails = Preview(preview, record_id=record_id)
        rng = random.Random(4)
        kinds = {"A#keep": 0, "A#placeholder": 1, "A#drop": 2}
        blobs = [rails.blob(f"{rng.randrange(1 << 30):x}é{n}") for n in range(150)]
        said: dict[int, set[int]] = {}
        parents: dict[int, list[int]] = {}
        for at, blob in enumerate(blobs):
            for _ in range(rng.choice([0, 1, 1, 2])):
                if at and rng.random() < 0.6:
                    parent = rng.choice(blobs[:at])
                    (
                        (rails.variant if rng.random() < 0.5 else rails.preview_image)(parent, blob)
                        if parent not in parents.get(blob, [])
                        else None
                    )
                    parents.setdefault(blob, []).append(parent)
                else:
                    kind = rng.choice(list(kinds))
                    rails.attach(blob, kind)
                    said.setdefault(blob, set()).add(kinds[kind])

        def decide(blob: int) -> int:
            derived = {decide(parent) for parent in parents.get(blob, [])}
            return max(said.get(blob, set()) | derived, default=2)

        with rails.conn.transaction():
            decisions = {("A", kind.partition("#")[2]): decision for kind, decision in kinds.items()}
            found = list(read_blobs(rails.conn, find_blob_tables(rails.conn), decisions, unattached=2, service=None))
        ids: dict[str, int] = dict(rails.conn.execute("SELECT key, id FROM active_storage_blobs").fetchall())
        assert [blob.key for blob in found] == sorted(ids)
        assert {blob.key: blob.decision for blob in found} == {key: decide(id_) for key, id_ in ids.items()}
        assert {blob.decision for blob in found} == {0, 1, 2}
        rails.conn.close()

    def test_blobs_that_derive_from_each_other_alone_are_unattached(self, rails: Preview) -> None:
        one, other = rails.blob("one"), rails.blob("other")
        rails.preview_image(one, other)
        rails.preview_image(other, one)
        for unattached in (0, 2):
            with rails.conn.transaction():
                found = list(
                    read_blobs(rails.conn, find_blob_tables(rails.conn), {}, unattached=unattached, service=None)
                )
            assert [blob.decision for blob in found] == [unattached, unattached]


def test_tables_of_rails_5_2(pair: Pair, rails: Preview) -> None:
    """No names of services, no records of variants: those lie below the key of their blob."""
    _store(pair, rails, "photo", "Product#photo")
    _store(pair, rails, "document", "User#id_document")
    pair.source.fill({"variants/photo/1": b"v", "variants/document/1": b"v"})
    rails.conn.execute(
        "DROP TABLE active_storage_variant_records; ALTER TABLE active_storage_blobs DROP COLUMN service_name"
    )
    _sync(pair, rails)
    assert pair.target.keys() == ["photo", "variants/photo/1"]
    rails.conn.execute("DROP TABLE active_storage_attachments")
    with pytest.raises(UsageError, match="has no table active_storage_attachments"):
        _sync(pair, rails)


class TestExecutable:
    @pytest.fixture
    def client(self) -> Client:
        return "crt"

    @pytest.fixture
    def config(self, pair: Pair, rails: Preview, tmp_path: Path) -> Path:
        """Settings of a pair whose objects and blobs are there."""
        _store(pair, rails, "avatar", "User#avatar", public=True)
        _store(pair, rails, "document", "User#id_document", DOCUMENT, "application/pdf", public=True)
        _store(pair, rails, "photo", "Product#photo", public=True)
        path = tmp_path / "masker.yml"
        path.write_text(
            f"version: 1\ntarget: {{url: {{env: PREVIEW_URL}}}}\nbuckets:\n  - source: {pair.source.s3}\n    target:"
            f" {pair.target.s3}\n    endpoint_url: '{pair.proxy.url}'\n    max_delete: 50\n    scope: active_storage\n "
            "   attachments: {'User#id_document': drop, 'User#avatar': placeholder, 'User#avatr': drop}\n"
        )
        return path

    def _run(self, pair: Pair, rails: Preview, config: Path, *more: str | Path) -> Done:
        return run(
            "sync",
            "-c",
            config,
            "--state",
            pair.settings.state,
            "--confirm",
            pair.target.name,
            *more,
            env={**CREDENTIALS, "PREVIEW_URL": rails.url},
        )

    def test_a_dropped_document_is_nowhere(self, pair: Pair, rails: Preview, config: Path) -> None:
        pair.target.put("document", Content(DOCUMENT, public=True))
        done = self._run(pair, rails, config, "--verify")
        done.expect(0, "1 copied", "1 replaced by placeholders", "1 row of the preview written", "1 deleted")
        assert rails.url.split("@")[0] not in done.out + done.err
        assert pair.target.anonymous_status("document") in {403, 404}
        with pytest.raises(ClientError, match="NoSuchKey"):
            pair.target.client.get_object(Bucket=pair.target.name, Key="document")
        assert DOCUMENT not in pair.target.bodies().values()
        assert pair.target.anonymous_status("avatar") == 200
        body = pair.target.bodies()["avatar"]
        assert body.startswith(PNG)
        assert rails.content("avatar") == (len(body), md5_base64(body))
        (again,) = self._run(pair, rails, config, "--json").expect(0).json()["pairs"]
        assert [again[name] for name in ("copied", "placeholders", "rows_updated", "deleted")] == [0, 0, 0, 0]

    def test_rows_of_production_are_not_written(self, pair: Pair, rails: Preview, config: Path) -> None:
        before = rails.content("avatar")
        environment = {**CREDENTIALS, "PREVIEW_URL": rails.url}
        arguments = ("sync", "-c", config, "--state", pair.settings.state, "--confirm", pair.target.name)

        run(*arguments, env={**environment, "MASKER_SOURCE": rails.url}).expect(
            9, "source and target are the same database"
        )
        nobody = {**environment, "MASKER_SOURCE": "postgres://u:p@127.0.0.1:1/production"}
        run(*arguments, env=nobody).expect(5, "nothing listens there", "--no-source")
        named = config.read_text().replace("target: {", "source: {url: {env: PRODUCTION_URL}}\ntarget: {")
        config.write_text(named)
        run(*arguments, env=environment).expect(2, "the environment variable PRODUCTION_URL is not set", "--no-source")
        run("protect", env={"MASKER_TARGET": rails.url}).expect(0)
        run(*arguments, "--no-source", env=environment).expect(9, "it is protected by")
        assert not pair.target.keys()
        assert rails.content("avatar") == before
        run("plan", *arguments[:-2], env=environment).expect(0)

        name = database_of(rails.url)
        run("protect", "--off", "--confirm", name, env={"MASKER_TARGET": rails.url}).expect(0)
        run(*arguments, env={**environment, "PRODUCTION_URL": rails.server.create_database()}).expect(
            0, "1 row of the preview written"
        )
        assert rails.content("avatar") != before

    @pytest.mark.usefixtures("config")
    def test_a_stored_plan_is_executed_as_it_is(self, pair: Pair, rails: Preview, tmp_path: Path) -> None:
        out = tmp_path / "plan.jsonl"
        arguments: list[str | Path] = [
            pair.source.s3,
            pair.target.s3,
            "--endpoint-url",
            pair.proxy.url,
            "--state",
            pair.settings.state,
        ]
        scope = ["--scope", "active_storage", "--attachment", "User#*=placeholder", "--attachment", "User#avatr=keep"]
        environment = {**CREDENTIALS, "MASKER_TARGET": rails.url}
        planned = run("plan", "sync", *arguments, *scope, "--out", out, env=environment)
        planned.expect(
            0,
            r"3 objects, .* in scope, 0 out of it",
            "1 blob kept, 2 replaced, 0 dropped",
            "User#avatr no attachment",
            "User#avatar is",
        )
        _store(pair, rails, "later", "Product#photo")
        apply = [*arguments, "--confirm", pair.target.name, "--plan", out]
        run("sync", *apply, env=environment).expect(2, "is a plan made with scope: active_storage")
        assert not pair.target.keys()
        run("sync", *apply, *scope, "--json", env=environment).expect(0)
        assert pair.target.keys() == ["avatar", "document", "photo"]
        assert pair.target.content("document").body.startswith(b"%PDF-")
        assert rails.content("document") == (
            len(pair.target.bodies()["document"]),
            md5_base64(pair.target.bodies()["document"]),
        )
        rails.verify("zzzzzzzz")
        run("sync", *apply, *scope, env=environment).expect(
            9, "was filled by run zzzzzzzz, and the plan goes by what run k3v9x0ab left"
        )

    @pytest.mark.timing
    def test_killed_between_placeholders_and_rows(self, pair: Pair, rails: Preview, config: Path) -> None:
        """The next run has nothing to put and still writes the rows."""
        arguments = ("sync", "-c", config, "--state", pair.settings.state, "--confirm", pair.target.name)
        environment = {**CREDENTIALS, "PREVIEW_URL": rails.url}
        with rails.conn.transaction():
            rails.conn.execute("LOCK TABLE active_storage_blobs IN SHARE MODE")
            with start(*arguments, env=environment) as started:
                eventually(lambda: {"avatar", "photo"} <= {*pair.target.keys()} or started.process.poll() is not None)
                time.sleep(0.3)
                assert started.process.poll() is None, started.wait().err
                started.kill()
            rails.server.terminate_sessions(rails.url, application="masker%")
        body = pair.target.bodies()["avatar"]
        assert rails.content("avatar") != (len(body), md5_base64(body))
        (plan,) = run("plan", *arguments[:-2], "--json", env=environment).expect(0).json()["pairs"]
        assert (plan["totals"]["placeholders"], plan["totals"]["stale_rows"]) == (0, 1)
        (second,) = self._run(pair, rails, config, "--json").expect(0).json()["pairs"]
        assert (second["placeholders"], second["rows_updated"]) == (0, 1)
        assert rails.content("avatar") == (len(body), md5_base64(body))

    def test_what_is_wrong_in_the_settings_is_said(self, tmp_path: Path) -> None:
        config = tmp_path / "masker.yml"
        pair = "version: 1\nbuckets:\n  - source: s3://production\n    target: s3://preview\n"
        for more, code, said in (
            (
                "    scope: {kind: active_storage, servise: a}\n",
                2,
                r"masker\.yml:5:\d+ buckets\.0\.scope\.servise: there is no such setting",
            ),
            ("    scope: carrierwave\n", 2, r"masker\.yml:5:\d+ buckets\.0\.scope\.kind: "),
            ("    attachments: {'User#avatar': drop}\n", 2, "attachments: leave nothing out where there is no scope"),
            ("    scope: active_storage\n    attachments: {'user.avatar': drop}\n", 2, r"no database is named"),
            (
                (
                    "    scope: {kind: active_storage, database: postgres://u:hunter2@h/d}\n    attachments:"
                    " {'user.avatar': drop}\n"
                ),
                2,
                r"user\.avatar: expected the class",
            ),
        ):
            config.write_text(pair + more)
            done = run("sync", "-c", config, "--confirm", "preview").expect(code, said)
            assert "hunter2" not in done.err + done.out
