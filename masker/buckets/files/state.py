"""The folder in which syncs keep what outlives them: manifests, plans, what was to be deleted. One run at a time for
each target."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from masker.buckets.diff import Change, Op
from masker.buckets.files.ledger import Manifest, Own, PlanFile, write_plan
from masker.buckets.files.uploads import UploadJournal
from masker.buckets.objects import Location
from masker.buckets.settings import Access
from masker.errors import Refused, UsageError

_DELETIONS = "deletions.parquet"

#: What the folder is called unless another is named.
_OWN_NAME = ".masker"

#: Names the folder.
_PLACE = ".place"

#: Held for a moment, by whoever looks at all locks.
_GATE = ".gate"

#: What is kept of the access of a run, none of it secret.
_REACHED_BY = ("profile", "region", "endpoint_url", "addressing_style")

_RUN = re.compile(r"[a-z0-9]{8}(-\d+)?\Z")

#: Plans are of no use after a day, deletions are hardly taken back after a month.
_KEPT_S = 30 * 24 * 3600
_PLAIN = re.compile(r"[^A-Za-z0-9.-]+")


class PairState:
    """What is kept for one target, and for one run into it. Raises Refused where another run is under way."""

    def __init__(self, state: Path, source: Location, target: Location, run: str) -> None:
        digest = hashlib.sha256(
            f"{source.bucket}\0{source.prefix}\0{target.bucket}\0{target.prefix}".encode()
        ).hexdigest()[:8]
        _keep_out_of_git(state)
        self.folder = _made(state / f"{_plain_name(target)}-{digest}")
        self.run_folder = state / "runs" / run
        # Two sources with one target would undo each other's work, so the lock is the target's alone.
        self._lock = _locked(state, target, run)
        self.uploads = UploadJournal((state / _lock_name(target)).with_suffix(".uploads.jsonl"))
        _forget_old_runs(state / "runs")
        self.manifest = Manifest(self.folder)
        self._target = target

    @property
    def plan_path(self) -> Path:
        return _made(self.run_folder) / "plan.parquet"

    def note(self, own: Own) -> None:
        self.manifest.note(own)

    def write_deletions(self, changes: Iterable[Change], versioning: str, access: Access) -> None:
        """Write down what is going to be deleted, and by which *access*, before it is, so that it can be brought back
        whatever becomes of the run."""
        path = _made(self.run_folder) / _DELETIONS
        header = {
            "kind": "sync",
            "bucket": self._target.bucket,
            "prefix": self._target.prefix,
            "versioning": versioning,
            "access": {name: value for name in _REACHED_BY if (value := getattr(access, name)) is not None},
        }
        write_plan(path, header, changes)

    def flush(self) -> None:
        self.manifest.flush()
        self.uploads.is_alive()

    def write_result(self, document: Mapping[str, Any]) -> None:
        (_made(self.run_folder) / "result.json").write_text(
            json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )

    def close(self) -> None:
        """Bring the manifest up to date and let the next run begin."""
        self.manifest.close()
        self.uploads.close()
        self._lock.close()


@dataclass(frozen=True, slots=True)
class Deletions:
    """What a run meant to delete from *target*, whether that kept versions then (``on``, ``suspended`` or ``off``), and
    how the run reached it."""

    target: Location
    versioning: str
    file: PlanFile
    access: Access

    def changes(self) -> Iterator[Change]:
        """In key order, keys relative to *target*."""
        return self.file.changes(Op.DELETE)


def read_deletions(state: Path, run: str) -> Deletions:
    """The deletions of *run*. Raises UsageError where there are none."""
    if not _RUN.match(run):
        raise UsageError(
            f"{run}: not the name of a run, expected 8 letters and digits, and for a later pair its number (-2)"
        )
    path = state / "runs" / run / _DELETIONS
    if not path.exists():
        raise UsageError(
            f"{run}: no deletions are recorded below {state}",
            hint="a run that came to deletions has recorded them; --state names their folder",
        )
    file = PlanFile(path)
    target = Location(str(file.header["bucket"]), str(file.header["prefix"]))
    said = file.header.get("access") or {}
    access = Access(**{name: said[name] for name in _REACHED_BY if name in said})
    return Deletions(target, str(file.header.get("versioning", "on")), file, access)


@contextmanager
def locked_target(state: Path, target: Location) -> Iterator[None]:
    """Hold off every sync into *target* that keeps its state in *state*. Raises Refused where one is under way."""
    lock = _locked(state, target, "undo")
    try:
        yield
    finally:
        lock.close()


def place_of(state: Path) -> str:
    """What this machine's runs with their state in *state* are known by to those of other machines."""
    path = _made(state) / _PLACE
    if not path.exists():
        draft = path.with_name(f"{_PLACE}.{os.getpid()}")
        draft.write_text(secrets.token_hex(8), encoding="utf-8")
        draft.replace(path)
    return hashlib.sha256(
        f"{path.read_text(encoding='utf-8', errors='replace')} {socket.gethostname()}".encode()
    ).hexdigest()[:16]


