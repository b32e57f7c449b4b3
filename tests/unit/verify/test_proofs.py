"""Evidence compared: what is lost, doubled, foreign or altered is told, and what was not asked is not run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from masker.findings import Finding, Outcome
from masker.tables.evidence import Evidence, Sums
from masker.tables.plan import TablePlan
from masker.tables.witness import SAMPLE_ROWS, Witness, witness
from masker.verify.proofs import compare_evidence, differing_buckets
from tests.catalogs import table


def _of(*, key: tuple[str, ...] | None = None) -> Witness:
    found = table("users", "id int8", "email text", "note text", key=key)
    return witness(found, TablePlan(table=found, action="copy"))


def _said(
    rows: int = 100, *, identity: int = 77, sieve: int | None = None, buckets: dict[int, Sums] | None = None
) -> Evidence:
    each = {b: Sums(rows=rows // 4, identity=b, columns=(b + 1, b + 2, b + 3)) for b in range(4)}
    return Evidence(rows=rows, identity=identity, sieve=sieve, buckets=each if buckets is None else buckets)


def _with(said: Evidence, bucket: int, **changes: object) -> Evidence:
    return replace(said, buckets={**said.buckets, bucket: replace(said.buckets[bucket], **changes)})  # type: ignore[arg-type]


def _bad(witness: Witness, expected: Evidence | None, found: Evidence | None) -> list[str]:
    return [str(f) for f in compare_evidence(witness, expected, found) if not f.is_good]


def test_equal_evidence_passes_and_says_how_much_was_proved() -> None:
    found = list(
        compare_evidence(
            _of(),
            _said(50_000, sieve=3, buckets={0: Sums(rows=12_500, identity=1, columns=(1, 2, 3))}),
            _said(50_000, sieve=3, buckets={0: Sums(rows=12_500, identity=1, columns=(1, 2, 3))}),
        )
    )

    assert {f.outcome for f in found} == {Outcome.PASSED}
    assert [f.subject for f in found if f.check == "proof"] == ["users: 3 columns of 12,500 rows of 50,000"]


@pytest.mark.parametrize("missing", ["source", "target"])
def test_what_one_side_did_not_say_is_not_run(missing: str) -> None:
    found = list(
        compare_evidence(_of(), None if missing == "source" else _said(), None if missing == "target" else _said())
    )

    assert [(f.check, f.outcome) for f in found] == [("rows", Outcome.NOT_RUN), ("proof", Outcome.NOT_RUN)]


def test_lost_and_doubled_rows_are_told_by_number_and_identity() -> None:
    lost = _with(replace(_said(), rows=99, identity=70), 2, rows=24, identity=9)

    assert _bad(_of(), _said(), lost) == [
        "fail   rows: users: 99 rows found, 100 expected",
        "fail   identity: users: the rows are not the source's: 1 or more are lost",
    ]


def test_other_rows_of_the_same_number_are_told() -> None:
    exchanged = _with(replace(_said(), identity=70), 2, identity=9)

    assert _bad(_of(), _said(), exchanged) == [
        (
            "fail   identity: users: as many rows as expected, and not the same: some of the source's are lost, others"
            " doubled or foreign"
        )
    ]


def test_a_column_that_differs_is_told_with_its_share() -> None:
    altered = _with(_with(_said(), 1, columns=(2, 3, 99)), 3, columns=(4, 5, 99))

    assert _bad(_of(), _said(), altered) == [
        "fail   proof: users.note: it does not hold what it must in 2 of 4 parts of its rows"
    ]
    assert differing_buckets(_of(), _said(), altered) == {2: [1, 3]}


def test_where_rows_stand_that_differ_is_told() -> None:
    (bad,) = [
        f
        for f in compare_evidence(
            _of(),
            _said(),
            _with(_said(), 1, columns=(2, 3, 99)),
            places={2: "1 of 25 looked at, in block 7 of its file"},
        )
        if not f.is_good
    ]

    assert bad.detail.endswith("in 1 of 4 parts of its rows: 1 of 25 looked at, in block 7 of its file")


def test_columns_are_judged_where_both_sides_have_the_same_rows() -> None:
    lost_and_altered = _with(
        _with(replace(_said(), rows=99, identity=70), 2, rows=24, identity=9, columns=(0, 0, 0)), 1, columns=(2, 99, 4)
    )

    assert [line for line in _bad(_of(), _said(), lost_and_altered) if "proof" in line] == [
        "fail   proof: users.email: it does not hold what it must in 1 of 3 parts of its rows"
    ]


def test_where_no_rows_are_the_same_nothing_is_proved() -> None:
    foreign = replace(
        _said(), identity=70, buckets={b: replace(s, identity=s.identity + 1) for b, s in _said().buckets.items()}
    )

    assert "not-run   proof: users: no part of its rows is the same on both sides" in _bad(_of(), _said(), foreign)


def test_a_sample_that_is_too_small_is_not_run() -> None:
    few = _said(50_000, sieve=1023, buckets={0: Sums(rows=SAMPLE_ROWS - 1, identity=1, columns=(1, 2, 3))})

    assert _bad(_of(), few, few) == ["not-run   proof: users: 9,999 rows were proved, 10,000 or more expected"]


def test_rows_that_were_counted_and_not_proved_are_not_run() -> None:
    nothing = _said(buckets={})

    assert _bad(_of(), nothing, nothing) == ["not-run   proof: users: 0 rows were proved, 100 or more expected"]


def test_without_a_key_columns_are_judged_by_all_their_values() -> None:
    keyless = _of(key=())
    moved = replace(
        _said(), identity=70, buckets={b: replace(s, identity=s.identity + 5) for b, s in _said().buckets.items()}
    )
    altered = _with(moved, 1, columns=(2, 99, 4))

    assert _bad(keyless, _said(), moved) == [
        "fail   identity: users: its rows are not the source's; it has no key, so that each value of a row counts"
    ]
    assert not [f for f in compare_evidence(keyless, _said(), moved) if f.check == "proof"]
    assert "fail   proof: users.email: it does not hold what it must" in _bad(keyless, _said(), altered)


def test_a_marker_that_keeps_one_bucket_is_compared_with_all_of_them() -> None:
    assert _bad(_of(), _said().folded(), _said()) == []
    assert _bad(_of(), _said().folded(), _with(_said(), 1, columns=(2, 3, 99))) == [
        "fail   proof: users.note: it does not hold what it must in 1 of 1 parts of its rows"
    ]


def test_an_empty_table_is_proved_by_its_having_no_rows() -> None:
    empty = Evidence(rows=0, identity=0, sieve=None, buckets={})
    found = list(compare_evidence(_of(), empty, empty))

    assert [f for f in found if not f.is_good] == []
    assert _outcomes(compare_evidence(_of(), empty, _said()))["rows"] is Outcome.FAILED


def _outcomes(findings: object) -> dict[str, Outcome]:
    assert hasattr(findings, "__iter__")
    return {f.check: f.outcome for f in findings if isinstance(f, Finding)}
