"""What a sync writes down, and the limits a plan is held against."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from masker.buckets.diff import Change, Op, Totals
from masker.buckets.files.ledger import CHANGES, Manifest, Own, PlanFile, SortedRows, write_plan
from masker.buckets.objects import Location, parse_location, shown_key
from masker.buckets.plan import DeleteLimits, SyncPlan, refusal
from masker.buckets.settings import parse_limits
from masker.errors import UsageError


def _changes(count: int) -> list[Change]:
    return [Change(f"{n:06}\n写", Op.COPY, "missing", n, f"{n:x}", "", "STANDARD", "mirror") for n in range(count)]


@pytest.mark.parametrize(("at_once", "files"), [(100, 10), (3, 14 + 5 + 1)])
def test_rows_are_sorted_beyond_memory(tmp_path: Path, at_once: int, files: int) -> None:
    """Runs in files are merged sixteen at a time, so that few are left to be merged in the end."""
    changes = _changes(1050)
    shuffled = changes[:]
    random.Random(1).shuffle(shuffled)
    rows = SortedRows(CHANGES, tmp_path, at_once=at_once)
    for change in shuffled:
        rows.add(change)
    assert len(list(tmp_path.iterdir())) == files
    assert [Change(*row) for row in rows] == changes
    rows.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["plan.parquet", "plan.jsonl"])
def test_plans_read_as_written(tmp_path: Path, name: str) -> None:
    plan = _plan(copies=3)
    write_plan(tmp_path / name, plan.document(), _changes(3))
    file = PlanFile(tmp_path / name)
    assert SyncPlan.from_document(file.header) == plan
    assert list(file.changes(Op.COPY)) == _changes(3)
    assert list(file.changes(Op.DELETE)) == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[]\n", b"PAR1", b'{"kind": "copy"}\n'])
@pytest.mark.parametrize("name", ["plan.parquet", "plan.jsonl"])
def test_what_is_no_plan(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match="is not a plan of a sync"):
        PlanFile(tmp_path / name)


def test_manifest_of_a_killed_run_is_kept(tmp_path: Path) -> None:
    first = Manifest(tmp_path)
    for n in range(3000):
        first.note(Own(f"{n:05}", f"s{n}-2", f"t{n}"))
    first.flush()
    with (tmp_path / "copies.jsonl").open("a") as file:
        file.write('["half a li')
    second = Manifest(tmp_path)
    assert second.is_own_copy("02999", "s2999-2", "t2999")
    assert not second.is_own_copy("02999", "s2999-2", "other")
    assert not second.is_own_copy("", "", "")
    second.note(Own("00007", "new-2", "t"))
    second.refresh()
    assert second.is_own_copy("00007", "new-2", "t")
    assert not second.is_own_copy("00007", "s7-2", "t7")
    second.close()
    first._journal.close()


def _plan(*, source: int = 0, target: int = 0, copies: int = 0, deletes: int = 0, does_delete: bool = True) -> SyncPlan:
    totals = Totals(source_objects=source, target_objects=target, copies=copies, deletes=deletes)
    return SyncPlan(
        run="abcdefgh",
        created_at=datetime(2026, 1, 2, tzinfo=UTC),
        source=Location("production", "a/"),
        target=Location("preview"),
        acl="mirror",
        deletes=does_delete,
        totals=totals,
    )


@pytest.mark.parametrize(
    ("plan", "limits", "said"),
    [
        (_plan(source=100_000, target=100_000, deletes=1000), "", None),
        (_plan(source=100_000, target=100_000, deletes=1001), "", "1,001 objects would be deleted, more than 1,000"),
        (_plan(source=100_000, target=100_000, deletes=1001), "2%", None),
        (_plan(source=100_000, target=100_000, deletes=2001), "2%", "more than 2%"),
        (_plan(source=100, target=100, deletes=11), "", "11% of the target"),
        (_plan(source=0, target=9, deletes=9), "", "is empty"),
        (_plan(source=0, target=9, deletes=9), "100%", "is empty"),
        (_plan(source=0, target=9, deletes=9), "9", None),
        (_plan(source=0, target=9, deletes=9), "8", "more than 8"),
        (_plan(source=0, target=9, deletes=9), "1000", "is empty"),
        (_plan(source=1, target=9, deletes=8), "1000", None),
        (_plan(source=4, target=9, deletes=5), "100%", "less than half"),
        (_plan(source=4, target=9, deletes=5, does_delete=False), "", None),
        (_plan(source=0, target=0), "", None),
        (_plan(source=1, target=9), "", None),
    ],
)
def test_limits(plan: SyncPlan, limits: str, said: str | None) -> None:
    why = refusal(plan, parse_limits(limits) if limits else DeleteLimits())
    assert (why is None) == (said is None), why
    assert said is None or said in str(why)


@pytest.mark.parametrize("text", ["", "s3:/a", "s3://", "s3://ab", "http://bucket", "s3://UPPER case", "bucket"])
def test_what_is_no_location(text: str) -> None:
    with pytest.raises(UsageError):
        parse_location(text)


def test_locations_overlap_by_prefix() -> None:
    a, ab, b, other = (
        parse_location(url) for url in ("s3://bucket/a", "s3://bucket/a/b", "s3://bucket/ab/", "s3://other")
    )
    assert a.overlaps(ab)
    assert ab.overlaps(a)
    assert not a.overlaps(b)
    assert not a.overlaps(other)


def test_keys_are_shown_on_one_line() -> None:
    assert shown_key("写真/a b") == "写真/a b"
    assert shown_key("a\nb") == "a\\nb"
