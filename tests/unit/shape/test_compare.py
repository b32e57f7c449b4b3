"""Statistics and sizes of both sides: what is in range, what is off, and which mask it is laid to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from masker.catalog.numbers import ColumnNumbers
from masker.findings import Outcome
from masker.masks.every import MASKS
from masker.names import TableName
from masker.notes import Note
from masker.shape.compare import compare, stale
from masker.shape.numbers import TableNumbers
from masker.shape.report import Compared, Part, Report
from masker.shape.scope import Scope, scope
from tests.catalogs import catalog, partition, table
from tests.unit.ruleset.files import resolved

USERS = TableName("public", "users")
DATABASE = catalog(
    table("users", "name text", "email text not null", "bio text", "data jsonb", "gone text", unique=("email",)),
    table("logs", "line text"),
    table("parted", "id int8 not null", "word text", kind="p"),
    partition("parted_1", table("parted", "id int8 not null", "word text", kind="p")),
    partition("parted_2", table("parted", "id int8 not null", "word text", kind="p")),
)
RULES = """
tables:
  users:
    columns:
      name: last_name
      email: email
      bio: lorem
      data: {mask: json, other: keep, paths: {"$.a": token}}
      gone: null
  logs: {rows: none}
  parted: {columns: {word: token}}
  parted_2: {rows: id > 5}
