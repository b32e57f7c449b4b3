"""What is said of an error: what happened, whose it is, and what to do; of a mask only where one is on the columns concerned."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.pairs import Pair
from tests.servers import Server

#: An enum that cannot be sent any more, as after a damage or an extension exchanged under a running server.
_DAMAGE = "UPDATE pg_type SET typsend = 99999 WHERE typname = 'mood'"

_NULL_CHARACTER = r'{"name": "canary", "note": "\u0000"}'


@pytest.mark.parametrize(
    ("script", "rules", "code", "told"),
    [
        pytest.param(
            f"CREATE TYPE mood AS ENUM ('glad'); CREATE TABLE t (id int PRIMARY KEY, m mood); INSERT INTO t VALUES (1, 'glad'); {_DAMAGE}",
            "tables: {t: {columns: {m: keep}}}\n", 5, ("SQLSTATE XX000", "an error inside the server", "server's own log says more"), id="XX000",
        ),
        pytest.param(
            "CREATE TABLE t (id int PRIMARY KEY, note text, e text); INSERT INTO t SELECT i, CASE WHEN i = 2500 THEN 'canary' ELSE '1' END, 'canary' FROM generate_series(1, 3000) i",
            'tables: {t: {columns: {note: {sql: "(note::int + 1)::text"}, e: email}}}\n', 5,
            ("SQLSTATE 22P02", r"a row of t holds what the rules cannot compute with: look at the mask of t.note \(sql, \S+rules.yml:2:24\)"), id="22P02",
        ),
        pytest.param(
            f"CREATE TABLE t (id int PRIMARY KEY, doc json); INSERT INTO t SELECT i, CASE WHEN i = 2500 THEN '{_NULL_CHARACTER}' ELSE '{{\"name\": \"canary\"}}' END::json FROM generate_series(1, 3000) i",
            "tables: {t: {columns: {doc: {mask: json, paths: {$.name: last_name}, other: keep}}}}\n", 5,
            ("SQLSTATE 22P05", r"a document holds \\u0000", "give t.doc a mask that does not either"), id="22P05",
        ),
        pytest.param(
            "CREATE TABLE t (id int PRIMARY KEY, a text, code text, UNIQUE (code)); INSERT INTO t SELECT i, 'canary', 'canary' || i FROM generate_series(1, 20) i",
            'tables: {t: {columns: {a: lorem, code: {sql: "left(code, 6)"}}}}\n', 6,
            ("SQLSTATE 23505", r"the mask of t.code \(sql, \S+\) gave two rows one value; give it a mask that keeps UNIQUE"), id="23505",
        ),
        pytest.param(
            "CREATE TABLE t (id int PRIMARY KEY, a text, x int); CREATE INDEX odd ON t ((10 / length(a))); INSERT INTO t VALUES (1, 'canary', 1)",
            "tables: {t: {columns: {a: {sql: \"left(a, 0)\"}}}}\n", 6,
            ("SQLSTATE 22012", r"its expression cannot compute with what the mask of t.a \(sql, \S+\) made"), id="22012 in an index",
        ),
    ],
)  # fmt: skip
def test_an_error_is_told_by_what_it_is_and_a_mask_blamed_where_one_is_concerned(
    production: Server, preview: Server, tmp_path: Path, script: str, rules: str, code: int, told: tuple[str, ...]
) -> None:
    pair = Pair.made(production, preview, tmp_path, script, rules)
    pair.copy().expect(code, *told)
