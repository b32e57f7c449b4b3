"""What a table's source says of the rows that must arrive, and how its target is asked the same: the queries, never the
answers.

The source is the witness. It reads the table anew, by the rules' own words and never by the select list of the COPY
that is being checked, and says how many rows there are, one sum over digests of all their identities, and for each
column one sum over digests of what the target must hold. The target gives the same of what it holds. Only counts and
sums travel.

A row's identity is the digest of its key, as the target will hold it; a table without a key has the digest of the whole
row. Digests of columns are keyed by it (see :mod:`masker.tables.digest`), so that a value in another row's place is
seen, and go into 64 buckets by it, so that a difference has a place. Rows whose identity passes the *sieve* are the
sample: the same ones on both sides.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from masker.catalog.types import ColumnType, Table, TypeClass
from masker.names import TableName, quote
from masker.tables.chance import IMPOSSIBLE
from masker.tables.digest import column_seed, key_digest, row_digest, seed_setting, value_digest
from masker.tables.plan import MaskedColumn, TablePlan

#: How much of a table is proved: some rows, all, or nothing.
Level = Literal["sample", "full", "none"]

#: The session setting that carries the seed of all digests of a run: chance, bound to no key of the masks, kept in the
#: marker.
SEED_SETTING = "masker.proof_seed"

#: Bits of an identity that name its bucket, from the top.
BUCKET_BITS = 6

#: Entries of a SELECT list, of 1,664, that columns may fill.
_ENTRIES = 1600

#: SQL of the number of an identity's bucket.
BUCKET = f"(h >> {64 - BUCKET_BITS})::int & {2**BUCKET_BITS - 1}"

#: Rows of a table that a sample has at least, if there are so many.
SAMPLE_ROWS = 10_000

#: Rows a sample is meant to have: so many that chance does not leave fewer than :data:`SAMPLE_ROWS`.
_AIMED_ROWS = 10_500

#: A sieve that lets all identities through.
ALL = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessedColumn:
    """A column that the target holds data in, and its mask where it has one."""

    name: str
    type: ColumnType
    mask: MaskedColumn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One table's questions.

    *columns* are all that are copied; *key* numbers those among them that tell rows apart, none where nothing does.
    *predicate* are the rows that are copied, *where* those that are masked, both as SQL. Of an extension's table
    *carried* are the target's rows that count, which the extension has not put there itself. *in_utf8*: the two
    servers' encodings differ.
    """

    table: TableName
    columns: tuple[WitnessedColumn, ...]
    key: tuple[int, ...]
    predicate: str | None = None
    where: str | None = None
    in_utf8: bool = False
    carried: str | None = None

    @property
    def masked(self) -> tuple[int, ...]:
        """The numbers of the masked columns."""
        return tuple(at for at, column in enumerate(self.columns) if column.mask is not None)

    @property
    def has_masked_key(self) -> bool:
        return any(self.columns[at].mask is not None for at in self.key)

    def identity_sql(
        self,
        *,
        source: bool,
        picks: str,
        condition: str | None = None,
        masks: bool = True,
        seed: str = seed_setting(SEED_SETTING),
        counts: str | None = None,
        bounds: bool = False,
    ) -> str:
        """One row: how many rows, the sum of their identities, and the ctids (``tid[]``, may be NULL) of those that
        *picks*, SQL over ``h``; then, if it is given, of how many *counts* is true, SQL over the row, and with *bounds*
        the first and the last of their ctids, which servers compare since PostgreSQL 14.

        Only for tables with a key. *source*: the rows are originals, and what the masks make of the key is what counts,
        unless *masks* are left out. *condition* limits the rows that are looked at.
        """
        asked = f"count(*), coalesce(sum(h), 0), array_agg(at) FILTER (WHERE {picks})"
        asked += ", count(*) FILTER (WHERE y)" if counts is not None else ""
        asked += ", min(at) FILTER (WHERE y), max(at) FILTER (WHERE y)" if counts is not None and bounds else ""
        own = [f"{counts} AS y"] if counts is not None else []
        keys = [(at, self.columns[at]) for at in self.key]
        if source and masks and self.has_masked_key:
            rows = _each(
                ["ctid AS at", *own, *(f"{self._expected(column)} AS c{at}" for at, column in keys)],
                self._rows(source, condition),
            )
            digest = key_digest([(f"c{at}", column.type) for at, column in keys], seed, in_utf8=self.in_utf8)
            rows = _each(["at", *(["y"] if own else []), f"{digest} AS h"], f"({rows}) AS a")
        else:
            digest = key_digest([(quote(column.name), column.type) for _, column in keys], seed, in_utf8=self.in_utf8)
            rows = _each(["ctid AS at", *own, f"{digest} AS h"], self._rows(source, condition))
        return f"SELECT {asked} FROM ({rows}) AS b"  # noqa: S608

    def parts(self, *, source: bool) -> Sequence[Sequence[int]]:
        """The numbers of the columns that are asked about at once: all of them, unless a SELECT list would get too
        long."""
        if len(self.columns) + (2 * len(self.masked) if source else 0) <= _ENTRIES:
            return [range(len(self.columns))]
        # Without a key every part computes all digests, which are its rows' identities.
        size = _ENTRIES // 3 if self.key else max(1, (_ENTRIES + 50 - len(self.columns)) // 2)
        return [range(at, min(at + size, len(self.columns))) for at in range(0, len(self.columns), size)]

    def digests_sql(
        self,
        *,
        source: bool,
        condition: str | None = None,
        masks: bool = True,
        originals: bool = True,
        seed: str = seed_setting(SEED_SETTING),
        part: Sequence[int] | None = None,
    ) -> str:
        """A row for each row: ``at`` (its ctid), ``h`` (its identity), ``d0``, ``d1``, … (digests of its columns, NULL
        for NULL).

        With *source* they are digests of what the target must hold (without *masks*, of what is there), and each masked
        column N has ``eN``, the digest of its original, and ``tN``, whether that tells anything: masked, neither NULL
        nor empty; without *originals*, neither of these. *condition* limits the rows, *part*, one of :meth:`parts`, the
        columns.
        """
        of = frozenset(range(len(self.columns)) if part is None else part)
        masked = [at for at in self.masked if at in of] if source and originals else []
        digested = [(at, c) for at, c in enumerate(self.columns) if at in of or not self.key]
        looked_at = [(at, c) for at, c in enumerate(self.columns) if at in of or not self.key or at in self.key]
        items = [f"{self._expected(c) if source and masks else quote(c.name)} AS c{at}" for at, c in looked_at]
        items += [f"{quote(self.columns[at].name)} AS o{at}" for at in masked]
        items += [f"({self.where}) IS NOT FALSE AS w"] if masked and self.where is not None else []
        items += [
            f"({mask.drawn}) AS w{at}"
            for at in masked
            if (mask := self.columns[at].mask) is not None and mask.drawn is not None
        ]
        rows = _each(["ctid AS at", *items], self._rows(source, condition))
        if self.key:
            digest = key_digest([(f"c{at}", self.columns[at].type) for at in self.key], seed, in_utf8=self.in_utf8)
            rows = _each(["*", f"{digest} AS h"], f"({rows}) AS a")
        seeds = ["h" if self.key else column_seed(seed, at) for at in range(len(self.columns))]
        found = ["at", *(["h"] if self.key else [])]
        found += [f"{value_digest(f'c{at}', c.type, seeds[at], in_utf8=self.in_utf8)} AS d{at}" for at, c in digested]
        for at in masked:
            found.append(f"{value_digest(f'o{at}', self.columns[at].type, seeds[at], in_utf8=self.in_utf8)} AS e{at}")
            found.append(f"{' AND '.join(self._tells(at))} AS t{at}")
        rows = _each(found, f"({rows}) AS b")
        if not self.key:
            rows = _each(["*", f"{self.whole(seed)} AS h"], f"({rows}) AS c")
        return rows

    def whole(self, seed: str = seed_setting(SEED_SETTING), *, without: Container[int] = ()) -> str:
        """SQL of one digest of a row of :meth:`digests_sql`, of its columns but those numbered *without*."""
        return row_digest([f"d{at}" for at in range(len(self.columns)) if at not in without], seed)

    def proof_sql(
        self,
        *,
        source: bool,
        picked: bool,
        condition: str | None = None,
        seed: str = seed_setting(SEED_SETTING),
        part: Sequence[int] | None = None,
    ) -> str:
        """A row for each bucket that has rows: its number, how many rows, the sum of their identities, the sum of each
        column's digests.

        With *source*, two counts follow for each masked column: originals that tell something, and those of them that
        come out as they were and that the mask cannot have made. *picked*: of the rows whose ctids are the parameter
        ``$1``, a ``text[]``; else of all, or of those of *condition*. *part*: of these columns alone.
        """
        of = range(len(self.columns)) if part is None else part
        condition = "ctid = ANY ($1::text[]::tid[])" if picked else condition
        rows = self.digests_sql(source=source, condition=condition, seed=seed, part=of)
        sums = ["count(*)", "sum(h)", *(f"coalesce(sum(d{at}), 0)" for at in of)]
        for at in [at for at in self.masked if at in of] if source else ():
            left = f"CASE WHEN t{at} AND d{at} = e{at} THEN {self.is_own(at, 'd')} ELSE false END"
            sums += [f"count(*) FILTER (WHERE t{at})", f"count(*) FILTER (WHERE {left})"]
        return f"SELECT {BUCKET}, {', '.join(sums)} FROM ({rows}) AS d GROUP BY 1"  # noqa: S608

    def is_own(self, at: int, rows: str) -> str:
        """SQL: whether the original of masked column *at* is none that its mask makes, for a row of :meth:`digests_sql`
        called *rows*.

        It is looked up by its ctid, which costs some microseconds, so that the chance of a value is computed for those
        alone that have come out as they were.
        """
        mask = self.columns[at].mask
        if mask is None or mask.chance is None:
            return "true"
        return (
            f"(SELECT coalesce(({mask.chance}) < {IMPOSSIBLE}, false)"  # noqa: S608
            f' FROM ONLY {self.table.sql} AS "masker row" WHERE "masker row".ctid = {rows}.at)'
        )

    def questions(self, *, source: bool, sieve: int | None) -> Iterator[str]:
        """The queries of a sample that *sieve* picks, or of all rows: None, or no key."""
        is_picked = sieve is not None and bool(self.key)
        if sieve is not None and is_picked:
            yield self.identity_sql(source=source, picks=passing(sieve))
        for part in self.parts(source=source):
            yield self.proof_sql(source=source, picked=is_picked, part=part)

    def _rows(self, source: bool, condition: str | None = None) -> str:
        limit = self.predicate if source else self.carried
        conditions = [f"({limit})"] if limit is not None else []
        conditions += [condition] if condition is not None else []
        return f"ONLY {self.table.sql}" + (f" WHERE {' AND '.join(conditions)}" if conditions else "")

    @staticmethod
    def _expected(column: WitnessedColumn) -> str:
        return quote(column.name) if column.mask is None else column.mask.sql

    def _tells(self, at: int) -> Iterator[str]:
        column, original = self.columns[at], f"o{at}"
        yield f"{original} IS DISTINCT FROM NULL"
        if self.where is not None:
            yield "w"
        if column.mask is not None and column.mask.drawn is not None:
            yield f"w{at}"
        if column.type.kind is TypeClass.TEXT:
            yield f"{original}::text <> ''"


