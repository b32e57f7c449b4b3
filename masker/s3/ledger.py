"""What a sync writes down: sorted rows in constant memory, plan files, the manifest of own copies."""

from __future__ import annotations

import heapq
import json
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from masker.errors import UsageError
from masker.s3.diff import Change

#: Rows sorted in memory at once, and rows of a sorted run at hand while runs are merged.
_RUN_ROWS = 20_000
_BATCH_ROWS = 512

_PLAN_ROWS = 8192
_MANIFEST_ROWS = 1024
_MANIFEST_GROUPS = 64  # row groups kept at hand

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
    """Rows taken in any order and given back sorted, whatever their number: beyond *at_once* they wait in files below *folder*."""

    def __init__(self, schema: pa.Schema, folder: Path, at_once: int = _RUN_ROWS) -> None:
        self._at_once = at_once
        self._schema = schema
        self._folder = folder
        self._rows: list[tuple[Any, ...]] = []
        self._runs: list[Path] = []

    def add(self, row: tuple[Any, ...]) -> None:
        self._rows.append(row)
        if len(self._rows) >= self._at_once:
            self._spill()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        self._rows.sort()
        if not self._runs:
            return iter(self._rows)
        return heapq.merge(*(_read_run(run) for run in self._runs), self._rows)

    def close(self) -> None:
        """Remove the files."""
        self._rows.clear()
        for run in self._runs:
            run.unlink(missing_ok=True)

    def _spill(self) -> None:
        self._rows.sort()
        path = self._folder / f"run{len(self._runs)}.arrow"
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, self._schema) as writer:
            for at in range(0, len(self._rows), _BATCH_ROWS):
                writer.write_batch(_batch(self._rows[at : at + _BATCH_ROWS], self._schema))
        self._runs.append(path)
        self._rows = []


def _read_run(path: Path) -> Iterator[tuple[Any, ...]]:
    with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as reader:
        for batch in reader:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _batch(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.record_batch([pa.array(column, type=kind.type) for column, kind in zip(columns, schema, strict=True)], schema=schema)


def write_parquet(path: Path, rows: Iterable[tuple[Any, ...]], schema: pa.Schema, group_rows: int, header: Mapping[str, Any] | None = None) -> None:
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


def write_plan(path: Path, header: Mapping[str, Any], changes: Iterable[tuple[Any, ...]]) -> None:
    """A plan as Parquet, or as JSON lines where *path* ends with ``.jsonl``: the header first, then a line each change."""
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
            raise UsageError(f"{path}: cannot be read ({(error.strerror or 'no reason given').lower()})") from None
        except (pa.ArrowInvalid, ValueError, KeyError, TypeError):
            raise UsageError(f"{path}: is not a plan of a sync", hint="masker plan sync --out FILE writes one") from None

    def changes(self, *ops: str) -> Iterator[Change]:
        """The changes of *ops*, in the plan's order."""
        return (change for change in self._all() if change.op in ops)

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
            for batch in file.iter_batches(batch_size=1024):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield Change(*row)


class Manifest:
    """The copies of earlier runs whose ETags differ from their originals', and the journal of those of this run.

    The journal is what a killed run leaves; :meth:`fold` takes it into the manifest, at the start and at the end of every run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "manifest.parquet"
        self._journal_path = folder / "copies.jsonl"
        self._open()

    def _open(self) -> None:
        self.fold()
        self._journal = self._journal_path.open("a", encoding="utf-8")
        self._file = pq.ParquetFile(self._path) if self._path.exists() else None
        self._groups: OrderedDict[int, dict[str, tuple[str, str]]] = OrderedDict()
        metadata = self._file.metadata if self._file else None
        self._firsts: list[str] = [metadata.row_group(g).column(0).statistics.min for g in range(metadata.num_row_groups)] if metadata else []

    def is_own_copy(self, key: str, source_etag: str, target_etag: str) -> bool:
        """Whether the target's object is our copy of just that original."""
        if self._file is None:
            return False
        group = bisect_right(self._firsts, key) - 1
        if group < 0:
            return False
        if group not in self._groups:
            keys, sources, targets = (column.to_pylist() for column in self._file.read_row_group(group).columns)
            self._groups[group] = dict(zip(keys, zip(sources, targets, strict=True), strict=True))
            if len(self._groups) > _MANIFEST_GROUPS:
                self._groups.popitem(last=False)
        self._groups.move_to_end(group)
        return self._groups[group].get(key) == (source_etag, target_etag)

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
        if self._file is not None:
            self._file.close()
        self.fold()

    def fold(self) -> None:
        """Take the journal into the manifest; a later copy of a key replaces an earlier one."""
        if not self._journal_path.exists() or not self._journal_path.stat().st_size:
            return
        rows = SortedRows(pa.schema([OWN.field("key"), ("age", pa.int64()), OWN.field("source_etag"), OWN.field("target_etag")]), self._folder)
        with self._journal_path.open(encoding="utf-8") as file:
            for number, line in enumerate(file):
                if line.endswith("\n"):  # a killed run may have left half a line
                    key, source_etag, target_etag = json.loads(line)
                    rows.add((key, -1 - number, source_etag, target_etag))
        old = ((o.key, 0, o.source_etag, o.target_etag) for o in self._stored())
        write_parquet(self._path, _newest(heapq.merge(rows, old)), OWN, _MANIFEST_ROWS)
        rows.close()
        self._journal_path.unlink()

    def _stored(self) -> Iterator[Own]:
        if self._path.exists():
            with pq.ParquetFile(self._path) as file:
                for batch in file.iter_batches(batch_size=_MANIFEST_ROWS):
                    for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                        yield Own(*row)


def _newest(rows: Iterator[tuple[Any, ...]]) -> Iterator[Own]:
    last = None
    for key, _, source_etag, target_etag in rows:
        if key != last:
            yield Own(key, source_etag, target_etag)
            last = key
