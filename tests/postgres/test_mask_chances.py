"""What masks tell of chance is what the server's own draws come to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from masker.masks.every import MASKS
from masker.masks.permute import Range, as_numbers, following, following_classes, range_of
from masker.tables.chance import IMPOSSIBLE, most_by_chance
from tests.postgres.masking import Masking
from tests.unit.masks.samples import SAMPLES

ROWS = 20_000

#: The mask, its locale, the column's type, and whether chance brings anything back at this many rows.
_DRAWN: tuple[tuple[Any, str, str, bool], ...] = (
    ("first_name", "en_US", "text", True),
    ("first_name", "ja_JP", "text", True),
    ({"mask": "first_name", "script": "katakana"}, "ja_JP", "varchar(2)", True),
    ("last_name", "ja_JP", "text", True),
    ({"mask": "last_name", "script": "romaji"}, "ja_JP", "citext", True),
    ("last_name", "en_US", "char(3)", True),
    ("full_name", "ja_JP", "text", False),
    ({"mask": "full_name", "separator": ""}, "ja_JP", "text", False),
    ({"mask": "full_name", "separator": ""}, "ja_JP", "varchar(3)", True),
    ("full_name", "en_US", "text", False),
    ({"mask": "address", "part": "region"}, "ja_JP", "text", True),
    ({"mask": "address", "part": "city"}, "en_US", "text", True),
    ({"mask": "address", "part": "street"}, "ja_JP", "varchar(2)", True),
    ({"mask": "address", "part": "street"}, "en_US", "varchar(2)", True),
    ({"mask": "address", "part": "building"}, "ja_JP", "text", False),
    ("address", "ja_JP", "text", False),
    ("postal_code", "en_US", "text", True),
    ("postal_code", "ja_JP", "text", True),
    ("phone", "en_US", "text", False),
    ("phone", "ja_JP", "text", False),
    ({"mask": "ip", "range": "documentation"}, "ja_JP", "text", True),
    ({"mask": "ip", "range": "documentation"}, "ja_JP", "inet", True),
    ({"mask": "ip", "range": "benchmark", "prefix": 24}, "ja_JP", "text", False),
    ({"mask": "ip", "prefix": 24}, "ja_JP", "inet", False),
    ("ip", "ja_JP", "inet", False),
    ("lorem", "ja_JP", "text", True),
    ("lorem", "en_US", "text", True),
    ("date_shift", "ja_JP", "date", True),
)

#: Whatever the mask, these are somebody's own.
_OWN = {
    "text": "'Ödön ' || n || ' Kovács'",
    "citext": "'Ödön ' || n",
    "inet": "'10.1.2.3'::inet + n",
    "date": "'1970-01-01'::date + n",
    "uuid": "gen_random_uuid()",
    "bytea": "sha256(int4send(n))",
}


@pytest.fixture
def masking(database: str) -> Iterator[Masking]:
    with Masking(database) as session:
        session.run("CREATE EXTENSION citext")
        yield session


def _fill(masking: Masking, kind: str, value: str) -> None:
    masking.run(
        "DROP TABLE IF EXISTS drawn",
        f"CREATE TABLE drawn (id int PRIMARY KEY, value {kind})",
        f"INSERT INTO drawn SELECT n, {value} FROM generate_series(1, {ROWS}) AS n",
    )


def _counts(masking: Masking, rule: Any) -> tuple[int, float, int]:
    """How many values came out as they were, how many were to be expected, and how many came that could not."""
    statement, bindings = masking.statement("drawn", {"value": rule})
    chance = masking.chance("drawn", "value", rule, bindings)
    masking.set(bindings)
    query = f"""
        SELECT count(*) FILTER (WHERE m.value::text = d.value::text), sum(c.chance), count(*)
        FILTER (WHERE m.value::text = d.value::text AND c.chance < {IMPOSSIBLE})
        FROM ({statement}) AS m JOIN public.drawn AS d USING (id) JOIN (SELECT id, {chance} AS chance FROM public.drawn)
        AS c USING (id)"""
    row = masking.conn.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0]), float(row[1]), int(row[2])


@pytest.mark.parametrize(("rule", "locale", "kind", "is_met"), _DRAWN)
def test_values_a_mask_made_come_back_as_often_as_it_says(
    masking: Masking, rule: Any, locale: str, kind: str, is_met: bool
) -> None:
    """The originals are what the same mask made for others, the worst that production can hold."""
    masking.locale = locale
    longest = int(kind.partition("(")[2].rstrip(")") or 20)
    own = {"inet": "'10.1.2.3'::inet", "date": "'2000-01-01'::date + n % 3"}.get(
        kind, f"left(CASE WHEN n % 2 = 0 THEN '03-123-4567' ELSE '0312345678' END, {longest})"
    )
    _fill(
        masking,
        kind,
        own if rule != "date_shift" else "CASE WHEN n % 3 = 0 THEN 'infinity'::date ELSE '2000-01-01' END",
    )
    if rule != "date_shift":
        of_others = rule | {"scope": "others"} if isinstance(rule, dict) else {"mask": rule, "scope": "others"}
        statement, bindings = masking.statement("drawn", {"value": of_others})
        masking.set(bindings)
        masking.run(
            f"CREATE TABLE others AS {statement}",
            "UPDATE drawn SET value = others.value FROM others WHERE others.id = drawn.id",
            "DROP TABLE others",
        )
    same, expected, impossible = _counts(masking, rule)
    assert impossible == 0
    assert same <= most_by_chance(expected, ROWS), (same, expected)
    assert (same > 0) == is_met, (same, expected)
    bound = (
        0.1
        if rule == "lorem"
        or (isinstance(rule, dict) and {"street", "ip"} & set(map(str, rule.values())))
        or "(" in kind
        else 0.8
    )
    assert same >= expected * bound - 40, f"the mask says more than is true: {same} of {expected:.0f}"


@pytest.mark.parametrize(
    "mask",
    sorted(
        name
        for name, mask in MASKS.items()
        # What a file holds may be anything, and its share is that of the commonest entry; what other rows hold, too.
        # Permuted numbers may be anybody's, up to the range's end.
        if mask.chance is not None
        and name not in {"dictionary", "ltree", "permute"}
        and not mask.card.of_other_rows
        and (name not in SAMPLES or name == "date_shift")
    ),
)
def test_what_no_mask_makes_is_known_as_impossible(masking: Masking, mask: str) -> None:
    kind = {"date_shift": "date", "ip": "inet"}.get(mask, "text")
    for each in (kind, *(("uuid", "bytea") if mask == "token" else ())):
        _fill(masking, each, "lpad(n::text, 15, '0')" if mask in ("digits", "bank_account") else _OWN[each])
        statement, bindings = masking.statement("drawn", {"value": mask})
        chance = masking.chance("drawn", "value", mask, bindings)
        masking.set(bindings)
        assert statement
        (highest,) = masking.conn.execute(f"SELECT max({chance}) FROM public.drawn".encode()).fetchone() or (1.0,)
        certain = {"postal_code": 1e-4, "company": 1e-4, "national_id": 1e-7}.get(mask, IMPOSSIBLE)
        assert highest <= certain, mask
        assert _counts(masking, mask)[0] == 0


@pytest.mark.parametrize("alphabet", ["hex", "alnum", "base58", "digits"])
@pytest.mark.parametrize("length", [1, 2, 3])
def test_short_tokens_are_met_as_often_as_their_alphabet_allows(masking: Masking, alphabet: str, length: int) -> None:
    rule = {"mask": "token", "alphabet": alphabet}
    _fill(
        masking,
        "text",
        f"left(encode(sha256(int4send(n)), '{'hex' if alphabet in ('hex', 'digits') else 'base64'}'), {length})",
    )
    same, expected, impossible = _counts(masking, rule)
    assert impossible == 0
    assert same <= most_by_chance(expected, ROWS)
    assert same > 0 or expected < 5


def test_an_address_masked_before_is_no_original(masking: Masking) -> None:
    """Staff write from the domain that masked addresses go to: those are originals, ``name.id@`` is not."""
    _fill(
        masking,
        "text",
        "CASE n % 2 WHEN 0 THEN 'akemi.' || n || '@example.com' ELSE 'Staff.' || n || 'x@example.com' END",
    )
    statement, bindings = masking.statement("drawn", {"value": "email"})
    chance = masking.chance("drawn", "value", "email", bindings)
    masking.set(bindings)
    assert statement
    found = masking.conn.execute(
        f"SELECT id % 2, min({chance}), max({chance}) FROM public.drawn GROUP BY 1 ORDER BY 1".encode()
    ).fetchall()
    assert found == [(0, 1.0, 1.0), (1, 0.0, 0.0)]


def test_a_point_stays_as_a_whole_only_where_neither_of_its_sides_can_move(masking: Masking) -> None:
    """NaN and infinity stay, and what is at the end of the world may."""
    rule = {"mask": "geo", "within": "5 km"}
    moved = ("12.5,41.9", "180,41.9", "Infinity,41.9", "NaN,41.9", "12.5,90", "12.5,NaN")
    kept = ("180,-90", "NaN,Infinity", "-180,NaN", "-Infinity,90")
    masking.run(
        "CREATE TABLE drawn (id int PRIMARY KEY, value point)",
        *(f"INSERT INTO drawn VALUES ({n}, '({each})')" for n, each in enumerate((*moved, *kept))),
    )
    bindings = masking.statement("drawn", {"value": rule})[1]
    chance = masking.chance("drawn", "value", rule, bindings)
    masking.set(bindings)
    found = [row[0] for row in masking.conn.execute(f"SELECT {chance} FROM public.drawn ORDER BY id".encode())]
    assert found == [0.0] * len(moved) + [1.0] * len(kept)
    same, expected, impossible = _counts(masking, rule)
    assert impossible == 0
    assert same >= 1
    assert expected == len(kept)


def test_a_text_that_follows_a_key_is_one_of_the_range_by_chance(masking: Masking) -> None:
    masking.shapes = {range_of("key"): as_numbers(Range(150))}
    _fill(masking, "text", "n::text")
    came, expected, impossible = _counts(masking, following("key", other="keep"))
    assert expected == pytest.approx(ROWS / 150**2)
    assert came <= most_by_chance(expected, ROWS)
    assert impossible == 0
    _fill(masking, "text", "'key ' || n")
    assert _counts(masking, following("key", other="keep"))[:2] == (ROWS, ROWS)


def test_a_key_of_several_classes_is_one_of_the_range_of_its_own_by_chance(masking: Masking) -> None:
    """One number stands for a key of each class, and is looked at once: as likely as any of them comes back. A global
    id says which it is."""
    ends = {"key": 150, "other": 100}
    masking.shapes = {range_of(scope): as_numbers(Range(side)) for scope, side in ends.items()}
    both = 1 / 150**2 + 1 / 100**2
    classes = {"A": "key", "B": "other", "C": ""}
    masking.run("CREATE TABLE drawn (id int PRIMARY KEY, kind text, value bigint)")
    masking.run(f"INSERT INTO drawn SELECT n, chr(65 + n % 3), n FROM generate_series(1, {ROWS}) n")
    rule = following_classes(classes, by="kind", other=None)
    bindings = masking.statement("drawn", {"value": rule})[1]
    chance = masking.chance("drawn", "value", rule, bindings)
    items = f"kind, id <= 10000, min({chance}), max({chance})"
    told = masking.conn.execute(
        f"SELECT {items} FROM public.drawn GROUP BY 1, 2 ORDER BY 1, 2 DESC".encode()
    ).fetchall()
    assert [row[2:] for row in told] == [
        pytest.approx(each) for each in [(both, both), (1, 1), (both, both), (1, 1), (1, 1), (1, 1)]
    ]
    same, _, impossible = _counts(masking, rule)
    assert ROWS / 3 <= same < ROWS
    assert impossible == 0
    masking.run("ALTER TABLE drawn ALTER value TYPE text USING 'gid://shop/' || kind || '/' || value")
    rule = following_classes(classes, by=None, other="keep")
    bindings = masking.statement("drawn", {"value": rule})[1]
    chance = masking.chance("drawn", "value", rule, bindings)
    query = f"SELECT kind, min({chance}) FROM public.drawn WHERE id < 10000 GROUP BY 1 ORDER BY 1"
    found = [row[1] for row in masking.conn.execute(query.encode()).fetchall()]
    assert found == pytest.approx([1 / 150**2, 1 / 100**2, 1])
