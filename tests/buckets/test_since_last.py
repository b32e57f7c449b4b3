"""``--since-last``: what Active Storage's rows say has changed is made so, nothing else is listed, and whatever speaks
against the last run's record has everything listed again."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from masker.buckets.compare import planned
from masker.buckets.objects import LOCK_NAME, SEAL_NAME, Location
from masker.buckets.run import rehearse
from masker.buckets.settings import Client, parse_limits
from masker.buckets.undo import undo
from masker.errors import MaskerError, Refused, StorageError, VerifyFailed
from tests.buckets.conftest import MakePair
from tests.buckets.proxy import Reply, Seen, error
from tests.buckets.stage import PAGE, Stage, why
from tests.buckets.storage import CREDENTIALS, Bucket, Content, MotoServer
from tests.executable import Done, eventually, run, start
from tests.servers import Server

PNG = b"\x89PNG\r\n\x1a\n"

#: Objects to begin with.
_KEYS = [f"k{number:02}" for number in range(30)]

#: Of the first five of _KEYS, the one that neither the second nor the third run has in its sample.
NO_SAMPLE = "k04"

#: When an object was written, in a listing.
_MODIFIED = re.compile(rb"(<LastModified>)\d{4}")


@pytest.fixture
def client() -> Client:
    return "crt"


MakeStage = Callable[..., Stage]


@pytest.fixture
def make_stage(make_pair: MakePair, preview: Server) -> Iterator[MakeStage]:
    made: list[Stage] = []

    def make(keys: list[str] = _KEYS, **changes: Any) -> Stage:
        made.append(Stage(make_pair(**changes), preview, keys))
        return made[-1]

    yield make
    for stage in made:
        stage.rails.conn.close()


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage()


def test_what_rows_say_is_made_so_and_nothing_is_listed(stage: Stage) -> None:
    stage.upload("late")
    stage.pair.source.client.delete_object(Bucket=stage.pair.source.name, Key="late")  # its upload has not ended yet
    first = stage.sync()
    assert why(first) == "no run before has left a record of it here"
    listed = stage.lists
    assert first.plan.totals.blobs_without_object == 1

    stage.upload("new")
    stage.pair.source.put("late", b"late")
    stage.purge("k05")
    stage.purge("k06", with_object=False)
    stage.change("k07", b"once more")
    stage.rails.attach(stage.blobs["k08"], "User#id_document")
    stage.rails.attach(stage.blobs["k09"], "User#avatar")
    second = stage.sync()
    told = second.plan.since_last
    assert told
    assert (told.run, told.why, told.looked_up, told.runs) == (first.plan.run, None, 7, 1)
    assert told.requests < told.saved
    assert stage.lists < listed / 3
    done = second.done
    assert (done.copied, done.deleted, done.placeholders, done.rows_updated) == (3, 3, 1, 1)
    assert second.plan.totals.unchanged == 25
    assert stage.pair.target.keys() == sorted(({*stage.blobs} - {"k08"}) | {SEAL_NAME})
    assert stage.pair.target.content("k09").body.startswith(PNG)
    assert stage.pair.target.content("k07").body == b"once more"
    assert stage.pair.target.is_public("new")
    text = "\n".join(f"{note.subject}: {note.text}" for note in second.plan.notes)
    assert f"by the record of run {first.plan.run}: 7 keys looked up and 4 listed" in text
    assert "what somebody else than Active Storage has done to either bucket" in text
    stage.require_right()

    third = stage.sync()
    assert not third.plan.has_work
    assert third.plan.totals.unchanged == 29
    assert stage.lists <= 10, stage.pair.proxy.counts
    assert not {"Copy", "GetAcl", "DeleteObjects"} & set(stage.pair.proxy.counts)


def test_random_histories_come_to_what_a_listing_finds(make_stage: MakeStage) -> None:
    rng = random.Random(7)
    stage = make_stage(_KEYS[:8])
    stage.asked["list_every"] = 3
    outcomes = set()
    for number in range(5):
        for step in range(rng.randrange(5)):
            key = rng.choice(sorted(stage.blobs))
            match rng.randrange(5):
                case 0 | 1:
                    stage.upload(f"n{number}{step}", rng.choice(["Product#photo", "User#avatar", "User#id_document"]))
                case 2:
                    stage.purge(key, with_object=rng.random() < 0.5)
                case 3:
                    stage.change(key, b"x" * rng.randrange(9, 99))
                case 4:
                    stage.rails.attach(stage.blobs[key], rng.choice(["User#avatar", "User#id_document"]))
        outcomes.add(why(stage.sync(verify=True, verify_changed=True)) is None)
        stage.require_right()
    assert outcomes == {True, False}


def test_a_database_filled_anew_has_the_rows_of_placeholders_written_again(stage: Stage) -> None:
    stage.upload("avatar", "User#avatar")
    stage.sync()
    right = stage.rails.content("avatar")
    stage.rails.conn.execute("UPDATE active_storage_blobs SET byte_size = 1000 WHERE key = 'avatar'")
    result = stage.sync()
    assert (why(result), result.done.placeholders, result.done.rows_updated) == (None, 0, 1)
    assert stage.rails.content("avatar") == right
    stage.require_right()


def test_variants_that_no_row_tells_of_are_listed(stage: Stage) -> None:
    stage.pair.source.fill({"variants/k01/a": b"v", "variants/k02/a": b"v"})
    stage.sync()
    stage.pair.source.put("variants/k03/a", b"v")
    stage.rails.attach(stage.blobs["k02"], "User#id_document")
    result = stage.sync()
    assert (why(result), result.done.copied, result.done.deleted) == (None, 1, 2)
    stage.require_right()


def test_what_is_listed_every_time_is_listed_once(make_stage: MakeStage) -> None:
    """Keys on either side of it, few enough for one stretch of the sample."""
    stage = make_stage(["a", "w"])
    stage.pair.source.put("variants/a/x", b"v")
    stage.sync()
    stage.pair.source.put("variants/a/y", b"v")
    result = stage.sync()
    done, totals = result.done, result.plan.totals
    assert (why(result), done.copied, totals.copies, totals.unchanged) == (None, 1, 1, 3)


def test_an_older_copy_of_what_is_archived_goes_with_its_blob(stage: Stage) -> None:
    stage.sync()
    stage.pair.source.put("k10", Content(b"another", storage_class="GLACIER"))
    stage.change("k11", b"another")
    stage.pair.source.put("k11", Content(b"another", storage_class="DEEP_ARCHIVE"))
    for _ in range(2):
        result = stage.sync()
        assert (why(result), result.plan.totals.archived) == (None, 1), "that of the one whose row says so"
    stage.purge("k11", with_object=False)
    assert stage.sync().done.deleted == 1
    assert "k11" not in stage.pair.target.bodies()


class TestListsEverything:
    """Each reason for which the record is not gone by; the run after that goes by its own."""

    @pytest.mark.parametrize(
        ("setting", "asked", "scope"),
        [
            ("acl", {"acl": "public-read"}, {}),
            ("exclude", {"exclude": ("k01",)}, {}),
            ("delete", {"deletes": False}, {}),
            ("attachments", {}, {"attachments": {"User#id_document": "drop"}}),
            ("scope.unattached", {}, {"unattached": "keep"}),
        ],
    )
    def test_other_settings(
        self, make_stage: MakeStage, setting: str, asked: dict[str, Any], scope: dict[str, Any]
    ) -> None:
        stage = make_stage(_KEYS[:3])
        before = stage.sync().plan.run
        stage.asked |= asked
        stage.scope |= scope
        assert why(stage.sync()) == f"{setting}: not what run {before} went by"
        assert why(stage.sync()) is None

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ({"scope": None}, "the pair has no scope"),
            ({"acl_check": "sample"}, "acl_check: sample looks at objects that have not changed"),
        ],
    )
    def test_nothing_to_go_by(self, make_stage: MakeStage, asked: dict[str, Any], said: str) -> None:
        stage = make_stage(_KEYS[:3])
        stage.asked |= asked
        for _ in range(2):
            assert said in str(why(stage.sync()))
        assert SEAL_NAME not in stage.pair.target.bodies()

    def test_a_record_that_is_damaged_or_gone(self, make_stage: MakeStage) -> None:
        stage = make_stage(_KEYS[:3])
        stage.sync()
        (says,) = stage.pair.settings.state.glob("*/known.json")
        rows = says.with_name("known.parquet")
        edited = json.dumps(json.loads(says.read_text()) | {"runs": -9})
        for path, content, said in (
            (says, edited, "cannot be read"),
            (says, "{", "cannot be read"),
            (rows, "x", "are not those it was written with"),
            (says, None, "no run before"),
            (rows, None, "cannot be read"),
        ):
            if content is None:
                path.unlink()
            else:
                path.write_text(content)
            assert said in str(why(stage.sync()))
        assert why(stage.sync()) is None

    def test_another_run_has_written_to_the_target(self, make_stage: MakeStage, tmp_path: Path) -> None:
        """From elsewhere, with a record of its own and without; one with nothing to do changes nothing."""
        stage = make_stage(_KEYS[:3])
        stage.sync()
        stage.pair.sync(pair=stage.asking() | {"since_last": False}, state=tmp_path / "elsewhere")
        assert why(stage.sync()) is None
        stage.upload("new")
        stage.pair.sync(pair=stage.asking() | {"since_last": False}, state=tmp_path / "elsewhere")
        assert "has lost the seal" in str(why(stage.sync()))
        stage.sync(state=tmp_path / "third")
        assert "carries the seal of a later run" in str(why(stage.sync()))
        assert why(stage.sync()) is None

    def test_another_run_in_the_moment_before_the_lock(self, make_stage: MakeStage) -> None:
        stage = make_stage(_KEYS[:3])
        stage.sync()
        stage.upload("new")

        def fault(seen: Seen) -> None:
            if seen.operation == "Put" and seen.key == LOCK_NAME:
                stage.pair.proxy.fault = lambda _: None
                stage.pair.target.client.delete_object(Bucket=stage.pair.target.name, Key=SEAL_NAME)

        stage.pair.proxy.forget()
        stage.pair.proxy.fault = fault
        with pytest.raises(Refused, match="another run has written to it since it was looked at"):
            stage.run()
        assert "new" not in stage.pair.target.bodies()
        assert "has lost the seal" in str(why(stage.sync()))

    def test_an_object_that_was_kept_instead_of_deleted(self, make_stage: MakeStage) -> None:
        stage = make_stage(_KEYS[:3])
        stage.sync()
        stage.purge("k02")

        def fault(seen: Seen) -> None:
            if seen.operation == "Put" and seen.key == LOCK_NAME:
                stage.pair.proxy.fault = lambda _: None
                stage.pair.target.put("k02", b"by a tester")

        stage.pair.proxy.forget()
        stage.pair.proxy.fault = fault
        result = stage.run()
        assert (why(result), result.done.rewritten) == (None, 1)
        assert any("not all is what the plan made of it (1 object)" in note.text for note in result.plan.notes)
        assert stage.sync().done.deleted == 1

    def test_undo_in_between(self, make_stage: MakeStage) -> None:
        stage = make_stage(_KEYS[:3], versions=True)
        stage.sync()
        stage.purge("k02")
        second = stage.sync()
        assert (why(second), second.done.deleted) == (None, 1)
        settings = stage.pair.settings
        undone = undo(
            second.plan.run,
            state=settings.state,
            access=settings.pairs[0].target_access,
            confirm=(stage.pair.target.name,),
        )
        assert undone.restored == 1
        third = stage.sync()
        assert "`masker undo`" in str(why(third))
        assert third.done.deleted == 1
        versions = stage.pair.target.client.list_object_versions(Bucket=stage.pair.target.name, Prefix=SEAL_NAME)
        assert (len(versions["Versions"]), versions.get("DeleteMarkers", [])) == (1, []), "seals leave no versions"

    def test_a_run_that_did_not_come_to_its_end(self, make_stage: MakeStage) -> None:
        stage = make_stage(_KEYS[:3])
        stage.sync()
        stage.upload("new")
        stage.pair.proxy.forget()
        stage.pair.proxy.fault = lambda seen: error(403, "AccessDenied") if _copies(seen, "new") else None
        with pytest.raises(StorageError):
            stage.run()
        assert SEAL_NAME not in stage.pair.target.bodies()
        assert "has lost the seal" in str(why(stage.sync()))
        stage.require_right()

    def test_every_few_runs(self, make_stage: MakeStage) -> None:
        """It finds what nobody's rows tell: an object that a tester has deleted, and one that a tester has put."""
        stage = make_stage(_KEYS[:5])
        stage.asked["list_every"] = 3
        first = stage.sync().plan.run
        stage.pair.target.client.delete_object(Bucket=stage.pair.target.name, Key=NO_SAMPLE)
        stage.pair.target.put("by a tester")
        for number in range(1, 3):
            result = stage.sync()
            assert why(result) is None
            assert not result.plan.has_work
            assert result.plan.since_last
            assert (result.plan.since_last.runs, result.plan.since_last.listed_by) == (number, first)
        last = stage.sync()
        assert why(last) == f"every 3 runs it is, and the last was {first}, 3 runs before"
        assert (last.done.copied, last.done.deleted) == (1, 1)

    @pytest.mark.parametrize("keys", [["k00"], ["k00", "variants0", "w"]])
    def test_a_target_that_a_sample_finds_to_be_another(self, make_stage: MakeStage, keys: list[str]) -> None:
        """Of a single blob, and on the other side of what is listed every time."""
        stage = make_stage(keys)
        stage.sync()
        stage.pair.target.client.delete_object(Bucket=stage.pair.target.name, Key=keys[-1])
        result = stage.sync(page_limit=1000)
        assert "listed as a sample differ from what run" in str(why(result))
        assert result.done.copied == 1

    def test_a_target_that_was_emptied(self, make_stage: MakeStage) -> None:
        stage = make_stage(_KEYS[:5])
        stage.sync()
        for key in stage.pair.target.bodies():
            stage.pair.target.client.delete_object(Bucket=stage.pair.target.name, Key=key)
        result = stage.sync()
        assert "or it was emptied" in str(why(result))
        assert result.done.copied == 5

    def test_more_changes_than_a_listing_costs(self, make_stage: MakeStage) -> None:
        stage = make_stage(_KEYS[:3])
        stage.sync(page_limit=1000)
        for number in range(51):
            stage.rails.attach(stage.rails.blob(f"n{number}"), "Product#photo")
        assert "more than 50 keys would have to be looked up" in str(why(stage.sync(page_limit=1000)))

    def test_a_seal_that_cannot_be_made_or_removed(self, make_stage: MakeStage) -> None:
        stage = make_stage(_KEYS[:3])
        stage.pair.proxy.forget()
        stage.pair.proxy.fault = lambda seen: error(403, "AccessDenied") if _is_of_seal(seen, "Put") else None
        result = stage.run()
        assert any(
            "no record was kept, so the next run lists everything: its seal" in n.text for n in result.plan.notes
        )
        assert "no run before" in str(why(stage.sync()))
        stage.upload("new")
        stage.pair.proxy.forget()
        stage.pair.proxy.fault = lambda seen: error(403, "AccessDenied") if _is_of_seal(seen, "Delete") else None
        with pytest.raises(StorageError, match=r"its seal .* could not be looked at or removed"):
            stage.run()
        assert "new" not in stage.pair.target.bodies()

    def test_the_seal_cannot_be_looked_at(self, make_stage: MakeStage) -> None:
        stage = make_stage(_KEYS[:3])
        stage.sync()
        stage.pair.proxy.forget()
        seen_once = iter([True])
        stage.pair.proxy.fault = lambda seen: (
            error(403, "AccessDenied")
            if seen.operation == "List" and SEAL_NAME in seen.query.get("prefix", [""])[0] and next(seen_once, False)
            else None
        )
        assert "the target's seal could not be looked at" in str(why(stage.run()))


