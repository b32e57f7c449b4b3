"""What hooks have changed for the time of a run, written down before it is, so that a run that is killed has it put
back by the next one."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from masker.hooks.errors import HookRefused


class Ledger:
    """One file a change below *folder*; a file that is there says that its change is not put back yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: int | None = None

    def lock(self) -> None:
        """Keep other runs from the folder until :meth:`unlock`, or the process ends. Raises HookRefused while one of
        them does."""
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        assert self._lock is not None  # noqa: S101 - it was opened
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.unlock()
            raise HookRefused(
                f"hooks: another run that has changed something for its time is not over, by {self._folder / 'lock'}",
                hint="wait for it",
            ) from None

    def unlock(self) -> None:
        """Let other runs have the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def note(self, run: str, number: int, preset: str, change: Mapping[str, Any]) -> Path:
        """Write *change* down, on the disk when this returns. Raises HookRefused where that cannot be done."""
        path = self._folder / f"{run}-{number}.change.json"
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"run": run, "preset": preset, "change": dict(change)}, file)
                file.flush()
                os.fsync(file.fileno())
        return path

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise HookRefused(
                f"hooks: {self._folder} cannot be written to ({(error.strerror or 'no reason given').lower()}), so that"
                " nobody would put back what is changed for the time of the run",
                hint="--state names another folder",
            ) from None

    def left(self) -> Iterator[tuple[Path, str, Mapping[str, Any]]]:
        """What is not put back, the latest first: its file, the preset's name and the change."""
        for path in sorted(self._folder.glob("*.change.json"), key=lambda each: each.stat().st_mtime_ns, reverse=True):
            try:
                found = json.loads(path.read_text(encoding="utf-8"))
                yield path, str(found["preset"]), dict(found["change"])
            except (ValueError, KeyError, TypeError):
                # It was being written when its run was killed: the change had not begun.
                path.unlink(missing_ok=True)
