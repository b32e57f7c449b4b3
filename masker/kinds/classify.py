"""One verdict for each column, of all that the witnesses say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from masker.catalog.types import Column, Table, TypeClass
from masker.kinds.commented import said_by_comment
from masker.kinds.gems import said_by_gems
from masker.kinds.kind import Kind
from masker.kinds.named import said_by_name
from masker.kinds.references import said_by_references
from masker.kinds.saying import Saying, Verdict
from masker.kinds.subject import About, about
from masker.kinds.typed import DOCUMENTS, fits, said_by_type, whole
from masker.names import ColumnName, TableName

#: Below this, somebody should look.
SURE = 0.55


class Witnesses:
    """Everybody who can say something of a column. *more* are sayings of those that know the application or its
    rows, *tables* all tables there are, by the classes of their keys."""

    def __init__(
        self,
        more: Mapping[ColumnName, Iterable[Saying]] | None = None,
        tables: Mapping[str, TypeClass | None] | None = None,
    ) -> None:
        self._more = more or {}
        self._tables = tables or {}
        self._about: dict[TableName, About] = {}

    def about(self, table: Table) -> About:
        """What *table* is about."""
        if table.name not in self._about:
            self._about[table.name] = about(table)
        return self._about[table.name]

    def verdict(self, column: Column, table: Table) -> Verdict:
        """What *column* of *table* holds."""
        return verdict_of(self.sayings(column, table), column)

    def sayings(self, column: Column, table: Table) -> Iterator[Saying]:
        """What each witness says of *column*, those that know nothing left out."""
        of = self.about(table)
        yield from said_by_gems(column, table)
        yield from said_by_comment(column)
        yield from said_by_references(column, table, self._tables)
        yield from said_by_name(column, table, of)
        yield from self._more.get(table.column_name(column.name), ())
        yield from said_by_type(column, table)


def verdict_of(sayings: Iterable[Saying], column: Column) -> Verdict:
    """The strongest of *sayings* that fits the type of *column*; those that agree with it make it surer."""
    fitting = [_within(s, column) for s in sayings if s.witness == "type" or fits(s.kind, column)]
    if not fitting:
        return Verdict(Kind.OTHER, 0.0, ())
    best = max(fitting, key=lambda s: s.confidence)
    doubt = 1.0
    for saying in fitting:
        if saying.kind is best.kind:
            doubt *= 1 - saying.confidence
    ordered = (best, *(s for s in fitting if s is not best))
    return Verdict(best.kind, round(1 - doubt, 2), ordered)


#: Of documents they say what stands in them, not what they are.
_INSIDE = frozenset({Kind.ADDRESS, Kind.EMAIL, Kind.PHONE, Kind.GEO})


def _within(saying: Saying, column: Column) -> Saying:
    if saying.kind in _INSIDE and whole(column.type).kind in DOCUMENTS:
        return replace(saying, kind=Kind.DOCUMENT)
    return saying