def _copies(seen: Seen, key: str) -> bool:
    return seen.operation == "Copy" and seen.key == key


def _is_of_seal(seen: Seen, operation: str) -> bool:
    return seen.operation == operation and seen.key == SEAL_NAME


class TestFoldersOfATarget:
    """Runs into all of a bucket, and runs into a folder of it that leave a record."""

    @pytest.fixture
    def nested(self, make_stage: MakeStage) -> Stage:
        """Of a run into the folder files/, which has come to its end."""
        stage = make_stage(_KEYS[:3], target_prefix="files/", versions=True)
        stage.sync()
        assert why(stage.sync()) is None
        return stage

    @pytest.fixture
    def wide(self, nested: Stage, moto: MotoServer) -> dict[str, Any]:
        """What another pair asks for, from a bucket with an object for files/, into all of the target."""
        source = Bucket(moto.url)
        source.fill({"files/k01": b"another", f"files/{SEAL_NAME}": b"of the source", f"of{SEAL_NAME}": b"x"})
        target = Location(nested.pair.target.name)
        return {"source": Location(source.name), "target": target, "limits": parse_limits("100")}

    def _require_seen(self, nested: Stage) -> None:
        assert "has lost the seal" in str(why(nested.sync()))
        assert nested.pair.target.content("files/k01").body == b"k01"
        assert why(nested.sync()) is None

    def test_a_run_into_all_of_it_breaks_the_seals_where_it_writes(
        self, nested: Stage, wide: dict[str, Any], tmp_path: Path
    ) -> None:
        elsewhere = tmp_path / "elsewhere"
        kept = nested.pair.sync(pair={**wide, "exclude": ("files/*",)}, state=elsewhere).pairs[0].done
        assert (kept.copied, kept.deleted) == (1, 0), "a seal is no object"
        assert why(nested.sync()) is None
        result = nested.pair.sync(pair={**wide, "deletes": False}, state=elsewhere).pairs[0]
        assert result.done.copied == 1
        self._require_seen(nested)

    def test_a_run_into_all_of_it_that_is_cut_off(self, nested: Stage, wide: dict[str, Any], tmp_path: Path) -> None:
        nested.pair.proxy.fault = lambda seen: error(403, "AccessDenied") if _copies(seen, f"of{SEAL_NAME}") else None
        with pytest.raises(StorageError):
            nested.pair.sync(pair=wide, state=tmp_path / "elsewhere")
        assert nested.pair.target.content("files/k01").body == b"another"
        self._require_seen(nested)

    def test_a_run_into_all_of_it_that_begins_meanwhile(self, nested: Stage) -> None:
        """It may have listed the target before the folder's lock was there."""
        target = nested.pair.target

        def begun(seen: Seen) -> None:
            if _copies(seen, "files/k00"):
                target.put(LOCK_NAME)

        nested.change("k00", b"another")
        nested.pair.proxy.fault = begun
        notes = str(nested.run().plan.notes)
        assert f"lists everything: {target.s3}/files/: another run into {target.s3} is under way" in notes
        assert f"files/{SEAL_NAME}" not in target.bodies()
        target.client.delete_object(Bucket=target.name, Key=LOCK_NAME)
        assert "no run before" in str(why(nested.sync()))

    def test_a_stored_plan_and_what_takes_its_deletions_back(
        self, nested: Stage, wide: dict[str, Any], tmp_path: Path
    ) -> None:
        elsewhere = tmp_path / "elsewhere"
        nested.pair.target.client.delete_object(Bucket=nested.pair.target.name, Key=f"files/{SEAL_NAME}")
        nested.pair.plan(pair=wide, state=elsewhere, out=tmp_path / "plan.parquet")
        assert "has lost the seal" in str(why(nested.sync())), "made anew since the plan was"
        made = nested.pair.sync(pair=wide, state=elsewhere, apply=tmp_path / "plan.parquet").pairs[0]
        assert (made.done.copied, made.done.deleted) == (2, 2)
        self._require_seen(nested)
        access = nested.pair.settings.pairs[0].target_access
        nested.purge("k00")
        nested.sync()
        undo(made.plan.run, state=elsewhere, access=access, confirm=(nested.pair.target.name,))
        assert "files/k00" in nested.pair.target.bodies()
        assert "has lost the seal" in str(why(nested.sync()))

    def test_a_run_by_a_record_looks_into_the_folders_where_it_writes(self, make_stage: MakeStage) -> None:
        stage = make_stage([*_KEYS[:3], "files/a", "files/1/b", "others/c"])
        stage.sync()
        seals = {f"{folder}/{SEAL_NAME}" for folder in ("files", "files/1", "others")}
        for key in seals:
            stage.pair.target.put(key)
        stage.change("files/1/b", b"another")
        lock = f"files/{LOCK_NAME}"
        stage.pair.target.put(lock)
        with pytest.raises(Refused, match=rf"another run into {stage.pair.target.s3}/files/ is under way"):
            stage.sync()
        stage.pair.target.client.delete_object(Bucket=stage.pair.target.name, Key=lock)
        result = stage.sync()
        assert (why(result), result.done.copied) == (None, 1)
        looked_into = [seen.query["prefix"][0] for seen in stage.pair.proxy.seen if "prefix" in seen.query]
        assert sorted(each for each in looked_into if each.endswith(".masker-")) == [
            "files/.masker-",
            "files/1/.masker-",
        ]
        assert seals & stage.pair.target.bodies().keys() == {f"others/{SEAL_NAME}"}


