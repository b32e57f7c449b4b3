"""A publish taken back: the former preview, which ``--keep-old`` has kept, takes the live one's place again, and that
one is kept beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from masker.confirmation import ToConfirm, require_confirmed
from masker.copy.server.publishing import KEPT, publish_shadow
from masker.errors import MaskerError, TargetError, UsageError
from masker.postgres.backend import Backend
from masker.postgres.connect import Endpoint, connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.marker import read_marker
from masker.postgres.protection import refuse_protected
from masker.postgres.target import Shadow, connect_maintenance, lock_target, oid_of, read_live, shadow_name
from masker.runs import new_run
from masker.settings import Settings
from masker.sides import Side
from masker.verify.gate import gate_problem
from masker.verify.guard import guard_standing

#: Seconds that a server gets to answer what stands now.
_PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A former preview: its *name*, the *run* that had filled it, None where masker had not."""

    name: str
    oid: int
    run: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """*database* is the former preview again; what was live is kept as *kept*. *shut* is why its gate is, None if it is
    open."""

    database: str
    run: str | None
    kept: str
    shut: str | None


def restore_old(settings: Settings, run: str | None) -> TakenBack:
    """Give the former preview its name back: that which *run* had filled, or that was kept when *run* replaced it; the
    only one if *run* is None.

    Sessions on the live preview are ended. Raises UsageError where it is not said which one is meant, Refused where it
    is not confirmed; nothing is changed then.
    """
    target = parse_url(settings.target, Side.TARGET)
    database = target.database
    with connect_maintenance(target) as conn:
        lock_target(conn, database)
        kept = _chosen(database, kept_previews(conn, target), run)
        require_confirmed(
            [settings.confirm] if settings.confirm else [],
            [ToConfirm(kind="database", name=database, alias=settings.target_name)],
            f"{kept.name} will take its place",
        )
        refuse_protected(conn, kept.name)
        if oid_of(conn, database) is not None:
            with connect(target) as standing:
                guard_standing(settings, standing, target)
        with server_errors(Side.TARGET, "the session was looked at"):
            backend = Backend(conn)
        live = read_live(conn, database)
        try:
            left = publish_shadow(
                conn,
                backend,
                target,
                shadow=Shadow(kept.name, kept.oid),
                live=live,
                run=new_run(),
                keep_old=True,
            )
        except TargetError as error:
            error.aftermath = _standing(target, kept)
            raise
    with connect(target) as conn:
        shut = gate_problem(conn, read_marker(conn), settings.key)
    return TakenBack(database=database, run=kept.run, kept=left or "", shut=shut)


def kept_previews(conn: psycopg.Connection, target: Endpoint) -> Sequence[Kept]:
    """The former previews of *target* that are kept beside it. Raises TargetError."""
    with server_errors(Side.TARGET, "former previews were looked for"):
        rows = conn.execute(
            "SELECT datname, oid::int8 FROM pg_database WHERE datname LIKE '%\\_\\_masker\\_kept\\_%' ORDER BY oid"
        ).fetchall()
    found = []
    for name, oid in rows:
        run = re.search(r"([0-9a-z]{8})\Z", name)
        if run is not None and shadow_name(target.database, run[1], KEPT) == name:
            with connect(target.with_database(name)) as other:
                marker = read_marker(other)
            found.append(Kept(name=name, oid=oid, run=marker.run if marker is not None else None))
    return found


def _chosen(database: str, found: Sequence[Kept], run: str | None) -> Kept:
    listed = ", ".join(f"{kept.name} (run {kept.run or 'unknown'})" for kept in found)
    if not found:
        raise UsageError(
            f"{database}: no former preview is kept beside it",
            hint="--keep-old keeps it when a copy is published; hooks: {before: [masker dump create …]} keeps a dump",
        )
    meant = [kept for kept in found if run is None or run == kept.run or kept.name.endswith(run)]
    if len(meant) != 1:
        raise UsageError(
            f"{database}: {'none of these is' if not meant else 'it is not said which is'} meant: {listed}",
            hint="masker restore-old RUN",
        )
    return meant[0]


def _standing(target: Endpoint, kept: Kept) -> str:
    """Which of the two bears the name, by a session of its own."""
    try:
        with (
            connect_maintenance(target, patience_s=_PATIENCE_S) as conn,
            server_errors(Side.TARGET, "it was looked for"),
        ):
            is_back = oid_of(conn, target.database) == kept.oid
    except MaskerError:
        return f"whether {target.database} is the former preview or what it was could not be seen"
    return f"{target.database} is {'the former preview again' if is_back else 'as it was'}"
