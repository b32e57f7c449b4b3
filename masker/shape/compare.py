"""Statistics and sizes of both sides held against each other, and what is off with its mask.

The preview is looked at in several rounds, each after an ANALYZE of its own, since each reads other rows: what is in
range in any round is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from masker.catalog.numbers import ColumnNumbers
from masker.findings import Outcome
from masker.names import ColumnName, TableName
from masker.notes import Note
from masker.shape import advice
from masker.shape.numbers import Numbers, TableNumbers
from masker.shape.report import Compared, Part
from masker.shape.scope import MaskedShape, Scope

#: How far a share of NULLs may be off.
NULLS = 0.01

#: How many times as many distinct values, or as common ones, are the same to the planner.
LEAST, MOST = 0.5, 2.0

#: Shares of the rows below which common values are no matter, and how many of the most common are compared.
_RARE, _RANKS = 0.01, 10

#: By which share of itself an average width, a table's pages, an index's pages may be off, and bytes or pages that are
#: no matter.
WIDTH, PAGES, INDEX = 0.25, 0.10, 0.25
_FEW_BYTES, _FEW_PAGES, _FEW_INDEX_PAGES = 1, 2, 4

#: Pages that a server adds to a table at once when many rows are written, as a copy does, and how much larger that may
#: make it.
_EXTENSION, _MOST_LARGER = 64, 2.0

#: Pages of a table that autovacuum may well never have looked at.
_SMALL = 10

#: Bytes of a page, about, and which share of a table's difference in size a mask is laid to.
_PAGE, _BLAME = 8192, 0.2

#: Rows written since statistics were made, as autovacuum's own default has it, after which they are stale.
_STALE_SHARE, _STALE_ROWS = 0.1, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measure:
    """One measure of a column: whether both sides are alike (None: neither has any), how a side is written, what to
    write instead."""

    name: str
    alike: Callable[[ColumnNumbers, ColumnNumbers], bool | None]
    shown: Callable[[ColumnNumbers], str]
    hint: Callable[[MaskedShape, ColumnNumbers, ColumnNumbers], str]


def compare(scope: Scope, source: Numbers, rounds: Sequence[Numbers]) -> Iterator[Compared | Note]:
    """Every comparison of statistics and sizes, and as notes what cannot be compared."""
    for table, columns in scope.tables.items():
        here, there = source.get(table), [numbers[table] for numbers in rounds if table in numbers]
        if here is None or len(there) < len(rounds):
            detail = f"it is not there on the {'preview' if here is not None else 'source'} any more"
            yield Compared(part=Part.SIZES, subject=str(table), measure="pages", outcome=Outcome.NOT_RUN, detail=detail)
            continue
        yield from _columns(table, columns, here, there)
        yield from _sizes(table, columns, scope.indexes[table], here, there[-1])


def stale(scope: Scope, source: Numbers, *, is_standby: bool) -> Iterator[Note]:
    """Statistics of the source that no longer say what its rows are; production is not analyzed for that."""
    if is_standby:
        yield Note(subject="source", text="it is a standby, which does not know how old its statistics are")
    for table in scope.tables:
        numbers = source.get(table)
        if numbers is None or numbers.changed is None or is_standby:
            continue
        if numbers.changed > _STALE_ROWS + _STALE_SHARE * max(numbers.rows, 0) and numbers.rows >= 0:
            text = (
                f"its statistics on the source are stale: {numbers.changed:,} rows were written since they were made,"
                f" of {numbers.rows:,.0f}; what is off may be off for that"
            )
            yield Note(subject=str(table), text=text)


def _columns(
    table: TableName, columns: Mapping[str, MaskedShape], here: TableNumbers, there: Sequence[TableNumbers]
) -> Iterator[Compared | Note]:
    for name, masked in columns.items():
        subject = str(ColumnName(table, name))
        if not masked.is_compared or (
            here.pages == 0 and there[-1].pages == 0 and not here.columns and not there[-1].columns
        ):
            continue
        original = here.columns.get(name)
        if original is None and 0 < here.pages <= _SMALL:
            yield Note(subject=subject, text="production has no statistics of so small a table")
            continue
        if original is None and here.pages == 0:
            text = (
                "production has no statistics of the partitioned table as a whole, since autovacuum makes none; the"
                " preview has some"
            )
            yield Note(subject=subject, text=f"{text}; its partitions are compared")
            continue
        found = [numbers.columns[name] for numbers in there if name in numbers.columns]
        if original is None or not found:
            side = "source" if original is None else "preview"
            detail = f"the {side} has no statistics of it that the role may see"
            detail += "; let autovacuum or ANALYZE make some there: masker never does" if original is None else ""
            yield Compared(
                part=Part.COLUMNS, subject=subject, measure="statistics", outcome=Outcome.NOT_RUN, detail=detail
            )
            continue
        for measure in _MEASURES:
            yield from _measured(measure, subject, masked, original, found)


def _measured(
    measure: _Measure, subject: str, masked: MaskedShape, here: ColumnNumbers, there: Sequence[ColumnNumbers]
) -> Iterator[Compared]:
    verdicts = [measure.alike(here, each) for each in there]
    if all(verdict is None for verdict in verdicts):
        return
    good = [each for each, verdict in zip(there, verdicts, strict=True) if verdict]
    shown = good[0] if good else there[-1]
    yield Compared(
        part=Part.COLUMNS,
        subject=subject,
        measure=measure.name,
        outcome=Outcome.PASSED if good else Outcome.FAILED,
        source=measure.shown(here),
        target=measure.shown(shown),
        hint="" if good else measure.hint(masked, here, shown),
    )


def _nulls(here: ColumnNumbers, there: ColumnNumbers) -> bool:
    return abs(here.null_share - there.null_share) <= NULLS


def _distinct(here: ColumnNumbers, there: ColumnNumbers) -> bool | None:
    """Types that do not compare have none."""
    if not here.distinct and not there.distinct:
        return None
    return LEAST * here.distinct <= there.distinct <= MOST * here.distinct


def _width(here: ColumnNumbers, there: ColumnNumbers) -> bool | None:
    return None if not here.width and not there.width else _near(here.width, there.width, WIDTH, _FEW_BYTES)


def _frequencies(here: ColumnNumbers, there: ColumnNumbers) -> bool | None:
    """Rank for rank; a value that is in no list is as rare as any."""
    if not here.frequencies and not there.frequencies:
        return None
    for rank in range(_RANKS):
        a, b = (of.frequencies[rank] if rank < len(of.frequencies) else 0.0 for of in (here, there))
        if abs(a - b) > _RARE and not LEAST * a <= b <= MOST * a:
            return False
    return True


def _about_nulls(masked: MaskedShape, here: ColumnNumbers, there: ColumnNumbers) -> str:
    del here, there
    return advice.about_nulls(masked)


def _about_distinct(masked: MaskedShape, here: ColumnNumbers, there: ColumnNumbers) -> str:
    return advice.about_distinct(masked, more=there.distinct > here.distinct)


def _about_width(masked: MaskedShape, here: ColumnNumbers, there: ColumnNumbers) -> str:
    del here, there
    return advice.about_width(masked)


def _about_frequencies(masked: MaskedShape, here: ColumnNumbers, there: ColumnNumbers) -> str:
    return advice.about_frequencies(masked, more=max(there.frequencies, default=0) > max(here.frequencies, default=0))


_MEASURES = (
    _Measure(name="null share", alike=_nulls, shown=lambda c: f"{c.null_share:.1%}", hint=_about_nulls),
    _Measure(name="distinct values", alike=_distinct, shown=lambda c: f"{c.distinct:,.0f}", hint=_about_distinct),
    _Measure(name="average width", alike=_width, shown=lambda c: f"{c.width:,}", hint=_about_width),
    _Measure(
        name="most common frequencies",
        alike=_frequencies,
        shown=lambda c: ", ".join(f"{f:.1%}" if f > _RARE else f"{f:.3%}" for f in c.frequencies[:3]) or "none",
        hint=_about_frequencies,
    ),
)


def _sizes(
    table: TableName,
    columns: Mapping[str, MaskedShape],
    indexes: Mapping[str, frozenset[str]],
    here: TableNumbers,
    there: TableNumbers,
) -> Iterator[Compared]:
    if here.pages or there.pages:
        is_good = _near(here.pages, there.pages, PAGES, _FEW_PAGES) or _only_extended(here.pages, there.pages)
        hint = "" if is_good else _blamed(columns, here, there, pages=there.pages - here.pages)
        yield _size(str(table), "pages", here.pages, there.pages, is_good=is_good, hint=hint)
    for name, of in indexes.items():
        if name not in here.indexes:
            continue
        subject = f"{table}: {name}"
        if name not in there.indexes:
            yield Compared(
                part=Part.SIZES,
                subject=subject,
                measure="index pages",
                outcome=Outcome.FAILED,
                detail="the preview lacks it",
            )
            continue
        is_good = _near(here.indexes[name], there.indexes[name], INDEX, _FEW_INDEX_PAGES)
        own = {column: masked for column, masked in columns.items() if column in of}
        hint = "" if is_good else _blamed(own, here, there, pages=there.indexes[name] - here.indexes[name])
        yield _size(subject, "index pages", here.indexes[name], there.indexes[name], is_good=is_good, hint=hint)


def _size(subject: str, measure: str, here: int, there: int, *, is_good: bool, hint: str) -> Compared:
    return Compared(
        part=Part.SIZES,
        subject=subject,
        measure=measure,
        outcome=Outcome.PASSED if is_good else Outcome.FAILED,
        source=f"{here:,}",
        target=f"{there:,}",
        hint=hint,
    )


def _blamed(columns: Mapping[str, MaskedShape], here: TableNumbers, there: TableNumbers, *, pages: int) -> str:
    """The masked column that makes the most of a difference of *pages* (below 0: the preview has fewer), and what to
    write instead."""
    sign = 1 if pages > 0 else -1
    differences = {name: sign * (_bytes(there, name) - _bytes(here, name)) for name in columns if name in here.columns}
    name = max(differences, key=lambda each: differences[each], default=None)
    if name is not None and differences[name] * max(here.rows, 0) > _BLAME * abs(pages) * _PAGE:
        return f"{name}: {advice.about_size(columns[name])}"
    if columns and name is None:
        return "without production's statistics it cannot be told which mask does that"
    if pages > 0:
        return "no mask makes it larger: the preview was written to since it was filled, or production has shrunk"
    return (
        "no mask makes it smaller: production keeps room of rows that are gone, or has grown since the preview was"
        " filled"
    )


def _bytes(numbers: TableNumbers, name: str) -> float:
    """What a column takes of an average row."""
    column = numbers.columns.get(name)
    return column.width * (1 - column.null_share) if column is not None else 0.0


def _only_extended(here: int, there: int) -> bool:
    fewer, more = sorted((here, there))
    return more - fewer <= _EXTENSION and more <= _MOST_LARGER * fewer


def _near(here: float, there: float, share: float, few: float) -> bool:
    return abs(here - there) <= max(share * here, few)
