"""One mapper from what a server or libpq says to what masker says: SQLSTATE and names, never a row's value.

Servers quote rows in DETAIL (``Key (email)=(…)``), CONTEXT (``COPY users, line 3: "…"``) and, for some classes, in
MESSAGE (``invalid input syntax for type integer: "…"``, and whatever a trigger raises). DETAIL, CONTEXT and HINT are
never shown; MESSAGE only where :mod:`masker.postgres.server_texts` knows that it speaks of names alone. Notices and
warnings are not listened to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import pq

from masker.errors import MaskerError, SourceChanged
from masker.names import TableName
from masker.postgres.remedies import remedy
from masker.postgres.server_texts import ServerWords, first_line
from masker.sides import Side
from masker.tables.blame import Complaint

#: Serialization failure, deadlock: what a follower says, too, that ends a query or a session which holds up its replay.
_CONFLICT_STATES = frozenset({"40001", "40P01"})

#: Classes after which another connection may well succeed: connection trouble, a server shutting down.
_CONNECTION_CLASSES = frozenset({"08"})
_CONNECTION_STATES = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03"})


class ServerFault(Exception):
    """What a server answered instead of what was asked, stripped of values. *sqlstate* is empty where the connection
    just ended.

    *cause* is what to go by: the same, empty where a function of the schema has chosen it.
    """

    def __init__(
        self,
        *,
        sqlstate: str,
        text: str,
        schema: str | None = None,
        table: str | None = None,
        column: str | None = None,
        constraint: str | None = None,
        cause: str | None = None,
    ) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate
        self.cause = sqlstate if cause is None else cause
        self.text = text
        self.schema = schema
        self.table = table
        self.column = column
        self.constraint = constraint

    @property
    def is_connection(self) -> bool:
        """Whether the connection is gone, so that a new one may do the work."""
        return not self.sqlstate or self.cause[:2] in _CONNECTION_CLASSES or self.cause in _CONNECTION_STATES

    @property
    def is_raised(self) -> bool:
        """Whether a function of the schema has raised it, by whatever SQLSTATE: a broken constraint is told
        elsewhere."""
        return self.sqlstate == "P0001" or (not self.cause and self.sqlstate[:2] == "23")

    @property
    def is_conflict(self) -> bool:
        """Whether another attempt may well succeed."""
        return self.cause in _CONFLICT_STATES

    @classmethod
    def from_error(cls, error: psycopg.Error) -> ServerFault:
        """From what psycopg raised."""
        if error.sqlstate is None:
            return cls(sqlstate="", text=_client_text(str(error)))
        diag = error.diag
        return cls._from_words(
            ServerWords(
                sqlstate=error.sqlstate,
                message=diag.message_primary or "",
                file=diag.source_file or "",
                has_position=diag.statement_position is not None,
                has_context=bool(diag.context or diag.internal_query),
                schema=diag.schema_name,
                table=diag.table_name,
                column=diag.column_name,
                constraint=diag.constraint_name,
                domain=diag.datatype_name,
            )
        )

    @classmethod
    def from_result(cls, result: pq.abc.PGresult) -> ServerFault:
        """From a result of the low-level interface."""

        def field(which: pq.DiagnosticField) -> str | None:
            value = result.error_field(which)
            return value.decode("utf-8", "replace") if value else None

        sqlstate = field(pq.DiagnosticField.SQLSTATE)
        if not sqlstate:
            return cls(sqlstate="", text=_client_text(result.error_message.decode("utf-8", "replace")))
        return cls._from_words(
            ServerWords(
                sqlstate=sqlstate,
                message=field(pq.DiagnosticField.MESSAGE_PRIMARY) or "",
                file=field(pq.DiagnosticField.SOURCE_FILE) or "",
                has_position=field(pq.DiagnosticField.STATEMENT_POSITION) is not None,
                has_context=bool(field(pq.DiagnosticField.CONTEXT) or field(pq.DiagnosticField.INTERNAL_QUERY)),
                schema=field(pq.DiagnosticField.SCHEMA_NAME),
                table=field(pq.DiagnosticField.TABLE_NAME),
                column=field(pq.DiagnosticField.COLUMN_NAME),
                constraint=field(pq.DiagnosticField.CONSTRAINT_NAME),
                domain=field(pq.DiagnosticField.DATATYPE_NAME),
            )
        )

    @classmethod
    def caught(cls, said: ServerWords) -> ServerFault:
        """From what a function of masker's own has caught."""
        return cls._from_words(said)

    @classmethod
    def _from_words(cls, said: ServerWords) -> ServerFault:
        names = said.names_are_true
        return cls(
            sqlstate=said.sqlstate,
            text=said.text() or _withheld(said.sqlstate),
            schema=said.schema if names else None,
            table=said.table if names else None,
            column=said.column if names else None,
            constraint=said.constraint if names else None,
            cause=said.sqlstate if said.state_is_true else "",
        )

    @classmethod
    def lost(cls, why: str) -> ServerFault:
        """A connection that ended without a word from the server."""
        return cls(sqlstate="", text=_client_text(why) or "the connection ended")

    def complaint(
        self, *, at: TableName | None = None, index: str | None = None, view: TableName | None = None
    ) -> Complaint:
        """What it says of names, for :class:`masker.tables.blame.Blame`, and what the run was busy with."""
        table = TableName(self.schema, self.table) if self.schema and self.table else None
        # Whoever has chosen the class of a value that cannot be computed with, it was computed with.
        state = self.cause or ("P0001" if self.is_raised else self.sqlstate if self.sqlstate[:2] == "22" else "")
        return Complaint(
            state=state, table=table, column=self.column, constraint=self.constraint, at=at, index=index, view=view
        )

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
        hint = hint or remedy("P0001" if self.is_raised else self.cause, is_source=side is Side.SOURCE)
        if self.cause == "53100":
            error = side.error(f"{side}: the disk is full{where}, while {doing}", hint=hint)
        elif self.is_connection:
            error = side.error(f"{side}: the connection was lost while {doing}{where or f': {self.text}'}", hint=hint)
        else:
            error = side.error(f"{side}: {self.text}{where}, while {doing}", hint=hint)
        error.is_lost, error.is_conflict, error.sqlstate = self.is_connection, self.is_conflict, self.sqlstate
        return error


def _withheld(sqlstate: str) -> str:
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


#: How libpq passes on what a server says: ``FATAL:  …``, then ``CONTEXT:  …`` and other lines, in whatever language.
_SERVER_SAYS = re.compile(r"(?<=: )[^\s:]+:  .*")
_SERVER_ADDS = re.compile(r"^[^\s:]+:  ", re.MULTILINE)


def _client_text(text: str) -> str:
    """What libpq says. What a server said while it was connected to is left out where it has a context: login triggers
    run functions."""
    said = first_line(text)
    return (
        _SERVER_SAYS.sub("the server's text is withheld because it may quote a row", said)
        if _SERVER_ADDS.search(text, len(said))
        else said
    )


_SIDE = "masker_side"


def tell_side(error: psycopg.Error, side: Side) -> None:
    """Note on *error* which server it comes from, for whoever catches it far from where it was raised."""
    vars(error)[_SIDE] = side


def side_of(error: psycopg.Error) -> Side | None:
    """Which server *error* comes from, None where nobody has told."""
    side = vars(error).get(_SIDE)
    return side if isinstance(side, Side) else None


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
