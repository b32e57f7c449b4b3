"""A branch made: ``CREATE DATABASE … TEMPLATE`` under another name, a marker of its own, what stands beside the preview
carried over, and then its name.

Until the marker is its own the copied one says that it was copied, so that the gate is shut; and until the name is its
own nobody but the owner may connect.
"""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import psycopg
from psycopg import sql

from masker.branches.branch import BEING_MADE, DRAFT, PRISTINE, Branch, branch_of, without_branch
from masker.errors import Refused, TargetError, UsageError
from masker.postgres.carried import carry_over
from masker.postgres.connect import Endpoint, Session, connect
from masker.postgres.ended import sessions_ended
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.hindrances import drop_statement
from masker.postgres.marker import Marker, read_marker, write_marker
from masker.postgres.protection import refuse_protected, without_mark
from masker.postgres.target import Live, connect_maintenance, lock_target, oid_of, read_live, shadow_name
from masker.runs import new_run
from masker.sides import Side
from masker.verify.gate import gate_problem, sealed

_NAME_BYTES = 63

#: From this size on files are copied and not logged page by page. Measured on 17 and 18, as 412 MB: 2.5 to 5.7 s by
#: files, 4.3 to 7.8 through the log; as 68 MB: 0.9 to 2.5 and 0.6 to 1.6, as two checkpoints come with it.
_COPIED_BYTES = 200 * 1024 * 1024

