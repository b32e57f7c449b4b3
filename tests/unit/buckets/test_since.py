"""What a record allows to conclude, and what it does not."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from masker.buckets.attachments.open import DECIDED
from masker.buckets.files.ledger import KeyedFile, write_parquet
from masker.buckets.objects import Location
from masker.buckets.settings import BucketPair
from masker.buckets.since.known import UNTOLD, Decided, Known, left_out, most_looked_up, why_listed
from masker.buckets.since.record import Alike, Differing, compared, record_in
from masker.buckets.since.session import stretches

KNOWN = Known(
    run="k3v9x0ab",
    goes_by={"acl": "mirror", "attachments": "{}"},
    seal="etag",
    listed_by="aaaaaaaa",
    listed_at="2026-01-02 03:04 UTC",
    requests=400,
    runs=0,
    rows=1,
    digest="",
)


def _why(seal: str | None = "etag", every: int = 7, runs: int = 0, **goes_by: str) -> str | None:
    known = Known.from_document(KNOWN.document() | _rechecked(runs=runs))
    return why_listed(known, {**KNOWN.goes_by, **goes_by}, seal, every)


def _rechecked(**changes: Any) -> dict[str, Any]:
    document = Known(**{**{name: getattr(KNOWN, name) for name in Known.__dataclass_fields__}, **changes}).document()
    return dict(document)


def test_a_record_holds_until_something_speaks_against_it() -> None:
    assert _why() is None
    assert _why(acl="none", attachments="{1}") == "acl, attachments: not what run k3v9x0ab went by"
    assert _why(region="eu") == "region: not what run k3v9x0ab went by", "what it did not know of has changed too"
    assert "lost the seal of run k3v9x0ab" in str(_why(seal=None))
    assert "the seal of a later run" in str(_why(seal="another"))
    assert [_why(runs=runs) is None for runs in range(8)] == [True] * 6 + [False] * 2, "the seventh lists everything"
    assert BucketPair(source=Location("a"), target=Location("b")).list_every == 7
    assert _why(runs=6) == "every 7 runs it is, and the last was aaaaaaaa, 7 runs before"
    assert _why(every=1) is not None


def test_few_keys_are_looked_up_whatever_a_listing_takes() -> None:
    assert [most_looked_up(requests) for requests in (2, 100, 102, 20_000)] == [50, 50, 51, 10_000]


@pytest.mark.parametrize("change", [{"rows": 2}, {"checksum": "0"}, {"kind": "plan"}, {"version": 2}, {"more": 1}])
def test_a_record_that_was_edited_is_none(tmp_path: Path, change: dict[str, Any]) -> None:
    files = record_in(tmp_path)
    rows, digest = files.write_rows(_file(tmp_path, [_decided("a")]), [])
    known = Known(**{**{name: getattr(KNOWN, name) for name in Known.__dataclass_fields__}, "digest": digest})
    assert (rows, files.read()) == (1, "no run before has left a record of it here")
    files.write(known)
    assert files.read() == known
    files.says.write_text(json.dumps(json.loads(files.says.read_text()) | change))
    assert "cannot be read" in str(files.read())


def _decided(key: str, content: str = "1 x", content_type: str | None = None, *, is_row_stale: bool = False) -> Decided:
    return Decided(key, content_type, is_row_stale, content)


def _file(folder: Path, rows: Iterable[Decided], group: int = 1024) -> KeyedFile:
    path = folder / f"{len(list(folder.iterdir()))}.parquet"
    write_parquet(path, rows, DECIDED, group)
    return KeyedFile(path)


@pytest.mark.parametrize("seed", range(6))
def test_a_record_beside_what_is_decided_now(tmp_path: Path, seed: int) -> None:
    """Random readings of several batches, among them none and equal ones: every key once, in order, and what is called
    alike is."""
    rng = random.Random(seed)
    first = {f"{n:04}": _decided(f"{n:04}") for n in range(rng.choice([0, 40, 700]))}
    second = dict(first)
    for _ in range(rng.choice([0, 1, 30])):
        key = f"{rng.randrange(900):04}"
        match rng.randrange(3):
            case 0:
                second.pop(key, None)
            case 1:
                second[key] = _decided(key, "2 y")
            case 2:
                second[key] = _decided(key, "", "image/png", is_row_stale=True)
    unsettled = sorted(rng.sample(sorted(first), min(len(first), 3))) if seed % 2 else []
    files = record_in(tmp_path)
    assert files.write_rows(_file(tmp_path, first.values(), 100), unsettled)[0] == len(first)
    keys, left = [], set()
    for each in compared(files.open(), _file(tmp_path, (second[key] for key in sorted(second)), 64)):
        rows = list(each.rows()) if isinstance(each, Alike) else []
        pairs: list[Differing] = [(row, row) for row in rows] if isinstance(each, Alike) else [each]
        if isinstance(each, Alike):
            assert (each.first, each.last, len(each)) == (rows[0].key, rows[-1].key, len(rows))
            assert each.kept == sum(row.content_type is None for row in rows)
            assert each.has_stale_rows == any(row.is_row_stale for row in rows)
        for old, new in pairs:
            (key,) = {row.key for row in (old, new) if row is not None}
            keys.append(key)
            left |= {key} if old is not None and new is not None and new.is_as_it_was(old) else set()
    assert keys == sorted(first.keys() | second.keys())
    assert left == {key for key in first if first[key] == second.get(key)} - {*unsettled}


def test_what_is_not_present_is_left_out() -> None:
    assert list(left_out("abcdef", "bbdz")) == ["a", "c", "e", "f"]
    assert list(left_out("ab", "")) == ["a", "b"]
    assert list(left_out("", "ab")) == []


def test_a_sample_may_have_any_key_and_none_twice(tmp_path: Path) -> None:
    rng = random.Random(11)
    for number in range(12):
        keys = sorted(
            {
                rng.choice("abkv~\xe9") + rng.choice(["", "ariants/", "ariants0", "1"]) + str(rng.randrange(99))
                for _ in range(rng.randrange(1, 30))
            }
            | {"variants", "variants0", "w"}
        )
        path = tmp_path / f"{number}.parquet"
        write_parquet(path, [(key,) for key in keys], pa.schema([("key", pa.string())]), rng.choice([4, 9, 50]))
        rows, length, sampled = KeyedFile(path), rng.randrange(1, 6), set()
        for run in range(400):
            spans = [UNTOLD, *stretches(rows, f"run{run}", length)]
            met = [key for span in spans for key in keys if key in span]
            assert len(met) == len(set(met)), (keys, spans)
            assert len(rows.firsts) > 1 or len([key for key in met if key not in UNTOLD]) <= length
            sampled |= set(met)
        assert sampled == set(keys)
