"""Rows of both sides compared one by one, by digests: of what a source still has of the rows that a run has read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from masker.findings import Finding, Outcome
from masker.tables.evidence import Unchanged
from masker.tables.witness import Witness

#: Rows that differ, or are lost, of which it is looked up in which columns and where.
MOST_SUSPECTS = 1000

#: Numbers below are no transactions.
_FIRST_TRANSACTION = 3


@dataclass(frozen=True, slots=True)
class RowDigests:
    """A row by its identity: the block it stands in, and a digest of each column, None for NULL."""

    identity: int
    block: int
    columns: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What came of it. *compared* rows of the source were looked for, *lost* of them the target does not have.

    *more* rows differ whose columns were not looked up. *differing* rows and the *blocks* of the target they stand in,
    the lowest and the highest, are by column number; *unchanged*, by column number too, tells how many originals of
    masked columns still stand there.
    """

    compared: int
    lost: int = 0
    more: int = 0
    differing: dict[int, int] = field(default_factory=dict)
    blocks: dict[int, tuple[int, int]] = field(default_factory=dict)
    unchanged: dict[int, Unchanged] = field(default_factory=dict)

    def of(self, suspects: Suspects, sample: Again) -> Again:
        """This of some of *suspects*, as of all rows that were compared; how many originals still stand there is told
        by a *sample*."""
        more = suspects.differing - len(suspects.identities)
        return replace(self, compared=suspects.compared, lost=suspects.lost, more=more, unchanged=sample.unchanged)


def compare_rows(
    source: Iterable[RowDigests],
    target: Iterable[RowDigests],
    columns: Sequence[int],
    originals: Sequence[int] = (),
    *,
    has_key: bool = True,
) -> Again:
    """Every row of *source* against that of *target* with its identity; without a key that is all there is to a row.

    *columns* must be equal, *originals* must not: in *source* they are None where they tell nothing.
    """
    there: dict[int, list[RowDigests]] = defaultdict(list)
    for row in target:
        there[row.identity].append(row)
    compared = lost = 0
    differing: dict[int, list[int]] = defaultdict(list)
    telling, same = dict.fromkeys(originals, 0), dict.fromkeys(originals, 0)
    waiting: list[RowDigests] = []

    def pairs() -> Iterator[tuple[RowDigests, RowDigests | None]]:
        """Each row with its own. Of several with one identity (a key need not hold) those that are equal belong
        together."""
        for row in source:
            found = there.get(row.identity, [])
            if len(found) < 2 or not has_key:
                yield row, found.pop() if found else None
            elif (
                twin := next(
                    (
                        n
                        for n in reversed(range(len(found)))
                        if all(row.columns[at] == found[n].columns[at] for at in columns)
                    ),
                    None,
                )
            ) is not None:
                yield row, found.pop(twin)
            else:
                waiting.append(row)
        for row in waiting:
            found = there.get(row.identity, [])
            yield row, found.pop() if found else None

    for row, found in pairs():
        compared += 1
        if found is None:
            lost += 1
            continue
        for at in columns if has_key else ():
            if row.columns[at] != found.columns[at]:
                differing[at].append(found.block)
        for at in originals:
            telling[at] += row.columns[at] is not None
            same[at] += row.columns[at] is not None and row.columns[at] == found.columns[at]
    return Again(
        compared=compared,
        lost=lost,
        differing={at: len(blocks) for at, blocks in differing.items()},
        blocks={at: (min(blocks), max(blocks)) for at, blocks in differing.items()},
        unchanged={at: Unchanged(compared=telling[at], same=same[at]) for at in originals},
    )


@dataclass(slots=True)
class Suspects:
    """What a merge of all rows has found: how many were compared, lost and differ, and the identities of some that
    do."""

    compared: int = 0
    lost: int = 0
    differing: int = 0
    identities: list[int] = field(default_factory=list)


def merge(source: Iterator[tuple[int, int]], target: Iterator[tuple[int, int]]) -> Suspects:
    """Rows as (identity, digest of the rest), both sides in the order of that pair; in memory is one row of each."""
    found = Suspects()
    there = next(target, None)
    for identity, rest in source:
        found.compared += 1
        while there is not None and there[0] < identity:
            there = next(target, None)
        if there is None or there[0] > identity:
            found.lost += 1
        else:
            if there[1] != rest:
                found.differing += 1
                if len(found.identities) < MOST_SUSPECTS:
                    found.identities.append(identity)
            there = next(target, None)
    return found


def again_findings(witness: Witness, again: Again) -> Iterator[Finding]:
    """Whether the target has what the source still has, and has it as it must be."""
    subject = f"{witness.table}: {again.compared:,} rows from before the run"
    lost = f"{again.lost:,} of them are not there" if again.lost else ""
    yield Finding(check="source", subject=subject, outcome=Outcome.FAILED if lost else Outcome.PASSED, detail=lost)
    for at, rows in sorted(again.differing.items()):
        or_more = " or more" if again.more else ""
        detail = (
            f"{rows:,}{or_more} of {again.compared:,} rows do not hold what the source has,"
            f" {place(again.blocks.get(at))}"
        )
        yield Finding(
            check="source", subject=f"{witness.table}.{witness.columns[at].name}", outcome=Outcome.FAILED, detail=detail
        )


def older_rows(horizon: int) -> str:
    """SQL of whether a row of the source was there before *horizon*. Two billion transactions make a circle: what is
    further away, the caller has to see to."""
    return f"age(xmin) > age('{max(horizon % 2**32, _FIRST_TRANSACTION)}'::xid)"


def place(blocks: tuple[int, int] | None) -> str:
    """Where on the target rows stand, in words."""
    if blocks is None:
        return "in rows that are there no more"
    return (
        f"in block {blocks[0]:,} of its file"
        if blocks[0] == blocks[1]
        else f"in blocks {blocks[0]:,} to {blocks[1]:,} of its file"
    )
