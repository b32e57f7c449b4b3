"""What masks of dates share: the span they stay within, and what is no finite date."""

from __future__ import annotations

from sqlglot import exp

from masker.catalog.types import ColumnType, TypeClass
from masker.masks.sql.formula import formula

#: Dates and times beyond these become these, so that nothing a mask adds leaves the type.
_FIRST, _LAST = "4700-01-01 BC", "294000-01-01"


def is_date(kind: ColumnType) -> bool:
    """Dates, and timestamps with and without time zone."""
    return kind.kind in {TypeClass.DATE, TypeClass.TIMESTAMP}


def local(original: exp.Expression, kind: ColumnType) -> exp.Expression:
    """*original* within the span as a timestamp, of UTC if it has a time zone."""
    held = _held(original, kind)
    if kind.name == "timestamptz":
        return formula("timezone('UTC', {v})", v=held)
    return formula("CAST({v} AS timestamp)", v=held) if kind.kind is TypeClass.DATE else held


def back(value: exp.Expression, kind: ColumnType) -> exp.Expression:
    """A timestamp as *kind* has it, the other way of :func:`local`."""
    if kind.name == "timestamptz":
        return formula("timezone('UTC', {v})", v=value)
    return formula("CAST({v} AS date)", v=value) if kind.kind is TypeClass.DATE else value


def finite(original: exp.Expression, value: exp.Expression) -> exp.Expression:
    """*value*, but infinity stays."""
    return formula("CASE WHEN isfinite({o}) THEN {v} ELSE {o} END", o=original, v=value)


def _held(original: exp.Expression, kind: ColumnType) -> exp.Expression:
    name = "timestamptz" if kind.name == "timestamptz" else "date" if kind.kind is TypeClass.DATE else "timestamp"
    zone = "+00" if name == "timestamptz" else ""
    first = _FIRST.replace(" BC", f" 00:00:00{zone} BC") if zone else _FIRST
    last = f"{_LAST} 00:00:00{zone}" if zone else _LAST
    return formula(
        f"greatest(least({{v}}, CAST({{last}} AS {name})), CAST({{first}} AS {name}))",
        v=original,
        first=first,
        last=last,
    )
