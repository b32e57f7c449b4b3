"""Domains of masked addresses are as many and as frequent as the originals', and nobody's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from masker.masks.sql.bindings import derive
from masker.postgres.pools import Frozen, Shaped, shape
from masker.ruleset.numbers import record, recorded
from masker.ruleset.types import Resolution
from masker.sides import Side
from tests.postgres.masking import Masking

ROWS = 20_000

_CANARY = "zzyzxcanary"
_FREE = ("gmail.com", "yahoo.co.jp", "icloud.com", "docomo.ne.jp", "outlook.jp")


@pytest.fixture(scope="module")
def masking(production_server: Any) -> Iterator[Masking]:
    with Masking(production_server.create_database()) as session:
        free = ", ".join(f"'{_CANARY}.{name}'" for name in _FREE)
        session.run(
            "CREATE TABLE people (id int PRIMARY KEY, mail text UNIQUE, short varchar(25) UNIQUE, work text,"
            " again text)",
            # Of five that give addresses to everybody, each half as frequent as the one before, and some of one's own;
            # of companies nearly as many as people.
            f"INSERT INTO people SELECT n, 'u' || n || '@' || CASE WHEN n % 10 = 0 THEN '{_CANARY}' || n % 700 || '.jp'"
            f" ELSE (ARRAY[{free}])[floor(log(2, (2 + 30 * random())::numeric))] END, n || '@a' || n % 50 || '.jp',"
            f" CASE WHEN n % 4 > 0 THEN 'u' || n || '@{_CANARY}' || floor(random() * 12000) || '.co.jp' END,"
            f" 'list' || n % 300 || '@' || CASE WHEN n % 300 < 200 THEN 'Gmail.com' ELSE 'gmail.COM' END"
            f" FROM generate_series(1, {ROWS}) n",
            "ANALYZE people",
        )
        yield session


def _shaped(masking: Masking, rules: dict[str, Any]) -> Shaped:
    decision, catalog = masking.decision("people", rules)
    resolution = Resolution(tables={decision.table.name: decision}, problems=())
    return shape(masking.conn, resolution, catalog, Frozen(), Side.SOURCE)


def _domains(addresses: Sequence[str | None]) -> Counter[str]:
    return Counter(address.partition("@")[2].lower() for address in addresses if address)


def test_addresses_have_as_many_domains_and_as_common_ones_as_the_originals(masking: Masking) -> None:
    rules: dict[str, Any] = {
        "mail": {"mask": "email", "length": "keep", "scope": "person"},
        "work": {"mask": "email", "domain": "works.test"},
        "again": {"mask": "email", "by": "value", "scope": "lists"},
    }
    before = {name: _domains(masking.evaluate(name, "people")) for name in rules}
    shaped = _shaped(masking, rules)
    assert recorded(record(shaped.shapes)) == shaped.shapes
    masking.shapes = shaped.shapes
    statement, bindings = masking.statement("people", rules)
    carried = derive(masking.key, bindings.used)
    assert _CANARY not in repr((shaped, statement, carried))
    assert sum(len(value.encode()) for value in carried.values()) < 1_000_000
    rows = masking.rows("people", rules)
    assert rows == masking.rows("people", rules), "one identity has one address"
    after = {name: _domains([row[name] for row in rows]) for name in rules}
    for name, sink in (("mail", "example.com"), ("work", "works.test"), ("again", "example.com")):
        assert 0.5 <= len(after[name]) / len(before[name]) <= 2, (name, len(before[name]), len(after[name]))
        assert all(domain == sink or domain.endswith(f".{sink}") for domain in after[name])
        assert sum(after[name].values()) == sum(before[name].values()), "who had no address has none"
    for (_, one), (_, other) in zip(before["mail"].most_common(4), after["mail"].most_common(4), strict=True):
        assert other == pytest.approx(one, rel=0.15)
    assert after["mail"].most_common(1)[0][0] == "example.com"
    assert len({row["mail"] for row in rows}) == ROWS
    widths = [sum(map(len, found)) for found in (masking.evaluate("mail", "people"), [row["mail"] for row in rows])]
    assert 0.9 <= widths[1] / widths[0] <= 1.1
    (note,) = [note for note in shaped.notes if note.subject == "domains"]
    assert f"people.mail of {len(before['mail'])}" in note.text
    assert "people.again" not in note.text, "one domain is no several"
    masking.shapes = {}


def test_domains_are_one_where_the_rule_or_the_column_leaves_no_choice(masking: Masking) -> None:
    """A team's own sink takes no mail for names below it, and what is unique comes before what is frequent."""
    sink = {"mask": "email", "domain": "sink.corp.jp"}
    for column, rule, domain in (
        ("mail", sink, "sink.corp.jp"),
        ("mail", {"mask": "email", "domains": 1}, "example.com"),
        ("short", "email", "example.com"),
    ):
        shaped = _shaped(masking, {column: rule})
        masking.shapes = shaped.shapes
        assert _domains(masking.column(f"people.{column}", rule)) == {domain: ROWS}
        if rule is sink:
            assert not shaped.shapes
    masking.shapes = {}


def test_a_masked_address_is_told_from_one_that_was_left(masking: Masking) -> None:
    rule = {"mask": "email", "scope": "person"}
    masking.shapes = _shaped(masking, {"mail": rule}).shapes
    statement, bindings = masking.statement("people", {"mail": rule})
    masking.set(bindings)
    masking.run(f"CREATE TABLE made AS {statement}", "UPDATE made SET mail = 'u1@gmail.com' WHERE id = 1")
    chance = masking.chance("people", "mail", rule, bindings)
    masking.set(bindings)
    found = masking.conn.execute(f"SELECT id FROM public.made WHERE ({chance}) = 0".encode()).fetchall()
    assert found == [(1,)]
    masking.run("DROP TABLE made")
    masking.shapes = {}
