"""Types in unusual forms under the masks that claim them: what is made fits, and what is no value stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg import sql

from masker.masks.every import MASKS
from masker.masks.sql.bindings import SessionBindings
from masker.tables.reading import mask_table
from tests.postgres.masking import Masking
from tests.servers import Server, ServersByMajor

_ARGUMENTS: dict[str, dict[str, Any]] = {
    "fixed": {"value": "x"}, "partial": {"first": 1}, "regex_replace": {"pattern": "a", "with": "b"},
}  # fmt: skip

#: Masks that make nothing of a text by themselves.
_OTHERS = {"keep", "null", "sql", "json", "permute"}


@pytest.fixture
def masking(server: Server) -> Iterator[Masking]:
    with Masking(server.create_database()) as session:
        yield session


@pytest.mark.parametrize(
    ("kind", "original", "rule", "made"),
    [
        ("timestamp", "infinity", "date_shift", "infinity"),
        ("timestamptz", "-infinity", "date_noise", "-infinity"),
        ("date", "-infinity", "birthdate", "-infinity"),
        ("date", "infinity", {"mask": "date_trunc", "to": "month"}, "infinity"),
        ("numeric(10,2)", "NaN", {"mask": "noise", "ratio": "10%"}, "NaN"),
        ("double precision", "-Infinity", {"mask": "noise", "ratio": "10%"}, "-Infinity"),
        ("double precision", "NaN", {"mask": "round", "to": 10}, "NaN"),
        ("text[]", "{{a,b},{c,NULL}}", {"mask": "fixed", "value": "{x}"}, "{x}"),
        ("bit(8)", "10101010", {"mask": "fixed", "value": "00000000"}, "00000000"),
        ("xml", "<a>b</a>", {"mask": "fixed", "value": "<x/>"}, "<x/>"),
        ("daterange", "[2020-01-01,2020-02-01)", {"mask": "fixed", "value": "empty"}, "empty"),
        ("tsvector", "'a'", "null", None),
        ("int4multirange", "{[1,5)}", "null", None),
    ],
)
def test_what_is_no_value_stays_and_others_are_of_their_type(
    masking: Masking, kind: str, original: str, rule: Any, made: str | None
) -> None:
    if kind == "int4multirange" and masking.conn.info.server_version < 140000:
        pytest.skip("this server has none")
    masking.run(f"CREATE TABLE t (id int PRIMARY KEY, v {kind})")
    masking.conn.execute("INSERT INTO public.t VALUES (1, %s)", [original])
    statement, bindings = masking.statement("t", {"v": rule})
    masking.set(bindings)
    query = sql.SQL("SELECT v::text, pg_typeof(v) = {}::regtype FROM ({}) AS q")
    row = masking.conn.execute(query.format(sql.Literal(kind.partition("(")[0]), sql.SQL(statement))).fetchone()
    assert row == (made, True)


def test_masks_and_their_chances_read_texts_under_nondeterministic_collations(servers_by_major: ServersByMajor) -> None:
    """The servers that wheels bring have no ICU; the system's has."""
    with Masking(servers_by_major[15].create_database()) as masking:
        masking.run(
            "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            "CREATE TABLE t (id int PRIMARY KEY, v text COLLATE loose)",
            "INSERT INTO t VALUES (1, 'Ab-1 c'), (2, ''), (3, NULL), (4, '10.1.2.3')",
        )
        kind = masking.column_type("t", "v")
        for name, mask in MASKS.items():
            card = mask.card
            if name in _OTHERS or card.of_other_rows or card.reads_tables or not card.accepts(kind):
                continue
            try:
                decision, catalog = masking.decision("t", {"v": {"mask": name, **_ARGUMENTS.get(name, {})}})
            except ValueError:
                continue  # it needs arguments, and how it reads the text is that of others
            bindings = SessionBindings()
            (found,) = mask_table(decision, catalog, bindings, masking.known, []).masked
            masking.set(bindings)
            assert len(masking.evaluate(found.sql, "t")) == 4, name
            assert found.chance is None or len(masking.evaluate(found.chance, "t")) == 4, name
        masking.run(
            'CREATE TABLE people (id int PRIMARY KEY, family text COLLATE loose, given text COLLATE "C", note text,'
            " slug text, whole text COLLATE loose)",
            "INSERT INTO people VALUES (1, 'Smythe', 'Ann', 'to Ann Smythe', 'x', 'x')",
        )
        rules = {
            "family": {"mask": "last_name", "locale": "en_US"},
            "given": {"mask": "first_name", "locale": "en_US"},
            "note": {"mask": "redact_text", "locale": "en_US"},
            "slug": {"mask": "derived", "of": ["given", "family"], "kind": "slug"},
            "whole": {"mask": "template", "template": "{given} {family}"},
        }
        (row,) = masking.rows("people", rules)
        assert row["whole"] == f"{row['given']} {row['family']}"
        assert row["note"] == f"to {row['whole']}"
        assert row["slug"] == row["whole"].lower().replace(" ", "-")