def _each(items: Iterable[str], of: str) -> str:
    """Each of *items* computed once for a row: the planner may not pull up what ends with OFFSET 0."""
    return f"SELECT {', '.join(items)} FROM {of} OFFSET 0"  # noqa: S608


def witness(table: Table, plan: TablePlan, *, in_utf8: bool = False) -> Witness:
    """The questions about *table* as *plan* has it copied."""
    masks = {mask.name: mask for mask in plan.masked}
    columns = tuple(
        WitnessedColumn(name=c.name, type=c.type, mask=masks.get(c.name)) for c in table.columns if not c.generated
    )
    places = {column.name: at for at, column in enumerate(columns)}
    key = tuple(places[name] for name in table.row_key if name in places)
    is_whole = len(key) == len(table.row_key)
    return Witness(
        table=table.name,
        columns=columns,
        key=key if is_whole else (),
        predicate=plan.limit,
        where=plan.where,
        in_utf8=in_utf8,
        carried=plan.carried,
    )


def sieve(rows: float) -> int:
    """The sieve that lets about :data:`SAMPLE_ROWS` of *rows* through, not fewer: of :data:`ALL` identities so many
    pass."""
    return max(1, min(ALL, math.ceil(ALL * _AIMED_ROWS / max(rows, 1.0))))


def passing(sieve: int) -> str:
    """SQL of whether an identity passes *sieve*, by its lower bits: those on top name its bucket."""
    return f"h & {ALL - 1} < {sieve}"


def estimated_rows(table: Table) -> float:
    """How many rows the table may have, rather too many: a sample of too few is drawn again."""
    return table.rows if table.rows > 0 else table.pages * 60.0
