"""What has changed, found and written: within one transaction on the live preview, so that everybody reads what was or
what is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from masker.copy.run import Changed
from masker.copy.server.small_tables import copy_rows, held
from masker.copy.steps import CopyPart
from masker.delta import counting
from masker.delta.before import NotPossible
from masker.delta.server.triggers import put_aside
from masker.delta.tables import TableDelta, Younger
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


@dataclass(frozen=True, slots=True)
class _Changed:
    """Rows to be written and the sum of their keys; the same of the target's rows with these keys, and of those of them
    which others have not written. Of so many the columns that are to be kept are others."""

    rows: int = 0
    keys: int = 0
    there: int = 0
    there_keys: int = 0
    own: int = 0
    own_keys: int = 0
    moved: int = 0


@dataclass(slots=True)
class _Seen:
    """What the target's rows were when the changes of *delta* were found, in *file*: so many *rows*, whose keys sum up
    to *identity*; those *picked* pass *sieve*. *changed* is to be written to them; *deleted* were so many, whose keys
    sum up to *deleted_keys*."""

    delta: TableDelta
    sieve: int
    file: int
    rows: int
    identity: int
    picked: Sequence[str]
    changed: _Changed
    deleted: int = 0
    deleted_keys: int = 0

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many rows must have been inserted, updated and deleted, if nothing else has written."""
        if _moves(self.delta, self.changed):
            return self.changed.rows, 0, self.deleted + self.changed.there
        return self.changed.rows - self.changed.there, self.changed.there, self.deleted

    def sample(self, places: Sequence[str]) -> Sample:
        """The rows that are proved as they are now, of which those at *places* were written."""
        return Sample(
            sieve=self.sieve,
            rows=self.rows + self.changed.rows - self.changed.there - self.deleted,
            identity=(self.identity + self.changed.keys - self.changed.there_keys - self.deleted_keys) % MODULUS,
            picked=(*self.picked, *places),
        )


