"""Sequences: where the run set them, and past all that stands in the columns they fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import psycopg
from psycopg import sql

from masker.catalog.read import read_sequence_values
from masker.findings import Finding, Outcome
from masker.names import TableName
from masker.postgres.errors import ServerFault
from masker.queries import queries

_SQL = queries(__name__)

#: Sequences asked about by one statement.
_AT_ONCE = 50

_OWNED = _SQL["owned"]


def check_owned(source: psycopg.Connection, target: psycopg.Connection) -> Iterator[Finding]:
    """Whether the next value of each sequence is past all that stand in its column, unless production is that way
    itself."""
    try:
        owned = target.execute(_OWNED).fetchall()
    except psycopg.Error as error:
        yield _not_run("all", error)
        return
    found = [_Owned(*row) for row in owned]
    open_ = [sequence for sequence in found if not sequence.hides_rows]
    for at in range(0, len(open_), _AT_ONCE):
        sequences = open_[at : at + _AT_ONCE]
        behind = _all_behind(target, sequences)
        for number, sequence in enumerate(sequences):
            try:
                is_behind = behind[number] if behind is not None else _is_behind(target, sequence)
                is_behind = is_behind and not _is_behind(source, sequence)
            except psycopg.Error as error:
                yield _not_run(str(sequence.subject), error)
                continue
            yield _stands(sequence, is_behind=is_behind)
    for sequence in found:
        if sequence.hides_rows:
            try:
                is_behind = _is_behind_source(target, source, sequence)
            except psycopg.Error as error:
                yield _not_run(str(sequence.subject), error)
                continue
            yield _stands(sequence, is_behind=is_behind)


def _stands(sequence: _Owned, *, is_behind: bool) -> Finding:
    return _result(
        str(sequence.subject),
        f"it stands before the furthest {sequence.column} of {sequence.of}" if is_behind else None,
    )


def _is_behind_source(target: psycopg.Connection, source: psycopg.Connection, sequence: _Owned) -> bool:
    """Of a table whose rows are hidden from the target's role: they are the source's, or another check says so."""
    row = source.execute(sequence.asks(0)).fetchone()
    stands = target.execute(sequence.place()).fetchone()
    if row is None or stands is None:
        return False
    return sequence.is_behind(row[1], *stands) and not sequence.is_behind(*row[1:])


def check_set(
    target: psycopg.Connection, names: tuple[TableName, ...], values: Mapping[TableName, tuple[int, bool]] | None
) -> Iterator[Finding]:
    """Whether each of the sequences *names* stands where the run set it: *values* as it read them on the source, None
    if it did not."""
    if not names:
        return
    if values is None:
        yield Finding(
            check="sequences", subject="all", outcome=Outcome.NOT_RUN, detail="the run did not come to setting them"
        )
        return
    try:
        found = read_sequence_values(target, list(names))
    except psycopg.Error as error:
        yield _not_run("all", error)
        return
    good = True
    for name in names:
        if found.get(name) != values.get(name):
            good = False
            yield _result(str(name), "it does not stand where it stood on the source")
    if good:
        yield _result(f"{len(names):,} stand where they stood on the source", None)


@dataclass(frozen=True, slots=True)
class _Owned:
    """A sequence and the column that it fills; *hides_rows*: row security applies to the role that asks."""

    schema: str
    name: str
    table_schema: str
    table: str
    column: str
    increment: int
    hides_rows: bool

    @property
    def subject(self) -> TableName:
        return TableName(self.schema, self.name)

    @property
    def of(self) -> TableName:
        return TableName(self.table_schema, self.table)

    def asks(self, number: int) -> sql.Composed:
        """SQL of one row: *number*, the furthest value of its column as text, where the sequence stands, and whether
        that was given out."""
        return sql.SQL("SELECT {}, (SELECT {}({})::text FROM {}), last_value, is_called FROM {}").format(
            sql.Literal(number),
            sql.SQL("max" if self.increment > 0 else "min"),
            sql.Identifier(self.column),
            sql.Identifier(self.table_schema, self.table),
            sql.Identifier(self.schema, self.name),
        )

    def place(self) -> sql.Composed:
        """SQL of where the sequence stands, and whether that was given out."""
        return sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(self.schema, self.name))

    def is_behind(self, furthest: str | None, value: int, is_called: bool) -> bool:
        """Whether what it gives out next is not past *furthest*."""
        if furthest is None or Decimal(furthest).is_nan():
            return False
        following = value + self.increment if is_called else value
        return following <= Decimal(furthest) if self.increment > 0 else following >= Decimal(furthest)


def _all_behind(conn: psycopg.Connection, sequences: Sequence[_Owned]) -> Sequence[bool] | None:
    """Whether each is behind; None where the server does not answer for all of them."""
    query = sql.SQL(" UNION ALL ").join(sequence.asks(number) for number, sequence in enumerate(sequences))
    try:
        found = {number: stands for number, *stands in conn.execute(query).fetchall()}
    except psycopg.Error:
        return None
    return [sequence.is_behind(*found[number]) for number, sequence in enumerate(sequences)]


def _is_behind(conn: psycopg.Connection, sequence: _Owned) -> bool:
    row = conn.execute(sequence.asks(0)).fetchone()
    return row is not None and sequence.is_behind(*row[1:])


def _not_run(subject: str, error: psycopg.Error) -> Finding:
    return Finding(
        check="sequences",
        subject=subject,
        outcome=Outcome.NOT_RUN,
        detail=f"the server could not answer: {ServerFault.from_error(error).text}",
    )


def _result(subject: str, problem: str | None) -> Finding:
    return Finding(
        check="sequences", subject=subject, outcome=Outcome.FAILED if problem else Outcome.PASSED, detail=problem or ""
    )