"""

HERE = ColumnNumbers(null_share=0.1, width=20, distinct=10_000, frequencies=(0.2, 0.05))


def compared_scope() -> Scope:
    resolution = resolved(DATABASE, RULES)
    assert resolution.problems == ()
    return scope(resolution, DATABASE)


def of_users(scoped: Scope) -> Scope:
    return replace(scoped, tables={USERS: scoped.tables[USERS]}, indexes={USERS: scoped.indexes[USERS]})


def side(pages: int = 1000, **columns: ColumnNumbers) -> TableNumbers:
    every = dict.fromkeys(("name", "email", "bio", "data", "gone"), HERE) | columns
    return TableNumbers(
        rows=50_000, pages=pages, indexes={"users_pkey": 100, "users_email_key": 200}, columns=every, changed=0
    )


def with_column(name: str, numbers: ColumnNumbers) -> TableNumbers:
    return replace(side(), columns={**side().columns, name: numbers})


def found(here: TableNumbers, *there: TableNumbers) -> list[Compared]:
    return [
        c
        for c in compare(of_users(compared_scope()), {USERS: here}, [{USERS: each} for each in there])
        if isinstance(c, Compared)
    ]


def bad(here: TableNumbers, *there: TableNumbers) -> dict[str, str]:
    return {f"{c.subject}: {c.measure}": c.hint for c in found(here, *there) if not c.is_good}


def test_tables_with_some_rows_and_columns_of_one_value_are_left_out_by_name() -> None:
    scoped = compared_scope()
    assert set(map(str, scoped.tables)) == {"users", "parted_1"}, "a parent is what its partitions are"
    assert {(n.subject, n.text) for n in scoped.left_out} == {
        ("logs", "`rows: none` leaves it empty"),
        ("parted_2", "`rows:` carries some of its rows"),
        ("parted", "some of its partitions or children are limited by `rows:`"),
        ("users.gone", "the mask null makes one value of all: it has no shape to keep"),
    }
    assert set(scoped.analyzed) == {USERS, TableName("public", "parted_1")}


def test_a_preview_like_production_is_all_of_it() -> None:
    all_good = found(side(), side())
    assert {c.outcome for c in all_good} == {Outcome.PASSED}
    assert [c.measure for c in all_good if c.subject == "users.name"] == [
        "null share",
        "distinct values",
        "average width",
        "most common frequencies",
    ]
    assert [c.subject for c in all_good if c.part is Part.SIZES] == [
        "users",
        "users: users_pkey",
        "users: users_email_key",
    ]
    assert not any("gone" in c.subject for c in all_good)


@pytest.mark.parametrize(
    ("there", "measure"),
    [
        (replace(HERE, null_share=0.12), "null share"),
        (replace(HERE, null_share=0.08), "null share"),
        (replace(HERE, distinct=4_999), "distinct values"),
        (replace(HERE, distinct=20_001), "distinct values"),
        (replace(HERE, distinct=0), "distinct values"),
        (replace(HERE, width=26), "average width"),
        (replace(HERE, width=14), "average width"),
        (replace(HERE, frequencies=(0.2, 0.2)), "most common frequencies"),
        (replace(HERE, frequencies=()), "most common frequencies"),
        (replace(HERE, frequencies=(0.2, 0.05, 0.011)), "most common frequencies"),
    ],
)
def test_what_is_out_of_range_is_found(there: ColumnNumbers, measure: str) -> None:
    assert list(bad(side(), side(name=there))) == [f"users.name: {measure}"]


@pytest.mark.parametrize(
    "there",
    [
        replace(HERE, null_share=0.109),
        replace(HERE, distinct=5_000),
        replace(HERE, distinct=20_000),
        replace(HERE, width=25),
        replace(HERE, width=15),
        replace(HERE, frequencies=(0.11, 0.09)),
        replace(HERE, frequencies=(0.2, 0.05, 0.009)),
    ],
)
def test_what_is_in_range_passes(there: ColumnNumbers) -> None:
    assert bad(side(), side(name=there)) == {}


def test_what_is_in_range_in_one_round_is_in_range() -> None:
    off = side(name=replace(HERE, distinct=50))
    assert bad(side(), off, off) == {"users.name: distinct values": bad(side(), off)["users.name: distinct values"]}
    assert bad(side(), off, side(), off) == {}


def test_neither_side_having_any_is_no_measure() -> None:
    nothing = ColumnNumbers(null_share=0, width=4, distinct=0)
    measures = [c.measure for c in found(side(data=nothing), side(data=nothing)) if c.subject == "users.data"]
    assert measures == [
        "null share",
        "average width",
    ], "json has no equality, and a column that is unique no common values"


#: What becomes of the number of family names, as the mask's card has it.
FEW = MASKS["last_name"].card.distinct


@pytest.mark.parametrize(
    ("column", "there", "hints"),
    [
        (
            "name",
            replace(HERE, distinct=50),
            ("distinct values", f"mask last_name (a.yml:6:7): it makes {FEW}; write token, which keeps values apart"),
        ),
        (
            "name",
            replace(HERE, distinct=45_000),
            ("distinct values", "write `by: value`, with a `scope` where other columns hold the same values"),
        ),
        (
            "name",
            replace(HERE, frequencies=(0.01,)),
            (
                "most common frequencies",
                "it draws anew for each row, however often production's value comes; write `by: value`",
            ),
        ),
        ("name", replace(HERE, frequencies=(0.9,)), ("most common frequencies", f"it makes {FEW}; write token")),
        (
            "email",
            replace(HERE, distinct=50),
            ("distinct values", "it keeps values apart; rows have changed since the preview was filled"),
        ),
        (
            "name",
            replace(HERE, width=40),
            ("average width", "it makes values of its own length; write token or lorem, which keep the original's"),
        ),
        (
            "bio",
            replace(HERE, width=60),
            (
                "average width",
                (
                    "it makes as many characters, not as many bytes; where originals are in another script, give it"
                    " their `locale`"
                ),
            ),
        ),
        (
            "data",
            replace(HERE, distinct=50),
            ("distinct values", "mask json (a.yml:9:7): what the rule says of its leaves decides that"),
        ),
        ("bio", replace(HERE, null_share=0.5), ("null share", "it keeps NULL where it is; rows have changed")),
    ],
)
def test_what_is_off_names_its_mask_and_what_to_write_instead(
    column: str, there: ColumnNumbers, hints: tuple[str, str]
) -> None:
    measure, expected = hints
    assert expected in bad(side(), with_column(column, there))[f"users.{column}: {measure}"]


def test_sizes_are_laid_to_the_mask_that_makes_the_most_of_the_difference() -> None:
    smaller = side(pages=850, gone=ColumnNumbers(null_share=1.0, width=0, distinct=0))
    (hint,) = bad(side(), smaller).values()
    assert hint.startswith("gone: mask null (")
    assert "makes one value of all; write token or lorem" in hint
    (hint,) = bad(side(), side(pages=1200)).values()
    assert "the preview was written to" in hint
    (hint,) = bad(side(pages=1200), side()).values()
    assert "production keeps room of rows that are gone" in hint
    assert bad(side(), side(pages=901)) == {}
    assert bad(side(pages=3), side(pages=5)) == {}, "two pages are no matter"
    assert bad(side(pages=64), side(pages=128)) == bad(side(pages=264), side(pages=200)) == {}, (
        "a server adds so many at once"
    )
    assert list(bad(side(pages=100), side(pages=42))) == list(bad(side(pages=200), side(pages=265))) == ["users: pages"]
    indexes = {"users_pkey": 100, "users_email_key": 100}
    assert list(bad(side(), replace(side(), indexes=indexes))) == ["users: users_email_key: index pages"]
    assert list(bad(side(), replace(side(), indexes={"users_pkey": 100}))) == ["users: users_email_key: index pages"]


def test_what_has_no_statistics_is_not_run_unless_it_is_small() -> None:
    without = replace(side(), columns={})
    not_run = [c for c in found(without, side()) if c.outcome is Outcome.NOT_RUN]
    assert [c.subject for c in not_run] == ["users.name", "users.email", "users.bio", "users.data"]
    assert "masker never does" in not_run[0].detail
    small = [
        c
        for c in compare(of_users(compared_scope()), {USERS: replace(without, pages=2)}, [{USERS: side(pages=2)}])
        if isinstance(c, Note)
    ]
    assert [n.text for n in small] == ["production has no statistics of so small a table"] * 4
    assert (
        next(c for c in found(side(), without) if c.outcome is Outcome.NOT_RUN).detail
        == "the preview has no statistics of it that the role may see"
    )
    whole, *_ = compare(of_users(compared_scope()), {USERS: replace(without, pages=0)}, [{USERS: side(pages=0)}])
    assert isinstance(whole, Note)
    assert "of the partitioned table as a whole, since autovacuum makes none" in whole.text
    (gone,) = compare(of_users(compared_scope()), {USERS: side()}, [{}])
    assert isinstance(gone, Compared)
    assert (gone.outcome, gone.detail) == (Outcome.NOT_RUN, "it is not there on the preview any more")
    empty = replace(without, pages=0, rows=0)
    assert {c.part for c in found(empty, empty)} == {Part.SIZES}, (
        "an empty table has no columns' figures, and needs none"
    )


def test_stale_statistics_are_told() -> None:
    scoped = of_users(compared_scope())
    told = [n.subject for n in stale(scoped, {USERS: replace(side(), changed=5_051)}, is_standby=False)]
    assert told == ["users"]
    assert list(stale(scoped, {USERS: replace(side(), changed=5_050)}, is_standby=False)) == []
    assert [n.subject for n in stale(scoped, {USERS: replace(side(), changed=9_999)}, is_standby=True)] == ["source"]


def report(outcomes: Sequence[tuple[Part, Outcome]]) -> Report:
    made = (
        Compared(part=part, subject=f"s{at}", measure="m", outcome=outcome)
        for at, (part, outcome) in enumerate(outcomes)
    )
    return Report(source="a", target="b", compared=tuple(made))


def test_the_figure_is_the_lowest_share_rounded_down_and_not_run_is_no_success() -> None:
    good, failed, not_run = Outcome.PASSED, Outcome.FAILED, Outcome.NOT_RUN
    made = report(
        [
            *[(Part.COLUMNS, good)] * 1999,
            (Part.COLUMNS, failed),
            (Part.PLANS, good),
            (Part.PLANS, good),
            (Part.PLANS, not_run),
        ]
    )
    assert [(s.part, s.percent) for s in made.shares] == [(Part.PLANS, 66.6), (Part.COLUMNS, 99.9)]
    assert made.figure == 66.6
    assert (made.reaches(66.6), made.reaches(66.7)) == (True, False)
    assert [f.outcome for f in made.findings(95).all] == [failed, good]
    assert "66.6 % like production's, 95 % expected: s2002 (m)" in made.findings(95).all[0].detail
    nothing = report([])
    assert (nothing.figure, nothing.reaches(0)) == (None, False)
    assert [f.outcome for f in nothing.findings(0).all] == [not_run]