def test_limits_hold_for_what_rows_say(stage: Stage) -> None:
    stage.sync()
    for key in _KEYS[3:15]:
        stage.purge(key)
    stage.asked["limits"] = parse_limits("10%")
    with pytest.raises(Refused, match=r"12 objects would be deleted, 40% of the target"):
        stage.sync()
    stage.asked["limits"] = parse_limits("12")
    result = stage.sync()
    assert (why(result), result.done.deleted) == (None, 12)


def test_what_was_done_is_verified_without_a_listing(make_stage: MakeStage) -> None:
    """A copy that the storage says it has made, and has not."""
    stage = make_stage(_KEYS[:5])
    stage.sync()
    stage.upload("new")
    answer = b'<CopyObjectResult><ETag>"22af645d1859cb5ca6da0c484f1f37ea"</ETag></CopyObjectResult>'
    stage.pair.proxy.forget()

    def fault(seen: Seen) -> Reply | None:
        if seen.operation == "List" and seen.bucket == stage.pair.source.name:
            return Reply(change=lambda body: _MODIFIED.sub(rb"\g<1>2020", body))
        return Reply(status=200, body=answer) if _copies(seen, "new") else None

    stage.pair.proxy.fault = fault
    with pytest.raises(VerifyFailed) as raised:
        stage.run(verify=True, verify_changed=True)
    assert "new: differs from the source" in "\n".join(raised.value.lines())
    assert "has lost the seal" in str(why(stage.sync(verify=True, verify_changed=True)))
    stage.require_right()


