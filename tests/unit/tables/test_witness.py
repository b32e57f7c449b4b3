"""The witness's questions: by the rules and never by the copy's select list, nothing computed for rows that are not
asked for."""

from __future__ import annotations

from masker.errors import Position
from masker.tables.plan import MaskedColumn, TablePlan
from masker.tables.witness import ALL, Witness, passing, sieve, witness
from tests.catalogs import table

_HERE = Position("rules.yml", 3, 5)


def _masked(name: str, sql: str, *, mask: str = "lorem", chance: str | None = None) -> MaskedColumn:
    return MaskedColumn(
        name=name,
        mask=mask,
        by=(),
        identity=("id",),
        scope=None,
        position=_HERE,
        sql=sql,
        is_constant=False,
        may_repeat=False,
        keeps_null=True,
        chance=chance,
    )


def _of(
    *columns: str,
    masked: tuple[MaskedColumn, ...] = (),
    key: tuple[str, ...] | None = None,
    predicate: str | None = None,
    where: str | None = None,
) -> Witness:
    found = table("users", *columns, key=key)
    return witness(
        found,
        TablePlan(table=found, action="mask" if masked else "copy", masked=masked, predicate=predicate, where=where),
    )


def test_the_identity_of_a_row_with_a_kept_key_reads_nothing_but_the_key() -> None:
    query = _of("id int8", "email text", masked=(_masked("email", "mask(email)"),), predicate="kind = 1").identity_sql(
        source=True, picks=passing(7), seed="42"
    )

    assert (
        query
        == "SELECT count(*), coalesce(sum(h), 0), array_agg(at) FILTER (WHERE h & 1048575 < 7) FROM (SELECT ctid AS at,"
        ' coalesce((hashint8extended("id"::bigint, 42) # "id"::bigint), 0) AS h FROM ONLY "public"."users" WHERE'
        " (kind = 1) OFFSET 0) AS b"
    )


def test_the_target_is_not_asked_by_the_rules_predicate() -> None:
    assert "WHERE (kind = 1)" not in _of("id int8", "kind int4", predicate="kind = 1").proof_sql(
        source=False, picked=True
    )


def test_a_masked_key_is_identified_by_what_it_becomes() -> None:
    found = _of("id uuid", "a text", masked=(_masked("id", "mask(id)"),), key=("id",))

    assert "mask(id) AS c0" in found.identity_sql(source=True, picks="true")
    assert "mask(id)" not in found.identity_sql(source=False, picks="true")


def test_a_mask_is_computed_once_for_a_row_and_compared_with_its_original() -> None:
    found = _of(
        "id int8", "email text", masked=(_masked("email", "mask(email)", chance="likely(email)"),), where="not staff"
    )
    query = found.proof_sql(source=True, picked=True, seed="42")

    assert query.count("mask(email)") == 1
    assert query.endswith("GROUP BY 1")
    assert (
        "count(*) FILTER (WHERE CASE WHEN t1 AND d1 = e1 THEN (SELECT coalesce((likely(email)) < 1e-09, false) FROM"
        " ONLY" in query
    )
    assert "(not staff) IS NOT FALSE AS w" in query


def test_without_a_key_the_whole_row_is_its_identity_and_columns_have_seeds_of_their_own() -> None:
    query = _of("a int4", "b text", key=()).proof_sql(source=False, picked=False, seed="42")

    assert "hashint8extended((coalesce(d0, " in query
    assert "ctid = ANY" not in query


def test_generated_columns_are_not_witnessed() -> None:
    assert [c.name for c in _of("id int8", "a int4", "b int4 generated").columns] == ["id", "a"]


def test_the_sieve_lets_enough_rows_through() -> None:
    assert sieve(-1) == sieve(0) == sieve(10_000) == ALL
    for rows in (30_000, 100_000, 12_345_678, 3e9):
        assert 10_500 <= rows * sieve(rows) / ALL <= 13_500
