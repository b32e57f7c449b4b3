"""One mapper from what a server or libpq says to what masker says: SQLSTATE and names, never a row's value.

Servers quote rows in DETAIL (``Key (email)=(…)``), CONTEXT (``COPY users, line 3: "…"``) and, for some classes, in MESSAGE
(``invalid input syntax for type integer: "…"``, and whatever a trigger raises). DETAIL, CONTEXT and HINT are never shown; MESSAGE
only for the classes of :data:`_PLAIN_CLASSES`, whose texts speak of names alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import psycopg
from psycopg import pq

from masker.errors import MaskerError, SourceChanged, SourceError, TargetError

#: Classes whose MESSAGE names objects, settings or the state of the server and nothing that a row holds.
_PLAIN_CLASSES = frozenset({"08", "0A", "23", "25", "28", "2B", "3D", "3F", "40", "42", "53", "54", "55", "57", "58"})

#: Classes after which another connection may well succeed: connection trouble, a server shutting down.
_CONNECTION_CLASSES = frozenset({"08"})
_CONNECTION_STATES = frozenset({"57P01", "57P02", "57P03", "57P05"})


class Side(StrEnum):
    """Which of the two servers."""

    SOURCE = "source"
    TARGET = "target"

    @property
    def error(self) -> type[SourceError | TargetError]:
        return SourceError if self is Side.SOURCE else TargetError


class ServerFault(Exception):
    """What a server answered instead of what was asked, stripped of values. *sqlstate* is empty where the connection just ended."""

    def __init__(
        self, *, sqlstate: str, text: str, schema: str | None = None, table: str | None = None, constraint: str | None = None
    ) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate
        self.text = text
        self.schema = schema
        self.table = table
        self.constraint = constraint

    @property
    def is_connection(self) -> bool:
        """Whether the connection is gone, so that a new one may do the work."""
        return not self.sqlstate or self.sqlstate[:2] in _CONNECTION_CLASSES or self.sqlstate in _CONNECTION_STATES

    @classmethod
    def from_error(cls, error: psycopg.Error) -> ServerFault:
        """From what psycopg raised."""
        diag = error.diag
        return cls(
            sqlstate=error.sqlstate or "",
            text=_text(error.sqlstate or "", diag.message_primary, fallback=_first_line(str(error)) if error.sqlstate is None else None),
            schema=diag.schema_name, table=diag.table_name, constraint=diag.constraint_name,
        )  # fmt: skip

    @classmethod
    def from_result(cls, result: pq.abc.PGresult) -> ServerFault:
        """From a result of the low-level interface."""

        def field(which: pq.DiagnosticField) -> str | None:
            value = result.error_field(which)
            return value.decode("utf-8", "replace") if value else None

        sqlstate = field(pq.DiagnosticField.SQLSTATE) or ""
        message = field(pq.DiagnosticField.MESSAGE_PRIMARY)
        fallback = None if sqlstate else _first_line(result.error_message.decode("utf-8", "replace"))
        return cls(
            sqlstate=sqlstate, text=_text(sqlstate, message, fallback=fallback),
            schema=field(pq.DiagnosticField.SCHEMA_NAME), table=field(pq.DiagnosticField.TABLE_NAME),
            constraint=field(pq.DiagnosticField.CONSTRAINT_NAME),
        )  # fmt: skip

    @classmethod
    def lost(cls, why: str) -> ServerFault:
        """A connection that ended without a word from the server."""
        return cls(sqlstate="", text=_first_line(why) or "the connection ended")

    def to_error(self, side: Side, doing: str, *, hint: str | None = None) -> MaskerError:
        """The fault as the user sees it; *doing* completes "while …"."""
        state = f", SQLSTATE {self.sqlstate}" if self.sqlstate else ""
        names = " ".join(
            part
            for part in (
                f"table {self.schema}.{self.table}" if self.table else "",
                f"constraint {self.constraint}" if self.constraint else "",
            )
            if part
        )
        where = f" ({names}{state})" if names else f" ({state[2:]})" if state else ""
        if self.sqlstate == "53100":
            return side.error(
                f"{side}: the disk is full{where}, while {doing}",
                hint=hint or "free space on the server or give it a larger volume, then run again",
            )
        if self.sqlstate == "55P03":
            hint = hint or "another session holds a lock on it, a migration perhaps; run again when that has ended"
        if self.is_connection:
            return side.error(f"{side}: the connection was lost while {doing}{where or f': {self.text}'}", hint=hint)
        return side.error(f"{side}: {self.text}{where}, while {doing}", hint=hint)


def _text(sqlstate: str, message: str | None, *, fallback: str | None) -> str:
    if sqlstate[:2] in _PLAIN_CLASSES and message:
        return _first_line(message)
    if fallback:
        return fallback
    name = psycopg.errors.lookup(sqlstate).__name__ if _is_known(sqlstate) else "an error"
    return f"the server reported {_words(name)} and its text is withheld because it may quote a row"


def _is_known(sqlstate: str) -> bool:
    try:
        psycopg.errors.lookup(sqlstate)
    except KeyError:
        return False
    return True


def _words(class_name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in class_name).strip()


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0].strip() if text.strip() else ""


@contextmanager
def server_errors(side: Side, doing: str, *, hint: str | None = None) -> Iterator[None]:
    """Turn what *side* raises inside into a SourceError or TargetError that says what was being done."""
    try:
        yield
    except psycopg.Error as error:
        raise ServerFault.from_error(error).to_error(side, doing, hint=hint) from None
    except ServerFault as fault:
        raise fault.to_error(side, doing, hint=hint) from None


def source_changed(table: str, how: str) -> SourceChanged:
    """The source's schema moved under the run."""
    return SourceChanged(
        f"{table}: {how} on the source while it was being copied, so the snapshot can no longer be read whole",
        hint="the target is as it was; run again when no migration is running on production",
    )
