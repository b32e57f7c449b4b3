"""The record of a run in the folder of its pair: what is known, and a row for each blob. What is damaged is none.

Rows are those of the decisions that the run went by, and compared with later ones as batches of Arrow, since most of
them are alike.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from masker.buckets.files.ledger import KeyedFile
from masker.buckets.since.known import Decided, Known

#: Rows that are compared one by one, as they hold some that differ.
_FEW = 32


@dataclass(frozen=True, slots=True)
class RecordFiles:
    """The two files of a record: its *rows*, and what *says* the rest and the digest of the first."""

    rows: Path
    says: Path

    def read(self) -> Known | str:
        """What is known, or why nothing is."""
        if not self.says.exists():
            return "no run before has left a record of it here"
        try:
            known = Known.from_document(json.loads(self.says.read_text(encoding="utf-8")))
            digest = _digest(self.rows)
        except (OSError, ValueError, KeyError, TypeError):
            return f"the record {self.says} cannot be read"
        return known if digest == known.digest else f"the record's rows {self.rows} are not those it was written with"

    def open(self) -> KeyedFile:
        """The rows, by key."""
        return KeyedFile(self.rows)

    def write_rows(self, decided: KeyedFile, unsettled: Iterable[str]) -> tuple[int, str]:
        """Put *decided* in the place of other rows, keys that are *unsettled* (in their order) as such; number and
        digest. Until :meth:`write` there is no record."""
        self.forget()
        rest, count = iter(unsettled), 0
        key = next(rest, None)
        with pq.ParquetWriter(self.rows, decided.schema, compression="zstd") as writer:
            for batch in decided.batches():
                last, found = batch.column(0)[len(batch) - 1].as_py(), set()
                while key is not None and key <= last:
                    found.add(key)
                    key = next(rest, None)
                writer.write_batch(_unsettled(batch, found) if found else batch)
                count += len(batch)
        return count, _digest(self.rows)

    def write(self, known: Known) -> None:
        draft = self.says.with_name(self.says.name + ".draft")
        draft.write_text(json.dumps(known.document(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        draft.replace(self.says)

    def forget(self) -> None:
        self.says.unlink(missing_ok=True)


def record_in(folder: Path) -> RecordFiles:
    """The record that the runs of one pair keep in *folder*."""
    return RecordFiles(folder / "known.parquet", folder / "known.json")


@dataclass(frozen=True, slots=True)
class Alike:
    """Rows in which a record and what is decided now say the same."""

    batch: pa.RecordBatch

    def __len__(self) -> int:
        return len(self.batch)

    @property
    def first(self) -> str:
        return str(self.batch.column(0)[0])

    @property
    def last(self) -> str:
        return str(self.batch.column(0)[len(self.batch) - 1])

    @property
    def kept(self) -> int:
        """How many are of objects that are kept, not replaced."""
        return int(self.batch.column(1).null_count)

    @property
    def has_stale_rows(self) -> bool:
        return bool(self.batch.column(2).true_count)

    def rows(self) -> Iterator[Decided]:
        return _rows(self.batch)


#: What the record has of a key, and what is decided now.
Differing = tuple[Decided | None, Decided | None]


def compared(before: KeyedFile, now: KeyedFile) -> Iterator[Alike | Differing]:
    """Every key of either, in order: stretches that are alike, and single keys that may not be."""
    old, new = _Cursor(before), _Cursor(now)
    while old.left and new.left:
        length = min(old.left, new.left)
        while length > _FEW and not old.ahead(length).equals(new.ahead(length)):
            length //= 2
        if length > _FEW:
            yield Alike(new.ahead(length))
            old.advance(length)
            new.advance(length)
            continue
        olds, news = list(_rows(old.ahead(length))), list(_rows(new.ahead(length)))
        i = j = 0
        while i < length and j < length:
            one, other = olds[i].key, news[j].key
            yield olds[i] if one <= other else None, news[j] if other <= one else None
            i += one <= other
            j += other <= one
        old.advance(i)
        new.advance(j)
    while old.left:
        yield from ((row, None) for row in _rows(old.ahead(old.left)))
        old.advance(old.left)
    while new.left:
        yield from ((None, row) for row in _rows(new.ahead(new.left)))
        new.advance(new.left)


class _Cursor:
    """A place in a file."""

    def __init__(self, file: KeyedFile) -> None:
        self._batches = file.batches()
        self._batch: pa.RecordBatch | None = None
        self._at = 0
        self.left = 0
        self.advance(0)

    def ahead(self, length: int) -> pa.RecordBatch:
        """The next *length* rows, of those *left* at hand."""
        if self._batch is None:
            raise IndexError
        return self._batch.slice(self._at, length)

    def advance(self, length: int) -> None:
        self._at += length
        self.left -= length
        while not self.left and (batch := next(self._batches, None)) is not None:
            self._batch, self._at, self.left = batch, 0, len(batch)


def _rows(batch: pa.RecordBatch) -> Iterator[Decided]:
    return (Decided(*row) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _unsettled(batch: pa.RecordBatch, keys: set[str]) -> pa.RecordBatch:
    rows = [row.unsettled() if row.key in keys else row for row in _rows(batch)]
    return pa.record_batch(
        [pa.array(column, type=kind.type) for column, kind in zip(zip(*rows, strict=True), batch.schema, strict=True)],
        schema=batch.schema,
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