def test_a_proof_that_was_asked_for_lists_everything(make_stage: MakeStage) -> None:
    """What it finds has changed meanwhile is looked at by the next run, whatever its row says."""
    stage = make_stage(_KEYS[:5])
    stage.sync()
    stage.pair.target.client.delete_object(Bucket=stage.pair.target.name, Key=NO_SAMPLE)
    result = stage.sync(verify=True)
    assert (why(result), result.done.copied, result.meanwhile) == (None, 0, 1)
    result = stage.sync(verify=True)
    assert (why(result), result.done.copied, result.meanwhile) == (None, 1, 0)


def test_a_proof_that_fails_leaves_no_record(make_stage: MakeStage) -> None:
    """Of a run that had nothing to do, so that the seal is still there; else the next ones would fail alike."""
    stage = make_stage(_KEYS[:5])
    stage.sync()
    stage.pair.target.client.delete_object(Bucket=stage.pair.target.name, Key=NO_SAMPLE)
    stage.pair.proxy.forget()
    stage.pair.proxy.fault = lambda seen: (
        Reply(change=lambda body: _MODIFIED.sub(rb"\g<1>2020", body)) if seen.operation == "List" else None
    )
    with pytest.raises(VerifyFailed):
        stage.run(verify=True)
    result = stage.sync(verify=True)
    assert "no run before" in str(why(result))
    assert result.done.copied == 1


