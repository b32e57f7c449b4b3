"""Points on the map as types hold them: PostgreSQL's own, and PostGIS' geometry and geography in degrees.

No function of PostGIS is called, whose names are anybody's: its casts to and from ``point`` give both sides, and where
the two sides stand in the hexadecimal form that its types have as a text, others take their place. What stands before
them, the reference system, stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from masker.catalog.types import ColumnType
from masker.masks.sql.expressions import cast
from masker.masks.sql.formula import formula

#: A type of PostGIS with what it says of its values: their shape, and their reference system.
_SHAPE = re.compile(r"\(\s*(\w+)\s*(?:,\s*(\d+)\s*)?\)\s*\Z")

#: Reference systems of degrees that columns of geometry are declared in: WGS 84, and those that countries measure in.
_OF_DEGREES = frozenset(
    {4326, 4171, 4230, 4258, 4267, 4269, 4277, 4283, 4289, 4301, 4312, 4314, 4490, 4612, 4617, 4619, 4674, 4737, 4740}
    | {4759, 6318, 6668, 7844}
)

#: Hexadecimal digits of two sides.
_SIDES = 32


def is_place(kind: ColumnType) -> bool:
    """Whether values of *kind* stand on a map."""
    return kind.name == "point" or is_shape(kind)


def is_shape(kind: ColumnType) -> bool:
    """Whether *kind* is geometry or geography."""
    return kind.name in {"geometry", "geography"} and kind.extension == "postgis"


def no_point(kind: ColumnType) -> tuple[str, str] | None:
    """Why values of *kind*, a shape, cannot be taken as points in degrees, and what to do instead; None if they can."""
    found = _SHAPE.search(kind.base)
    shape, system = (found[1].lower(), int(found[2] or 0)) if found else ("", 0)
    if shape != "point":
        holds = f"holds {found[1]}" if found and shape != "geometry" else "may hold shapes of any kind"
        return f"{kind.sql}: it {holds}, expected Point", f"declare it as {kind.name}(Point,4326); or use null, or sql"
    if kind.name == "geometry" and system not in _OF_DEGREES:
        said = f"the reference system {system}" if system else "no reference system"
        return (
            f"{kind.sql}: it says {said}, expected one of degrees, such as 4326",
            "declare it so if it holds degrees; or use null, or sql",
        )
    return None


def sides(value: exp.Expression, kind: ColumnType) -> tuple[exp.Expression, exp.Expression]:
    """The longitude and the latitude of *value*; NULL where a shape has none."""
    point = cast(_planar(value, kind), "point") if is_shape(kind) else value
    x, y = (formula(f"({{p}})[{at}]", p=point) for at in (0, 1))
    return x, y


def at_sides(value: exp.Expression, made: Sequence[exp.Expression], kind: ColumnType) -> exp.Expression:
    """*value* with the sides *made*; as it is where it has none."""
    x, y = made
    point = formula("point({x}, {y})", x=x, y=y)
    if not is_shape(kind):
        return point
    written = cast(cast(point, _geometry(kind)), "text")
    moved = formula(
        "left({v}, {kept}) || right({made}, {sides})",
        v=cast(value.copy(), "text"),
        kept=-_SIDES,
        made=written,
        sides=_SIDES,
    )
    (longitude, _) = sides(value, kind)
    return formula("CASE WHEN {x} IS NULL THEN {v} ELSE {made} END", x=longitude, v=value, made=cast(moved, kind.base))


def _planar(value: exp.Expression, kind: ColumnType) -> exp.Expression:
    return cast(value.copy(), _geometry(kind)) if kind.name == "geography" else value.copy()


def _geometry(kind: ColumnType) -> str:
    """The type geometry that stands where *kind* does."""
    schema = kind.base.partition("(")[0].rpartition(".")[0]
    return f"{schema}.geometry" if schema else "geometry"
