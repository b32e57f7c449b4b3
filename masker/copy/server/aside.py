"""New schemas beside the live ones in one database, under their names for the time of a transaction.

``ALTER SCHEMA … RENAME`` locks no table, and nobody else sees it before it is committed. So a transaction that begins
by renaming the live schemas away and the new ones to their names can make whatever a dump says: it is the server that
understands names, in views, in defaults, in the text of functions. Where it ends by renaming them back, nothing but the
new ones has changed for anybody; the last transaction does not rename them back, and that is how they are published.

Two such transactions would wait for each other, so the run's sessions take turns. Rows are loaded, proved and vacuumed
by many at once, under the names that the new schemas have meanwhile (``masker_next_1`` …): no name is looked up there
but the table's own, unless a function of the schema is called, whose text nobody can see into.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import psycopg
from psycopg import sql

from masker.catalog.types import Catalog, Table
from masker.copy.server.ledger import ASIDE_LEDGER
from masker.copy.server.where import Where
from masker.copy.steps import CopyPart
from masker.names import NEXT_SCHEMAS, OLD_SCHEMAS, TableName, quote
from masker.postgres.deadlocks import execute_past_deadlocks
from masker.postgres.pump import Cancelled

_NAMESPACES = "SELECT nspname::text FROM pg_namespace WHERE nspname = ANY(%s)"


class Aside(Where):
    """The new schemas of a run. *schemas* are replaced together; *extensions*, by name, live in one of them and go
    along with its name. *calling* are the tables that are filled under the schema's own names."""

    ledger = ASIDE_LEDGER
    shares = False

    def __init__(
        self,
        schemas: Sequence[str],
        extensions: Mapping[str, str],
        calling: frozenset[TableName],
        stop: threading.Event,
    ) -> None:
        ordered = sorted(schemas)
        self._next = dict(zip(ordered, NEXT_SCHEMAS, strict=False))
        self._old = dict(zip(ordered, OLD_SCHEMAS, strict=False))
        self._extensions = extensions
        self._calling = calling
        self._stop = stop
        self._turn = threading.Lock()

    @contextlib.contextmanager
    def within(self, conn: psycopg.Connection) -> Iterator[None]:
        """One transaction, or a part of one that is taken back with it. Raises Cancelled where the run was ended
        meanwhile."""
        with self._turn:
            if self._stop.is_set():
                raise Cancelled
            with conn.transaction():
                self.enter(conn)
                yield
                self.leave(conn)

    @contextlib.contextmanager
    def loading(self, conn: psycopg.Connection, step: CopyPart) -> Iterator[CopyPart]:
        if (aside := self.loads_at_once(step)) is not None:
            yield aside
            return
        with self._turn:
            if self._stop.is_set():
                raise Cancelled
            self.enter(conn)
            yield step

    def loaded(self, conn: psycopg.Connection, step: CopyPart) -> None:
        if step.table in self._calling:
            self.leave(conn)

    def loads_at_once(self, step: CopyPart) -> CopyPart | None:
        if step.table in self._calling:
            return None
        aside = self.at(step.table)
        return replace(step, table=aside, target_sql=step.target_sql.replace(step.table.sql, aside.sql, 1))

    def at(self, table: TableName) -> TableName:
        return TableName(self._next[table.schema], table.name)

    def at_schema(self, schema: str) -> str:
        """What the new one of *schema* is called meanwhile."""
        return self._next[schema]

    def old_schema(self, schema: str) -> str:
        """What the live one of *schema* is called while the new one has its name."""
        return self._old[schema]

    def execute(self, conn: psycopg.Connection, statement: str) -> None:
        if not statement.startswith("VACUUM"):
            execute_past_deadlocks(conn, statement.encode(), within=self.within)
            return
        # No transaction can hold it. What ANALYZE computes of an index may call functions, which look for names.
        options, _, name = statement.partition(") ")
        schema = next(schema for schema in self._next if name.startswith(f"{quote(schema)}."))
        aside = quote(self._next[schema]) + name.removeprefix(quote(schema))
        freeze = " (FREEZE)" if "FREEZE" in options else ""
        execute_past_deadlocks(conn, f"VACUUM{freeze} {aside}".encode())
        if "ANALYZE" in options:
            execute_past_deadlocks(conn, f"ANALYZE {name}".encode(), within=self.within)

    def enter(self, conn: psycopg.Connection) -> None:
        """From here on, in *conn*'s transaction, the live names are the new schemas'. Raises psycopg.Error."""
        there = _existing(conn, [*self._next, *self._next.values()])
        renames = [
            _rename(before, after)
            for schema in self._next
            for before, after in ((schema, self._old[schema]), (self._next[schema], schema))
            if before in there
        ]
        _execute(conn, [*renames, *(_move(name, schema) for name, schema in self._extensions.items())])

    def leave(self, conn: psycopg.Connection) -> None:
        """The end of that. Raises psycopg.Error."""
        there = _existing(conn, [*self._next, *self._old.values()])
        renames = [
            _rename(before, after)
            for schema in self._next
            for before, after in ((schema, self._next[schema]), (self._old[schema], schema))
            if before in there
        ]
        _execute(conn, [*(_move(name, self._old[schema]) for name, schema in self._extensions.items()), *renames])


def calling_tables(catalog: Catalog) -> frozenset[TableName]:
    """The tables of which a row may not be stored without a function of the schema being called."""
    return frozenset(name for name, table in catalog.tables.items() if _calls(table))


def _calls(table: Table) -> bool:
    return (
        table.is_partition
        or any(check.runs_functions for check in table.checks)
        or any(column.generated == "s" or column.type.runs_functions for column in table.columns)
    )


def _existing(conn: psycopg.Connection, names: Sequence[str]) -> frozenset[str]:
    found = (row[0] for row in conn.execute(_NAMESPACES, [list(names)]).fetchall())
    # Sessions without an encoding read bytes.
    return frozenset(name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else name for name in found)


def _rename(before: str, after: str) -> sql.Composed:
    return sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(before), sql.Identifier(after))


def _move(extension: str, schema: str) -> sql.Composed:
    return sql.SQL("ALTER EXTENSION {} SET SCHEMA {}").format(sql.Identifier(extension), sql.Identifier(schema))


def _execute(conn: psycopg.Connection, statements: Sequence[sql.Composed]) -> None:
    if statements:
        conn.execute(sql.SQL("; ").join(statements))
