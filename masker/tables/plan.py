"""What happens to one table and its columns, and why: as a plan shows it, runs do it and verification checks it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from masker.catalog.types import Table
from masker.errors import Position
from masker.masks.json_path import Steps
from masker.names import ColumnName

Action = Literal["copy", "mask", "empty", "skip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedLeaf:
    """A masked leaf of a document: the *steps* that lead to it; the other fields are as of a column.

    What the chance reads is named in :mod:`masker.masks.json`.
    """

    path: str
    steps: Steps
    mask: str
    by: tuple[str, ...]
    chance: str | None
    tells: str = ""
    sink: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptColumn:
    """What a rule says of a column it keeps: where it stands, and the masked columns whose originals it *shows* with
    the author's leave."""

    position: Position
    shows: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One mask of a column that has several: the rows it is of (*when*, SQL that is true or false), the other fields as
    of a column."""

    when: str
    mask: str
    identity: tuple[str, ...]
    tells: str = ""
    sink: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedColumn:
    """One masked column as the plan shows it and verification checks it.

    *by* is what the rule says, *identity* what that came to: key columns, or ``value``. *may_repeat* says that the mask
    draws from few values, so that now and then one equals its original. *keeps_null*: NULLs stay. *sink* ends every
    address an e-mail mask makes: what ends so in the source was masked before. *chance* is how likely the mask makes
    the very value of the original, as SQL over the row (:data:`~masker.masks.mask.Chance`), None where that is judged
    otherwise; *leaves* are those of a document. *accepts* are other columns whose originals it may show, *tells* is
    what its own give away (:func:`masker.tables.telling.tells`). *shows* are masked columns whose originals an
    expression asks for by ``original.NAME``, among those accepted, *reads* those whose masked values it is made of;
    *reads_own* says that it is made from its own column's original.

    *drawn* is SQL over the row, true or false: whether its value is made so that an original left in its place is told,
    and not kept by the rule's leave; None: in every row. *null*, *share*, *is_unique* and *reason* are as in the rule,
    *ends* is what stays of an original,
    *share* also where one mask of a list has one. *variants* are the masks of a list, *others* their names with that of
    ``else``; *conditions* are those of the rule as they were written, *goes_by* the masked columns whose originals they
    read. *may_keep* is as on the masks' cards, and so is *reads_row*, where no condition keeps originals.
    """

    name: str
    mask: str
    by: tuple[str, ...]
    identity: tuple[str, ...]
    scope: str | None
    position: Position
    sql: str
    is_constant: bool
    may_repeat: bool
    keeps_null: bool
    sink: str | None = None
    chance: str | None = None
    leaves: tuple[MaskedLeaf, ...] = ()
    accepts: tuple[str, ...] = ()
    tells: str = ""
    shows: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    reads_own: bool = False
    may_keep: bool = True
    reads_row: bool = False
    drawn: str | None = None
    variants: tuple[Variant, ...] = ()
    others: tuple[str, ...] = ()
    conditions: tuple[tuple[str, str], ...] = ()
    goes_by: tuple[str, ...] = ()
    null: str | None = None
    share: float | None = None
    is_unique: bool = False
    ends: str = ""
    reason: str | None = None

    @property
    def fate(self) -> str:
        """What becomes of it: ``last_name @person by user_id``, ``email unless staff``, ``phone when country = 'JP',
        else token``."""
        if self.others:
            words = [
                ", ".join(
                    f"{mask} when {_one_line(text)}"
                    for mask, (_, text) in zip(self.others, self.conditions, strict=False)
                )
            ]
            words[0] += f", else {self.others[-1]}"
        else:
            words = [self.mask]
        words += [f"@{self.scope}"] if self.scope else []
        words += [f"by {', '.join(self.by)}"] if self.by else []
        words += [f"{word} {_one_line(text)}" for word, text in self.conditions if not self.others]
        words += [f"(by originals of {', '.join(self.goes_by)})"] if self.goes_by else []
        words += ["null: mask"] if self.null == "mask" else []
        words += [f"share: {self.share * 100:.4g}%"] if self.share else []
        words += [f"keeps {self.ends} of its original"] if self.ends else []
        words += ["unique: true"] if self.is_unique else []
        words += ["from its original"] if self.reads_own else []
        words += [f"shows originals: {', '.join(self.shows)}"] if self.shows else []
        words += [f"({_one_line(self.reason)})"] if self.reason else []
        return " ".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Of a subset: how many *rows* of a table come, and for which reasons how many of them, each counted for the first
    that was found."""

    rows: int
    why: tuple[tuple[str, int], ...] = ()

    @property
    def reasons(self) -> str:
        """``subset: 340 as they refer to users (author_id), 12 as comments refer to them (post_id)``."""
        return "subset: " + ", ".join(f"{count:,} {reason}" if count else reason for reason, count in self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """What happens to one table and why. *kept* are columns a rule keeps, *keeping* what those rules say, *free* are
    those that need none.

    *predicate* limits the rows, *where* those that are masked: as SQL, and as the rule file has them (*…_written*), and
    the masked columns whose originals they go by (*…_reads*); *…_position* is where the rule stands.

    *settings* names what a session that masks it in place has to hold. *taken* is what comes of it by a subset, None of
    a table that comes whole, *scanned* the same rows as *predicate*, for who reads the table alone: by their places, in
    the order of the file.
    """

    table: Table
    action: Action
    reason: str = ""
    masked: tuple[MaskedColumn, ...] = ()
    kept: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    keeping: Mapping[str, KeptColumn] = field(default_factory=dict)
    parts: int = 1
    predicate: str | None = None
    where: str | None = None
    predicate_written: str | None = None
    carried: str | None = None
    where_written: str | None = None
    predicate_reads: tuple[str, ...] = ()
    where_reads: tuple[str, ...] = ()
    predicate_position: Position | None = None
    where_position: Position | None = None
    format: Literal["binary", "text"] = "binary"
    settings: frozenset[str] = field(default=frozenset(), repr=False)
    taken: Taken | None = None
    scanned: str | None = None

    @property
    def limit(self) -> str | None:
        """The rows that are copied, for who reads this table alone."""
        return self.predicate if self.scanned is None else self.scanned

    @property
    def rows(self) -> float:
        """Rows that are expected, by the source's estimate (-1: nobody has looked) or as they were counted."""
        return self.table.rows if self.taken is None else self.taken.rows

    @property
    def bytes(self) -> int:
        """Bytes of them on the source, as far as rows are alike."""
        if self.taken is None:
            return self.table.bytes
        return round(self.table.bytes * min(1.0, self.taken.rows / max(self.table.rows, 1.0)))


def _one_line(written: str) -> str:
    return " ".join(written.split())


def shown_originals(tables: Iterable[TablePlan]) -> tuple[tuple[ColumnName, tuple[str, ...]], ...]:
    """The columns of *tables* that show originals by their rules' will."""
    return tuple(
        (plan.table.column_name(name), names)
        for plan in tables
        for name, names in (
            *((m.name, tuple(dict.fromkeys((*m.shows, *m.accepts)))) for m in plan.masked),
            *((n, k.shows) for n, k in plan.keeping.items()),
        )
        if names
    )
