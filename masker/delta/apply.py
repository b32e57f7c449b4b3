"""What has changed, found and written: within one transaction on the live preview, so that everybody reads what was or
what is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from masker.copy.run import Changed
from masker.copy.server.small_tables import copy_rows, held
from masker.copy.steps import CopyPart
from masker.delta.before import NotPossible
from masker.delta.server.triggers import put_aside
from masker.delta.tables import TableDelta
from masker.errors import TargetError
from masker.names import TableName
from masker.postgres.errors import ServerFault
from masker.postgres.own_settings import OwnSettings
from masker.postgres.pump import Wire
from masker.sides import Side
from masker.tables.evidence import MODULUS, Evidence
from masker.tables.witness import passing
from masker.verify.again import older_rows
from masker.verify.since import Since
from masker.verify.witness import Sample

#: How long others are waited for that write to the preview, in seconds.
LOCK_PATIENCE_S = 60

#: Pages that may be read to learn who references rows that are deleted.
_MOST_SCANNED_PAGES = 5_000_000

#: A full copy pays from that share of changed rows on, in percent, unless there are but a few.
_MOST_CHANGED, _FEW_ROWS = 25, 20_000

#: More rows than so many are not asked for one by one.
_MOST_ASKED = 500_000

#: A COPY of no rows has no more bytes.
_NOTHING_BYTES = 32


class Applying:
    """*reading* is in the source's snapshot with the masks' settings, *writing* in a transaction on the preview.
    *horizon* is from when the run before had read, *since* from when it had written. *on_block* is told rows and
    bytes as they come."""

    def __init__(
        self,
        reading: psycopg.Connection,
        writing: psycopg.Connection,
        *,
        horizon: int,
        since: Since,
        is_stopped: Callable[[], bool],
        on_block: Callable[[int, int], None],
    ) -> None:
        self._reading = reading
        self._writing = writing
        self._horizon = horizon
        self._settings = OwnSettings(writing)
        self._own = written_by_others(since)
        self._is_stopped = is_stopped
        self._seen: dict[TableName, tuple[TableDelta, Sample, int]] = {}
        self._on_block = on_block

    def lock(self, tables: Sequence[TableDelta]) -> None:
        """Keep others from writing to *tables*, while they may read. Raises TargetError, NotPossible."""
        try:
            self._writing.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_PATIENCE_S}s"])
            names = sql.SQL(", ").join(
                sql.SQL("ONLY {}").format(sql.Identifier(one.name.schema, one.name.name))
                for one in sorted(tables, key=lambda one: one.name)
            )
            if tables:
                self._writing.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(names))
        except psycopg.errors.LockNotAvailable:
            raise TargetError(
                f"target: somebody has been writing to its tables for more than {LOCK_PATIENCE_S} s, without ending the"
                " transaction",
                hint="end that session (pg_stat_activity), and run again; --full makes a new preview beside it",
            ) from None
        except psycopg.errors.OutOfMemory:
            raise NotPossible("the target has too few locks for all tables (max_locks_per_transaction)") from None

    def find(self, delta: TableDelta, said: Evidence | None, *, younger: int | None) -> int:
        """Have the preview note what is to be written and deleted; *said* is what the source's keys come to, *younger*
        how many of its rows are younger than the run before, None where nobody has counted. Returns the bytes that
        came. Raises NotPossible, SideFault, SourceError, psycopg.Error."""
        for statement in delta.begin():
            self._execute(statement)
        if delta.how == "empty":
            self._execute(delta.everything())
            return 0
        with held(self._reading, [(delta.name, delta.table.oid)]):
            size = self._move(delta.younger(self._horizon)) if younger != 0 or delta.takes_all else 0
            if delta.how == "whole":
                self._execute(delta.everything())
                return size
            if size > _NOTHING_BYTES:
                self._execute(delta.learn_changed())
            return self._compare(delta, said, size)

    def seen(self, table: TableName) -> Sample | None:
        """Those of the rows of *table* that are proved, as they were when its changes were found, if nothing has been
        written to it since: neither by masker nor by what it has set off. Raises psycopg.Error."""
        if table not in self._seen:
            return None
        delta, sample, file = self._seen[table]
        ((is_untouched, now),) = self._rows(delta.is_untouched())
        return sample if is_untouched and now == file else None

    def _compare(self, delta: TableDelta, said: Evidence | None, size: int) -> int:
        """What ages do not tell: rows that are gone from either side, and those that others have written here. *size*
        are the bytes that have come; returns all of them."""
        sieve = said.sieve if said is not None else None
        ((rows, keys, others, others_keys, picked, file),) = self._rows(
            delta.totals(self._own, passing(sieve) if sieve is not None else "false")
        )
        if sieve is not None:
            sample = Sample(sieve=sieve, rows=rows, identity=int(keys) % MODULUS, picked=picked or ())
            self._seen[delta.name] = delta, sample, file
        if others and delta.number_key is not None:
            numbers = [int(row[0]) for row in self._rows(delta.own_numbers(self._own))]
            size += self._fetch(delta, numbers)
        new, new_keys, old, old_keys = (
            next(self._rows(delta.totals_of_changed(self._own))) if size > _NOTHING_BYTES else (0, 0, 0, 0)
        )
        is_same = said is not None and (said.rows - new, (said.identity - int(new_keys)) % MODULUS) == (
            rows - others - old,
            (int(keys) - int(others_keys) - int(old_keys)) % MODULUS,
        )
        if not is_same:
            size += self._compare_numbers(delta) if delta.number_key is not None else self._compare_buckets(delta)
        if others:
            self._execute(delta.strangers(self._own))
        return size

    def _compare_numbers(self, delta: TableDelta) -> int:
        self._execute(delta.begin_bits())
        size = self._move(delta.bits())
        self._analyze(delta.theirs)
        *statements, query = delta.differing_bits(self._own)
        self._execute_each(statements)
        return size + self._fetch(delta, [int(row[0]) for row in self._rows(query)])

    def _fetch(self, delta: TableDelta, numbers: Sequence[int]) -> int:
        self._require_few(delta, numbers)
        return self._move(delta.numbered(numbers, self._horizon)) if numbers else 0

    def _compare_buckets(self, delta: TableDelta) -> int:
        self._execute_each(delta.begin_sums())
        size = self._move(delta.sums(self._horizon))
        self._analyze(delta.theirs)
        buckets = [int(row[0]) for row in self._rows(delta.differing(self._own))]
        if not buckets:
            return size
        size += self._move(delta.listed(self._horizon, buckets))
        self._execute_each(delta.compare(self._own, buckets))
        places = [str(row[0]) for row in self._rows(delta.missing())]
        self._require_few(delta, places)
        return size + (self._move(delta.at(places)) if places else 0)

    @staticmethod
    def _require_few(delta: TableDelta, rows: Sequence[object]) -> None:
        if len(rows) > _MOST_ASKED:
            raise NotPossible(f"{len(rows):,} rows of {delta.name} are missing or were changed by others")

    def write(self, tables: Sequence[TableDelta], sizes: Mapping[TableName, int]) -> dict[TableName, Changed]:
        """Write all that was noted. Raises NotPossible, psycopg.Error."""
        counted: dict[TableName, Changed] = {}
        for delta in tables:
            ((written, deleted),) = self._rows(delta.counts())
            counted[delta.name] = Changed(written=written, deleted=deleted, bytes=sizes[delta.name])
        self._require_worth(tables, counted)
        with put_aside(self._writing, {one.name for one in tables if _is_touched(counted[one.name])}):
            self._execute("SET CONSTRAINTS ALL DEFERRED")
            try:
                self._write(tables, counted)
                self._execute("SET CONSTRAINTS ALL IMMEDIATE")
                version = self._writing.info.server_version
                touched = (one for one in tables if _is_touched(counted[one.name]))
                self._execute_each(dict.fromkeys(statement for one in touched for statement in one.analyze(version)))
            except psycopg.errors.IntegrityError as error:
                raise NotPossible(
                    f"the changes cannot be written one table after the other: {ServerFault.from_error(error).text}"
                ) from None
        return counted

    def _write(self, tables: Sequence[TableDelta], counted: Mapping[TableName, Changed]) -> None:
        gone = [one for one in reversed(tables) if counted[one.name].deleted]
        for delta in gone:
            self._analyze(delta.gone)
            self._execute(delta.delete(unreferenced=True))
        self._settings.give(besides={"row_security"})
        for delta in tables:
            if counted[delta.name].written:
                self._execute(delta.write())
        self._settings.take()
        for delta in gone:
            if not delta.references:
                continue
            ((left, referenced),) = self._rows(delta.remaining())
            if referenced:
                raise NotPossible(f"{referenced:,} rows of {delta.name} are gone from the source, and still referenced")
            if left:
                self._execute(delta.delete(unreferenced=False))

    def _require_worth(self, tables: Sequence[TableDelta], counted: Mapping[TableName, Changed]) -> None:
        rows = sum(max(0, int(one.table.rows)) for one in tables)
        changed = sum(one.written + one.deleted for one in counted.values())
        if changed > max(_FEW_ROWS, rows * _MOST_CHANGED / 100):
            raise NotPossible(f"{changed:,} rows have changed, so that a full copy is faster")
        for delta in tables:
            for reference in delta.references:
                if delta.is_moved and reference.acts and counted[delta.name].written:
                    raise NotPossible(
                        f"the key of {delta.name} is checked late, and rows of {reference.table} would go along"
                    )
                if counted[delta.name].deleted * reference.scanned_pages > _MOST_SCANNED_PAGES:
                    raise NotPossible(
                        f"{counted[delta.name].deleted:,} rows of {delta.name} are gone, and {reference.table} has no"
                        " index to find those by that reference them"
                    )

    def _move(self, part: CopyPart) -> int:
        source = Wire(Side.SOURCE, self._reading.pgconn, self._is_stopped)
        target = Wire(Side.TARGET, self._writing.pgconn, self._is_stopped)
        return copy_rows(source, target, part, self._on_block).bytes

    def _analyze(self, table: str) -> None:
        self._writing.execute(sql.SQL("ANALYZE {}").format(sql.SQL(table)))

    def _execute(self, statement: str) -> None:
        self._writing.execute(statement.encode())

    def _execute_each(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self._execute(statement)

    def _rows(self, query: str) -> Iterator[Sequence[Any]]:
        yield from self._writing.execute(query.encode()).fetchall()


def written_by_others(since: Since) -> str:
    """SQL of whether a row of the preview was written after the run that kept *since*, and not by masker."""
    others = [f"xmin <> '{number % 2**32}'::xid" for number in since.own]
    return " AND ".join([f"NOT ({older_rows(since.preview)})", *others])


def _is_touched(changed: Changed) -> bool:
    return bool(changed.written or changed.deleted)
