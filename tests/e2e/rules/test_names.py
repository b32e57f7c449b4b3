"""Columns that are called like what masker calls things in its own statements."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import Server

_SCRIPT = """
CREATE TABLE one (id int PRIMARY KEY, k0 text, k1 text); CREATE TABLE two (k int PRIMARY KEY, t text, r text, s text);
CREATE TABLE three (d text, v text);
CREATE TABLE four (k0 int, k1 text, v text, PRIMARY KEY (k0, k1));
INSERT INTO one SELECT n, 'canary value ' || n, 'canary' FROM generate_series(1, 50) n; INSERT INTO two SELECT n,
'canary value ' || n, 'canary value ' || n, 'canary' FROM generate_series(1, 50) n;
INSERT INTO three SELECT 'canary value ' || n, 'canary value ' || n FROM generate_series(1, 50) n; INSERT INTO four
SELECT n, 'k', 'canary value ' || n FROM generate_series(1, 50) n;
"""

_RULES = """
tables:
  one: {columns: {k0: {mask: token, by: value, scope: v}, k1: token}}
  two: {columns: {t: {mask: token, by: value, scope: v}, r: token, s: token}}
  three: {columns: {d: token, v: {mask: token, by: value, scope: v}}}
  four: {columns: {k1: keep, v: {mask: token, by: value, scope: v}}}
"""


def test_no_column_s_name_gets_in_the_way(production: Server, preview: Server, tmp_path: Path) -> None:
    pair = Pair.made(production, preview, tmp_path, _SCRIPT, _RULES)
    pair.copy().expect(0)
    pair.mask().expect(0)
    for database in (pair.target, pair.restored):
        assert pair.rows(
            "SELECT count(*) FROM one a JOIN two b ON b.k = a.id JOIN four c ON c.k0 = a.id WHERE a.k0 = b.t AND b.t"
            " = c.v",
            database,
        ) == [(50,)]
        assert pair.rows(
            "SELECT count(*) FROM (SELECT concat(one.*) FROM one UNION ALL SELECT concat(two.*) FROM two UNION ALL"
            " SELECT concat(three.*) FROM three UNION ALL SELECT concat(four.*) FROM four) AS a (row) WHERE row LIKE"
            " '%canary%'",
            database,
        ) == [(0,)]