class Applying:
    """*writing* is in a transaction on the preview. *horizon* is from when the run before had read, *since* from when
    it had written. *on_block* is told rows and bytes as they come."""

    def __init__(
        self,
        writing: psycopg.Connection,
        *,
        horizon: int,
        since: Since,
        is_stopped: Callable[[], bool],
        on_block: Callable[[int, int], None],
    ) -> None:
        self._writing = writing
        self._horizon = horizon
        self._settings = OwnSettings(writing)
        self._own = written_by_others(since)
        self._is_stopped = is_stopped
        self._seen: dict[TableName, _Seen] = {}
        self._found: dict[TableName, _Changed] = {}
        #: How many rows have come that are to be written.
        self._came: dict[TableName, int] = defaultdict(int)
        self._sizes: dict[TableName, int] = {}
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

    def find(
        self, reading: psycopg.Connection, delta: TableDelta, said: Evidence | None, *, younger: Younger | None
    ) -> None:
        """Have the preview note what is to be written and deleted. *reading* is in the source's snapshot with the
        masks' settings; *said* is what the source's keys come to, *younger* which of its rows are younger than the
        run before, None where nobody has counted. Raises NotPossible, SideFault, SourceError, psycopg.Error."""
        for statement in delta.begin():
            self._execute(statement)
        if delta.how == "empty":
            self._execute(delta.everything())
            return
        with held(reading, [(delta.name, delta.table.oid)]):
            if younger is None or younger.rows or delta.takes_all:
                self._take(reading, delta, delta.younger(self._horizon, younger.between if younger else None))
            if delta.how == "whole":
                self._execute(delta.everything())
                return
            if self._came[delta.name]:
                self._execute(delta.learn_changed())
            self._compare(reading, delta, said)

    def seen(self, table: TableName) -> Sample | None:
        """Those of the rows of *table* that are proved, by what they were when its changes were found and what was
        written since, if that is all there is: what it has set off, and anything else, the server counts. None where
        that cannot be told. Raises psycopg.Error."""
        seen = self._seen.get(table)
        if seen is None:
            return None
        ((*counts, file),) = self._rows(counting.written(seen.delta))
        if tuple(counts) != seen.counts or file != seen.file:
            return None
        places: Sequence[str] = ()
        if seen.changed.rows:
            ((found,),) = self._rows(counting.places_of_written(seen.delta, passing(seen.sieve)))
            places = found or ()
        return seen.sample(places)

    def _compare(self, reading: psycopg.Connection, delta: TableDelta, said: Evidence | None) -> None:
        """What ages do not tell: rows that are gone from either side, and those that others have written here."""
        sieve = said.sieve if said is not None else None
        ((rows, keys, others, others_keys, picked, file),) = self._rows(
            counting.totals(delta, self._own, passing(sieve) if sieve is not None else "false")
        )
        if others and delta.number_key is not None:
            numbers = [int(row[0]) for row in self._rows(delta.own_numbers(self._own))]
            self._fetch(reading, delta, numbers)
        changed = self._changed(delta)
        is_same = said is not None and (said.rows - changed.rows, (said.identity - changed.keys) % MODULUS) == (
            rows - others - changed.own,
            (int(keys) - int(others_keys) - changed.own_keys) % MODULUS,
        )
        if not is_same:
            (self._compare_numbers if delta.number_key is not None else self._compare_buckets)(reading, delta)
            if self._came[delta.name] != changed.rows:
                changed = self._changed(delta)
        self._found[delta.name] = changed
        if sieve is not None:
            self._seen[delta.name] = _Seen(
                delta=delta,
                sieve=sieve,
                file=file,
                rows=rows,
                identity=int(keys),
                picked=picked or (),
                changed=changed,
            )
        if others:
            self._execute(delta.strangers(self._own))

    def _changed(self, delta: TableDelta) -> _Changed:
        if not self._came[delta.name]:
            return _Changed()
        return _Changed(*map(int, next(self._rows(counting.totals_of_changed(delta, self._own)))))

    def _compare_numbers(self, reading: psycopg.Connection, delta: TableDelta) -> None:
        self._execute(delta.begin_bits())
        self._move(reading, delta, delta.bits())
        self._analyze(delta.theirs)
        *statements, query = delta.differing_bits(self._own)
        self._execute_each(statements)
        self._fetch(reading, delta, [int(row[0]) for row in self._rows(query)])

    def _fetch(self, reading: psycopg.Connection, delta: TableDelta, numbers: Sequence[int]) -> None:
        self._require_few(delta, numbers)
        if numbers:
            self._take(reading, delta, delta.numbered(numbers, self._horizon))

    def _compare_buckets(self, reading: psycopg.Connection, delta: TableDelta) -> None:
        self._execute_each(delta.begin_sums())
        self._move(reading, delta, delta.sums(self._horizon))
        self._analyze(delta.theirs)
        buckets = [int(row[0]) for row in self._rows(delta.differing(self._own))]
        if not buckets:
            return
        self._move(reading, delta, delta.listed(self._horizon, buckets))
        self._execute_each(delta.compare(self._own, buckets))
        places = [str(row[0]) for row in self._rows(delta.missing())]
        self._require_few(delta, places)
        if places:
            self._take(reading, delta, delta.at(places))

    @staticmethod
    def _require_few(delta: TableDelta, rows: Sequence[object]) -> None:
        if len(rows) > _MOST_ASKED:
            raise NotPossible(f"{len(rows):,} rows of {delta.name} are missing or were changed by others")

    def write(self, tables: Sequence[TableDelta]) -> dict[TableName, Changed]:
        """Write all that was noted. Raises NotPossible, psycopg.Error."""
        counted: dict[TableName, Changed] = {}
        for delta in tables:
            ((written, deleted),) = self._rows(delta.counts())
            counted[delta.name] = Changed(written=written, deleted=deleted, bytes=self._sizes.get(delta.name, 0))
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
            self._delete(delta, unreferenced=True)
        self._settings.give(besides={"row_security"})
        for delta in tables:
            if counted[delta.name].written:
                self._execute(delta.write(moves=_moves(delta, self._found.get(delta.name))))
        self._settings.take()
        for delta in gone:
            if not delta.references:
                continue
            ((left, referenced),) = self._rows(delta.remaining())
            if referenced:
                raise NotPossible(f"{referenced:,} rows of {delta.name} are gone from the source, and still referenced")
            if left:
                self._delete(delta, unreferenced=False)

    def _delete(self, delta: TableDelta, *, unreferenced: bool) -> None:
        ((rows, keys),) = self._rows(delta.delete(unreferenced=unreferenced))
        if (seen := self._seen.get(delta.name)) is not None:
            seen.deleted += int(rows)
            seen.deleted_keys += int(keys)

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

    def _move(self, reading: psycopg.Connection, delta: TableDelta, part: CopyPart) -> int:
        """Have rows of *part* come. Returns how many did."""
        source = Wire(Side.SOURCE, reading.pgconn, self._is_stopped)
        target = Wire(Side.TARGET, self._writing.pgconn, self._is_stopped)
        moved = copy_rows(source, target, part, self._on_block)
        self._sizes[delta.name] = self._sizes.get(delta.name, 0) + moved.bytes
        return moved.stored

    def _take(self, reading: psycopg.Connection, delta: TableDelta, part: CopyPart) -> None:
        """Have rows of *part* come that are to be written."""
        self._came[delta.name] += self._move(reading, delta, part)

    def _analyze(self, table: str) -> None:
        self._writing.execute(sql.SQL("ANALYZE {}").format(sql.SQL(table)))

    def _execute(self, statement: str) -> None:
        self._writing.execute(statement.encode())

    def _execute_each(self, statements: Iterable[str]) -> None:
        for statement in statements:
            self._execute(statement)

    def _rows(self, query: str) -> Iterator[Sequence[Any]]:
        yield from self._writing.execute(query.encode()).fetchall()


def _moves(delta: TableDelta, changed: _Changed | None) -> bool:
    """Whether rows are deleted and inserted: a unique value may pass from one to another."""
    return delta.is_moved and not (changed is not None and delta.kept and not changed.moved)


def written_by_others(since: Since) -> str:
    """SQL of whether a row of the preview was written after the run that kept *since*, and not by masker."""
    others = [f"xmin <> '{number % 2**32}'::xid" for number in since.own]
    return " AND ".join([f"NOT ({older_rows(since.preview)})", *others])


def _is_touched(changed: Changed) -> bool:
    return bool(changed.written or changed.deleted)
