"""A copy into new schemas of the target's own database, beside the live ones: filled, verified under the live names,
and published by the transaction that ends with these names."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from masker.copy.events import Listener, NotSwept, Swept
from masker.copy.place import Place
from masker.copy.prepare import Prepared
from masker.copy.server.aside import Aside, calling_tables
from masker.copy.server.beforehand import created_schemas, outside, replaced
from masker.copy.server.dropping import sweep_schemas
from masker.copy.server.next_schemas import give_grants, make_next
from masker.copy.server.publishing import Leftover, NotDropped
from masker.copy.steps import CreateSchema
from masker.errors import MaskerError, TargetError
from masker.names import OLD_SCHEMAS
from masker.postgres.backend import Backend
from masker.postgres.connect import Endpoint, Session, connect
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.marker import Marker, make_tables, marker_after, read_marker, write_marker
from masker.postgres.protection import refuse_protected
from masker.postgres.target import lock_target
from masker.sides import Side
from masker.verify.gate import gate_problem, resealed

#: How often sessions are told to end that began before the new preview was published, and the pause in between.
_ENDINGS = 20
_ENDING_PAUSE_S = 0.1

#: Sessions named in one sentence.
_SHOWN = 10

#: Sessions on the database. Superusers' are the host's, to watch or to back up; who may not end them does not see when
#: they began or what they are.
_OTHERS = """
SELECT a.pid, concat_ws(', ', a.usename, nullif(a.application_name, '')),
pg_has_role(a.usesysid, 'MEMBER') OR pg_has_role('pg_signal_backend', 'MEMBER')
FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.datname = current_database() AND coalesce(a.backend_type, 'client backend') = 'client backend'
AND a.pid <> ALL(%s) AND (NOT r.rolsuper OR pg_has_role(a.usesysid, 'MEMBER'))
AND coalesce(a.backend_start, '-infinity') < coalesce(%s::timestamptz, clock_timestamp())
"""


@dataclass(kw_only=True)
class BesidePlace(Place):
    """New schemas, *aside*. *lock* is the session that holds the run's lock, *backend* its server's end.
    *is_proven*: what stood there before was a verified preview, so that nothing is lost on anybody while it is still
    there."""

    run: str
    lock: Session
    backend: Backend
    aside: Aside
    with_grants: bool
    key: bytes | None = field(repr=False)
    is_proven: bool
    session: Session | None = None
    _state: str = ""
    _backends: list[Backend] = field(default_factory=list)

    @contextlib.contextmanager
    def opened(self) -> Iterator[Session]:
        """The one session in which the new schemas have the live names, in a transaction until they are published."""
        if self.session is None:
            self.session = connect(self.endpoint)
            with server_errors(Side.TARGET, "the new schemas were given their names"):
                self._backends.append(Backend(self.session))
                self.session.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
                make_tables(self.session)
                self.aside.enter(self.session)
                if not self.with_grants:
                    give_grants(self.session, self.aside.old_schema("public"), sql.Identifier("public"))
        yield self.session

    def state(self, state: str) -> str:
        """What the marker says of itself until the former preview is gone: open from the start where that one was."""
        self._state = state
        return state if self.is_proven else "loading"

    def publish(self, *, keep_old: bool) -> str | None:
        del keep_old
        with self.opened() as conn:
            refuse_protected(conn, self.endpoint.database)
            self._require_free(conn)
            try:
                with server_errors(Side.TARGET, "the preview was published"):
                    # What masker says is published stays published.
                    conn.execute("SET LOCAL synchronous_commit = on")
                    conn.execute("COMMIT")
            except TargetError as error:
                if not error.is_lost:
                    raise
                marker = marker_after(self.endpoint, self._backends[-1])
                if marker is None or marker.run != self.run:
                    raise
            conn.close()
        try:
            self._finish(self.lock)
        except TargetError as error:
            if not error.is_lost:
                raise
            # It is no secret what is still there.
            with connect(self.endpoint) as again:
                self.outlive(again)
                lock_target(again, self.endpoint.database)
                self._finish(again)
        return None

    def _finish(self, conn: Session) -> None:
        """What is done once the new preview is published, which may be done twice."""
        self._end_sessions(conn)
        for left in sweep_schemas(conn):
            if left.why:
                raise NotDropped(self.endpoint.database, left)
        self.open_gate(conn)

    def close(self) -> None:
        """End what is under way, with nothing published."""
        if self.session is not None:
            self.session.abandon()

    def outlive(self, conn: psycopg.Connection) -> None:
        """Return when nothing the run's sessions were asked for can come about any more. Raises TargetError."""
        with server_errors(Side.TARGET, "a session that was lost was ended"):
            for backend in (self.backend, *self._backends):
                backend.outlive(conn)

    def _require_free(self, conn: psycopg.Connection) -> None:
        """Raise TargetError where something would be left that means the former preview."""
        with server_errors(Side.TARGET, "looking for what depends on the former preview"):
            bound = outside(conn, OLD_SCHEMAS)
            kept = [who for _, who, may_end in self._others(conn, None) if not may_end]
        if bound:
            raise TargetError(
                f"target: {self.endpoint.database} could not be replaced: {bound[0][0]} has come to depend on"
                f" {bound[0][1]} of the former preview",
                hint="drop it, and run again",
            )
        if kept:
            raise TargetError(
                f"target: {self.endpoint.database} could not be replaced: sessions (as"
                f" {'; '.join(sorted(set(kept))[:_SHOWN])}) use it that {conn.info.user} may not end",
                hint="end them, keep them away, and run again; or grant the role pg_signal_backend",
            )

    def _others(self, conn: psycopg.Connection, before: object) -> list[tuple[int, str, bool]]:
        mine = [one.info.backend_pid for one in (self.lock, self.session, conn) if one is not None and not one.closed]
        return [(pid, who, may) for pid, who, may in conn.execute(_OTHERS, [mine, before]).fetchall()]

    def _end_sessions(self, conn: Session) -> None:
        """Those that began before: what they have prepared means the former preview's types and tables. One that is
        about to end anyway is not waited for longer than that takes."""
        with server_errors(Side.TARGET, "sessions on the former preview were ended"):
            row = conn.execute("SELECT clock_timestamp()").fetchone()
            for _ in range(_ENDINGS):
                left = [pid for pid, _, may_end in self._others(conn, row[0] if row else None) if may_end]
                if not left:
                    return
                for pid in left:
                    with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
                        conn.execute("SELECT pg_terminate_backend(%s)", [pid])
                time.sleep(_ENDING_PAUSE_S)

    def open_gate(self, conn: psycopg.Connection) -> None:
        """Once the former preview is gone, let the marker say what the new one is, if it does not yet. Raises
        TargetError."""
        if self.is_proven:
            return
        with server_errors(Side.TARGET, "the marker was written"):
            marker = read_marker(conn)
            if marker is not None and marker.run == self.run:
                write_marker(conn, self._state, resealed(marker.record, self._state, self.key))


