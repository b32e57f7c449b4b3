"""What the marker keeps of proofs comes back as it was, in a megabyte at most."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masker.errors import Refused
from masker.names import TableName
from masker.tables.evidence import Evidence, Sums
from masker.verify.gate import numbers_of_run
from masker.verify.kept import KeptProofs, KeptTable, Origin, read_proofs

_number = st.integers(0, 2**64 - 1)


@st.composite
def _tables(draw: st.DrawFn) -> KeptTable:
    columns = tuple(f"c{at}" for at in range(draw(st.integers(0, 5))))
    sums = st.builds(
        lambda rows, identity, each: Sums(rows=rows, identity=identity, columns=tuple(each)),
        _number,
        _number,
        st.lists(_number, min_size=len(columns), max_size=len(columns)),
    )
    said = Evidence(
        rows=draw(_number),
        identity=draw(_number),
        sieve=draw(st.none() | st.integers(0, 2**40)),
        buckets=draw(st.dictionaries(st.integers(0, 63), sums)),
    )
    return KeptTable(columns=columns, key=(0,) if columns else (), masked=(), said=said)


@given(st.dictionaries(st.builds(TableName, st.text(), st.text()), _tables(), max_size=3))
def test_what_is_kept_is_read_back(tables: dict[TableName, KeptTable]) -> None:
    kept = KeptProofs(
        level="sample",
        settings={"masker.proof_seed": "-5"},
        in_utf8=False,
        tables=tables,
        emptied=(TableName("public", "audits"),),
        origin=Origin(system_identifier=None, database_oid=5, horizon=2**40),
    )

    assert read_proofs({"proofs": json.loads(json.dumps(kept.record()))}) == kept


def test_many_tables_are_kept_in_one_bucket_each() -> None:
    columns = tuple(f"c{at}" for at in range(30))
    said = Evidence(
        rows=64, identity=64, sieve=None, buckets={b: Sums(rows=1, identity=1, columns=(b,) * 30) for b in range(64)}
    )
    tables = {
        TableName("public", f"t{n}"): KeptTable(columns=columns, key=(0,), masked=(), said=said) for n in range(300)
    }
    kept = KeptProofs(level="full", settings={"masker.proof_seed": "1"}, in_utf8=False, tables=tables)
    record = kept.record()

    assert len(json.dumps(record)) < 1_000_000
    found = read_proofs({"proofs": record})
    assert found is not None
    assert found.tables[TableName("public", "t7")].said == said.folded()


def test_a_marker_from_before_there_were_proofs_has_none() -> None:
    assert read_proofs({"rows": []}) is None


def test_numbers_of_another_version_are_refused_and_not_passed_over() -> None:
    draw = {"scope": "a", "part": "star sign", "locale": "en_US", "by": "identity", "distinct": 12, "tail": 12}
    with pytest.raises(Refused, match="another version of masker"):
        numbers_of_run({"shape": [draw]}, "r1")
    assert numbers_of_run({}, "r1") == {}
