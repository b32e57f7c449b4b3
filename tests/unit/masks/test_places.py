"""Types of places: which of PostGIS' hold points in degrees, and why the others do not."""

from __future__ import annotations

import pytest

from masker.catalog.types import ColumnType, TypeClass
from masker.masks.sql.places import is_place, is_shape, no_point


def _kind(sql: str, base: str | None = None, extension: str | None = "postgis") -> ColumnType:
    written = base or sql
    name = written.partition("(")[0].rpartition(".")[2]
    return ColumnType(oid=1, sql=sql, base=written, name=name, kind=TypeClass.OTHER, extension=extension)


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (_kind("public.geometry(Point,4326)"), ""),
        (_kind("maps.geography(Point,4326)"), ""),
        (_kind("public.geometry(Point, 6668)"), ""),
        (_kind("public.spot", "public.geometry(Point,4326)"), ""),
        (_kind("public.geometry"), "public.geometry: it may hold shapes of any kind, expected Point"),
        (_kind("public.geometry(Geometry,4326)"), "it may hold shapes of any kind"),
        (_kind("public.geography"), "it may hold shapes of any kind"),
        (_kind("public.geography(Polygon,4326)"), "it holds Polygon, expected Point"),
        (_kind("public.geometry(PointZ,4326)"), "it holds PointZ"),
        (_kind("public.geometry(MultiPoint,4326)"), "it holds MultiPoint"),
        (_kind("public.geometry(Point)"), "it says no reference system, expected one of degrees"),
        (_kind("public.geometry(Point,3857)"), "it says the reference system 3857"),
    ],
)
def test_points_in_degrees_are_told_from_other_shapes(kind: ColumnType, why: str) -> None:
    told = no_point(kind)
    assert is_place(kind)
    assert is_shape(kind)
    assert why in (told[0] if told else "")
    assert bool(told) == bool(why)


def test_types_that_are_only_called_so_are_no_places() -> None:
    assert not is_place(_kind("public.geometry", extension=None))
    assert not is_place(_kind("box", extension=None))
    assert is_place(_kind("point", extension=None))
    assert not is_shape(_kind("point", extension=None))
