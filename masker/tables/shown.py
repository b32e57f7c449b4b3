"""What the source answered of originals, and what is to be made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from masker.tables.chance import Compared, most_by_chance
from masker.tables.originals import Original, Questions
from masker.tables.searching import NEIGHBOURS

#: So often an original has to stand in a text, in a sample, before it is called shown: less often it comes and goes
#: from run to run.
_SHOWN = 5

#: So many times as often as a neighbour's.
_MARGIN = 3.0

#: Of so few rows five are many.
_FEW_ROWS = 100
_FEW_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """In how many rows its *own* original stands in the text of *column*. That were so many *chances* of *most*;
    *by_chance* is how many a neighbour's takes. *is_accepted*: a rule lets it."""

    column: str
    original: Original
    own: int
    chances: int = 0
    most: int = 0
    by_chance: float = 0.0
    is_accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What came back of one table: how many rows were looked at, and whether those were all; by column, and by column
    and path of a document, how values compare; and where originals stand."""

    rows: int
    is_whole: bool
    columns: Mapping[str, Compared] = field(default_factory=dict)
    leaves: Mapping[tuple[str, str], Compared] = field(default_factory=dict)
    standing: tuple[Standing, ...] = ()

    @property
    def shown(self) -> tuple[Standing, ...]:
        """Originals that stand where no rule lets them, more often than chance puts them there."""
        return tuple(
            s for s in self.standing if not s.is_accepted and is_shown(s, rows=self.rows, is_whole=self.is_whole)
        )

    @property
    def accepted(self) -> tuple[Standing, ...]:
        """Originals that stand where a rule lets them."""
        return tuple(s for s in self.standing if s.is_accepted and s.own)


def all_answers(pieces: Iterable[Answers]) -> Answers:
    """What came back of one table that was asked in *pieces*, one at least."""
    first, *others = pieces
    for one in others:
        first = Answers(
            rows=max(first.rows, one.rows),
            is_whole=first.is_whole or one.is_whole,
            columns={**first.columns, **one.columns},
            leaves={**first.leaves, **one.leaves},
            standing=(*first.standing, *one.standing),
        )
    return first


def least_shown(*, rows: int, is_whole: bool, is_certain: bool) -> int:
    """In how many rows an original has to stand. What nothing else reads like is told in one, if no other row could
    have been looked at."""
    if is_certain and is_whole:
        return 1
    return min(_SHOWN, max(2, round(rows * _FEW_SHARE))) if rows < _FEW_ROWS else _SHOWN


def is_shown(found: Standing, *, rows: int, is_whole: bool) -> bool:
    """Whether an original stands in a text by more than chance."""
    least = least_shown(rows=rows, is_whole=is_whole, is_certain=found.original.sought.is_certain)
    enough = found.own >= least and found.chances >= min(least, found.most)
    return enough and found.chances > max(_MARGIN * found.by_chance, most_by_chance(found.by_chance, found.most))


def told(found: Standing) -> str:
    """``email of its own row``, ``users.email of the row it references``."""
    return f"{found.original.title} of {'its own row' if found.original.key is None else 'the row it references'}"


def compared(
    asked: Questions, row: Sequence[object]
) -> tuple[Mapping[str, Compared], Mapping[tuple[str, str], Compared]]:
    """What :func:`compare_sql` came to, as *row*: by column, and by column and path of a document."""
    values = iter(row[1:])
    distinct = {mask.name: [_whole(next(values)) for _ in range(3)] for mask in (*asked.judged, *asked.others)}
    columns: dict[str, Compared] = {}
    leaves: dict[tuple[str, str], Compared] = {}
    for mask in asked.judged:
        same, impossible = _whole(next(values)), _whole(next(values))
        *counts, expected = _numbers(next(values))
        count, draws, met = map(int, counts)
        told, results, originals = distinct[mask.name]
        columns[mask.name] = Compared(
            compared=count,
            same=same,
            impossible=impossible,
            draws=draws,
            met=met,
            expected=expected,
            told=told,
            results=results,
            originals=originals,
        )
    for mask in asked.others:
        told, results, originals = distinct[mask.name]
        columns[mask.name] = Compared(compared=told, draws=told, told=told, results=results, originals=originals)
    for mask, leaf in asked.leaves:
        *counts, expected = _numbers(next(values))
        count, same, impossible, draws, met = map(int, counts)
        results, originals = map(int, _numbers(next(values)))
        leaves[mask.name, leaf.path] = Compared(
            compared=count,
            same=same,
            impossible=impossible,
            draws=draws,
            met=met,
            expected=expected,
            told=count,
            results=results,
            originals=originals,
        )
    return columns, leaves


def found(asked: Questions, row: Sequence[object]) -> tuple[tuple[Standing, ...], tuple[int, ...]]:
    """What :func:`search_sql` came to, as *row*: originals where a rule lets them stand, and the numbers of those to
    ask on about."""
    values = map(_whole, row[1:])
    accepted = {column.name: names for column, names in asked.texts if names}
    standing: list[Standing] = []
    doubtful: set[int] = set()
    for names in asked.searched:
        for at, original in enumerate(asked.originals):
            own = next(values)
            if own and accepted.get(names[0], frozenset()) & original.names:
                standing.append(Standing(column=names[0], original=original, own=own, is_accepted=True))
            elif own:
                doubtful.add(at)
    return tuple(standing), tuple(sorted(doubtful))


def told_apart(
    asked: Questions, columns: Sequence[str], wanted: Sequence[int], row: Sequence[object]
) -> tuple[Standing, ...]:
    """What :func:`neighbours_sql` came to, as *row*."""
    values = map(_whole, row)
    accepted = {column.name: names for column, names in asked.texts}
    standing = []
    for column in columns:
        for at in wanted:
            original = asked.originals[at]
            own, chances, most, neighbours = (next(values) for _ in range(4))
            if not accepted[column] & original.names:
                standing.append(
                    Standing(
                        column=column,
                        original=original,
                        own=own,
                        chances=chances,
                        most=most,
                        by_chance=neighbours / NEIGHBOURS,
                    )
                )
    return tuple(standing)


def _whole(value: object) -> int:
    return int(str(value or 0))


def _numbers(value: object) -> list[float]:
    """The numbers of an array; where there was nothing to sum up, zeros."""
    return [float(n or 0) for n in value] if isinstance(value, (list, tuple)) else []
