"""The folder in which runs leave their documents, one file each, readable by their owner alone; beside them smaller
documents of what was done with the previews: branches, dumps.

It is of a person or a machine, not of an application: ``$XDG_STATE_HOME/masker/runs``, usually
``~/.local/state/masker/runs``, unless another is named. A document is written when the plan stands and again at the
end, so that a run that was killed has left one that says so.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from masker.errors import UsageError

#: The documents that this version reads.
VERSION = 1

#: The most documents of runs that are kept, as many of actions, and their bytes; older ones make way.
KEPT = 200
_KEPT_BYTES = 500 * 1024 * 1024

_NAME = re.compile(r"[a-z0-9]{8}\Z")

#: What the file of each kind of document is called behind its run's name.
_SUFFIXES = {"run": ".json", "action": ".action.json"}


def default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where histories are kept by people's desktops and by servers alike (XDG base directories)."""
    state = environment.get("XDG_STATE_HOME", "")
    base = Path(state) if state.startswith("/") else Path("~/.local/state")
    return base / "masker" / "runs"


@dataclass(frozen=True, slots=True)
class History:
    """The runs of a folder, which may not be there yet."""

    folder: Path

    def write(self, document: Mapping[str, Any]) -> Path:
        """Keep *document* under its run's name, in place of an earlier one. Raises UsageError where that cannot be."""
        path = self._path(str(document["run"]), document["kind"])
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_text(path, json.dumps(document, ensure_ascii=False) + "\n")
            self._forget(path, document["kind"])
        except OSError as error:
            raise UsageError(
                f"{path.parent}: the run's document cannot be kept there ({_why(error)})",
                hint="--history names another folder, and so does `history` in masker.yml",
            ) from None
        return path

    def read(self, run: str) -> dict[str, Any]:
        """The document of *run*; ``latest`` is the one that was written last. Raises UsageError where there is none."""
        if run == "latest":
            found = next(iter(self.runs()), None)
            if found is None:
                raise UsageError(f"{self.folder}: no run has left anything there", hint=_ELSEWHERE)
            return found
        if not _NAME.fullmatch(run):
            raise UsageError(f"{run}: not the name of a run, expected 8 letters and digits, or latest")
        path = self._path(run)
        if not path.is_file() and self._path(run, "action").is_file():
            of = read_document(self._path(run, "action"), kinds=("action",))["of"]
            raise UsageError(
                f"{run}: {of}, which leaves no report",
                hint="a copy, a mask and a refresh do; `masker runs` tells which",
            )
        if not path.is_file():
            raise UsageError(f"{run}: no such run in {self.folder}", hint=f"`masker runs` lists them; {_ELSEWHERE}")
        return read_document(path)

    def runs(self, *, actions: bool = False) -> Iterator[dict[str, Any]]:
        """All documents of runs, with *actions* of those, too; that which was written last first, each read when it is
        asked for. What is no document is left out."""
        folder = self._root
        kinds = ("run", "action") if actions else ("run",)
        for path, _ in _newest_first(folder, kinds) if folder.is_dir() else ():
            with contextlib.suppress(UsageError):
                yield read_document(path, kinds=kinds)

    def before(self, document: Mapping[str, Any]) -> dict[str, Any] | None:
        """The run of the same target that began last before *document*'s and came to an end that can be compared."""
        for other in self.runs():
            if (
                other["begun_at"] < document["begun_at"]
                and other.get("result")
                and (other["of"], other["target"]["database"]) == (document["of"], document["target"]["database"])
            ):
                return other
        return None

    def _path(self, run: str, kind: str = "run") -> Path:
        return self._root / f"{run}{_SUFFIXES[kind]}"

    @property
    def _root(self) -> Path:
        try:
            return self.folder.expanduser()
        except RuntimeError:
            raise UsageError(
                f"{self.folder}: nobody knows whose home that is", hint=f"set HOME or XDG_STATE_HOME; {_ELSEWHERE}"
            ) from None

    def _forget(self, latest: Path, kind: str) -> None:
        """Remove what is older than the newest documents of *kind*, but for *latest*, and what is only called like
        one."""
        total = 0
        for number, (path, found) in enumerate(_newest_first(latest.parent, (kind,))):
            total += found.st_size
            if path != latest and (number >= KEPT or total > _KEPT_BYTES) and is_document(path, kind):
                path.unlink(missing_ok=True)


def is_document(path: Path, kind: str = "run") -> bool:
    """Whether some version of masker has written *path*, a document of *kind*."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("kind") == kind


def _newest_first(folder: Path, kinds: Collection[str]) -> list[tuple[Path, os.stat_result]]:
    """The documents of *kinds* in *folder*. What another run forgets meanwhile is left out."""
    found = []
    for path in folder.glob("*.json"):
        name, _, suffix = path.name.partition(".")
        if _NAME.fullmatch(name) and f".{suffix}" in {_SUFFIXES[kind] for kind in kinds}:
            with contextlib.suppress(OSError):
                found.append((path, path.stat()))
    return sorted(found, key=lambda each: each[1].st_mtime_ns, reverse=True)


_ELSEWHERE = "--history names the folder in which runs were kept"


def read_document(path: Path, kinds: Collection[str] = ("run",)) -> dict[str, Any]:
    """The document in *path*. Raises UsageError for what is none of *kinds*, or another version's."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: it cannot be read ({_why(error)})") from None
    except ValueError:
        raise UsageError(f"{path}: this is no JSON document") from None
    if not isinstance(document, dict) or document.get("kind") not in kinds:
        raise UsageError(f"{path}: this is no run's document, expected what `masker report` or a run has written")
    if document.get("version") != VERSION:
        raise UsageError(
            f"{path}: its version is {document.get('version')}, this masker reads {VERSION}",
            hint="use the version of masker that has written it",
        )
    return document


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, for its owner alone."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, for its owner alone."""
    # A name that nobody can foresee: in a folder of everybody's, a link could lie in wait there.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error) or "no reason given").lower()
