"""The archive itself, written by ``pg_dump`` and read by ``pg_restore``, both found beside each other."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

from masker.errors import TargetError, UsageError
from masker.postgres.connect import Endpoint
from masker.postgres.dump import PgDump, find_pg_dump

_CHUNK = 1 << 20

#: Entries of an archive that only a superuser may restore, and that a host has its own of.
_SUPERUSERS = ("COMMENT - EXTENSION ", "EVENT TRIGGER ", "COMMENT - EVENT TRIGGER ")


def write_archive(dump: PgDump, target: Endpoint, snapshot: str, path: Path) -> subprocess.Popen[bytes]:
    """Begin to write *target*'s database as of *snapshot* to *path*, in pg_dump's own format."""
    conninfo, secrets = target.named("masker pg_dump").public_conninfo
    command = [
        str(dump.path), "--format=custom", "--no-subscriptions", "--no-security-labels", "--lock-wait-timeout=60000",
        f"--snapshot={snapshot}", f"--file={path}", "--dbname", conninfo,
    ]  # fmt: skip
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **secrets, "LC_ALL": "C", "PGOPTIONS": "-c statement_timeout=0"},
    )


def require_written(process: subprocess.Popen[bytes]) -> None:
    """Wait for the archive. Raises TargetError with what pg_dump said."""
    _, said = process.communicate()
    if process.returncode != 0:
        raise TargetError(f"target: pg_dump could not write the dump: {_first(said)}")


def restore_archive(server_major: int, override: str | None, target: Endpoint, path: Path, workers: int) -> None:
    """Restore *path* into the empty database of *target*, owners and privileges left out. Raises TargetError."""
    program = find_pg_dump(server_major, override).path.with_name("pg_restore")
    if not program.exists():
        raise UsageError(
            f"pg_restore: {program} is not there", hint="install it beside pg_dump, or --pg-dump another one"
        )
    listed = subprocess.run([str(program), "--list", str(path)], capture_output=True, text=True)
    if listed.returncode != 0:
        raise TargetError(f"target: pg_restore could not read the dump: {_first(listed.stderr.encode())}")
    wanted = [line for line in listed.stdout.splitlines() if not any(f" {kind}" in line for kind in _SUPERUSERS)]
    contents = path.with_suffix(".list")
    contents.write_text("\n".join(wanted) + "\n", encoding="utf-8")
    conninfo, secrets = target.named("masker pg_restore").public_conninfo
    command = [
        str(program), "--no-owner", "--no-privileges", "--exit-on-error", f"--jobs={workers}",
        f"--use-list={contents}", "--dbname", conninfo, str(path),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, env={**os.environ, **secrets, "LC_ALL": "C"})
    if done.returncode != 0:
        raise TargetError(
            f"target: pg_restore could not restore the dump{_where(done.stderr)}",
            hint=(
                "what is there is incomplete, and its gate shut; pg_restore by hand says why, which is not told"
                " here as it could quote a row"
            ),
        )


def sha256_of(path: Path) -> str:
    """Of a file."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            total.update(chunk)
    return total.hexdigest()


def _where(said: bytes) -> str:
    """Which entry of the archive it was at, by its kind and name."""
    found = re.search(r"TOC entry \d+; \d+ \d+ ([A-Z ]+) (\S+)", said.decode("utf-8", "replace"))
    return f": it failed at {found[1].lower()} {found[2]}" if found else ""


def _first(said: bytes) -> str:
    """The first error, without the program's name."""
    lines = said.decode("utf-8", "replace").splitlines()
    for line in lines:
        if "error:" in line:
            return line.partition("error:")[2].strip()
    return lines[0] if lines else "it said nothing"
