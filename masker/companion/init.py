"""``masker init``: files for an application, none of them over one that is there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from masker.companion.application import Application
from masker.companion.written import (
    KEY,
    WITHOUT_ROWS,
    NewFile,
    Wishes,
    may_be_delta,
    new_files,
    preview_name,
    rules_path,
    target_names,
    variable,
)
from masker.errors import UsageError

#: What became of a file: made, had all of it already, given lines, or left because it says something else.
Outcome = Literal["written", "the same", "added to", "kept"]

_EXECUTABLE = 0o755


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file and what became of it; *diff* is what it would have been, where it was kept."""

    path: Path
    outcome: Outcome
    diff: str = ""


def write_all(application: Application, wishes: Wishes, rules: Mapping[str, str]) -> list[Written]:
    """Write what *application* lacks. Raises UsageError where its folder cannot be written to."""
    return [_write(application.root, new) for new in new_files(application, wishes, rules)]


def _write(root: Path, new: NewFile) -> Written:
    path = root / new.path
    try:
        there = path.read_text(encoding="utf-8") if path.exists() else None
        if new.adds:
            lines = (there or "").splitlines()
            missing = [line for line in new.text.splitlines() if line not in lines]
            if not missing:
                return Written(path=new.path, outcome="the same")
            joint = "" if not there or there.endswith("\n") else "\n"
            path.write_text(f"{there or ''}{joint}{''.join(f'{line}{chr(10)}' for line in missing)}", encoding="utf-8")
            return Written(path=new.path, outcome="written" if there is None else "added to")
        if there is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(new.text)
            if new.text.startswith("#!"):
                path.chmod(_EXECUTABLE)
            return Written(path=new.path, outcome="written")
    except UnicodeDecodeError:
        return Written(path=new.path, outcome="kept", diff="it is no text\n")
    except OSError as error:
        reason = (error.strerror or "no reason given").lower()
        raise UsageError(f"{path}: cannot be written ({reason})", hint="masker init writes below that folder") from None
    if there == new.text:
        return Written(path=new.path, outcome="the same")
    diff = difflib.unified_diff(
        there.splitlines(keepends=True),
        new.text.splitlines(keepends=True),
        str(new.path),
        f"{new.path} (masker init)",
    )
    return Written(path=new.path, outcome="kept", diff="".join(_ended(diff)))


def _ended(lines: Iterator[str]) -> Iterator[str]:
    yield from (line if line.endswith("\n") else f"{line}\n" for line in lines)


def left_to_do(application: Application, wishes: Wishes, rules: Mapping[str, str]) -> Iterator[str]:
    """What only a person can do, in the order in which to do it."""
    named = [each for each in (application.primary, *application.others) if each is not None]
    for database in named:
        path = rules_path(database, application)
        if database.name in rules:
            yield f"read {path}: its rules are guesses, and whoever knows the data decides"
        elif database.name not in WITHOUT_ROWS:
            where = f'MASKER_SOURCE="${variable("PRODUCTION", database, application)}"'
            yield f"write {path}: {where} masker rules suggest > {path}"
    for side, what in (("PRODUCTION", "by a role that may only read"), ("PREVIEW", "by the preview's owner")):
        names = ", ".join(variable(side, database, application) for database in named)
        yield f"set {names} ({what}) and keep them out of every file"
    yield (
        "set PREVIEW_PASSWORD (what everybody signs in with) where masker runs, and MASKER_PREVIEW=1 in"
        f" {preview_name(application, wishes)} alone"
    )
    if may_be_delta(application, wishes):
        yield (
            f"set {KEY} where masker runs, to what `openssl rand -hex 32` says, and keep it for all runs; who has it"
            " can tell which masked value was made of which original; without key: in masker.yml, with publish: swap,"
            " each run forgets its own"
        )
    if wishes.ways is not None and wishes.ways.hindered:
        yield (
            "the preview is emptied and filled itself (publish: direct), incomplete meanwhile, since its schemas cannot"
            f" be replaced: {'; '.join(wishes.ways.hindered)}"
        )
    elif not may_be_delta(application, wishes):
        yield (
            "masker doctor says whether the preview can be replaced instead of emptied and filled (publish: direct),"
            " once its database can be reached"
        )
    yield 'have production marked: MASKER_TARGET="$PRODUCTION_DATABASE_URL" masker protect'
    if any(service.kind == "S3" for service in application.services):
        yield (
            "name the preview's bucket in masker.yml (buckets:), another than production's, and confirm it wherever"
            f" masker runs: --confirm BUCKET in the workflow, MASKER_CONFIRM="
            f"{','.join(target_names(application, wishes))},BUCKET for bin/rails masker:refresh and masker:sync"
        )
    if application.primary is not None and application.primary.name in rules:
        yield (
            "once the rules are read: masker shape freeze, and commit config/masking.shape.json, or people get other"
            " names when production's statistics drift, wherever masker runs in a folder that is not kept"
        )
    for remark in application.remarks:
        yield f"look at {remark}"
    if application.encrypted:
        columns = ", ".join(application.encrypted)
        yield (
            f"encrypted attributes ({columns}): null leaves them empty, if that may be; {{mask: encrypted, of: …}}"
            " writes what the preview reads with keys of its own, which masker needs, too"
        )
    yield "have the CI that runs the tests install masker, without which they fail: pipx install 'rails-masker[rails]'"
    if wishes.ci == "github":
        yield "give the workflow its secrets: .github/workflows/preview.yml names them"
    if wishes.heroku or application.on_heroku:
        options = " ".join(f"--confirm {name}" for name in target_names(application, wishes))
        yield (
            f"on Heroku, once: bash bin/masker-heroku {wishes.heroku or 'APP'}; in Procfile, for a one-off: masker:"
            f" masker refresh {options}"
        )
    yield "masker doctor"


def as_document(application: Application, written: Sequence[Written], left: Sequence[str]) -> dict[str, object]:
    """All of it as plain values."""
    return {
        "kind": "init",
        "application": {
            "name": application.name,
            "rails": application.rails,
            "read_by": application.read_by,
            "databases": [
                {"name": each.name, "adapter": each.adapter, "schema": str(each.schema) if each.schema else None}
                for each in application.databases
            ],
            "services": [
                {"name": each.name, "service": each.kind, "bucket": each.bucket} for each in application.services
            ],
            "attachments": list(application.attachments),
            "encrypted": list(application.encrypted),
            "filters": list(application.filters),
            "locale": application.locale,
            "time_zone": application.time_zone,
        },
        "files": [{"path": str(each.path), "outcome": each.outcome} for each in written],
        "left": list(left),
    }
