"""What a sync writes down: sorted rows in constant memory, plan files, the manifest of own copies."""

from __future__ import annotations

import heapq
import json
import os
from bisect import bisect_left, bisect_right
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from masker.buckets.diff import Change
from masker.errors import UsageError

#: Rows sorted in memory at once, runs merged at once, and rows of a sorted run at hand meanwhile.
_RUN_ROWS = 10_000
_FAN_IN = 16
_BATCH_ROWS = 256

_PLAN_ROWS = 4096
_MANIFEST_ROWS = 1024
_MANIFEST_GROUPS = 24  # row groups kept at hand: one for each stretch of keys being compared, and some more

_HEADER = b"masker"

CHANGES = pa.schema(
    [(name, pa.int64() if name == "size" else pa.string()) for name in Change._fields],
)


class Own(NamedTuple):
    """A copy of ours whose ETag is not its original's: by parts, or encrypted with a key of KMS."""

    key: str
    source_etag: str
    target_etag: str


OWN = pa.schema([(name, pa.string()) for name in Own._fields])


class SortedRows:
    """Rows taken in any order and given back sorted, whatever their number: beyond *at_once* they wait in files below
    *folder*."""

    def __init__(self, schema: pa.Schema, folder: Path, at_once: int = _RUN_ROWS) -> None:
        self._at_once = at_once
        self._schema = schema
        self._folder = folder
        self._rows: list[tuple[Any, ...]] = []
        self._runs: list[list[Path]] = []  # by size: each run of one list holds some _FAN_IN of the list before
        self._names = (folder / f"run{number}.arrow" for number in count())

    def add(self, row: tuple[Any, ...]) -> None:
        self._rows.append(row)
        if len(self._rows) >= self._at_once:
            self._spill()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        self._rows.sort()
        if not self._runs:
            return iter(self._rows)
        return heapq.merge(*(_read_run(run) for runs in self._runs for run in runs), self._rows)

    def close(self) -> None:
        """Remove the files; what is added after that begins anew."""
        self._rows.clear()
        for runs in self._runs:
            for run in runs:
                run.unlink(missing_ok=True)
        self._runs.clear()

    def _spill(self) -> None:
        self._rows.sort()
        run = self._write(self._rows)
        self._rows = []
        self._keep(run, 0)

    def _keep(self, run: Path, size: int) -> None:
        """Note a run; as many of one size as are merged at once become one of the next, so that never many files are
        open."""
        if size == len(self._runs):
            self._runs.append([])
        runs = self._runs[size]
        runs.append(run)
        if len(runs) == _FAN_IN:
            self._keep(self._write(heapq.merge(*map(_read_run, runs))), size + 1)
            for path in runs:
                path.unlink()
            runs.clear()

    def _write(self, rows: Iterable[tuple[Any, ...]]) -> Path:
        path, rest = next(self._names), iter(rows)
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, self._schema) as writer:
            while batch := list(islice(rest, _BATCH_ROWS)):
                writer.write_batch(_batch(batch, self._schema))
        return path


