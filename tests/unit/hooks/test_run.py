"""Hooks in their order, with what they are told; what they change is put back whatever comes."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from masker.errors import Interrupted
from masker.hooks.errors import HookFailed, HookRefused
from masker.hooks.event import Event, Stage
from masker.hooks.ledger import Ledger
from masker.hooks.model import Hook, as_hook
from masker.hooks.presets.heroku import Heroku
from masker.hooks.run import Around, Hooks
from tests.services import Web, web


def hooks(folder: Path, **stages: list[Any]) -> Hooks:
    made: dict[Stage, tuple[Hook, ...]] = {
        stage: tuple(Hook.model_validate(as_hook(each)) for each in said)  # type: ignore[misc]
        for stage, said in stages.items()
    }
    return Hooks(stages=made, state=folder / ".masker", folder=folder)


def event(stage: Stage, run: str = "k3f9x0ab") -> Event:
    return Event(stage=stage, run=run, command="copy", target="preview", url="postgres://u:p@h/preview")


def test_a_command_is_told_by_its_environment_and_on_stdin(tmp_path: Path) -> None:
    told: list[str] = []
    it = Around(
        hooks(tmp_path, restored=["cat > told.json; echo $MASKER_STAGE $MASKER_RUN $DATABASE_URL"]), told.append
    )
    it.stage(event("restored"))
    assert json.loads((tmp_path / "told.json").read_text())["stage"] == "restored"
    (log,) = (tmp_path / ".masker" / "hooks").glob("*.log")
    assert log.read_text() == "restored k3f9x0ab postgres://u:p@h/preview\n"
    assert log.stat().st_mode & 0o777 == 0o600
    assert told == ["hook restored: cat > told.json; echo $MASKER_STAGE $MASKER_RUN $DATABASE_URL"]


def test_a_command_that_says_no_is_told_without_what_it_said(tmp_path: Path) -> None:
    it = Around(hooks(tmp_path, restored=["echo canary; exit 3", "touch never"]), lambda _: None)
    with pytest.raises(HookFailed, match="exit 3, expected 0") as failed:
        it.stage(event("restored"))
    assert failed.value.exit_code == 8
    assert not (tmp_path / "never").exists()


def test_a_command_has_its_time_and_then_its_group_is_ended(tmp_path: Path) -> None:
    slow = {"run": "trap '' TERM; (sleep 60; touch late) & sleep 60", "time_limit": 0.3}
    it = Around(hooks(tmp_path, before=[slow]), lambda _: None)
    started = time.monotonic()
    with pytest.raises(HookFailed, match="took longer than"):
        it.begin(event("before"))
    assert time.monotonic() - started < 12


def heroku(web: Web) -> dict[str, Any]:
    web.answers = {"GET /apps/preview": {"maintenance": False}}
    return {"heroku": {"app": "preview", "token": "t", "api": web.url}}


def test_what_was_changed_is_put_back_when_a_later_hook_fails(tmp_path: Path) -> None:
    with web() as service:
        it = Around(hooks(tmp_path, before=[heroku(service), "false"]), lambda _: None)
        with pytest.raises(HookFailed):
            it.begin(event("before"))
        assert service.said("PATCH") == [
            ("/apps/preview", {"maintenance": True}),
            ("/apps/preview", {"maintenance": False}),
        ]
    assert list((tmp_path / ".masker" / "hooks").glob("*.change.json")) == []


def test_the_next_run_puts_back_what_a_killed_one_has_changed(tmp_path: Path) -> None:
    with web() as service:
        configured = hooks(tmp_path, before=[heroku(service)])
        killed = Ledger(tmp_path / ".masker" / "hooks")
        killed.note("k3f9x0ab", 1, "heroku", {"app": "preview", "maintenance": False})
        told: list[str] = []
        after = Around(configured, told.append)
        after.recover()
        after.begin(event("before", "another1"))
        after.end(event("published", "another1"))
        states = [body["maintenance"] for _, body in service.said("PATCH")]
    assert told[0] == "hook heroku: what a run that was killed had changed is put back"
    assert states == [False, True, False]
    assert list((tmp_path / ".masker" / "hooks").glob("*.change.json")) == []


def test_what_cannot_be_put_back_stays_written_down_and_all_others_are_done(tmp_path: Path) -> None:
    with web() as service:
        it = Around(hooks(tmp_path, before=[heroku(service)], published=["false", "touch done"]), lambda _: None)
        it.begin(event("before"))
        service.answers["PATCH /apps/preview"] = 500
        with pytest.raises(HookFailed, match=r"answered 500.*; hook false: exit 1"):
            it.end(event("published"))
    assert (tmp_path / "done").exists()
    assert len(list((tmp_path / ".masker" / "hooks").glob("*.change.json"))) == 1


def test_an_interruption_goes_on_when_all_is_put_back_and_no_further_hook_is_begun(tmp_path: Path) -> None:
    cut = tmp_path / "cut"

    class Cut(Heroku):
        def put_back(self, change: Mapping[str, Any]) -> None:
            if not cut.exists():
                cut.touch()
                raise Interrupted("interrupted by SIGINT")
            super().put_back(change)

    with web() as service:
        preset = Cut(**heroku(service)["heroku"])
        configured = hooks(tmp_path, published=["touch never"])
        stages: dict[Stage, tuple[Hook, ...]] = {**configured.stages, "before": (Hook(heroku=preset),)}
        it = Around(replace(configured, stages=stages), lambda _: None)
        it.begin(event("before"))
        with pytest.raises(Interrupted):
            it.end(event("published"))
        assert [body["maintenance"] for _, body in service.said("PATCH")] == [True, False]
    assert list((tmp_path / ".masker" / "hooks").glob("*.change.json")) == []
    assert not (tmp_path / "never").exists()


def test_two_runs_at_once_do_not_undo_each_others_changes(tmp_path: Path) -> None:
    with web() as service:
        configured = hooks(tmp_path, before=[heroku(service)], failed=["touch told"])
        first, second = Around(configured, lambda _: None), Around(configured, lambda _: None)
        first.recover()
        first.begin(event("before"))
        with pytest.raises(HookRefused, match=r"another run .* is not over"):
            second.recover()
        second.end(event("failed", "another1"))
        assert [body["maintenance"] for _, body in service.said("PATCH")] == [True]
        first.end(event("published"))
        second.recover()
        second.begin(event("before", "another2"))
        second.end(event("published", "another2"))
        # What changes nothing for its time keeps nobody waiting.
        plain = hooks(tmp_path, before=["true"])
        first.recover()
        first.begin(event("before"))
        other = Around(plain, lambda _: None)
        other.recover()
        other.begin(event("before", "another3"))
        first.end(event("published"))


def test_what_cannot_be_put_back_when_a_run_does_not_begin_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    with web() as service:
        it = Around(hooks(tmp_path, before=[heroku(service), "false"]), told.append)
        service.answers["PATCH /apps/preview"] = 500
        with pytest.raises(HookFailed):
            it.begin(event("before"))
    assert "answered 500" in told[-1]


def test_what_a_killed_run_has_left_and_cannot_be_put_back_keeps_the_next_one_and_says_where_it_stands(
    tmp_path: Path,
) -> None:
    with web() as service:
        configured = hooks(tmp_path, before=[heroku(service)])
        path = Ledger(tmp_path / ".masker" / "hooks").note(
            "k3f9x0ab", 1, "heroku", {"app": "preview", "maintenance": False}
        )
        service.answers["PATCH /apps/preview"] = 422
        with pytest.raises(HookFailed, match="answered 422") as failed:
            Around(configured, lambda _: None).recover()
    assert str(path) in (failed.value.hint or "")
    assert path.exists()


def test_nothing_is_changed_that_cannot_be_written_down(tmp_path: Path) -> None:
    (tmp_path / ".masker").write_text("a file where the folder should be")
    with web() as service:
        with pytest.raises(HookRefused, match="cannot be written to"):
            Around(hooks(tmp_path, before=[heroku(service)]), lambda _: None).recover()
        assert service.said("PATCH") == []
