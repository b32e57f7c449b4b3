"""The statements by which one table of a live preview gets what its source has now: which rows are younger there, which
were written here by others, which are gone; and how those are written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from masker.catalog.types import Column, Table, TypeClass
from masker.copy.steps import CopyPart
from masker.names import TableName, quote, quote_literal
from masker.tables.digest import key_digest, seed_setting
from masker.tables.plan import TablePlan
from masker.tables.reading import copied_columns
from masker.tables.witness import SEED_SETTING
from masker.verify.again import older_rows

#: A digest beside columns, whatever these are called.
_HASH = quote("masker hash")

#: Rows of a bucket whose keys are compared by one sum.
_ROWS_OF_A_BUCKET = 32

#: How the rows of a table are found: by their ages and a key, all of them, or that there must be none.
How = Literal["key", "whole", "empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key by which rows of *table* name rows of another, column by column. It *acts* if it takes rows along,
    or keeps them; *scanned_pages* are read for each row that is deleted, 0 where an index tells who references it."""

    table: TableName
    columns: tuple[tuple[str, str], ...]
    acts: bool
    scanned_pages: int


@dataclass(frozen=True, slots=True)
class Younger:
    """How many *rows* of a table of the source are younger than the run before, and *between* which places all of them
    are: those that were changed stand as a rule where there was room, and new ones at the end."""

    rows: int
    between: tuple[str, str] | None