How = Literal["by clones of files", "by files", "through the log"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A branch that was made, *how* the server did it and how long that took."""

    branch: Branch
    how: How
    template: str
    bytes: int
    elapsed_s: float


def make_branch(
    target: Endpoint, name: str, *, of: str, key: bytes | None, ttl: timedelta | None, terminate: bool
) -> Made:
    """Make the branch *name* of the verified preview *of* on *target*'s server; its lease ends after *ttl*.

    Raises Refused where the preview is not verified or the name is taken, TargetError where somebody is connected to
    it and there is no pristine copy.
    """
    _require_name(name, of)
    return _make(target, name, of=of, key=key, ttl=ttl, terminate=terminate, is_pristine=False)


def make_pristine(target: Endpoint, *, of: str, key: bytes | None, terminate: bool) -> Made:
    """Keep a copy of the preview *of* as it is now, which nobody connects to, in place of an earlier one."""
    return _make(target, pristine_name(of), of=of, key=key, ttl=None, terminate=terminate, is_pristine=True)


def pristine_name(of: str) -> str:
    """What the pristine copy of *of* is called.

    >>> pristine_name("preview")
    'preview__masker_untouched'
    """
    return shadow_name(of, "", PRISTINE)


def _stem(name: str) -> str:
    """What drafts of *name* begin with, by which `sweep_drafts` locks them: of a long one it is another.

    >>> _stem("pr-123"), _stem("p" * 60) == "p" * 60
    ('pr-123', False)
    """
    return shadow_name(name, "x" * 8, DRAFT).rpartition(DRAFT)[0]


def _require_name(name: str, of: str) -> None:
    found = None
    if not name.isprintable() or not 0 < len(name.encode()) <= _NAME_BYTES:
        found = f"expected 1 to {_NAME_BYTES} bytes, all of them to be seen"
    elif "__masker_" in name:
        found = "masker's own databases are called so"
    elif name == of:
        found = "the preview itself is called so"
    if found is not None:
        raise UsageError(f"branch {name}: it cannot be called so: {found}", hint="pr-123, for instance")


def _make(
    target: Endpoint,
    name: str,
    *,
    of: str,
    key: bytes | None,
    ttl: timedelta | None,
    terminate: bool,
    is_pristine: bool,
) -> Made:
    started = time.monotonic()
    marker, live, size = _preview(target.with_database(of), key)
    with connect_maintenance(target) as conn:
        lock_target(conn, name)
        if (stem := _stem(name)) != name:
            lock_target(conn, stem)
        sweep_drafts(conn, name)
        if is_pristine:
            _require_pristine(conn, target, name, of)
        elif oid_of(conn, name) is not None:
            raise Refused(
                f"branch {name}: there is a database of that name",
                hint=f"if it is a branch: masker branch drop {name}; masker branch list tells",
            )
        template = of if is_pristine else _template(conn, target, of, marker)
        draft = shadow_name(name, new_run(), DRAFT)
        try:
            how = _copy(conn, target, draft, template, size, terminate=terminate and template == of)
            branch = _mark(conn, target, draft, name, of=of, since=marker, key=key, ttl=ttl, is_pristine=is_pristine)
            if is_pristine:
                _drop_earlier(conn, target, name, of)
            _publish(conn, draft, name, replace(live, is_template=False), is_pristine=is_pristine)
        except BaseException:
            conn.abandon()
            with contextlib.suppress(TargetError, psycopg.Error), connect_maintenance(target, patience_s=5) as other:
                other.execute(drop_statement(draft))
            raise
    return Made(branch=branch, how=how, template=template, bytes=size, elapsed_s=time.monotonic() - started)


def _preview(endpoint: Endpoint, key: bytes | None) -> tuple[Marker, Live, int]:
    """The marker of the preview, what stands beside it, and its size. Raises Refused unless its gate is open."""
    with connect(endpoint) as conn:
        marker = read_marker(conn)
        problem = gate_problem(conn, marker, key)
        if problem is not None or marker is None:
            raise Refused(
                f"{endpoint.database}: {problem}", hint="branches are made of a verified preview: masker verify --gate"
            )
        if "seal" in marker.record and key is None:
            raise Refused(
                f"{endpoint.database}: its marker is sealed with the key {marker.record.get('key')}, and none is given",
                hint="--key-file or --key-env, as for the run that has made it",
            )
        live = read_live(conn, endpoint.database)
        with server_errors(Side.TARGET, "its size was read"):
            row = conn.execute("SELECT pg_database_size(current_database())").fetchone()
    if live is None:
        raise TargetError(f"target: {endpoint.database} is gone", hint="somebody has dropped or renamed it; run again")
    return marker, replace(live, comment=without_mark(live.comment or "") or None), int(row[0]) if row else 0


def _template(conn: psycopg.Connection, target: Endpoint, of: str, marker: Marker) -> str:
    """The pristine copy, where there is one of the preview as it stands, else the preview itself."""
    pristine = pristine_name(of)
    if oid_of(conn, pristine) is None:
        return of
    with connect(target.with_database(pristine)) as other:
        found = read_marker(other)
    branch = branch_of(pristine, found)
    return pristine if branch is not None and branch.of == of and branch.run == marker.run else of


def _require_pristine(conn: psycopg.Connection, target: Endpoint, name: str, of: str) -> bool:
    """Whether a pristine copy of *of* stands there, False where nothing does. Raises Refused where it is none."""
    if oid_of(conn, name) is None:
        return False
    with connect(target.with_database(name)) as other:
        branch = branch_of(name, read_marker(other))
    if branch is None or not branch.is_pristine or branch.of != of:
        raise Refused(f"{name}: it is no pristine copy of {of} by its marker", hint="rename or drop it by hand")
    refuse_protected(conn, name)
    return True


def _drop_earlier(conn: psycopg.Connection, target: Endpoint, name: str, of: str) -> None:
    """Drop the pristine copy that stands there, now that there is another. Raises Refused where it is none."""
    if not _require_pristine(conn, target, name, of):
        return
    with server_errors(Side.TARGET, f"the earlier {name} was dropped"):
        conn.execute(drop_statement(name))


def _copy(conn: Session, target: Endpoint, draft: str, template: str, size: int, *, terminate: bool) -> How:
    """Create *draft* in the way that is fastest for its *size*."""
    ending = sessions_ended(target, [template]) if terminate else contextlib.nullcontext()
    how: How = "through the log"
    hint = "the role has to own the preview and may create databases; where it may not: masker dump"
    with ending, server_errors(Side.TARGET, f"{template} was copied", hint=hint):
        if size >= _COPIED_BYTES or conn.info.server_version < 150000:
            how = "by clones of files" if _may_clone(conn) else "by files"
        _create(conn, draft, template, "wal_log" if how == "through the log" else "file_copy")
        conn.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(draft)))
        conn.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(draft), sql.Literal(BEING_MADE)))
    return how


def _may_clone(conn: Session) -> bool:
    """Have the session clone files, which a file system that cannot copies inside of the kernel; False where the server
    knows nothing of that."""
    if conn.info.server_version < 180000:
        return False
    try:
        conn.execute("SET file_copy_method = clone")
    except psycopg.errors.InvalidParameterValue:
        return False
    return True


def _create(conn: Session, draft: str, template: str, strategy: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(draft), sql.Identifier(template))
    if conn.info.server_version >= 150000:
        statement += sql.SQL(" STRATEGY {}").format(sql.SQL(strategy))
    try:
        conn.execute(statement)
    except psycopg.errors.ObjectInUse:
        users = conn.execute(
            "SELECT DISTINCT coalesce(usename, 'a process of the server') || coalesce(', ' || nullif(application_name,"
            " ''), '') FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() ORDER BY 1 LIMIT 5",
            [template],
        ).fetchall()
        who = f" (as {'; '.join(re.sub(r'[^ -~]', '?', str(row[0])) for row in users)})" if users else ""
        raise TargetError(
            f"target: sessions{who} are connected to {template}, and a database in use cannot be copied",
            hint=(
                "`masker branch pristine` right after a refresh keeps a copy that nobody is connected to, from which"
                " branches are made; --terminate ends the sessions for the moment"
            ),
        ) from None


def _mark(
    conn: Session,
    target: Endpoint,
    draft: str,
    name: str,
    *,
    of: str,
    since: Marker,
    key: bytes | None,
    ttl: timedelta | None,
    is_pristine: bool,
) -> Branch:
    """Give *draft* a marker of its own. Raises TargetError where what was copied is not what was looked at."""
    with server_errors(Side.TARGET, "the time was asked for"):
        row = conn.execute("SELECT now()").fetchone()
    now: datetime = row[0] if row else datetime.now().astimezone()
    branch = Branch(
        name=name,
        of=of,
        run=since.run,
        created_at=now,
        expires_at=now + ttl if ttl is not None else None,
        is_pristine=is_pristine,
    )
    with connect(target.with_database(draft)) as made, server_errors(Side.TARGET, "the branch's marker was written"):
        found = read_marker(made)
        if found is None or (found.state, found.run) != (since.state, since.run):
            raise TargetError(
                f"target: {of} was filled anew while it was copied", hint="nothing is left of the branch; run again"
            )
        record = {**without_branch(found.record), **branch.record()}
        write_marker(made, found.state, sealed(made, record, found.state, key))
    return branch


def _publish(conn: Session, draft: str, name: str, live: Live, *, is_pristine: bool) -> None:
    """One transaction, after which the branch bears its name and has what stands beside the preview; a pristine copy is
    its owner's alone."""
    beside = replace(live, grants=(), has_default_grants=False) if is_pristine else live
    with server_errors(Side.TARGET, f"{name} was given its name"), conn.transaction():
        conn.execute("SET LOCAL synchronous_commit = on")
        conn.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(draft), sql.Identifier(name)))
        carry_over(conn, name, oid_of(conn, name) or 0, beside)