def test_a_refresh_lists_nothing(stage: Stage) -> None:
    """Neither before the database is copied, nor after, nor to prove what was done."""
    stage.sync()
    stage.upload("new")
    stage.pair.proxy.forget()
    pair = replace(stage.pair.settings.pairs[0], **stage.asking())
    settings = replace(stage.pair.settings, pairs=(pair,), page_limit=PAGE, confirm=(stage.pair.target.name,))
    rehearse(settings, lambda _: None)
    assert "new" not in stage.pair.target.bodies()
    result = stage.run(verify=True, verify_changed=True)
    assert (why(result), result.done.copied) == (None, 1)
    assert stage.lists < 40
    stage.pair.proxy.fault = lambda seen: error(403, "AccessDenied") if seen.operation == "Put" else None
    with pytest.raises(MaskerError, match="AccessDenied"):
        rehearse(settings, lambda _: None)


def test_a_plan_touches_neither_bucket_nor_record(stage: Stage) -> None:
    stage.sync()
    before = {path: path.read_bytes() for path in stage.pair.settings.state.glob("*/known.*")}
    stage.upload("new")
    stage.pair.proxy.forget()
    pair = replace(stage.pair.settings.pairs[0], **stage.asking())
    with planned(replace(stage.pair.settings, pairs=(pair,), page_limit=PAGE), lambda _: None) as (opened,):
        assert opened.plan.went_by_record
        assert opened.plan.totals.copies == 1
    assert not {"Put", "Delete", "Copy"} & set(stage.pair.proxy.counts)
    assert {path: path.read_bytes() for path in before} == before
    assert why(stage.sync()) is None