@contextlib.contextmanager
def beside(ready: Prepared, run: str, listener: Listener, stop: threading.Event) -> Iterator[Place]:
    """New schemas in the target's database, dropped again if the run fails; *stop* says that it is being ended."""
    with connect(ready.target) as conn:
        lock_target(conn, ready.target.database)
        with server_errors(Side.TARGET, "the run's session was looked at"):
            backend = Backend(conn)
        place: BesidePlace | None = None
        try:
            _sweep(conn, listener)
            place = _made(ready, run, conn, backend, stop)
            yield place
        except NotDropped:
            raise
        except BaseException as error:
            if place is not None:
                place.close()
            conn.abandon()
            left = _what_became(ready.target, backend, place, run)
            if isinstance(error, MaskerError):
                error.aftermath = left
            raise


def _sweep(conn: psycopg.Connection, listener: Listener) -> None:
    """What dead runs have left. Raises TargetError where the names are not free then."""
    for left in sweep_schemas(conn):
        if left.why:
            listener(NotSwept(f"schema {left.name}", left.why, left.remedy))
            raise TargetError(
                f"target: the schema {left.name}, left by an earlier run, could not be dropped: {left.why}",
                hint="mend that, and run again",
            )
        listener(Swept(f"schema {left.name}"))


def _made(ready: Prepared, run: str, conn: Session, backend: Backend, stop: threading.Event) -> BesidePlace:
    first = ready.plan.steps[0]
    entries = first.entries if isinstance(first, CreateSchema) else ()
    marker = read_marker(conn)
    with server_errors(Side.TARGET, "its schemas were looked at"):
        what = replaced(conn, created_schemas(entries))
        is_proven = _is_proven(conn, marker, what.schemas)
    aside = Aside(what.schemas, what.extensions, calling_tables(ready.catalog), stop)
    make_next(conn, aside, with_grants=ready.settings.with_grants)
    return BesidePlace(
        endpoint=ready.target,
        run=run,
        lock=conn,
        backend=backend,
        aside=aside,
        where=aside,
        with_grants=ready.settings.with_grants,
        key=ready.settings.key,
        is_proven=is_proven,
    )


def _is_proven(conn: psycopg.Connection, marker: Marker | None, schemas: tuple[str, ...]) -> bool:
    """Whether what stands there is a preview that was verified, or nothing."""
    if gate_problem(conn, marker, None) is None:
        return True
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY(%s)"
        " AND c.relkind IN ('r', 'm', 'p'))",
        [list(schemas)],
    ).fetchone()
    return row == (False,)


def _what_became(target: Endpoint, backend: Backend, place: BesidePlace | None, run: str) -> str:
    """Clean up after a run that has failed, over a session of its own, and say what stands there. The marker tells: it
    is written by the transaction that publishes."""
    database = target.database
    standing = f"whether {database} is the new preview or what it was could not be seen: `masker verify` tells"
    try:
        with connect(target) as conn:
            with server_errors(Side.TARGET, "a session that was lost was ended"):
                backend.outlive(conn)
            if place is not None:
                place.outlive(conn)
            lock_target(conn, database)
            marker = read_marker(conn)
            is_published = marker is not None and marker.run == run
            standing = f"{database} is {'the new preview' if is_published else 'as it was'}"
            left = [one for one in sweep_schemas(conn) if one.why]
            if place is not None and is_published and not left:
                place.open_gate(conn)
    except (psycopg.Error, MaskerError) as error:
        reason = error.message if isinstance(error, MaskerError) else ServerFault.from_error(error).text
        return f"{standing}; what is left of the run could not be dropped, which the next run does ({reason})"
    return standing + (f"; {_told(left)}" if left else "; what was loaded beside it is dropped")


def _told(left: list[Leftover]) -> str:
    return "; ".join(f"the schema {one.name} could not be dropped: {one.why}" for one in left)