def _read_run(path: Path) -> Iterator[tuple[Any, ...]]:
    with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as reader:
        for batch in reader:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _batch(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.record_batch(
        [pa.array(column, type=kind.type) for column, kind in zip(columns, schema, strict=True)], schema=schema
    )


def write_parquet(
    path: Path,
    rows: Iterable[tuple[Any, ...]],
    schema: pa.Schema,
    group_rows: int,
    header: Mapping[str, Any] | None = None,
) -> None:
    """Write *rows* beside *path* and rename them over it; *header* becomes part of the file's metadata."""
    if header is not None:
        schema = schema.with_metadata({_HEADER: json.dumps(header)})
    draft = path.with_name(path.name + ".draft")
    with pq.ParquetWriter(draft, schema, compression="zstd") as writer:
        group: list[tuple[Any, ...]] = []
        for row in rows:
            group.append(row)
            if len(group) >= group_rows:
                writer.write_batch(_batch(group, schema))
                group = []
        if group:
            writer.write_batch(_batch(group, schema))
    draft.replace(path)


def _rows_of(file: pq.ParquetFile) -> Iterator[tuple[Any, ...]]:
    """The rows of *file*, a row group at a time: read as a stream it would be held whole in the end."""
    for group in range(file.num_row_groups):
        for batch in file.read_row_group(group, use_threads=False).to_batches(max_chunksize=_BATCH_ROWS):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def write_plan(path: Path, header: Mapping[str, Any], changes: Iterable[tuple[Any, ...]]) -> None:
    """A plan as Parquet, or as JSON lines where *path* ends with ``.jsonl``: the header first, then a line each
    change."""
    if path.suffix != ".jsonl":
        write_parquet(path, changes, CHANGES, _PLAN_ROWS, header)
        return
    draft = path.with_name(path.name + ".draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write(json.dumps(header, ensure_ascii=False) + "\n")
        for change in changes:
            file.write(json.dumps(dict(zip(Change._fields, change, strict=True)), ensure_ascii=False) + "\n")
    draft.replace(path)


class PlanFile:
    """A plan read back: its header, and its changes as often as asked. Raises UsageError where it is no plan."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.header = self._read_header()
        except OSError as error:
            reason = (
                "it is a folder" if path.is_dir() else (os.strerror(error.errno) if error.errno else "no reason given")
            )
            raise UsageError(f"{path}: cannot be read ({reason.lower()})") from None
        except (pa.ArrowInvalid, ValueError, KeyError, TypeError):
            raise UsageError(
                f"{path}: is not a plan of a sync", hint="masker plan sync --out FILE writes one"
            ) from None

    def changes(self, *ops: str) -> Iterator[Change]:
        """The changes of *ops*, in the plan's order."""
        return (change for change in self._all() if change.op in ops)

    def require_whole(self, lines: Mapping[str, int]) -> None:
        """Raise UsageError unless it holds just *lines* changes, by what they do, in the order of their keys."""
        found = Counter[str]()
        key = ""
        try:
            for change in self._all():
                if change.key < key:
                    raise UsageError(
                        f"{self.path}: its changes are not in the order of their keys", hint="make a new one"
                    )
                key = change.key
                found[change.op] += 1
        except (ValueError, TypeError):
            raise UsageError(
                f"{self.path}: line {found.total() + 2} is no change", hint="make a new one: masker plan sync"
            ) from None
        if +found != +Counter(lines):
            raise UsageError(
                f"{self.path}: holds {found.total():,} changes that are not those which it counts, so it was cut off or"
                " edited",
                hint="make a new one, with --exclude for what is not to happen",
            )

    def _read_header(self) -> dict[str, Any]:
        if self.path.suffix == ".jsonl":
            with self.path.open(encoding="utf-8") as file:
                header = json.loads(file.readline())
        else:
            header = json.loads(pq.read_schema(self.path).metadata[_HEADER])
        if header["kind"] != "sync":
            raise ValueError(header["kind"])
        return dict(header)

    def _all(self) -> Iterator[Change]:
        if self.path.suffix == ".jsonl":
            with self.path.open(encoding="utf-8") as file:
                file.readline()
                for line in file:
                    yield Change(**json.loads(line))
            return
        with pq.ParquetFile(self.path) as file:
            yield from (Change(*row) for row in _rows_of(file))


class KeyedFile:
    """A Parquet file sorted by its first column, ``key``, of which only the row groups asked for last are at hand; None
    is empty."""

    def __init__(self, source: Path | bytes | None, groups_kept: int = _MANIFEST_GROUPS) -> None:
        content: Any = pa.BufferReader(source) if isinstance(source, bytes) else source
        self._file = pq.ParquetFile(content) if content is not None else None
        self._groups: OrderedDict[int, list[tuple[Any, ...]]] = OrderedDict()
        self._groups_kept = groups_kept
        metadata = self._file.metadata if self._file else None
        self.firsts: list[str] = (
            [metadata.row_group(g).column(0).statistics.min for g in range(metadata.num_row_groups)] if metadata else []
        )

    def rows(self, group: int) -> list[tuple[Any, ...]]:
        """The rows of row group *group*, in key order."""
        if group not in self._groups:
            columns = self._file.read_row_group(group, use_threads=False).columns if self._file else []
            self._groups[group] = list(zip(*(column.to_pylist() for column in columns), strict=True))
            if len(self._groups) > self._groups_kept:
                self._groups.popitem(last=False)
        self._groups.move_to_end(group)
        return self._groups[group]

    @property
    def schema(self) -> pa.Schema | None:
        """The columns; None of an empty file that is nowhere."""
        return self._file.schema_arrow if self._file is not None else None

    def batches(self) -> Iterator[pa.RecordBatch]:
        """A batch for each row group."""
        for group in range(len(self.firsts)):
            if self._file is not None:
                yield from self._file.read_row_group(group, use_threads=False).combine_chunks().to_batches()

    def every(self) -> Iterator[tuple[Any, ...]]:
        """All rows, a group at hand at a time."""
        return (row for group in range(len(self.firsts)) for row in self.rows(group))

    def find(self, key: str) -> tuple[Any, ...] | None:
        """The row of *key*."""
        group = bisect_right(self.firsts, key) - 1
        if group < 0:
            return None
        rows = self.rows(group)
        at = bisect_left(rows, key, key=_key_of)
        return rows[at] if at < len(rows) and rows[at][0] == key else None

    def within(self, after: str | None, until: str | None) -> bytes | None:
        """A file of the row groups that hold keys after *after* up to *until*; None where there are none."""
        first = max(0, bisect_right(self.firsts, after) - 1) if after is not None else 0
        last = bisect_right(self.firsts, until) if until is not None else len(self.firsts)
        if self._file is None or first >= last:
            return None
        sink = pa.BufferOutputStream()
        with pq.ParquetWriter(sink, self._file.schema_arrow, compression="zstd") as writer:
            for group in range(first, last):
                writer.write_table(self._file.read_row_group(group, use_threads=False))
        return bytes(sink.getvalue())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _key_of(row: tuple[Any, ...]) -> str:
    key: str = row[0]
    return key


class OwnCopies:
    """The copies of earlier runs whose ETags differ from their originals', as a :class:`KeyedFile` of Own."""

    def __init__(self, source: Path | bytes | None) -> None:
        self.file = KeyedFile(source)

    def is_own_copy(self, key: str, source_etag: str, target_etag: str) -> bool:
        """Whether the target's object is our copy of just that original."""
        return self.file.find(key) == (key, source_etag, target_etag)


class Manifest:
    """The copies of earlier runs whose ETags differ from their originals', and the journal of those of this run.

    The journal is what a killed run leaves; :meth:`fold` takes it into the manifest, at the start and at the end of
    every run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "manifest.parquet"
        self._journal_path = folder / "copies.jsonl"
        self._open()

    def _open(self) -> None:
        self._require_sound()
        self.fold()
        self._journal = self._journal_path.open("a", encoding="utf-8")
        self.copies = OwnCopies(self._path if self._path.exists() else None)
        self.is_own_copy = self.copies.is_own_copy

    def _require_sound(self) -> None:
        """Do without a manifest that cannot be read: what it tells is then copied again, nothing worse."""
        try:
            sound = not self._path.exists() or pq.read_schema(self._path).names == OWN.names
        except (pa.ArrowInvalid, OSError):
            sound = False
        if not sound:
            self._path.replace(self._path.with_suffix(".damaged"))

    def note(self, own: Own) -> None:
        """Write down a copy just made."""
        self._journal.write(json.dumps(own, ensure_ascii=False) + "\n")

    def flush(self) -> None:
        self._journal.flush()

    def refresh(self) -> None:
        """Know the copies of this run too."""
        self.close()
        self._open()

    def close(self) -> None:
        """Take the journal in and close."""
        self._journal.close()
        self.copies.file.close()
        self.fold()

    def fold(self) -> None:
        """Take the journal into the manifest; a later copy of a key replaces an earlier one."""
        if not self._journal_path.exists() or not self._journal_path.stat().st_size:
            return
        rows = SortedRows(
            pa.schema([OWN.field("key"), ("age", pa.int64()), OWN.field("source_etag"), OWN.field("target_etag")]),
            self._folder,
        )
        with self._journal_path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file):
                # A killed run may have left half a line, a machine without power worse ones.
                with suppress(ValueError, TypeError):
                    key, source_etag, target_etag = map(_text, json.loads(line))
                    rows.add((key, -1 - number, source_etag, target_etag))
        old = ((o.key, 0, o.source_etag, o.target_etag) for o in self._stored())
        write_parquet(self._path, _newest(heapq.merge(rows, old)), OWN, _MANIFEST_ROWS)
        rows.close()
        self._journal_path.unlink()

    def _stored(self) -> Iterator[Own]:
        if self._path.exists():
            with pq.ParquetFile(self._path) as file:
                yield from (Own(*row) for row in _rows_of(file))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _newest(rows: Iterator[tuple[Any, ...]]) -> Iterator[Own]:
    last = None
    for key, _, source_etag, target_etag in rows:
        if key != last:
            yield Own(key, source_etag, target_etag)
            last = key
