"""The two sides' evidence compared: whether each table's rows are the source's, and whether each column holds what it
must."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from masker.findings import Finding, Outcome
from masker.tables.evidence import MODULUS, Evidence
from masker.tables.witness import SAMPLE_ROWS, Witness


def compare_evidence(
    witness: Witness,
    expected: Evidence | None,
    found: Evidence | None,
    *,
    whose: str = "the source's",
    why_not: str | None = None,
    places: Mapping[int, str] | None = None,
) -> Iterator[Finding]:
    """A finding on the number of rows, one on which they are, and one on the columns, or one for each column that
    differs.

    *whose* says where *expected* comes from, *why_not* why one of the two is missing, and
    *places*, by number of column, where rows stand that differ.
    """
    subject = str(witness.table)
    if expected is None or found is None:
        who = why_not or (
            "the source did not say what it holds" if expected is None else "the target was not asked what it holds"
        )
        yield from (
            Finding(check=check, subject=subject, outcome=Outcome.NOT_RUN, detail=who) for check in ("rows", "proof")
        )
        return
    yield _result(
        "rows",
        subject,
        None if found.rows == expected.rows else f"{found.rows:,} rows found, {expected.rows:,} expected",
    )
    yield _result(
        "identity",
        subject,
        None if found.identity == expected.identity else _strangers(witness, expected, found, whose),
    )
    yield from _columns(witness, expected, found.folded() if set(expected.buckets) == {0} else found, places or {})


def _strangers(witness: Witness, expected: Evidence, found: Evidence, whose: str) -> str:
    if not witness.key:
        return f"its rows are not {whose}; it has no key, so that each value of a row counts"
    if found.rows == expected.rows:
        return f"as many rows as expected, and not the same: some of {whose} are lost, others doubled or foreign"
    how = "lost" if found.rows < expected.rows else "doubled or foreign"
    return f"the rows are not {whose}: {abs(found.rows - expected.rows):,} or more are {how}"


def _columns(witness: Witness, expected: Evidence, found: Evidence, places: Mapping[int, str]) -> Iterator[Finding]:
    subject = str(witness.table)
    needed = expected.rows if expected.sieve is None else min(SAMPLE_ROWS, expected.rows)
    if expected.proved < needed:
        detail = f"{expected.proved:,} rows were proved, {needed:,} or more expected"
        yield Finding(check="proof", subject=subject, outcome=Outcome.NOT_RUN, detail=detail)
        return
    # Without a key the identity is made of the values, so that buckets of other rows are those of other values.
    alike = _alike(witness, expected, found)
    if expected.buckets and not alike:
        yield Finding(
            check="proof",
            subject=subject,
            outcome=Outcome.NOT_RUN,
            detail="no part of its rows is the same on both sides",
        )
        return
    differing = differing_buckets(witness, expected, found)
    for at, buckets in differing.items():
        share = f" in {len(buckets)} of {len(alike)} parts of its rows" if witness.key else ""
        where = f": {places[at]}" if at in places else ""
        yield _result("proof", f"{subject}.{witness.columns[at].name}", f"it does not hold what it must{share}{where}")
    if not differing and (witness.key or expected.identity == found.identity):
        words = f"{len(witness.columns):,} columns of {expected.proved:,} rows" + (
            f" of {expected.rows:,}" if expected.proved != expected.rows else ""
        )
        yield _result("proof", f"{subject}: {words}", None)


def differing_buckets(witness: Witness, expected: Evidence, found: Evidence) -> dict[int, list[int]]:
    """By number, the columns that differ, and in which buckets: of a table without a key none is named, since rows have
    no place there."""
    if not witness.key:
        return {at: [] for at in range(len(witness.columns)) if _total(expected, at) != _total(found, at)}
    alike = _alike(witness, expected, found)
    differing = {
        at: [b for b in alike if found.buckets[b].columns[at] != expected.buckets[b].columns[at]]
        for at in range(len(witness.columns))
    }
    return {at: buckets for at, buckets in differing.items() if buckets}


def _total(said: Evidence, at: int) -> int:
    return sum(sums.columns[at] for sums in said.buckets.values()) % MODULUS


def _alike(witness: Witness, expected: Evidence, found: Evidence) -> list[int]:
    """The buckets that are over the same rows on both sides."""
    if not witness.key:
        return sorted(expected.buckets)
    return sorted(
        b for b, sums in expected.buckets.items() if b in found.buckets and found.buckets[b].of_same_rows(sums)
    )


def _result(check: str, subject: str, problem: str | None) -> Finding:
    return Finding(
        check=check, subject=subject, outcome=Outcome.FAILED if problem else Outcome.PASSED, detail=problem or ""
    )
