"""The record of a run in the folder of its pair: what is known, and a row for each blob. What is damaged is none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from masker.buckets.files.ledger import KeyedFile, write_parquet
from masker.buckets.since.known import Known, KnownRow

_ROWS = pa.schema(
    [("key", pa.string()), ("content_type", pa.string()), ("content", pa.string()), ("is_settled", pa.bool_())]
)
_GROUP_ROWS = 1024


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

    def write_rows(self, rows: Iterable[KnownRow]) -> tuple[int, str]:
        """Put *rows* in the place of others; their number and digest. Until :meth:`write` there is no record."""
        self.forget()
        counted = _Counted()
        write_parquet(self.rows, counted.each(rows), _ROWS, _GROUP_ROWS)
        return counted.rows, _digest(self.rows)

    def write(self, known: Known) -> None:
        draft = self.says.with_name(self.says.name + ".draft")
        draft.write_text(json.dumps(known.document(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        draft.replace(self.says)

    def forget(self) -> None:
        self.says.unlink(missing_ok=True)


def record_in(folder: Path) -> RecordFiles:
    """The record that the runs of one pair keep in *folder*."""
    return RecordFiles(folder / "known.parquet", folder / "known.json")


@dataclass(slots=True)
class _Counted:
    rows: int = 0

    def each(self, rows: Iterable[KnownRow]) -> Iterator[KnownRow]:
        for row in rows:
            self.rows += 1
            yield row


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
