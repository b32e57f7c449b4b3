"""Lists that masks draw from are as large and as frequent as what they stand for, by numbers that a server's statistics
or a sample told."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from masker.masks.locales.words import place_list
from masker.masks.numbers import Drawn, Measured, Numbers, by_frequency, by_value
from masker.masks.sql.bindings import derive
from masker.names import ColumnName, TableName
from masker.postgres.pools import Frozen, measure, shape
from masker.ruleset.numbers import record, recorded
from masker.ruleset.types import Resolution
from masker.sides import Side
from masker.tables.pools import Found, steering
from tests.postgres.masking import Masking

ROWS = 100_000

_CANARY = "Zzyzxcanary"
_PERSON = {"scope": "person"}
_HOME = {"scope": "home"}


@pytest.fixture(scope="module")
def masking(production_server: Any) -> Iterator[Masking]:
    with Masking(production_server.create_database()) as session:
        session.run(
            "CREATE TABLE people (id int PRIMARY KEY, family text, kana text, given text, city text, zip text, mail"
            " text)",
            # Names by Zipf's law, one in ten without; of the cities one is everywhere; and an empty text is no name.
            f"INSERT INTO people SELECT n, CASE WHEN n % 10 = 0 THEN NULL WHEN n % 10 = 1 THEN '' ELSE '{_CANARY}' ||"
            f" floor(exp(random() * ln(20000))) END, 'x', '{_CANARY}' || (random() * 40000)::int, CASE WHEN n % 4 = 0"
            f" THEN '{_CANARY} city' ELSE '{_CANARY}' || floor(exp(random() * ln(1000))) END, (n % 5000)::text, 'x'"
            f" FROM generate_series(1, {ROWS}) n",
            "CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL, recipient text)",
            "INSERT INTO orders SELECT n, n % 500 + 1, 'x' FROM generate_series(1, 2000) n",
            "CREATE TABLE fresh (id int PRIMARY KEY, family text) WITH (autovacuum_enabled = off)",
            "INSERT INTO fresh SELECT n, CASE WHEN n % 2 = 0 THEN 'often' ELSE 'name ' || n % 1000 END FROM"
            " generate_series(1, 20000) n",
            "ANALYZE people",
            "ANALYZE orders",
        )
        yield session


def _resolution(masking: Masking, rules: dict[str, dict[str, Any]]) -> tuple[Resolution, Any]:
    decisions = {TableName("public", table): masking.decision(table, columns)[0] for table, columns in rules.items()}
    return Resolution(tables=decisions, problems=()), masking.decision(next(iter(rules)), {})[1]


def _found(masking: Masking, column: str, rules: dict[str, dict[str, Any]]) -> Found:
    resolution, catalog = _resolution(masking, rules)
    table, name = column.split(".")
    return measure(masking.conn, steering(resolution, catalog), Side.SOURCE)[
        ColumnName(TableName("public", table), name)
    ]


def _rules(part: str) -> dict[str, Any]:
    return {
        "family": {
            "family": {"mask": "last_name"} | _PERSON,
            "kana": {"mask": "last_name", "script": "katakana"} | _PERSON,
        },
        "given": {"given": {"mask": "first_name"} | _PERSON, "mail": {"mask": "email"} | _PERSON},
        "place": {"city": {"mask": "address", "part": "city"} | _HOME, "zip": {"mask": "postal_code"} | _HOME},
    }[part]


@pytest.mark.parametrize(
    ("locale", "part", "column"),
    [
        ("ja_JP", "family", "family"),
        ("en_US", "family", "family"),
        ("ja_JP", "given", "given"),
        ("en_US", "place", "city"),
        ("ja_JP", "place", "city"),
    ],
)
def test_a_masked_column_repeats_as_the_original_does(masking: Masking, locale: str, part: str, column: str) -> None:
    masking.locale = locale
    rules = _rules(part) if not (locale == "en_US" and part == "family") else {"family": _rules(part)["family"]}
    resolution, catalog = _resolution(masking, {"people": rules})
    shaped = shape(masking.conn, resolution, catalog, Frozen(), Side.SOURCE)
    masking.shapes = shaped.shapes
    before = Counter(value for value in masking.evaluate(column, "people") if value)
    rows = masking.rows("people", rules)
    after = Counter(row[column] for row in rows if row[column])
    assert 0.5 <= len(after) / len(before) <= 2, (len(before), len(after), shaped.notes)
    assert sum(before.values()) == sum(after.values())
    common = zip(before.most_common(20), after.most_common(20), strict=True)
    assert sum(abs(one - other) for (_, one), (_, other) in common) / ROWS < 0.06
    for (_, one), (_, other) in zip(before.most_common(5), after.most_common(5), strict=True):
        assert other == pytest.approx(one, rel=0.3, abs=60)
    if part == "place":
        codes = len(set(masking.evaluate("zip", "people")))
        known = Counter(place_list(locale, "{city}").entries).most_common(len(after))
        assert 0.5 <= len({row["zip"] for row in rows}) / min(codes, sum(each for _, each in known)) <= 2
        widths = [sum(len(city.encode()) * times for city, times in found.items()) for found in (before, after)]
        assert 0.75 <= widths[1] / widths[0] <= 1.25
    masking.shapes = {}


@pytest.mark.parametrize(
    ("mask", "column", "most"),
    [("company", "family", 1e6), ("company", "city", 1e6), ("user_agent", "city", 465), ("job", "city", 120)],
)
@pytest.mark.parametrize("locale", ["ja_JP", "en_US"])
def test_other_lists_repeat_as_the_original_does_as_far_as_they_reach(
    masking: Masking, locale: str, mask: str, column: str, most: float
) -> None:
    masking.locale = locale
    resolution, catalog = _resolution(masking, {"people": {column: mask}})
    shaped = shape(masking.conn, resolution, catalog, Frozen(), Side.SOURCE)
    masking.shapes = shaped.shapes
    before = Counter(value for value in masking.evaluate(column, "people") if value)
    after = Counter(value for value in masking.column(f"people.{column}", mask) if value)
    assert 0.5 <= len(after) / min(len(before), most) <= 2
    assert any("for" in note.text and note.subject == f"people.{column}" for note in shaped.notes) == (most < 1e6)
    for (_, one), (_, other) in zip(before.most_common(3), after.most_common(3), strict=True):
        assert other == pytest.approx(one, rel=0.3, abs=60)
    masking.shapes = {}


def test_no_value_goes_into_numbers_notes_or_statements(masking: Masking) -> None:
    masking.locale = "ja_JP"
    rules = {name: rule for part in ("family", "given", "place") for name, rule in _rules(part).items()}
    resolution, catalog = _resolution(masking, {"people": rules})
    shaped = shape(masking.conn, resolution, catalog, Frozen(), Side.SOURCE)
    masking.shapes = shaped.shapes
    statement, bindings = masking.statement("people", rules)
    carried = derive(masking.key, bindings.used)
    assert _CANARY not in repr((shaped, statement, carried))
    assert sum(len(value.encode()) for value in carried.values()) < 1_000_000
    masking.shapes = {}


def test_one_person_has_one_name_in_every_table_and_script_whatever_steers_it(masking: Masking) -> None:
    masking.locale = "ja_JP"
    rules = {"people": _rules("family"), "orders": {"recipient": {"mask": "last_name", "by": "user_id"} | _PERSON}}
    resolution, catalog = _resolution(masking, rules)
    (one,) = steering(resolution, catalog)
    assert str(one.column) == "people.family", "what belongs to its row by the row's own key steers the others"
    masking.shapes = shape(masking.conn, resolution, catalog, Frozen(), Side.SOURCE).shapes
    people = {
        row["id"]: row["family"]
        for row in masking.rows("people", {"family": rules["people"]["family"]})
        if row["family"]
    }
    masked = masking.rows("orders", rules["orders"])
    assert all(people.get(row["user_id"], row["recipient"]) == row["recipient"] for row in masked)
    kana = Counter((row["family"], row["kana"]) for row in masking.rows("people", rules["people"]) if row["family"])
    assert len({family for family, _ in kana}) > 0.95 * len(kana), (
        "one name has one reading, but for some that are written alike"
    )
    masking.shapes = {}


def test_an_empty_text_and_null_are_no_names(masking: Masking) -> None:
    found = _found(masking, "people.family", {"people": _rules("family")})
    assert found.origin == "statistics"
    assert found.measured.values == pytest.approx(0.8 * ROWS, rel=0.03)
    assert sum(found.measured.common) <= 1
    # The commonest of so many by Zipf: ln 2 / ln 20000.
    assert found.measured.common[0] == pytest.approx(0.07, rel=0.15)


def test_of_a_large_table_a_sample_counts_what_statistics_miss(masking: Masking) -> None:
    distinct = len({value for value in masking.evaluate("family", "people") if value})
    masking.run("ALTER TABLE people ALTER given SET STATISTICS 1", "ANALYZE people (given)")
    (known,) = masking.conn.execute(
        "SELECT n_distinct FROM pg_stats WHERE tablename = 'people' AND attname = 'given'"
    ).fetchone() or (0,)
    real = len(set(masking.evaluate("given", "people")))
    found = _found(masking, "people.given", {"people": _rules("given")}).measured.distinct
    by_statistics = known if known > 0 else -known * ROWS
    assert abs(math.log(found / real)) <= abs(math.log(by_statistics / real)) + 0.01
    assert 0.5 < found / real < 2
    assert 0.5 < _found(masking, "people.family", {"people": _rules("family")}).measured.distinct / distinct < 2


def test_a_table_that_was_never_analyzed_is_sampled_and_told(masking: Masking) -> None:
    rules = {"fresh": {"family": {"mask": "last_name"}}}
    found = _found(masking, "fresh.family", rules)
    assert found.origin == "sample"
    assert found.measured.common[0] == pytest.approx(0.5, abs=0.02)
    assert found.measured.distinct == pytest.approx(501, rel=0.1)
    resolution, catalog = _resolution(masking, rules)
    notes = shape(masking.conn, resolution, catalog, Frozen(), Side.SOURCE).notes
    assert any("fresh.family" in note.text and "never analyzed" in note.text for note in notes)


def test_what_is_frozen_is_drawn_from_however_statistics_drift(masking: Masking) -> None:
    masking.locale = "ja_JP"
    resolution, catalog = _resolution(masking, {"people": _rules("family")})
    first = shape(masking.conn, resolution, catalog, Frozen(), Side.SOURCE).shapes
    masking.shapes = first
    before = masking.column("people.family", _rules("family")["family"])
    masking.run("CREATE TABLE kept AS SELECT * FROM people", "UPDATE people SET family = 'only one'", "ANALYZE people")
    frozen = shape(masking.conn, resolution, catalog, Frozen(shapes=first, where="a file"), Side.SOURCE)
    drifted = shape(masking.conn, resolution, catalog, Frozen(), Side.SOURCE)
    masking.run(
        "UPDATE people p SET family = k.family FROM kept k WHERE k.id = p.id", "DROP TABLE kept", "ANALYZE people"
    )
    assert frozen.shapes == first != drifted.shapes
    assert "frozen in a file" in frozen.notes[0].text
    masking.shapes = frozen.shapes
    again = dict(
        zip(masking.evaluate("id", "people"), masking.column("people.family", _rules("family")["family"]), strict=True)
    )
    assert sorted(filter(None, again.values())) == sorted(filter(None, before))
    masking.shapes = {}


def test_a_million_names_are_no_limit(masking: Masking) -> None:
    """Of two parts each, and told apart: no row meets the name of another oftener than chance has it."""
    masking.locale = "en_US"
    drawn = {Drawn("person", "family", "en_US"): by_frequency(Measured(values=ROWS * 10, distinct=1_000_000))}
    masking.shapes = drawn
    names = [name for name in masking.column("people.family", {"mask": "last_name"} | _PERSON) if name]
    assert len(set(names)) > 0.98 * len(names)
    assert all(len(name.split("-")) <= 2 for name in names)
    masking.shapes = {Drawn("value", "family", "ja_JP", by_value=True): by_value(Measured(values=ROWS, distinct=ROWS))}
    masking.locale = "ja_JP"
    values = set(masking.column("people.given", {"mask": "last_name", "by": "value", "scope": "value"}))
    assert len(values) > 0.5 * len(set(masking.evaluate("given", "people")))
    masking.shapes = {}


def test_few_values_fill_every_slot(masking: Masking) -> None:
    masking.locale = "ja_JP"
    masking.shapes = {Drawn("person", "family", "ja_JP"): Numbers(common=(3072, 1024), distinct=2)}
    found = Counter(name for name in masking.column("people.family", {"mask": "last_name"} | _PERSON) if name)
    assert len(found) == 2
    assert max(found.values()) / sum(found.values()) == pytest.approx(0.75, abs=0.01)
    masking.shapes = {}


@pytest.mark.parametrize(
    ("locale", "city", "addresses"),
    [
        ("ja_JP", 18, (24, 36, 54)),
        ("en_US", 13, (15, 25, 36)),
        ("de_DE", 14, (18, 28, 36)),
        ("es_ES", 13, (22, 30, 42)),
    ],
)
def test_places_and_addresses_are_as_wide_as_the_originals(
    masking: Masking, locale: str, city: int, addresses: tuple[int, ...]
) -> None:
    """Cities are those of the right width, addresses a street, a street in a city, or all of it."""
    masking.run(
        f"CREATE TABLE wide (id int PRIMARY KEY, city text, {', '.join(f'a{at} text' for at in addresses)})",
        f"INSERT INTO wide SELECT n, rpad((n % 97)::text, {city}, 'x'),"
        f" {', '.join(f'rpad(n::text, {at}, $$x$$)' for at in addresses)} FROM generate_series(1, 3000) n",
        "ANALYZE wide",
    )
    masking.locale = locale
    rules: dict[str, Any] = {"city": {"mask": "address", "part": "city"}}
    rules |= {f"a{at}": {"mask": "address"} for at in addresses}
    resolution, catalog = _resolution(masking, {"wide": rules})
    shaped = shape(masking.conn, resolution, catalog, Frozen(), Side.SOURCE)
    assert all("city" in note.text for note in shaped.notes), "widths of addresses are no lists"
    masking.shapes = recorded(record(shaped.shapes))
    made = masking.rows("wide", rules)
    statement, bindings = masking.statement("wide", rules)
    masking.set(bindings)
    masking.run(f"CREATE TABLE again AS {statement}", "DROP TABLE wide", "ALTER TABLE again RENAME TO wide")
    masking.run("ALTER TABLE wide ADD PRIMARY KEY (id)")
    for name, rule in rules.items():
        chance = masking.chance("wide", name, rule, bindings)
        masking.set(bindings)
        least = masking.conn.execute(f"SELECT min({chance}) FROM public.wide".encode()).fetchone()
        assert least is not None
        assert least[0] > 0, f"{name}: it makes what it says it cannot"
    masking.shapes = {}
    masking.run("DROP TABLE wide")
    for name, width in (("city", city), *((f"a{at}", at) for at in addresses)):
        average = sum(len(row[name].encode()) for row in made) / len(made)
        assert 0.75 <= average / width <= 1.25, (name, average, width)
    assert 60 <= len({row["city"] for row in made}) <= 97


def test_a_sample_leaves_no_lock_in_the_session_that_took_it(masking: Masking) -> None:
    resolution, catalog = _resolution(masking, {"fresh": {"family": {"mask": "last_name"}}})
    with masking.conn.transaction():
        assert shape(masking.conn, resolution, catalog, Frozen(), Side.SOURCE).shapes
        query = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'public.fresh'::regclass"
        assert masking.conn.execute(query.encode()).fetchone() == (0,)


def test_a_column_that_only_an_inheriting_table_has_is_counted_there(masking: Masking) -> None:
    masking.run(
        "CREATE TABLE hands (id int PRIMARY KEY, family text)",
        "CREATE TABLE cooks (maiden text) INHERITS (hands)",
        "INSERT INTO cooks SELECT n, 'f' || n % 7, 'm' || n % 5 FROM generate_series(1, 1000) n",
        "ANALYZE hands",
    )
    rules = {
        "hands": {"family": {"mask": "last_name"}},
        "cooks": {"family": {"mask": "last_name"}, "maiden": {"mask": "last_name"}},
    }
    resolution, catalog = _resolution(masking, rules)
    found = measure(masking.conn, steering(resolution, catalog), Side.SOURCE)
    counted = {str(column): round(of.measured.distinct) for column, of in found.items()}
    assert counted == {"hands.family": 7, "cooks.maiden": 5}


def test_what_a_mask_does_not_serve_is_not_measured(masking: Masking) -> None:
    resolution, catalog = _resolution(masking, {"people": {"id": {"mask": "last_name"}}})
    assert steering(resolution, catalog) == ()
    masking.locale = "de_DE"
    resolution, catalog = _resolution(masking, {"people": {"city": {"mask": "address", "part": "town"}}})
    assert steering(resolution, catalog) == ()
