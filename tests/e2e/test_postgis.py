"""Places in PostGIS' types: moved or put on a grid alike in flight and in place, its own tables left to it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.pairs import Pair
from tests.servers import Server, ServersByMajor

_KEY = {"MASKER_TEST_KEY": "a key for tests that is long enough, really"}

_SCRIPT = """
    CREATE SCHEMA maps;
    CREATE EXTENSION postgis SCHEMA maps;
    SET search_path = public, maps;
    INSERT INTO maps.spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)
      VALUES (990001, 'own', 1, '', '+proj=longlat');
    CREATE DOMAIN spot AS geometry(Point,4326);
    CREATE TABLE shops (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, place geometry(Point,4326),
      ball geography(Point), flat geography(Point,4326) NOT NULL, coarse geometry(Point,6668), own spot,
      lat float8,
      easting float8 GENERATED ALWAYS AS (st_x(place)) STORED);
    CREATE TABLE grounds (id int PRIMARY KEY, shape geometry(Polygon,4326), metres geometry(Point,3857), free geometry);
    CREATE INDEX ON grounds USING gist ((st_centroid(shape)));
    CREATE TABLE fields (LIKE grounds INCLUDING ALL);
    CREATE VIEW shapes AS SELECT id, shape FROM grounds;
    CREATE INDEX ON shops USING gist (place);
    CREATE INDEX ON shops USING gist (flat);
    INSERT INTO shops (name, place, ball, flat, coarse, own, lat) SELECT 'canary ' || n,
      st_setsrid(st_makepoint(139 + n / 1000.0, 35 - n / 3000.0), 4326), st_makepoint(-n / 2.0, n / 4.0)::geography,
      st_makepoint(n / 3.0, -n / 5.0)::geography, st_setsrid(st_makepoint(139.7654321 + n / 99.0, 35.123456), 6668),
      st_setsrid(st_makepoint(10 + n / 100.0, 50), 4326),
      35.5 + n / 1000.0 FROM generate_series(1, 300) n;
    INSERT INTO grounds SELECT n, st_geomfromtext('POLYGON((0 0,1 0,1 ' || n || ',0 0))', 4326),
      st_setsrid(st_makepoint(15000000 + n, 4000000), 3857), st_makepoint(n, 1) FROM generate_series(1, 300) n;
    INSERT INTO fields SELECT * FROM grounds;
    INSERT INTO shops (name, place, flat) VALUES ('canary empty', st_geomfromtext('POINT EMPTY', 4326),
      'POINT(180 90)'), ('canary null', NULL, 'POINT EMPTY');
    ANALYZE;
"""

_RULES = """
    tables:
      maps.spatial_ref_sys: {rows: all, columns: {auth_name: keep, auth_srid: keep, srtext: keep, proj4text: keep}}
      shops:
        columns:
          name: last_name
          place: {mask: geo, within: 5 km, scope: shop}
          ball: {mask: geo, within: 500 m}
          flat: {mask: geo, within: 5 km}
          coarse: {mask: geo, grid: 0.1}
          own: {mask: geo, within: 5 km, scope: shop}
          lat: {mask: geo, part: latitude, within: 5 km, scope: shop}
      grounds: {strategy: batches, columns: {shape: "null", metres: "null", free: "null"}}
      fields: {columns: {shape: "null", metres: "null", free: "null"}}
"""


@pytest.fixture
def server(servers_by_major: ServersByMajor) -> Server:
    """The system's, for which Debian has PostGIS; in CI it has to be there."""
    found = servers_by_major[15]
    with found.connect() as conn:
        if conn.execute("SELECT FROM pg_available_extensions WHERE name = 'postgis'").fetchone() is None:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
                "PostGIS is not installed (Debian package postgresql-15-postgis-3)"
            )
    return found


def test_points_of_postgis_move_alike_in_flight_and_in_place(server: Server, tmp_path: Path) -> None:
    key = ("--key-env", "MASKER_TEST_KEY")
    pair = Pair.made(server, server, tmp_path, _SCRIPT, _RULES)
    pair.copy(*key, "--verify", "full", env=_KEY).expect(0)
    pair.mask(*key, "--verify", "full", env=_KEY).expect(0, "batches shops", "batches grounds")
    for name in ("shops", "grounds", "fields"):
        whole = f"SELECT t::text FROM {name} t ORDER BY id"
        assert pair.rows(whole) == pair.rows(whole, pair.restored)
    assert pair.rows("SELECT srid, auth_name FROM maps.spatial_ref_sys WHERE srid > 990000") == [(990001, "own")]
    assert pair.rows("SELECT count(*) > 8000 FROM maps.spatial_ref_sys", pair.restored) == [(True,)]
    _require_moved(pair)
    moved_back = (
        "UPDATE shops SET place = maps.st_setsrid(maps.st_makepoint(139.001, 35 - 1 / 3000.0), 4326) WHERE id = 1"
    )
    pair.rows_written(moved_back)
    pair.verify(*key, env=_KEY).expect(8, r"shops\.place")


def _require_moved(pair: Pair) -> None:
    """Every place is near where it was and none is where it was; what is no place stays, and so does what the type says
    beside the two sides."""
    query = """
        SELECT id, maps.st_x(place), maps.st_y(place), maps.st_srid(place), maps.st_y(ball::maps.geometry),
          maps.st_y(flat::maps.geometry), maps.st_x(coarse), maps.st_srid(coarse), maps.st_x(own), lat, easting,
          maps.st_isempty(place), maps.st_isempty(flat::maps.geometry) FROM shops ORDER BY id"""
    before: list[Any] = pair.rows(query, pair.source)
    after: list[Any] = pair.rows(query)
    for was, made in zip(before[:300], after[:300], strict=True):
        (x, y, system, ball, flat, coarse, there, own, lat, easting), old = made[1:11], was[1:11]
        assert (system, there, easting) == (4326, 6668, x)
        assert coarse == pytest.approx(round(float(old[5]), 1))
        for new, original, near in ((x, old[0], 0.05), (y, old[1], 0.05), (ball, old[3], 0.005), (flat, old[4], 0.05)):
            assert 0 < abs(new - original) < near
        # One shop has moved by one way, whatever it is written in.
        assert own - old[7] == pytest.approx(x - old[0])
        assert lat - old[8] == pytest.approx(y - old[1])
    assert [row[11:] for row in after[300:]] == [(True, False), (None, True)]
