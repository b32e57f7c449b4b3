"""Copies by parts under way, written down so that a later run can end those that a killed one left open: their parts
are paid for, and seen by nobody.

An upload is known for the run's own by its id. Where the id was never heard, for the run was killed before the answer
or the answer was lost, it is known by its key and by when it was begun: while that run lived, which wrote that very
key.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

#: Seconds by which the clocks of storage and client may differ: with more, S3 takes no request.
_SKEW_S = 15 * 60


class Uploads(Protocol):
    """What is told of each copy by parts."""

    def begins(self, key: str) -> None: ...

    def has_begun(self, key: str, upload: str) -> None: ...

    def has_ended(self, upload: str) -> None: ...


class Unrecorded:
    """Of workers, whose keys are written down by those who give them work."""

    def begins(self, key: str) -> None:
        """Nothing to note."""

    def has_begun(self, key: str, upload: str) -> None:
        """Nothing to note."""

    def has_ended(self, upload: str) -> None:
        """Nothing to note."""


@dataclass(slots=True)
class Left:
    """What a journal says was left: uploads by id with their keys, and by key when its uploads may have been begun, in
    seconds."""

    open: dict[str, str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    begun: dict[str, float] = field(default_factory=dict)
    until: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.open or self.begun)

    def is_own(self, key: str, upload: str, initiated: float) -> bool:
        """Whether an upload that the bucket lists is one of the run's that did not come to its end."""
        if upload in self.open:
            return True
        return (
            upload not in self.ended
            and key in self.begun
            and self.begun[key] - _SKEW_S <= initiated <= self.until + _SKEW_S
        )


class UploadJournal:
    """The journal of one target, kept at *path* while something in it may be open. Keys are whole. Its file's time is
    the run's last sign of life."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self.begun = 0

    def begins(self, key: str) -> None:
        self.begun += 1
        self._note({"begins": key, "at": _now(self._opened())})

    def has_begun(self, key: str, upload: str) -> None:
        self._note({"upload": upload, "key": key})

    def has_ended(self, upload: str) -> None:
        self._note({"ended": upload})

    def is_alive(self) -> None:
        """The run goes on."""
        if self._file is not None:
            os.utime(self._file.fileno())

    def left(self) -> Left:
        """What is still open by what is written down. Half a line, as a killed run may leave, says nothing."""
        left = Left()
        if not self._path.exists():
            return left
        left.until = self._path.stat().st_mtime
        for text in self._path.read_text(encoding="utf-8", errors="replace").split("\n"):  # keys hold other line ends
            with suppress(ValueError, KeyError, TypeError):
                _take(left, json.loads(text))
        return left

    def forget(self) -> None:
        """Nothing of it is open any more."""
        self.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _note(self, line: Mapping[str, Any]) -> None:
        file = self._opened()
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()

    def _opened(self) -> IO[str]:
        if self._file is None:
            self._file = self._path.open("a", encoding="utf-8")
        return self._file


def _now(file: IO[str]) -> float:
    """The file system's clock, which is also that of the file's time."""
    os.utime(file.fileno())
    return os.fstat(file.fileno()).st_mtime


def _take(left: Left, line: Mapping[str, Any]) -> None:
    if "begins" in line:
        left.begun.setdefault(line["begins"], float(line["at"]))
    elif "upload" in line:
        left.open[line["upload"]] = line["key"]
    else:
        left.ended.add(line["ended"])
        left.open.pop(line["ended"], None)