def _forget_old_runs(runs: Path) -> None:
    """Remove what runs of more than a month ago have left, and nothing that no run has made."""
    for folder in runs.iterdir() if runs.is_dir() else ():
        if _RUN.fullmatch(folder.name) and folder.is_dir() and time.time() - folder.stat().st_mtime > _KEPT_S:
            shutil.rmtree(folder, ignore_errors=True)


def _keep_out_of_git(state: Path) -> None:
    """A folder of masker's own, which usually stands in an application's, has git ignore all of it; another is left as
    it is."""
    if state.exists() and state.name != _OWN_NAME:
        return
    ignore = _made(state) / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{folder}: cannot be made ({(error.strerror or 'no reason given').lower()})",
            hint="--state names another folder",
        ) from None
    return folder


def _plain_name(target: Location) -> str:
    return _PLAIN.sub("-", f"{target.bucket}-{target.prefix}").strip("-")[:80]


def _lock_name(target: Location) -> str:
    digest = hashlib.sha256(f"{target.bucket}\0{target.prefix}".encode()).hexdigest()[:8]
    return f"{_plain_name(target)}-{digest}.lock"


def _locked(state: Path, target: Location, run: str) -> IO[str]:
    """The lock of *target*. Raises Refused where another run holds it, or that of a target which overlaps; pairs of one
    run may."""
    first = run.partition("-")[0]
    own = _made(state) / _lock_name(target)
    with (state / _GATE).open("a", encoding="utf-8") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        for path in state.glob("*.lock"):
            if path == own:
                continue
            with path.open("a+", encoding="utf-8", errors="replace") as other:
                if not _is_free(other):
                    _refuse_holder(other, None, target, first)
        file = own.open("a+", encoding="utf-8", errors="replace")
        if not _is_free(file):
            # Held until the end of this run by its pair that came first, or else by another run.
            _refuse_holder(file, target, target, first)
            return file
        file.truncate(0)
        file.write(json.dumps({"bucket": target.bucket, "prefix": target.prefix, "run": first}))
        file.flush()
    return file


def _is_free(file: IO[str]) -> bool:
    """Whether nobody held the lock; it is held now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _refuse_holder(file: IO[str], unknown: Location | None, target: Location, run: str) -> None:
    file.seek(0)
    held, by = _read_holder(file.read(), unknown)
    if held is not None and by != run and held.overlaps(target):
        file.close()
        raise Refused(
            f"{target}: another sync into {'it' if held == target else held} is under way", hint="wait for its end"
        )


def _read_holder(text: str, unknown: Location | None) -> tuple[Location | None, str]:
    """The target and the run that a lock's file names; *unknown* where it names none."""
    try:
        holder = json.loads(text)
        return Location(holder["bucket"], holder["prefix"]), str(holder["run"])
    except (ValueError, KeyError, TypeError):
        return unknown, ""