def renew(target: Endpoint, name: str, *, key: bytes | None, ttl: timedelta | None) -> Branch:
    """Let the lease of the branch *name* end *ttl* from now, never if that is None. Raises Refused where it is no
    branch, or its marker is sealed and no key, or another, is given."""
    with connect(target.with_database(name)) as conn:
        marker = read_marker(conn)
        branch = branch_of(name, marker)
        if branch is None or marker is None:
            raise Refused(f"{name}: its marker does not say that it is a branch", hint="`masker branch list` tells")
        problem = gate_problem(conn, marker, key)
        if problem is not None or ("seal" in marker.record and key is None):
            raise Refused(f"{name}: {problem or 'its marker is sealed, and no key is given'}", hint="--key-file")
        with server_errors(Side.TARGET, "the branch's marker was written"):
            row = conn.execute("SELECT now()").fetchone()
            until = row[0] + ttl if row and ttl is not None else None
            renewed = replace(branch, expires_at=until)
            record = {**without_branch(marker.record), **renewed.record()}
            write_marker(conn, marker.state, sealed(conn, record, marker.state, key))
    return renewed


def sweep_drafts(conn: psycopg.Connection, name: str | None) -> list[str]:
    """Drop what dead runs have left of the branch *name*, or of all whose lock nobody holds: databases called and
    commented as a branch that is being made."""
    found = conn.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE pg_has_role(datdba, 'USAGE') AND"
        " shobj_description(oid, 'pg_database') = %s",
        [BEING_MADE],
    ).fetchall()
    dropped = []
    for database, _ in found:
        stem, mark, run = database.rpartition(DRAFT)
        if mark and re.fullmatch(r"[0-9a-z]{8}", run) and (name is None or shadow_name(name, run, DRAFT) == database):
            try:
                if name is None:
                    lock_target(conn, stem)
                conn.execute(drop_statement(database))
            except Refused:
                continue
            except psycopg.Error as error:
                raise ServerFault.from_error(error).to_error(Side.TARGET, f"{database} was dropped") from None
            dropped.append(database)
    return dropped
