"""Branches looked for, and dropped: those alone whose own marker says that they are branches."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import psycopg

from masker.branches.branch import Branch, branch_of
from masker.branches.make import sweep_drafts
from masker.errors import Interrupted, MaskerError, Refused, TargetError
from masker.postgres.connect import Endpoint, connect
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.hindrances import drop_statement, hindrances
from masker.postgres.marker import read_marker
from masker.postgres.protection import refuse_protected
from masker.postgres.target import connect_maintenance, lock_target, oid_of
from masker.sides import Side

#: Each with whether it may be a branch that the role may drop.
_DATABASES = """
SELECT datname, datallowconn AND NOT datistemplate AND pg_has_role(datdba, 'USAGE')
  AND has_database_privilege(oid, 'CONNECT') FROM pg_database ORDER BY datname
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a server holds: *branches*, by the server's clock as of *at*; *unread* are databases of the role's that
    could not be looked at, each with the reason; *runs* are those by which verified databases were filled, by name,
    *others* all other databases: being filled, not the role's, or none of masker's."""

    branches: Sequence[Branch]
    at: datetime
    unread: Sequence[tuple[str, str]] = ()
    others: Collection[str] = ()
    runs: dict[str, str] = field(default_factory=dict)

    def is_over(self, branch: Branch) -> bool:
        """Whether its lease has ended, or it is the pristine copy of what the preview was before another run, or of one
        that is gone. While the preview is being filled its copy may be all there is of it."""
        if branch.is_pristine:
            return branch.of not in self.others and self.runs.get(branch.of) != branch.run
        return branch.expires_at is not None and branch.expires_at <= self.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What pruning came to: what was *dropped*, what is *left* though its lease has ended, each with the reason."""

    dropped: Sequence[str]
    left: Sequence[tuple[str, str]]


def look(target: Endpoint) -> Look:
    """Every branch on *target*'s server that its role may drop. Raises TargetError."""
    branches, unread = [], []
    runs: dict[str, str] = {}
    with connect_maintenance(target) as conn, server_errors(Side.TARGET, "branches were looked for"):
        there = {str(name): bool(is_candidate) for name, is_candidate in conn.execute(_DATABASES).fetchall()}
        row = conn.execute("SELECT now()").fetchone()
    for name in (name for name, is_candidate in there.items() if is_candidate):
        try:
            with connect(target.with_database(name)) as conn:
                marker = read_marker(conn)
        except Interrupted:
            raise
        except MaskerError as error:
            unread.append((name, error.message))
            continue
        if (branch := branch_of(name, marker)) is not None:
            branches.append(branch)
        if marker is not None and marker.is_its_own and marker.state == "verified":
            runs[name] = marker.run
    return Look(
        branches=branches,
        at=row[0] if row else datetime.now().astimezone(),
        unread=unread,
        others=there.keys() - runs.keys(),
        runs=runs,
    )


def drop(target: Endpoint, name: str, still: Callable[[Branch], bool] = lambda _: True) -> Branch | None:
    """Drop the branch *name* and whoever is connected to it; None where *still* says otherwise of it by now.

    Raises Refused where its marker does not say that it is one, TargetError where it is not there or cannot be
    dropped.
    """
    with connect_maintenance(target) as conn:
        lock_target(conn, name)
        oid = oid_of(conn, name)
        if oid is None:
            raise TargetError(f"target: there is no database {name}", hint="`masker branch list` tells which there are")
        with connect(target.with_database(name)) as other:
            branch = branch_of(name, read_marker(other))
        if branch is None:
            raise Refused(
                f"{name}: its marker does not say that it is a branch, so it is not dropped",
                hint="`masker branch list` tells which are; another database is dropped by hand",
            )
        if not still(branch):
            return None
        _drop(conn, name, oid)
    return branch


def prune(target: Endpoint) -> Pruned:
    """Drop every branch whose lease has ended, and what dead runs have left of branches. Raises TargetError where the
    server cannot be looked at."""
    found = look(target)
    dropped, left = [], []
    for branch in found.branches:
        if found.is_over(branch):
            try:
                # It may have been renewed since it was looked at.
                gone = drop(target, branch.name, found.is_over)
            except Interrupted:
                raise
            except MaskerError as error:
                left.append((branch.name, error.message))
            else:
                dropped += [branch.name] if gone is not None else []
    with connect_maintenance(target) as conn, server_errors(Side.TARGET, "leftovers of branches were dropped"):
        dropped += sweep_drafts(conn, None)
    return Pruned(dropped=dropped, left=left)


def _drop(conn: psycopg.Connection, name: str, oid: int) -> None:
    refuse_protected(conn, name)
    if oid_of(conn, name) != oid:
        raise TargetError(f"target: {name} is another database than it was a moment ago", hint="look again")
    try:
        conn.execute(drop_statement(name))
    except psycopg.Error as error:
        reasons = hindrances(conn, name) if not conn.broken else ()
        if not reasons:
            raise ServerFault.from_error(error).to_error(Side.TARGET, f"{name} was dropped") from None
        raise TargetError(
            f"target: {name} could not be dropped: it has {' and '.join(reason.found for reason in reasons)}",
            hint="; ".join(reason.remedy for reason in reasons),
        ) from None
