"""Bytes from one server's COPY to another's, at 0.3 µs of Python a row and in bounded memory.

The server sends one CopyData message a row; they are drained with ``get_copy_data(1)``, which never blocks, joined to
blocks and handed to the target's socket. Waiting happens in ``poll`` alone: it lets other threads run, while
``get_copy_data(0)`` and a blocking ``put_copy_data`` hold the interpreter as long as the slower server takes.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg import pq

from masker.postgres.errors import ServerFault
from masker.sides import Side

#: Bytes joined before they go to the target: more makes libpq slower, less costs calls.
_BLOCK_BYTES = 131_072

#: A row of so many bytes goes to the target by itself, in pieces of this size.
_LARGE_BYTES = 1_048_576

#: Milliseconds between looks at whether the run was cancelled.
_TICK_MS = 250

_READY = select.POLLIN | select.POLLPRI | select.POLLERR | select.POLLHUP


class Cancelled(Exception):
    """The run is being ended; whatever was going on is void."""


class SideFault(Exception):
    """A fault and the server it came from."""

    def __init__(self, side: Side, fault: ServerFault) -> None:
        super().__init__(str(fault))
        self.side = side
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Pumped:
    """What went through. *sent* and *stored* are rows by the source's and the target's own count; *bytes* on the wire,
    uncompressed."""

    sent: int
    stored: int
    bytes: int


@dataclass(slots=True)
class Wire:
    """One side of a pump: a libpq connection that is polled, never blocked on."""

    side: Side
    pgconn: pq.abc.PGconn
    is_cancelled: Callable[[], bool]

    def __post_init__(self) -> None:
        self.pgconn.nonblocking = 1

    def start(self, query: str, expected: pq.ExecStatus) -> None:
        """Send *query* and wait until its COPY has begun."""
        try:
            self.pgconn.send_query(query.encode())
        except psycopg.Error as error:
            raise self.lost(error) from None
        result = self.result()
        if result is None or result.status != expected:
            fault = (
                ServerFault.from_result(result) if result is not None else ServerFault.lost("the server did not answer")
            )
            self.finish(raising=False)
            raise SideFault(self.side, fault)

    def result(self) -> pq.abc.PGresult | None:
        """The next result, waited for. Raises SideFault if the connection ends."""
        try:
            while self.pgconn.flush():
                self.wait(select.POLLOUT | _READY)
                self.pgconn.consume_input()
            while self.pgconn.is_busy():
                self.wait(_READY)
                self.pgconn.consume_input()
            return self.pgconn.get_result()
        except psycopg.Error as error:
            raise self.lost(error) from None

    def finish(self, *, raising: bool = True) -> int:
        """Read the results to their end; the row count of the last command. Raises SideFault on the first error among
        them."""
        rows = 0
        fault: ServerFault | None = None
        while (result := self.result()) is not None:
            if result.status == pq.ExecStatus.COMMAND_OK:
                rows = result.command_tuples or 0
            elif result.status in {pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH}:
                break
            elif fault is None:
                fault = ServerFault.from_result(result)
        if fault is not None and raising:
            raise SideFault(self.side, fault)
        return rows

    def has_spoken(self) -> bool:
        """Whether the server has sent something that was not read yet."""
        poller = select.poll()
        poller.register(self.pgconn.socket, _READY)
        return bool(poller.poll(0))

    def wait(self, events: int) -> int:
        """Poll until one of *events*, looking at the cancel flag meanwhile."""
        poller = select.poll()
        poller.register(self.pgconn.socket, events)
        while True:
            ready = poller.poll(_TICK_MS)
            if self.is_cancelled():
                raise Cancelled
            if ready:
                return ready[0][1]

    def lost(self, error: psycopg.Error) -> SideFault:
        """*error* as a fault of this side."""
        return SideFault(self.side, ServerFault.from_error(error) if error.sqlstate else ServerFault.lost(str(error)))


def pump(source: Wire, target: Wire, on_block: Callable[[int, int], None]) -> Pumped:
    """Move all rows of the COPY started on *source* into the one started on *target*.

    *on_block* is told rows and bytes as they pass. Raises SideFault for the server that failed, the target having been
    told to forget what it got, and Cancelled.
    """
    get = source.pgconn.get_copy_data
    consume = source.pgconn.consume_input
    buffer = bytearray()
    total = rows = 0
    try:
        while True:
            size, row = get(1)
            if size >= _LARGE_BYTES:
                if buffer:
                    _send(target, bytes(buffer))
                    total += len(buffer)
                    on_block(rows, len(buffer))
                    buffer.clear()
                    rows = 0
                # Piece by piece, and let go of before the next one comes: a copy of it less on the way in, and none on
                # the way out.
                for at in range(0, size, _LARGE_BYTES):
                    _send(target, bytes(row[at : at + _LARGE_BYTES]))
                del row
                total += size
                on_block(1, size)
            elif size > 0:
                buffer += row
                rows += 1
                if len(buffer) >= _BLOCK_BYTES:
                    _send(target, bytes(buffer))
                    total += len(buffer)
                    on_block(rows, len(buffer))
                    buffer.clear()
                    rows = 0
            elif size == 0:
                source.wait(_READY)
                consume()
            else:
                break
        sent = source.finish()
    except psycopg.Error as error:
        _abandon(target)
        raise source.lost(error) from None
    except SideFault as fault:
        if fault.side is not target.side:
            _abandon(target)
        raise
    if buffer:
        _send(target, bytes(buffer))
        total += len(buffer)
        on_block(rows, len(buffer))
    try:
        target.pgconn.put_copy_end()
    except psycopg.Error as error:
        raise target.lost(error) from None
    stored = target.finish()
    return Pumped(sent, stored, total)


def _send(target: Wire, block: bytes) -> None:
    """Hand *block* over and wait until the socket took it all, so that memory stays at one block a lane.

    With notices off, a server that speaks during COPY FROM STDIN has failed: it goes on reading and throws away what it
    gets, so the rest of a large table is spared it.
    """
    try:
        target.pgconn.put_copy_data(block)
        while (is_full := bool(target.pgconn.flush())) or target.has_spoken():
            if not is_full or target.wait(select.POLLOUT | _READY) & ~select.POLLOUT:
                target.pgconn.consume_input()
                target.pgconn.put_copy_end(b"masker: the target reported an error")
                target.finish()
                raise SideFault(target.side, ServerFault.lost("the target ended the COPY"))
    except psycopg.Error as error:
        raise target.lost(error) from None


def _abandon(target: Wire) -> None:
    """Make the target forget an unfinished COPY; what it says to that does not matter any more."""
    try:
        target.pgconn.put_copy_end(b"masker: the source failed")
        target.finish(raising=False)
    except (psycopg.Error, SideFault):
        return
