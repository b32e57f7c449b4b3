"""Databases of many tables: masks are tried and originals sought in dozens of them by one statement."""

from __future__ import annotations

from pathlib import Path

from tests.executable import run
from tests.proxy import Proxy
from tests.servers import Server

_MORE = 120


def test_masks_of_many_tables_are_tried_by_few_statements(production: Server, preview: Server, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text("version: 1\ndefaults:\n  - {columns: email, mask: email}\n  - {columns: note, mask: keep}\n")
    asked, told = [], []
    for tables in (10, 10 + _MORE):
        source, target = production.create_database(), preview.create_database()
        with production.connect(source) as conn:
            for n in range(tables):
                conn.execute(f"CREATE TABLE t{n} (id bigint PRIMARY KEY, email text NOT NULL, note text)".encode())
                conn.execute(
                    f"INSERT INTO t{n} (id, email, note) SELECT i, 'canary' || i || '@corp.test', 'n' FROM"
                    " generate_series(1, 3) i".encode()
                )
        with Proxy.before(production) as proxy:
            run("plan", "copy", "--source", proxy.url(source), "--target", target, "--rules", rules).expect(0)
            told.append(sum(a.tag.startswith("SELECT") for a in proxy.answers))
            # Each trial limits its time, and is taken back.
            asked.append(
                sum(
                    a.tag == "SAVEPOINT" and "SET LOCAL statement_timeout" in a.query.rpartition("; SAVEPOINT")[2]
                    for a in proxy.answers
                )
            )
    assert asked[0] >= 2
    assert asked[1] - asked[0] < _MORE / 10, "each table is asked alone"
    assert told[1] - told[0] < _MORE / 2, "something is asked of each table"


def test_what_is_wrong_with_one_of_many_tables_is_told_of_that_one(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    source, target = production.create_database(), preview.create_database()
    with production.connect(source) as conn:
        conn.execute(
            "CREATE TABLE t5 (id int PRIMARY KEY, spot point, spots point[], paths path, about jsonb, fine point)"
        )
        conn.execute(
            'INSERT INTO t5 SELECT i, \'(1,2)\', \'{"(1,2)","(3,4)"}\', \'((1,2),(3,4))\', \'{"a": "x", "b": "y"}\','
            " '(1,2)' FROM generate_series(1, 30) i"
        )
        for n in range(5):
            conn.execute(
                f"CREATE TABLE t{n} (id bigserial PRIMARY KEY, email text NOT NULL, note text CHECK (note <> 'x'), n"
                " integer)".encode()
            )
            conn.execute(
                f"INSERT INTO t{n} (email, note, n) SELECT 'canary' || i || '@corp.test', 'canary' || i ||"
                " '@corp.test', 0 FROM generate_series(1, 30) i".encode()
            )
    rules = tmp_path / "rules.yml"
    rules.write_text(
        "version: 1\ndefaults:\n  - {columns: email, mask: email}\n  - {columns: note, mask: lorem}\ntables:\n  t1:"
        " {columns: {n: {sql: '1 / n'}}}\n  t2: {columns: {email: {sql: 'CASE WHEN id < 9 THEN id::text END'}}}\n  t3:"
        " {columns: {note: keep}}\n  t5:\n    columns:\n      spot: {mask: choice, values: ['(5,6)', somewhere]}\n"
        "      spots: {mask: array, of: {mask: choice, values: ['(5,6)', '7;8']}}\n"
        "      paths: {mask: map, values: {'((1,2),(3,4))': far}, other: keep}\n"
        "      about: {mask: json, paths: {$.a: scramble, $.b: {sql: (1 / (id - id))::text}}, other: keep}\n"
        "      fine: {mask: choice, values: ['(5,6)', '(7,8)']}\n"
    )
    told = run("plan", "copy", "--source", source, "--target", target, "--rules", rules)
    told.expect(
        3,
        r"t1\.n: the server cannot compute its mask",
        r"t2\.email: its mask sql makes NULL",
        r"t3\.note: it is kept and shows email",
        r't5\.spot: values: no\. 2, "somewhere", the server cannot compute it',
        r't5\.spots: of: values: no\. 2, "7;8", the server cannot compute it',
        r"t5\.about: paths\.\$\.b: the server cannot compute it",
        r't5\.paths: values: the result no\. 1, "far", the server cannot compute it',
    )
    assert "t5.fine" not in told.err
    assert "t0" not in told.err
    assert "t4" not in told.err
