"""What the source is asked of originals: how many come out as they were (:mod:`~masker.tables.comparing`), and in what
text of the target they would stand (:mod:`~masker.tables.searching`). Queries only.

Some rows of one table are looked at, and only counts come back. A row's masks are computed as a copy computes them.
What the target will hold of the row is put into one text and searched for the row's own originals and for those of the
rows it references. For whatever is found there, a second question takes the text apart by columns and seeks a
neighbour's originals too: what stands there as often is a word like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from masker.catalog.types import Column, ColumnType, ForeignKey
from masker.names import TableName, quote
from masker.tables.digest import stable_text
from masker.tables.plan import MaskedColumn, MaskedLeaf, TablePlan
from masker.tables.telling import Sought

#: Rows of a table whose values are compared.
COMPARED_ROWS = 10_000

#: Of many rows one in so many tells whether a mask makes one value of all, and whether what masks make holds originals
#: of other columns: both are true of most rows, or of none.
_ONE_IN = 8

#: Of so many parts of all rows some are drawn where no share of blocks can be.
_SPREAD = 2**20

AT, BASE, ROW, HASH = (quote(f"masker {name}") for name in ("at", "base", "row", "hash"))

#: A number by which rows are put in an order of chance.
NUMBER, FEW = f"{HASH} AS o", f"{HASH} & {_ONE_IN - 1} = 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """An original that is sought: what, in which table it stands, and by which foreign key; None: in the row itself."""

    sought: Sought
    table: TableName
    key: ForeignKey | None = None

    @property
    def title(self) -> str:
        """``email``, ``first_name and last_name``, ``users.email``."""
        prefix = "" if self.key is None else f"{self.table}."
        return " and ".join(f"{prefix}{name}" for name in self.sought.of)

    @property
    def names(self) -> frozenset[str]:
        """What a rule may call it by."""
        if self.key is None:
            return self.sought.columns
        return frozenset(
            f"{table}.{column}"
            for table in (str(self.table), f"{self.table.schema}.{self.table.name}")
            for column in self.sought.columns
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Which rows are looked at: *percent* of the table's blocks, the same ones every time, or of those rows that are
    known by their places; *limit* rows of them at most, and those alone that meet the *condition*."""

    limit: int
    percent: float = 100.0
    condition: str | None = None

    def sql(self, plan: TablePlan) -> str:
        is_some = self.percent < 100.0
        sample = f" TABLESAMPLE SYSTEM ({self.percent:.6f}) REPEATABLE (1)" if is_some and plan.scanned is None else ""
        conditions = [f"({condition})" for condition in (plan.limit, self.condition) if condition]
        if is_some and plan.scanned is not None:
            part = round(self.percent / 100 * _SPREAD)
            conditions.append(f"hashtextextended(ctid::text, 1) & {_SPREAD - 1} < {part}")
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        place = f"ctid AS {AT}, hashtextextended(ctid::text, 0) AS {HASH}"
        return f"SELECT {place}, * FROM ONLY {plan.table.name.sql}{sample}{where} LIMIT {self.limit}"  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """A referenced table of whose rows originals are sought, as *plan* masks them."""

    key: ForeignKey
    plan: TablePlan
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What is asked of the rows of one table.

    *judged* are masked columns whose mask may make what was there, *leaves* those of documents; *others* are told of
    only whether they have more than one value. *texts* are searched for *originals*, each column with the names of
    those that its rule lets it show. *wide* is :func:`~masker.tables.telling.wide_space`.
    """

    plan: TablePlan
    judged: tuple[MaskedColumn, ...]
    others: tuple[MaskedColumn, ...]
    leaves: tuple[tuple[MaskedColumn, MaskedLeaf], ...]
    texts: tuple[tuple[Column, frozenset[str]], ...]
    originals: tuple[Original, ...]
    parents: tuple[Parent, ...]
    wide: str

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to ask."""
        return not (self.compares or self.originals)

    @property
    def compares(self) -> bool:
        """Whether there are values to compare."""
        return bool(self.judged or self.others or self.leaves)

    @property
    def searched(self) -> tuple[tuple[str, ...], ...]:
        """The columns whose texts are searched together: those that may show nothing and are kept or read others, what
        other masks make, and each that may show something by itself."""
        made = {mask.name for mask in self.plan.masked if not self.holds_texts(mask)}
        strict = [column.name for column, accepted in self.texts if not accepted]
        together = (tuple(name for name in strict if name not in made), tuple(name for name in strict if name in made))
        return (
            *(names for names in together if names),
            *((column.name,) for column, accepted in self.texts if accepted),
        )

    def holds_texts(self, mask: MaskedColumn) -> bool:
        """Whether it may hold, in some rows, what people wrote in them: then a few rows do not tell what is true of
        most."""
        return mask.reads_row or self.plan.where is not None


def of_rows(items: Sequence[str], joins: Sequence[str], rows: str) -> str:
    """*items* of each of *rows*, a query, with what *joins* add to it."""
    return f"SELECT {', '.join(items)} FROM ({rows}) AS {ROW} {' '.join(joins)}"  # noqa: S608


def masked_rows(asked: Questions, made: Mapping[str, str], rows: Rows) -> str:
    """The rows, and what masks make of them. Without OFFSET 0 the planner would compute a mask anew wherever it is
    looked at."""
    results = [f"{sql} AS {result_of(name)}" for name, sql in made.items()]
    base = rows.sql(asked.plan)
    return f"SELECT {', '.join(['*', *results])} FROM ({base}) AS {BASE} OFFSET 0"  # noqa: S608


def is_masked(asked: Questions) -> list[str]:
    """The condition on which a row is masked; none where all are."""
    return [f"({asked.plan.where}) IS NOT FALSE"] if asked.plan.where else []


def is_drawn(asked: Questions, mask: MaskedColumn) -> list[str]:
    """The conditions on which *mask* makes a row's value."""
    return [*is_masked(asked), *([f"({mask.drawn})"] if mask.drawn is not None else [])]


def type_of(asked: Questions, name: str) -> ColumnType:
    """That of the table's column *name*."""
    return next(column.type for column in asked.plan.table.columns if column.name == name)


def comparable_text(value: str, kind: ColumnType) -> str:
    """*value* as text, compared and searched by its bytes."""
    return f'({stable_text(value, kind)} COLLATE pg_catalog."C")'


def result_of(name: str) -> str:
    """What the masked value of the column *name* goes by."""
    return quote(f"masker result {name}")
