"""The database that a copy fills: a shadow beside the live preview, or the target itself; and what is said of it when
the copy fails."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import psycopg

from masker.copy.events import Listener, NotSwept, NotTried, Swept
from masker.copy.prepare import Prepared
from masker.copy.server.dropping import sweep_schemas
from masker.copy.server.ledger import begin_ledger
from masker.copy.server.publishing import NotDropped, publish_shadow, sweep, take_stock
from masker.copy.server.rehearse import rehearse_emptied
from masker.copy.server.where import Where
from masker.copy.steps import CreateSchema
from masker.errors import MaskerError
from masker.postgres.backend import Backend
from masker.postgres.connect import Endpoint, Session, connect
from masker.postgres.emptying import empty_database
from masker.postgres.errors import server_errors
from masker.postgres.marker import marker_after, write_marker
from masker.postgres.target import (
    Live,
    Shadow,
    connect_maintenance,
    create_shadow,
    describe_database,
    describe_new_database,
    lock_target,
    read_live,
    shadow_name,
)
from masker.postgres.unmade import Unmakeable, problem
from masker.ruleset.numbers import record as record_of
from masker.sides import Side
from masker.verify.gate import key_id


@dataclass(kw_only=True)
class Place:
    """The database being filled. *where* is where its names stand meanwhile, *session* the one that sees it under them
    where others do not yet."""

    endpoint: Endpoint
    where: Where = field(default_factory=Where)
    session: Session | None = None

    @contextlib.contextmanager
    def opened(self) -> Iterator[Session]:
        """A session in which its names mean what was filled."""
        with connect(self.endpoint) as conn:
            yield conn

    def state(self, state: str) -> str:
        """What its marker says of itself once it is to be in *state*."""
        return state

    def described(self, conn: psycopg.Connection) -> Mapping[str, str] | None:
        """What *conn*'s database will have of its own when it is published; None where that is what it has."""
        del conn
        return None

    def publish(self, *, keep_old: bool) -> str | None:
        """Let it take the live preview's place. Returns the name under which that one is kept."""
        del keep_old
        return None


@dataclass(kw_only=True)
class ShadowPlace(Place):
    """A shadow. *lock* is the session that holds the run's lock, *backend* its server's end."""

    target: Endpoint
    shadow: Shadow
    live: Live | None
    run: str
    lock: Session
    backend: Backend
    is_publishing: bool = False

    def described(self, conn: psycopg.Connection) -> Mapping[str, str] | None:
        """As of now: settings may have been given to the live preview while the run was under way."""
        now = read_live(self.lock, self.target.database)
        if now is not None and self.live is not None and now.oid == self.live.oid:
            self.live = now
        return describe_database(conn, self.live) if self.live else describe_new_database(conn)

    def publish(self, *, keep_old: bool) -> str | None:
        self.is_publishing = True
        return publish_shadow(
            self.lock, self.backend, self.target, shadow=self.shadow, live=self.live, run=self.run, keep_old=keep_old
        )


@contextlib.contextmanager
def swapping(ready: Prepared, run: str, listener: Listener) -> Iterator[Place]:
    """A shadow database, dropped again if the run fails."""
    database = ready.target.database
    with connect_maintenance(ready.target) as conn:
        lock_target(conn, database)
        for left in sweep(conn, database):
            listener(NotSwept(left.name, left.why, left.remedy) if left.why else Swept(left.name))
        live = read_live(conn, database)
        with server_errors(Side.TARGET, "the run's session was looked at"):
            backend = Backend(conn)
        shadow = Shadow(shadow_name(database, run), 0)
        place: ShadowPlace | None = None
        try:
            shadow = create_shadow(conn, shadow.name, live, ready.catalog.server)
            place = ShadowPlace(
                endpoint=ready.target.with_database(shadow.name),
                target=ready.target,
                shadow=shadow,
                live=live,
                run=run,
                lock=conn,
                backend=backend,
            )
            with connect(place.endpoint) as marked:
                write_marker(marked, "loading", {"run": run})
                begin_ledger(marked)
            yield place
        except NotDropped:
            raise
        except BaseException as error:
            conn.abandon()
            was_publishing = place is not None and place.is_publishing
            left_behind = take_stock(ready.target, backend, shadow=shadow, live=live, was_publishing=was_publishing)
            if isinstance(error, MaskerError):
                error.aftermath = left_behind
            raise


@contextlib.contextmanager
def emptying(ready: Prepared, run: str, listener: Listener) -> Iterator[Place]:
    """The target itself, marked, then emptied; before that, whether it can be filled is tried and taken back."""
    with connect(ready.target) as conn:
        lock_target(conn, ready.target.database)
        with server_errors(Side.TARGET, "the run's session was looked at"):
            backend = Backend(conn)
        try:
            for left in sweep_schemas(conn):
                what = f"schema {left.name}"
                listener(NotSwept(what, left.why, left.remedy) if left.why else Swept(what))
            _require_makeable(ready, conn, listener)
            # A run that fails here leaves what a run with the same key has to draw by.
            key = ready.settings.key
            keeps = {"key": key_id(key) if key is not None else None, "shape": record_of(ready.shapes)}
            write_marker(conn, "loading", {"run": run, **keeps})
            empty_database(conn)
            begin_ledger(conn)
            yield Place(endpoint=ready.target)
        except BaseException as error:
            conn.abandon()
            if isinstance(error, MaskerError):
                error.aftermath = _what_became(ready.target, backend, run)
            raise


def _require_makeable(ready: Prepared, conn: Session, listener: Listener) -> None:
    first = ready.plan.steps[0]
    if not isinstance(first, CreateSchema):
        return
    unmade = rehearse_emptied(conn, first.entries, first.attempts)
    if unmade is None:
        listener(
            NotTried(
                f"the schema could not be tried before {ready.target.database} is emptied: the server has too few locks"
                " for one transaction (max_locks_per_transaction)"
            )
        )
    elif unmade:
        raise Unmakeable(
            [problem(found, ready.catalog.server.major, conn.info.server_version // 10000) for found in unmade]
        )


def _what_became(target: Endpoint, backend: Backend, run: str) -> str:
    """What is said of a target that was filled direct. Its marker tells: nothing was touched before that was
    written."""
    try:
        marker = marker_after(target, backend)
    except (psycopg.Error, MaskerError):
        return (
            f"what became of {target.database} could not be seen; it is incomplete unless `masker verify --gate`"
            " exits 0"
        )
    if marker is None or marker.run != run:
        return f"{target.database} is as it was"
    if marker.state != "loading":
        return f"{target.database} is the new preview"
    return f"{target.database} is incomplete and marked so: `masker verify` exits 8 until a run has ended well"