@dataclass(frozen=True, kw_only=True)
class TableDelta:
    """One table. *number* tells its temporary tables from those of others, *references* are to it, *ancestors* those it
    is a part of, nearest first; a row *is moved* by deleting and inserting it at once where a unique value may pass
    from one row to another: not while what is in the columns *kept* stays, if there are any. All rows are taken *again*
    where what is read of them is not what it was."""

    plan: TablePlan
    number: int
    how: How
    in_utf8: bool
    references: tuple[Reference, ...] = ()
    ancestors: tuple[TableName, ...] = ()
    is_moved: bool = False
    kept: tuple[str, ...] = ()
    is_again: bool = False
    order: int = 0

    @property
    def table(self) -> Table:
        return self.plan.table

    @property
    def name(self) -> TableName:
        return self.plan.table.name

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        return copied_columns(self.table)

    @property
    def takes_all(self) -> bool:
        """Whether all of the source's rows are written."""
        return self.how != "key" or self.is_again

    @property
    def key(self) -> tuple[str, ...]:
        return self.table.row_key

    @property
    def buckets(self) -> int:
        """How many buckets keys are spread over, a power of two."""
        return 1 << max(8, int(max(self.table.rows, self.table.pages * 40, 1) // _ROWS_OF_A_BUCKET).bit_length())

    @property
    def number_key(self) -> str | None:
        """The key's only column, if it holds whole numbers: sixty-four of them are a word of bits."""
        columns = [self.table.column(name) for name in self.key]
        if len(columns) == 1 and columns[0] is not None and columns[0].type.kind is TypeClass.INTEGER:
            return columns[0].name
        return None

    # What follows is made on the target, for the length of a transaction.

    @property
    def changed(self) -> str:
        """Rows to be written."""
        return f'pg_temp."masker changed {self.number}"'

    @property
    def gone(self) -> str:
        """Places of rows to be deleted."""
        return f'pg_temp."masker gone {self.number}"'

    @property
    def theirs(self) -> str:
        """What the source's keys come to, by buckets."""
        return f'pg_temp."masker buckets {self.number}"'

    @property
    def _listed(self) -> str:
        return f'pg_temp."masker keys {self.number}"'

    @property
    def _mine(self) -> str:
        return f'pg_temp."masker own keys {self.number}"'

    def begin(self) -> Iterator[str]:
        """Temporary tables, empty."""
        yield (
            f"CREATE TEMP TABLE {_bare(self.changed)} ON COMMIT DROP AS SELECT {self._names} FROM ONLY"  # noqa: S608
            f" {self.table.name.sql} WITH NO DATA"
        )
        yield f"CREATE TEMP TABLE {_bare(self.gone)} (at tid NOT NULL) ON COMMIT DROP"

    def younger(self, horizon: int, between: tuple[str, str] | None) -> CopyPart:
        """The source's rows that no transaction before *horizon* has written, which are *between* two places if these
        are known; or all that are taken again."""
        if self.takes_all:
            return self._part(None)
        places = between and " AND ".join(
            f"ctid {bound} {quote_literal(at)}::tid" for bound, at in zip((">=", "<="), between, strict=True)
        )
        return self._part(f"{self.is_younger(horizon)}{f' AND {places}' if places else ''}")

    @staticmethod
    def is_younger(horizon: int) -> str:
        """SQL of whether a row of the source is among them by its age."""
        return f"NOT ({older_rows(horizon)})"

    def _is_older(self, horizon: int) -> str:
        return "false" if self.is_again else older_rows(horizon)

    def at(self, places: Sequence[str]) -> CopyPart:
        """The source's rows at *places*, ctids."""
        return self._part(f"ctid = ANY ('{{{','.join(map(_quoted, places))}}}'::tid[])")

    def numbered(self, numbers: Collection[int], horizon: int) -> CopyPart:
        """The source's rows with one of *numbers* for a key that are older than *horizon*."""
        among = f"{quote(self.number_key or '')} = ANY ('{{{','.join(map(str, numbers))}}}'::int8[])"
        return self._part(f"{among} AND {self._is_older(horizon)}")

    def own_numbers(self, own: str) -> str:
        """SQL of the keys of rows that others have written and that are not to be written."""
        key = quote(self.number_key or "")
        return f"SELECT t.{key} FROM ONLY {self.table.name.sql} AS t WHERE ({own}) AND NOT EXISTS ({self._same_key})"  # noqa: S608

    def bits(self) -> CopyPart:
        """The numbers that are keys of the source's rows, sixty-four to a word."""
        where = self._where(self.plan.predicate)
        keys = f"SELECT {quote(self.number_key or '')}::int8 AS k FROM ONLY {self.table.name.sql}{where}"  # noqa: S608
        return self._moving(_words(keys), self.theirs, "text")

    def begin_bits(self) -> str:
        """Room for that."""
        return f"CREATE TEMP TABLE {_bare(self.theirs)} (b int8, w int8) ON COMMIT DROP"

    def differing_bits(self, own: str) -> Iterator[str]:
        """Have the target note the places of rows whose number the source does not have, and give the numbers that are
        missing here: a statement, and a query."""
        key = quote(self.number_key or "")
        keys = (
            f"SELECT {key}::int8 AS k FROM ONLY {self.table.name.sql} WHERE NOT ({own}) UNION ALL"  # noqa: S608
            f" SELECT {key}::int8 FROM {self.changed}"
        )
        yield (
            f"CREATE TEMP TABLE {_bare(self._mine)} ON COMMIT DROP AS SELECT b, coalesce(m.w, 0) AS m,"  # noqa: S608
            f" coalesce(t.w, 0) AS t FROM ({_words(keys)}) AS m FULL JOIN {self.theirs} AS t USING (b)"
            " WHERE m.w IS DISTINCT FROM t.w"
        )
        numbers = f"SELECT (b << 6) + i AS k FROM {self._mine}, generate_series(0, 63) AS i WHERE"  # noqa: S608
        yield f"ANALYZE {self._mine}"
        yield (
            f"INSERT INTO {self.gone} SELECT s.ctid FROM ({numbers} m & ~t <> 0 AND ((m & ~t) >> i) & 1 = 1) AS n JOIN"  # noqa: S608
            f" ONLY {self.table.name.sql} AS s ON s.{key} = n.k"
        )
        yield f"{numbers} t & ~m <> 0 AND ((t & ~m) >> i) & 1 = 1"

    def begin_sums(self) -> Iterator[str]:
        """Room for the keys by buckets, and those of the buckets that differ."""
        yield f"CREATE TEMP TABLE {_bare(self.theirs)} (b int8, n int8, s numeric) ON COMMIT DROP"
        yield f"CREATE TEMP TABLE {_bare(self._listed)} (h int8, at text) ON COMMIT DROP"
        yield f"CREATE TEMP TABLE {_bare(self._mine)} (h int8, at tid) ON COMMIT DROP"

    def sums(self, horizon: int) -> CopyPart:
        """The older rows of the source by buckets of their keys."""
        older = self._where(self.plan.predicate, self._is_older(horizon))
        query = f"SELECT h & {self.buckets - 1}, count(*), sum(h) FROM ({self._keys(older)}) AS k GROUP BY 1"  # noqa: S608
        return self._moving(query, self.theirs, "text")

    def differing(self, own: str) -> str:
        """SQL of the buckets whose keys are others on the target: of rows that are *not* among those to be written, nor
        of those that others have written, for which the condition *own* is true."""
        keys = self._untouched(own)
        mine = f"SELECT h & {self.buckets - 1} AS b, count(*) AS n, sum(h) AS s FROM ({keys}) AS k GROUP BY 1"  # noqa: S608
        return (
            f"SELECT coalesce(m.b, t.b) FROM ({mine}) AS m FULL JOIN {self.theirs} AS t ON m.b = t.b"  # noqa: S608
            " WHERE m.n IS DISTINCT FROM t.n OR m.s IS DISTINCT FROM t.s"
        )

    def listed(self, horizon: int, buckets: Collection[int]) -> CopyPart:
        """The keys of the source's older rows in *buckets*."""
        older = self._where(self.plan.predicate, self._is_older(horizon))
        query = f"SELECT h, at FROM ({self._keys(older)}) AS k WHERE {self._among(buckets)}"  # noqa: S608
        return self._moving(query, self._listed, "text")

    def compare(self, own: str, buckets: Collection[int]) -> Iterator[str]:
        """Have the target note the places of rows that the source has no more."""
        yield f"INSERT INTO {self._mine} SELECT h, at FROM ({self._untouched(own)}) AS k WHERE {self._among(buckets)}"  # noqa: S608
        yield (
            f"INSERT INTO {self.gone} SELECT at FROM {self._mine} AS m WHERE NOT EXISTS"  # noqa: S608
            f" (SELECT FROM {self._listed} AS t WHERE t.h = m.h)"
        )

    def missing(self) -> str:
        """SQL of the places on the source of rows that the target lacks, or that others have written there."""
        return f"SELECT at FROM {self._listed} AS t WHERE NOT EXISTS (SELECT FROM {self._mine} AS m WHERE m.h = t.h)"  # noqa: S608

    def strangers(self, own: str) -> str:
        """Have the target note the places of rows that others have written and the source does not have."""
        return (
            f"INSERT INTO {self.gone} SELECT t.ctid FROM ONLY {self.table.name.sql} AS t WHERE ({own})"  # noqa: S608
            f" AND NOT EXISTS ({self._same_key})"
        )

    def everything(self) -> str:
        """Have the target note the places of all rows."""
        return f"INSERT INTO {self.gone} SELECT ctid FROM ONLY {self.table.name.sql}"  # noqa: S608

    def learn_changed(self) -> str:
        """Have the planner learn how many rows are to be written, and their keys; of wide rows all else takes long."""
        return f"ANALYZE {self.changed} ({self._key_names})"

    def counts(self) -> str:
        """SQL of how many rows are to be written, and how many to be deleted."""
        return f"SELECT (SELECT count(*) FROM {self.changed}), (SELECT count(*) FROM {self.gone})"  # noqa: S608

    def delete(self, *, unreferenced: bool) -> str:
        """Delete the rows that are gone; those that are referenced still stay if only *unreferenced* ones may go. Gives
        how many were deleted, and what their keys sum up to."""
        held = "".join(f" AND NOT EXISTS ({self._referencing(reference)})" for reference in self.references)
        digest = self.digest_of([f"t.{quote(name)}" for name in self.key])
        return (
            f"WITH deleted AS (DELETE FROM ONLY {self.table.name.sql} AS t USING {self.gone} AS g WHERE t.ctid = g.at"  # noqa: S608
            f"{held if unreferenced else ''} RETURNING {digest} AS h)"
            " SELECT count(*), coalesce(sum(h), 0) FROM deleted"
        )

    def remaining(self) -> str:
        """SQL of how many rows that are gone are still there, and how many of them are referenced."""
        held = " OR ".join(f"EXISTS ({self._referencing(reference)})" for reference in self.references) or "false"
        return (
            f"SELECT count(*), count(*) FILTER (WHERE {held}) FROM ONLY {self.table.name.sql} AS t"  # noqa: S608
            f" JOIN {self.gone} AS g ON t.ctid = g.at"
        )

    def analyze(self, version: int) -> Iterator[str]:
        """Have the planner of a server of *version* learn the table's values anew, and those of the families it belongs
        to: what it keeps of rows that are gone is no preview's."""
        if not self.table.is_partition:
            yield from (f"ANALYZE {name.sql}" for name in (self.name, *self.ancestors))
        elif version < 180000:
            # Whoever looks at a partitioned table looks at its partitions, too.
            yield f"ANALYZE {self.ancestors[-1].sql}"
        else:
            yield f"ANALYZE {self.name.sql}"
            yield from (f"ANALYZE ONLY {name.sql}" for name in self.ancestors)

    def write(self, *, moves: bool) -> str:
        """Write the rows that are new or have changed; *moves*: in the stead of those that are there already."""
        names = self._names
        overriding = " OVERRIDING SYSTEM VALUE" if any(c.identity for c in self.columns) else ""
        insert = f"INSERT INTO {self.table.name.sql} ({names}){overriding} SELECT {names} FROM {self.changed}"  # noqa: S608
        if not names:
            return f"INSERT INTO {self.table.name.sql} SELECT FROM {self.changed}"
        if self.how != "key":
            return insert
        if moves:
            former = f"DELETE FROM ONLY {self.table.name.sql} AS t USING {self.changed} AS c WHERE {self._equal}"  # noqa: S608
            return f"WITH former AS ({former} RETURNING 1) {insert} WHERE (SELECT count(*) FROM former) >= 0"  # noqa: S608
        settable = [c.name for c in self.columns if c.identity != "a"]
        values = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in settable)
        return f"{insert} ON CONFLICT ({self._key_names}) DO " + (f"UPDATE SET {values}" if values else "NOTHING")

    @property
    def _names(self) -> str:
        return ", ".join(quote(c.name) for c in self.columns)

    @property
    def _key_names(self) -> str:
        return ", ".join(map(quote, self.key))

    @property
    def _equal(self) -> str:
        return " AND ".join(f"c.{quote(name)} = t.{quote(name)}" for name in self.key)

    @property
    def _same_key(self) -> str:
        return f"SELECT FROM {self.changed} AS c WHERE {self._equal}"

    def _untouched(self, own: str) -> str:
        """The keys of the target's rows that nothing is known of yet."""
        condition = f" WHERE NOT ({own}) AND NOT EXISTS ({self._same_key})"
        return f"SELECT {self.digest} AS h, t.ctid AS at FROM ONLY {self.table.name.sql} AS t{condition} OFFSET 0"  # noqa: S608

    def _keys(self, condition: str) -> str:
        return f"SELECT {self.digest} AS h, ctid::text AS at FROM ONLY {self.table.name.sql}{condition} OFFSET 0"  # noqa: S608

    @property
    def digest(self) -> str:
        """SQL of the digest of a row's key."""
        return self.digest_of([quote(name) for name in self.key])

    def digest_of(self, values: Sequence[str]) -> str:
        """SQL of the digest of a key whose columns are *values*, SQL."""
        columns = [self.table.column(name) for name in self.key]
        return key_digest(
            [(value, c.type) for value, c in zip(values, columns, strict=True) if c is not None],
            seed_setting(SEED_SETTING),
            in_utf8=self.in_utf8,
        )

    def _among(self, buckets: Collection[int]) -> str:
        return f"h & {self.buckets - 1} = ANY ('{{{','.join(map(str, sorted(buckets)))}}}'::int8[])"

    def _referencing(self, reference: Reference) -> str:
        same = " AND ".join(f"r.{quote(mine)} = t.{quote(theirs)}" for mine, theirs in reference.columns)
        # Rows that go together reference each other.
        stays = (
            f" AND NOT (r.tableoid = t.tableoid AND EXISTS (SELECT FROM {self.gone} AS x WHERE x.at = r.ctid))"
            if reference.table == self.name
            else ""
        )
        return f"SELECT FROM {reference.table.sql} AS r WHERE {same}{stays}"

    @staticmethod
    def _where(*conditions: str | None) -> str:
        told = [f"({condition})" for condition in conditions if condition is not None]
        return f" WHERE {' AND '.join(told)}" if told else ""

    def _part(self, condition: str | None) -> CopyPart:
        masks = {mask.name: mask.sql for mask in self.plan.masked}
        items = ", ".join(
            f"{masks[c.name]} AS {quote(c.name)}" if c.name in masks else quote(c.name) for c in self.columns
        )
        form = self.plan.format if items else "text"
        where = self._where(self.plan.predicate, condition)
        into = f"{self.changed} ({self._names})" if items else self.changed
        return self._moving(f"SELECT {items} FROM ONLY {self.table.name.sql}{where}", into, form)  # noqa: S608

    def _moving(self, query: str, into: str, form: str) -> CopyPart:
        return CopyPart(
            id=f"changes {self.name}",
            table=self.name,
            part=1,
            parts=1,
            source_sql=f"COPY ({query}) TO STDOUT (FORMAT {form})",
            target_sql=f"COPY {into} FROM STDIN (FORMAT {form})",
            guard_oid=self.table.oid,
            is_whole=False,
            rows=0,
        )


def _bare(temporary: str) -> str:
    return temporary.removeprefix("pg_temp.")


def _words(numbers: str) -> str:
    """SQL of words of bits, by their place, of a query's numbers."""
    return f"SELECT k >> 6 AS b, bit_or(1::int8 << (k & 63)::int) AS w FROM ({numbers}) AS k GROUP BY 1"  # noqa: S608


def _quoted(place: str) -> str:
    return f'"{place}"'
