"""Statements in place that fail on a row: neither what masker says nor the target's log holds the row's value."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.errors import MaskerError
from tests.postgres.test_mask_edges import Case
from tests.servers import Server

_VALUE = "CANARYval77"
_TABLE = (
    "CREATE TABLE t (id integer PRIMARY KEY, note text, n integer NOT NULL DEFAULT 1, code varchar(40)); INSERT INTO t"
    " (id, note, code) SELECT i, '1', 'c' || i FROM generate_series(1, 3000) i; "
)
_ONE = f"UPDATE t SET note = '{_VALUE}' WHERE id = 2500; "
_ALL = f"UPDATE t SET note = '{_VALUE}'; "
_RAISES = (
    "CREATE FUNCTION chk(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN IF t LIKE '%q2500' THEN RAISE"
    " EXCEPTION 'bad row %', t {how}; END IF; RETURN true; END $$; "
)

#: What breaks: the tables, and the columns' rules.
_CASES = {
    "a number": (_TABLE + _ONE, "note: {sql: 'note::int::text'}"),
    "a number among the first rows": (
        _TABLE + f"UPDATE t SET note = '{_VALUE}' WHERE id = 5",
        "note: {sql: 'note::int::text'}",
    ),
    "a date": (_TABLE + f"UPDATE t SET note = '2020-01-01'; {_ONE}", "note: {sql: 'note::date::text'}"),
    "json": (
        _TABLE + f"UPDATE t SET note = '{{}}'; UPDATE t SET note = '{{\"a\": {_VALUE}' WHERE id = 2500",
        "note: {sql: \"note::json ->> 'a'\"}",
    ),
    "an expression": (
        _TABLE + f"UPDATE t SET note = '({_VALUE}' WHERE id = 2500",
        "note: {sql: \"regexp_replace('x', note, 'y')\"}",
    ),
    "an array": (
        _TABLE + f"UPDATE t SET note = '{{}}'; UPDATE t SET note = '{{{_VALUE}' WHERE id = 2500",
        "note: {sql: '(note::text[])[1]'}",
    ),
    "an address": (_TABLE + f"UPDATE t SET note = '10.0.0.1'; {_ONE}", "note: {sql: 'host(note::inet)'}"),
    "an enum": (
        f"CREATE TYPE mood AS ENUM ('a', 'b'); {_TABLE} ALTER TABLE t ADD m mood; UPDATE t SET note = 'a'; {_ONE}",
        "note: keep, m: {sql: note}",
    ),
    "unique": (
        _TABLE + f"CREATE UNIQUE INDEX ON t (code); UPDATE t SET code = '{_VALUE}' || id WHERE id > 2990",
        "code: {sql: 'left(code, 11)'}",
    ),
    "a check": (
        _TABLE + _ONE + "ALTER TABLE t ADD CHECK (length(note) < 50)",
        "note: {sql: 'repeat(note, 1 + (id / 2500) * 20)'}",
    ),
    "not null": (
        _TABLE
        + f"ALTER TABLE t ALTER note SET NOT NULL; UPDATE t SET note = '{_VALUE}', code = '{_VALUE}' WHERE id = 2500",
        "note: {sql: \"nullif(note, 'CANARY' || 'val77')\"}",
    ),
    "a key": (
        _TABLE
        + f"CREATE TABLE u (note text PRIMARY KEY); INSERT INTO u VALUES ('1'), ('{_VALUE}'); {_ONE} ALTER TABLE t ADD"
        " FOREIGN KEY (note) REFERENCES u",
        "note: {sql: 'note || (id / 2500)::text'}",
    ),
    "a check that raises": (
        _TABLE + _RAISES.format(how="") + "ALTER TABLE t ADD CHECK (chk(code)); " + _ALL,
        "code: {sql: \"note || 'q' || id\"}",
    ),
    "a check that raises as one": (
        _TABLE
        + _RAISES.format(how="USING errcode = 'check_violation'")
        + "ALTER TABLE t ADD CHECK (chk(code)); "
        + _ALL,
        "code: {sql: \"note || 'q' || id\"}",
    ),
    "a domain": (
        (
            f"CREATE DOMAIN sh AS text CHECK (length(VALUE) < 12); {_TABLE} ALTER TABLE t ADD m sh; UPDATE t SET note ="
            f" '{_VALUE}X' WHERE id = 2500"
        ),
        "m: {sql: 'note || id'}",
    ),
    "a domain that raises": (
        _RAISES.format(how="USING errcode = 'unique_violation', constraint = t")
        + f"CREATE DOMAIN sh AS text CHECK (chk(VALUE)); {_TABLE} ALTER TABLE t ADD m sh; {_ALL}",
        "m: {sql: \"note || 'q' || id\"}",
    ),
    "an index": (
        _TABLE.replace("'c' || i", "'7'") + "CREATE INDEX ON t ((code::int)); " + _ALL,
        "code: {sql: 'CASE WHEN id = 2500 THEN note ELSE code END'}",
    ),
    "a view": (
        _TABLE + "UPDATE t SET code = '7'; CREATE MATERIALIZED VIEW mv AS SELECT sum(code::int) FROM t; " + _ALL,
        "code: {sql: 'CASE WHEN id = 2500 THEN note ELSE code END'}",
    ),
}


@pytest.mark.parametrize("strategy", ["rewrite", "batches"])
@pytest.mark.parametrize("case", _CASES)
def test_no_value_is_told_or_logged(server: Server, tmp_path: Path, case: str, strategy: str) -> None:
    script, columns = _CASES[case]
    _require_silence(server, Case(server, tmp_path, script, f"  t: {{strategy: {strategy}, columns: {{{columns}}}}}\n"))


def test_no_value_of_rows_that_are_deleted_is_told_or_logged(server: Server, tmp_path: Path) -> None:
    _require_silence(
        server, Case(server, tmp_path, _TABLE + _ONE, "  t: {rows: 'note::int = 1', columns: {code: token}}\n")
    )


def _require_silence(server: Server, made: Case) -> None:
    log = server.embedded.log_file
    before = log.stat().st_size

    with pytest.raises(MaskerError) as failed:
        made.mask(batch_rows=700)

    said = "\n".join(failed.value.lines())
    assert _VALUE not in said.replace("'CANARY' || 'val77'", "")
    with log.open("rb") as opened:
        opened.seek(before)
        assert _VALUE.encode() not in opened.read()
