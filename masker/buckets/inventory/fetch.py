"""An inventory fetched from its bucket or from a folder, checked, and sorted into a stock."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

from masker.buckets.client.clients import open_bucket_client
from masker.buckets.client.control import insistently
from masker.buckets.errors import StorageFault
from masker.buckets.files.ledger import SortedRows, write_parquet
from masker.buckets.inventory.listing import STOCK_ROWS, Stock
from masker.buckets.inventory.read import STOCKED, InventoryFile, InventoryManifest, parse_manifest, read_rows
from masker.buckets.objects import Location
from masker.buckets.settings import Access, BucketPair
from masker.errors import MaskerError, Refused, StorageError, UsageError
from masker.notes import Note

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class TakenStock:
    """A stock and when the inventory behind it was begun."""

    stock: Stock
    created_at: datetime

    def note(self, source: Location) -> Note:
        return Note(
            subject=str(source),
            text=(
                f"listed by its inventory of {self.created_at:%Y-%m-%d %H:%M} UTC: what was written since is not"
                " copied, and nothing is deleted that is there after all"
            ),
        )


@contextlib.contextmanager
def taken_stock(pair: BucketPair, folder: Path) -> Iterator[TakenStock | None]:
    """The stock of *pair*'s source; None where it is listed live. Files lie below *folder* until the end.

    Raises UsageError for an inventory of another bucket or without what is needed, Refused for one that is too old.
    """
    if pair.inventory is None:
        yield None
        return
    origin = _open_origin(pair.inventory, pair.source_access)
    manifest = parse_manifest(origin.manifest(), pair.inventory)
    _require_fit(pair, manifest)
    own = folder / "inventory"
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
    try:
        path = own / "stock.parquet"
        _sort(origin, manifest, pair.source.prefix, own, path)
        stock = Stock(path)
        yield TakenStock(stock, manifest.created_at)
        stock.close()
    finally:
        shutil.rmtree(own, ignore_errors=True)


def _require_fit(pair: BucketPair, manifest: InventoryManifest) -> None:
    if manifest.bucket != pair.source.bucket:
        raise UsageError(f"{pair.inventory}: is the inventory of {manifest.bucket}, expected {pair.source.bucket}")
    age = datetime.now(UTC) - manifest.created_at
    if age > timedelta(hours=pair.inventory_hours):
        hours = age.total_seconds() / 3600
        raise Refused(
            f"{pair.inventory}: was made {hours:.0f} hours ago, at most {pair.inventory_hours:g} are allowed",
            hint=f"name a later one, or allow it: --inventory-age {hours + 1:.0f}",
        )


def _sort(origin: _Origin, manifest: InventoryManifest, prefix: str, folder: Path, path: Path) -> None:
    rows = SortedRows(STOCKED, folder)
    for file in manifest.files:
        part = folder / "part"
        with part.open("wb") as sink:
            size, digest = origin.fetch(file, sink)
        if (size, digest) != (file.size, file.md5):
            raise StorageError(
                f"{origin.place}/{file.key}: is not the file that the inventory's manifest describes",
                hint="name another inventory",
            )
        try:
            for row in read_rows(part, manifest, prefix):
                rows.add(row)
        except (ValueError, KeyError, TypeError, EOFError, OSError):  # pyarrow's own are among them
            raise UsageError(
                f"{origin.place}/{file.key}: cannot be read as {manifest.format} with the columns of the manifest"
            ) from None
        part.unlink()
    write_parquet(path, rows, STOCKED, STOCK_ROWS)
    rows.close()


def _open_origin(name: str, access: Access) -> _Origin:
    if not name.startswith("s3://"):
        return _Folder(Path(name))
    bucket, _, key = name.removeprefix("s3://").partition("/")
    if not bucket or not key.endswith(".json"):
        raise UsageError(f"{name}: is not a manifest, expected s3://bucket/…/manifest.json")
    # Elsewhere than at Amazon a bucket's region is not asked for.
    anywhere = access if access.endpoint_url else replace(access, region=None)
    return _Bucket(open_bucket_client(anywhere, bucket, connections=1), bucket, key)


class _Folder:
    """An inventory that was downloaded: the manifest, and the data beside it or as S3 lays it out."""

    def __init__(self, path: Path) -> None:
        self.place = str(path.parent)
        self._path = path

    def manifest(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError as error:
            raise _unreadable(self._path, error) from None

    def fetch(self, file: InventoryFile, sink: IO[bytes]) -> tuple[int, str]:
        name = file.key.rpartition("/")[2]
        here = [path for path in (self._path.parent / name, self._path.parent.parent / "data" / name) if path.is_file()]
        if not here:
            raise UsageError(
                f"{self._path}: {name} lies neither beside it nor in ../data",
                hint="download the whole inventory, or name it by s3://",
            )
        try:
            with here[0].open("rb") as source:
                return _copied(iter(lambda: source.read(_CHUNK), b""), sink)
        except OSError as error:
            raise _unreadable(here[0], error) from None


class _Bucket:
    """An inventory where S3 has put it."""

    def __init__(self, client: S3Client, bucket: str, key: str) -> None:
        self.place = f"s3://{bucket}"
        self._client = client
        self._bucket = bucket
        self._key = key

    def manifest(self) -> bytes:
        try:
            return insistently(
                lambda: bytes(self._client.get_object(Bucket=self._bucket, Key=self._key)["Body"].read())
            )
        except StorageFault as fault:
            raise fault.to_error(f"{self.place}/{self._key}") from None

    def fetch(self, file: InventoryFile, sink: IO[bytes]) -> tuple[int, str]:
        def fetched() -> tuple[int, str]:
            sink.seek(0)
            sink.truncate()
            return _copied(self._client.get_object(Bucket=self._bucket, Key=file.key)["Body"].iter_chunks(_CHUNK), sink)

        try:
            return insistently(fetched)
        except StorageFault as fault:
            raise fault.to_error(f"{self.place}/{file.key}") from None


_Origin = _Folder | _Bucket


def _copied(chunks: Iterator[bytes], sink: IO[bytes]) -> tuple[int, str]:
    """Write *chunks*; their size and MD5."""
    size, digest = 0, hashlib.md5(usedforsecurity=False)
    for chunk in chunks:
        sink.write(chunk)
        size += len(chunk)
        digest.update(chunk)
    return size, digest.hexdigest()


def _unreadable(path: Path, error: OSError) -> MaskerError:
    return UsageError(f"{path}: cannot be read ({(error.strerror or 'no reason given').lower()})")
