"""Masks of rules tried on made-up rows, in a read-only transaction of the source."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg

from masker.catalog.read import read_catalog
from masker.catalog.types import Catalog, Column, Table, TypeClass
from masker.copy.reading import Reading, reading
from masker.errors import Problem, RuleErrors
from masker.masks.sql.bindings import INSTANT, derive
from masker.names import quote
from masker.postgres.connect import connect, parse_url
from masker.postgres.errors import server_errors
from masker.postgres.examples import Row, masked_examples, widths
from masker.ruleset.resolve import resolve
from masker.ruleset.secrets import known_values
from masker.ruleset.types import Resolution, RuleSet
from masker.sides import Side

_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Masks:
    """The masks of rules at a source, and the session they are tried in."""

    conn: psycopg.Connection
    catalog: Catalog
    resolution: Resolution
    found: Reading
    values: Mapping[str, str]

    def make(self, table: Table, column: Column, rows: Sequence[Row]) -> list[str | None]:
        """What becomes of *column* in each of *rows*, as text. Raises ServerFault."""
        return masked_examples(self.conn, table, self.statement(table, column), rows, self.values)

    def given(self, table: Table, column: Column, row: Row) -> str | None:
        """*column* of *row* as the server writes it. Raises ServerFault."""
        return masked_examples(self.conn, table, quote(column.name), [row], self.values)[0]

    def widths(self, table: Table, column: Column) -> tuple[int, float, float] | None:
        """Rows that were measured, and how many bytes *column* has in them before and after; None where there are no
        values. Raises ServerFault."""
        return widths(self.conn, table, column.name, self.statement(table, column), self.values)

    def statement(self, table: Table, column: Column) -> str:
        """The expression that is read instead of *column*."""
        read = self.found.tables.get(table.name)
        masked = {each.name: each.sql for each in read.masked} if read is not None else {}
        return masked.get(column.name, quote(column.name))

    def shows_rows(self, table: Table) -> bool:
        """Whether masks of *table* read other tables."""
        read = self.found.tables.get(table.name)
        return read is not None and bool(read.reads_tables)

    def problems(self, table: Table, column: Column) -> list[Problem]:
        """Why *column* has no mask that could be tried."""
        subject = str(table.column_name(column.name))
        return [problem for problem in self.found.problems if problem.subject in {subject, str(table.name)}]


@contextlib.contextmanager
def open_masks(url: str, ruleset: RuleSet, key: bytes | None = None) -> Iterator[Masks]:
    """The masks of *ruleset* at the database *url*, with *key* or a fresh one. Raises what connecting raises."""
    key = key or secrets.token_bytes(_KEY_BYTES)
    with connect(parse_url(url, Side.SOURCE)) as conn:
        with server_errors(Side.SOURCE, "its catalog was read"):
            catalog = read_catalog(conn)
            row = conn.execute("SELECT now()::text").fetchone()
        resolution = resolve(ruleset, catalog)
        instant = {INSTANT: str(row[0]) if row else ""}
        known: Mapping[str, str]
        try:
            known = {**known_values(resolution, os.environ, key), **instant}
        except RuleErrors:
            # Passwords of the preview matter to the run alone.
            known = defaultdict(str, instant)
        found = reading(catalog, resolution, known, {})
        yield Masks(conn, catalog, resolution, found, derive(key, found.bindings.used))


#: What a made-up row holds, by the family of the column's type; ``{}`` is its number.
_MADE_UP = {
    TypeClass.TEXT: "Made up {}", TypeClass.INTEGER: "{}", TypeClass.NUMBER: "{}.5", TypeClass.BOOLEAN: "true",
    TypeClass.DATE: "1990-01-0{}", TypeClass.TIMESTAMP: "1990-01-0{} 10:00:00", TypeClass.TIME: "10:0{}:00",
    TypeClass.INTERVAL: "{} hours", TypeClass.INET: "198.51.100.{}", TypeClass.CIDR: "198.51.100.0/24",
    TypeClass.JSON: '{{"made": "up {}"}}', TypeClass.JSONB: '{{"made": "up {}"}}', TypeClass.BYTEA: "\\\\x0{}",
    TypeClass.UUID: "00000000-0000-4000-8000-00000000000{}", TypeClass.ARRAY: "{{}}",
}  # fmt: skip


def made_up(table: Table, count: int) -> list[Row]:
    """*count* rows of *table* that nobody has."""
    return [{column.name: _value(column, at % 9 + 1, at + 1) for column in table.columns} for at in range(count)]


def _value(column: Column, digit: int, number: int) -> str | None:
    kind = column.type
    if kind.kind is TypeClass.ENUM:
        return kind.labels[number % len(kind.labels)] if kind.labels else None
    form = _MADE_UP.get(kind.kind)
    if form is None:
        return None
    made = form.format(number if kind.kind in {TypeClass.TEXT, TypeClass.INTEGER} else digit)
    return made[: kind.length] if kind.length is not None else made
