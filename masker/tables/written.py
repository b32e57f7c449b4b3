"""How values are written that a table is filled with: the settings by which they have to be read.

While a table is filled its generated columns and checks are computed, too, by the settings of the preview's own
sessions. Those by which some value would be read otherwise than it was written are the exception. Dates, times and
intervals come in the ISO form with every sign and offset, which reads the same whatever DateStyle, IntervalStyle and
TimeZone say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from masker.catalog.types import Column, ColumnType, TypeClass


def written_by(columns: Iterable[Column], form: str) -> frozenset[str]:
    """The settings by which *columns* are written in *form*, ``text`` or ``binary``."""
    return frozenset(name for column in columns for name in _settings(column.type, is_text=form == "text"))


def _settings(kind: ColumnType, *, is_text: bool) -> Iterator[str]:
    if kind.name == "xml":
        yield "xmloption"
    if kind.name == "money" and is_text:
        yield "lc_monetary"
    if kind.kind is TypeClass.ARRAY and is_text:
        yield "array_nulls"
    for part in ([kind.element] if kind.element else []) + list(kind.attributes):
        yield from _settings(part, is_text=is_text)