class TestExecutable:
    @pytest.fixture
    def config(self, stage: Stage, tmp_path: Path) -> Path:
        path = tmp_path / "masker.yml"
        path.write_text(
            f"version: 1\ntarget: {{url: {{env: PREVIEW_URL}}}}\nbuckets:\n  - source: {stage.pair.source.s3}\n"
            f"    target: {stage.pair.target.s3}\n    endpoint_url: '{stage.pair.proxy.url}'\n    max_delete: 50\n"
            "    scope: active_storage\n    since_last: true\n"
        )
        return path

    def test_runs_killed_and_ended(self, stage: Stage, config: Path) -> None:
        environment = {**CREDENTIALS, "PREVIEW_URL": stage.rails.url}
        arguments = ("sync", "-c", config, "--state", stage.pair.settings.state, "--confirm", stage.pair.target.name)

        def synced(*more: str) -> Done:
            return run(*arguments, *more, env=environment)

        synced().expect(0, "30 copied", "note: since last everything was listed: no run before has left a record")
        stage.upload("new")
        plan = run("plan", *arguments[:-2], env=environment)
        plan.expect(0, r"source +s3://\S+ · 31 objects in scope", "1 key looked up and 60 listed, by 6 requests")
        stage.pair.proxy.fault = lambda seen: Reply(delay=5) if _copies(seen, "new") else None
        with start(*arguments, env=environment) as started:
            eventually(lambda: any(_copies(seen, "new") for seen in [*stage.pair.proxy.seen]))
            started.kill()
        stage.pair.proxy.forget()
        (pair,) = synced("--json").expect(0).json()["pairs"]
        assert "has lost the seal" in pair["since_last"]["why"]
        assert pair["copied"] == 1
        stage.purge("k20")
        synced().expect(0, "by the record of run", "1 deleted")
        (pair,) = synced("--no-since-last", "--json").expect(0).json()["pairs"]
        assert pair["since_last"] is None
        stage.require_right()
