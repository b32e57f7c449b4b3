"""Numbers and dates are spread on the preview as on production, through quantiles that stand beside the rules and show
nobody's value."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg

from tests.executable import run
from tests.servers import Server, database_of

KEY = {"MASKER_TEST_KEY": "a key for tests that is long enough, really"}

_SCHEMA = """
CREATE DOMAIN cash AS money; CREATE DOMAIN grams AS float4;
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(12,2), points int, weight float8, price money, day date,
  placed timestamptz, few int, paid cash, net grams);
INSERT INTO orders SELECT n, exp(n % 97 / 10.0)::numeric(12,2), CASE WHEN n % 3 = 0 THEN 0 ELSE n % 5000 END,
  n / 7.0, (n % 300)::numeric::money, '2019-01-01'::date + n % 900, '2019-01-01'::timestamptz + n % 900 * interval '1
  day', NULL, (n % 300)::numeric::money, n / 7.0 FROM generate_series(1, 4000) n;
UPDATE orders SET total = 987654.32, points = 1234567, weight = 'NaN', net = 'infinity', day = 'infinity',
  few = id WHERE id < 5;
"""
_COLUMNS = ("total", "points", "weight", "price", "day", "placed", "paid", "net")
_RULES = "version: 1\nlocale: en_US\ntables:\n  orders:\n    columns:\n" + "".join(
    f"      {name}: number_shape\n" for name in _COLUMNS
)


def test_numbers_are_spread_as_before_and_show_nobody(production: Server, preview: Server, tmp_path: Path) -> None:
    source, flown, stayed = production.create_database(), preview.create_database(), preview.create_database()
    for url in (source, stayed):
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(_SCHEMA.encode())
    rules = tmp_path / "rules.yml"
    rules.write_text(_RULES, encoding="utf-8")
    given = ("--rules", rules, "--key-env", "MASKER_TEST_KEY", "--verify", "full")

    run("copy", "--source", source, "--target", flown, "--confirm", database_of(flown), *given, env=KEY).expect(0)
    frozen = json.loads((tmp_path / "rules.shape.json").read_text())
    run("mask", "--target", stayed, "--confirm", database_of(stayed), "--first", *given, env=KEY).expect(0)

    assert _rows(flown) == _rows(stayed)
    quantiles = {draw["scope"]: draw["quantiles"] for draw in frozen["draws"]}
    assert {len(found) for found in quantiles.values()} == {20}
    assert max(map(float, quantiles["orders.total"])) <= 15000
    assert all(text.endswith("-01") for text in quantiles["orders.day"])
    for name in _COLUMNS:
        (before, _), (after, most) = (_spread(url, name) for url in (source, flown))
        assert all(abs(a - b) <= 0.2 * max(abs(b), most / 50) for a, b in zip(after, before, strict=True)), name
    with psycopg.connect(flown) as conn:
        assert conn.execute("SELECT max(total) < 20000, max(points) < 6000 FROM orders").fetchone() == (True, True)

    planned = run("plan", "copy", "--source", source, "--target", flown, "--rules", rules, env=KEY).expect(0)
    assert "drawn through quantiles of two digits: orders.day" in planned.out + planned.err

    rules.write_text(_RULES + "      few: number_shape\n", encoding="utf-8")
    done = run("plan", "copy", "--source", source, "--target", flown, "--rules", rules, env=KEY).expect(3)
    assert "orders.few has fewer than 1,000 values to measure" in done.err


def _rows(url: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as conn:
        return conn.execute("SELECT o::text FROM orders AS o ORDER BY id").fetchall()


def _spread(url: str, name: str) -> tuple[list[float], float]:
    """The quarters of a column's numbers, and the most of them."""
    value = "extract(epoch FROM {})" if name in {"day", "placed"} else "{}::numeric"
    query = (
        "SELECT percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY v), max(v) FROM (SELECT"
        f" {value.format(name)}::float8 AS v FROM orders WHERE {name}::text !~* 'nan|inf' AND id > 4) AS s"
    )
    with psycopg.connect(url) as conn:
        row = conn.execute(query.encode()).fetchone()
    assert row is not None
    return row
