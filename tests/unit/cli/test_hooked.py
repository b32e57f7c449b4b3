"""What stands around a run is done in its order, and ended however the run ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from masker.cli.flags.databases import DatabaseFlags
from masker.cli.flags.hooks import HookFlags
from masker.cli.flags.syncing import StateFlags
from masker.cli.hooked import surrounded
from masker.errors import Refused, VerifyFailed
from masker.hooks.model import Hook
from masker.settings import Settings

SETTINGS = Settings(source="", target="postgres://127.0.0.1:1/preview")


def around(
    folder: Path,
    *,
    check: Callable[[], None] = lambda: None,
    does: Callable[[], None] = lambda: None,
    is_verified: bool = True,
) -> None:
    """A run that *does* something, with a hook at each stage that writes down what it was told."""
    hooks = {
        stage: [Hook(run=f"cat >> {folder}/{stage}; echo $MASKER_STATUS $MASKER_EXIT_CODE >> {folder}/{stage}")]
        for stage in ("before", "published", "failed")
    }
    with surrounded(
        HookFlags(**hooks),  # type: ignore[arg-type]
        DatabaseFlags(),
        StateFlags(state=folder / ".masker"),
        SETTINGS,
        command="refresh",
        run="k3f9x0ab",
        check=check,
    ) as it:
        does()
        it.is_verified = is_verified
        it.document = {"kind": "refresh"}


def stages(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()} - {".masker"}


def test_no_hook_is_done_before_it_is_known_that_the_target_is_meant(tmp_path: Path) -> None:
    def refuse() -> None:
        assert stages(tmp_path) == set()
        raise Refused("target preview: it is protected")

    with pytest.raises(Refused):
        around(tmp_path, check=refuse)
    assert stages(tmp_path) == {"failed"}
    assert "failed 9" in (tmp_path / "failed").read_text()


def test_a_defect_is_a_failed_run_to_hooks_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ZeroDivisionError("canary")

    with pytest.raises(ZeroDivisionError):
        around(tmp_path, does=fail)
    assert stages(tmp_path) == {"before", "failed"}
    told = (tmp_path / "failed").read_text()
    assert "a defect (ZeroDivisionError)" in told
    assert "failed 1" in told
    assert "canary" not in told + capsys.readouterr().err


def test_the_runs_own_failure_stays_where_the_end_has_a_defect(tmp_path: Path) -> None:
    def fail() -> None:
        # Commands write down what they say in a folder, which is now a file.
        for each in (tmp_path / ".masker" / "hooks").iterdir():
            each.unlink()
        (tmp_path / ".masker" / "hooks").rmdir()
        (tmp_path / ".masker" / "hooks").touch()
        raise VerifyFailed("a check failed")

    with pytest.raises(VerifyFailed, match="a check failed"):
        around(tmp_path, does=fail)


def test_what_the_run_came_to_is_told_where_a_hook_fails_after_it(tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    with pytest.raises(VerifyFailed) as failed:
        around(tmp_path)
    assert failed.value.document == {"kind": "refresh"}


def test_a_preview_that_is_not_proved_is_no_success_to_hooks(tmp_path: Path) -> None:
    around(tmp_path, is_verified=False)
    assert "failed 8" in (tmp_path / "published").read_text()
