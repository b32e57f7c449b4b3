"""What the preview's application has to have: files of masker's, services of its own, migrations, an environment of its
own."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from psycopg import sql

from masker.buckets.attachments.services import StorageFile, read_storage_file, services_of
from masker.companion.doctor.verdict import Verdict, ok, red, told
from masker.companion.files import read_application
from masker.hooks.errors import HookFailed
from masker.hooks.process import run_command
from masker.names import TableName
from masker.postgres.connect import connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.marker import find_marker
from masker.ruleset.parse import read_rules
from masker.settings import Settings
from masker.sides import Side

_INITIALIZER = Path("config/initializers/masker.rb")

#: What wakes the boot gate and the mail guard.
_SWITCH = "MASKER_PREVIEW"

_SECONDS = 180.0

#: Names of what two applications should not share: what opens something, or names where data lies.
_OWN = re.compile(
    r"KEY|TOKEN|SECRET|PASS|CREDENTIAL|DSN|BUCKET|WEBHOOK|_UR[LI]$|^DATABASE|REDIS|ACCOUNT|SALT|^BUNDLE_\w+__"
)

#: Of the platform, or public.
_COMMON = re.compile(
    r"GEM_|BUNDLE_(?!\w+__)|PATH$|NODE_|^(?:NEXT_|VITE_|EXPO_)?PUBLIC_(?!.*BUCKET)|PUBLISHABLE|RAILS_MAX|MALLOC|LANG|DYNO"
    r"|HEROKU_(?!API)"
)

_SHOWN = 8


def files(folder: Path, settings: Settings) -> Iterator[Verdict]:
    """The boot gate, the mail guard and the settings of encrypted attributes, where the application stands beside
    masker.yml."""
    if not (folder / "config" / "application.rb").is_file():
        yield told(
            "application", f"{folder.resolve()} holds no Rails application: its gate and mail guard were not seen"
        )
        return
    path = folder / _INITIALIZER
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    said = re.sub(r"(?m)^\s*#.*$", "", text)
    for subject, needed, what in (
        ("boot gate", "masker.run", "the application does not start on a database that is not masked"),
        ("mail guard", "register_interceptor", "mail reaches nobody but the team"),
    ):
        if needed in said:
            yield ok(subject, f"{_INITIALIZER}: with MASKER_PREVIEW set, {what}")
        else:
            yield red(subject, f"{_INITIALIZER} has none", "masker init")
    application = read_application(folder)
    facts = read_rules(settings.rules, settings.schema).facts if settings.rules else None
    attributes = {f"{m.table}.{c}" for m in facts.models.values() for c in m.encrypted} if facts is not None else set()
    encrypted = sorted(attributes or set(application.encrypted))
    if encrypted and not re.search(r"support_unencrypted_data\s*=\s*true", said):
        yield red(
            "encryption",
            f"{', '.join(encrypted[:_SHOWN])} are encrypted, and {_INITIALIZER} does not set support_unencrypted_data",
            "masker init writes it",
        )
    elif encrypted:
        yield ok("encryption", f"{', '.join(encrypted[:_SHOWN])}: clear text may be read")


def services(
    settings: Settings, storage: Path | None, targets: Sequence[str], *, compared: bool = False
) -> Iterator[Verdict]:
    """Whose bucket the preview's blobs are of. *compared*: variables of both applications are, by
    :func:`environments`."""
    with (
        connect(parse_url(settings.target, Side.TARGET)) as conn,
        server_errors(Side.TARGET, "its blobs were looked at"),
    ):
        found = services_of(conn)
    if not found:
        yield ok("services", "the preview has no blobs")
        return
    if storage is None:
        yield told(
            "services",
            f"blobs are of {', '.join(sorted(found))}; whose bucket that is was not looked at",
            "storage: config/storage.yml in masker.yml",
        )
        return
    yield from of_services(read_storage_file(storage), found, targets, compared=compared)


def of_services(
    file: StorageFile, found: Mapping[str, int], targets: Sequence[str], *, compared: bool
) -> Iterator[Verdict]:
    """Whose bucket *found* is of, blobs by their service."""
    problems = list(file.problems(found, targets))
    for problem in problems:
        yield red("services", f"{problem.subject}: {problem.found}", problem.hint or "")
    unknown = file.unknown(found)
    if unknown:
        yield red(
            "services",
            f"blobs are of {', '.join(unknown)}, which {file.path} does not have: each of them fails",
            "have the rules write a service that the preview has, or add it",
        )
    unclear = {name: file.unclear[name] for name in sorted(found) if name in file.unclear}
    hidden = [name for name, variable in unclear.items() if not (compared and variable and _is_own(variable))]
    if hidden:
        yield red(
            "services",
            f"blobs are of {', '.join(hidden)}, whose bucket {file.path} has Ruby say: it was not looked at",
            'let it be ENV["…_BUCKET"], and doctor.production and doctor.preview compare what that is',
        )
    elif unclear:
        yield told(
            "services",
            f"the bucket of {', '.join(unclear)} is what {', '.join(sorted(set(filter(None, unclear.values()))))} says",
            "environment says whether that is production's",
        )
    elif not problems and not unknown:
        yield ok(
            "services",
            f"blobs are of {', '.join(sorted(found))}, none of which names another bucket than the preview's",
        )


def migrations(folder: Path, settings: Settings, *, migrates: bool) -> Iterator[Verdict]:
    """Whether the preview's schema is that of the code beside masker.yml. A refresh *migrates*: it runs what is
    missing."""
    path = folder / "db" / "migrate"
    if not path.is_dir():
        return
    of_code = {found[1] for each in path.glob("*.rb") if (found := re.match(r"(\d+)_", each.name))}
    of_preview: set[str] = set()
    with connect(parse_url(settings.target, Side.TARGET)) as conn, server_errors(Side.TARGET, "its versions were read"):
        is_filled = find_marker(conn) is not None
        tables = conn.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE"
            " c.relname ="
            " 'schema_migrations' AND c.relkind = 'r'"
        ).fetchall()
        for name in (TableName(*row) for row in tables):
            query = sql.SQL("SELECT version::text FROM {}").format(sql.Identifier(name.schema, name.name))
            of_preview |= {version for (version,) in conn.execute(query).fetchall()}
    if not tables and not is_filled:
        yield told("migrations", "the preview has no schema_migrations: nothing was copied there yet")
        return
    ahead, behind = len(of_code - of_preview), len(of_preview - of_code)
    if ahead and not migrates:
        yield red(
            "migrations",
            f"the code is {ahead} migration{'s' if ahead != 1 else ''} ahead of the preview",
            "migrate: bin/rails db:migrate in masker.yml, and the next refresh runs them; with publish: schema, or a"
            " delta by a role that may create no database, as a command of hooks: {published: …}",
        )
    elif behind:
        yield told("migrations", f"the preview knows {behind} migrations that the code beside masker.yml has not")
    else:
        waiting = f": the next refresh runs {ahead}" if ahead else ""
        yield ok(
            "migrations", f"the preview has the code's schema{waiting}" if not ahead else f"the code is ahead{waiting}"
        )


def environments(
    production: str | None, preview: str | None, shared: Sequence[str], *, folder: Path, state: Path
) -> Iterator[Verdict]:
    """Variables that both applications have with one value, by what each says itself under a nonce: digests, never a
    value."""
    if not production or not preview:
        yield told(
            "environment",
            "what both applications share was not looked at",
            "doctor.production and doctor.preview in masker.yml, such as: heroku run -x -a APP -- bin/rails"
            ' "masker:environment_digests[$MASKER_NONCE]"',
        )
        return
    nonce = secrets.token_hex(32)
    one, other = (
        _digests(command, nonce, folder=folder, log=state / "doctor" / f"{name}.log", name=name)
        for name, command in (("production", production), ("preview", preview))
    )
    if one.get("rails_env") != other.get("rails_env"):
        yield red(
            "environment",
            f"RAILS_ENV is {one.get('rails_env')} in production and {other.get('rails_env')} in the preview",
            "what is measured in another environment says nothing of production",
        )
    theirs, ours = one.get("variables") or {}, other.get("variables") or {}
    for who, variables, is_meant in (("production", theirs, False), ("the preview", ours, True)):
        if (_SWITCH in variables) != is_meant:
            yield red(
                "environment",
                f"{_SWITCH} is {'not ' if is_meant else ''}set in {who}: "
                + ("its boot gate and mail guard sleep" if is_meant else "it takes itself for a preview"),
                f"set {_SWITCH}=1 in the preview's application, and nowhere else",
            )
    same = sorted(
        name for name, digest in theirs.items() if ours.get(name) == digest and _is_own(name) and name not in shared
    )
    if same:
        more = f" and {len(same) - _SHOWN} more" if len(same) > _SHOWN else ""
        yield red(
            "environment",
            f"the preview shares {len(same)} variable{'s' if len(same) != 1 else ''} with production:"
            f" {', '.join(same[:_SHOWN])}{more}",
            "give the preview its own; doctor.shared names those that are meant",
        )
    else:
        yield ok("environment", "no secret, URL or bucket of production's is the preview's, too")


def _is_own(name: str) -> bool:
    return bool(_OWN.search(name)) and not _COMMON.search(name)


def _digests(command: str, nonce: str, *, folder: Path, log: Path, name: str) -> Mapping[str, Any]:
    try:
        said = run_command(
            command,
            log=log,
            told=b"",
            variables={"MASKER_NONCE": nonce},
            time_limit_s=_SECONDS,
            folder=folder,
            what=f"doctor.{name}",
        )
    except HookFailed as error:
        error.hint = "run it by hand, with any MASKER_NONCE of 16 letters or more: what it says is not kept"
        raise
    finally:
        # It names variables and digests: nothing of it is kept.
        log.unlink(missing_ok=True)
    for line in reversed(said.splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and isinstance(found.get("variables"), dict):
            return found
    from masker.errors import UsageError

    raise UsageError(
        f"doctor.{name}: the command did not say its digests",
        hint='it is to be that application\'s bin/rails "masker:environment_digests[$MASKER_NONCE]"',
    )
