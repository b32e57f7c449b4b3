"""What is said of an error: what happened, whose it is, and what to do; of a mask only where one is on the columns
concerned."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.pairs import Pair
from tests.executable import Done, run
from tests.servers import Server
from tests.shop import Shop

#: An enum that cannot be sent any more, as after a damage or an extension exchanged under a running server.
_DAMAGE = "UPDATE pg_type SET typsend = 99999 WHERE typname = 'mood'"

_NULL_CHARACTER = r'{"name": "canary", "note": "\u0000"}'


@pytest.mark.parametrize(
    ("script", "rules", "code", "told"),
    [
        pytest.param(
            "CREATE TYPE mood AS ENUM ('glad'); CREATE TABLE t (id int PRIMARY KEY, m mood); INSERT INTO t VALUES (1,"
            f" 'glad'); {_DAMAGE}",
            "tables: {t: {columns: {m: keep}}}\n",
            5,
            ("SQLSTATE XX000", "an error inside the server", "server's own log says more"),
            id="XX000",
        ),
        pytest.param(
            "CREATE TABLE t (id int PRIMARY KEY, note text, e text); INSERT INTO t SELECT i, CASE WHEN i = 2500 THEN"
            " 'canary' ELSE '1' END, 'canary' FROM generate_series(1, 3000) i",
            'tables: {t: {columns: {note: {sql: "(note::int + 1)::text"}, e: email}}}\n',
            5,
            (
                "SQLSTATE 22P02",
                (
                    r"a row of t holds what the rules cannot compute with: look at the mask of t.note \(sql,"
                    r" \S+rules.yml:2:24\)"
                ),
            ),
            id="22P02",
        ),
        pytest.param(
            "CREATE TABLE t (id int PRIMARY KEY, doc json); INSERT INTO t SELECT i, CASE WHEN i = 2500 THEN"
            f" '{_NULL_CHARACTER}' ELSE '{{\"name\": \"canary\"}}' END::json FROM generate_series(1, 3000) i",
            "tables: {t: {columns: {doc: {mask: json, paths: {$.name: last_name}, other: keep}}}}\n",
            5,
            ("SQLSTATE 22P05", r"a document holds \\u0000", "give t.doc a mask that does not either"),
            id="22P05",
        ),
        pytest.param(
            "CREATE TABLE t (id int PRIMARY KEY, a text, code text, UNIQUE (code)); INSERT INTO t SELECT i, 'canary',"
            " 'canary' || i FROM generate_series(1, 20) i",
            'tables: {t: {columns: {a: lorem, code: {sql: "left(code, 6)"}}}}\n',
            6,
            (
                "SQLSTATE 23505",
                r"the mask of t.code \(sql, \S+\) gave two rows one value; give it a mask that keeps UNIQUE",
            ),
            id="23505",
        ),
        pytest.param(
            "CREATE TABLE t (id int PRIMARY KEY, a text, x int); CREATE INDEX odd ON t ((10 / length(a))); INSERT INTO"
            " t VALUES (1, 'canary', 1)",
            'tables: {t: {columns: {a: {sql: "left(a, 0)"}}}}\n',
            6,
            ("SQLSTATE 22012", r"its expression cannot compute with what the mask of t.a \(sql, \S+\) made"),
            id="22012 in an index",
        ),
    ],
)
def test_an_error_is_told_by_what_it_is_and_a_mask_blamed_where_one_is_concerned(
    production: Server, preview: Server, tmp_path: Path, script: str, rules: str, code: int, told: tuple[str, ...]
) -> None:
    pair = Pair.made(production, preview, tmp_path, script, rules)
    pair.copy().expect(code, *told)


_FAILING = """
CREATE TABLE t (id int PRIMARY KEY, note text, body text, e text, f text); CREATE TABLE u (id int PRIMARY KEY, a text);
CREATE TABLE p (id int, at int, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (99);
INSERT INTO t SELECT n, 'canary ' || n, 'canary', 'canary', 'canary' FROM generate_series(1, 30) n; INSERT INTO u
SELECT n, 'canary' FROM generate_series(1, 30) n;
INSERT INTO p SELECT n, n, 'canary ' || n FROM generate_series(1, 30) n;
"""

_FAILING_RULES = """
tables:
  t: {columns: {note: {sql: "(note::int)::text"}, body: {sql: "note || 'x'"}, e: {sql: "body || 'y'"},
                f: {sql: "upper(f, 3)"}}}
  p: {columns: {note: {sql: "(note::int)::text"}}}
  u: {rows: "a::int > 3", where: "a::date > '2026-01-01'", columns: {a: email}}
"""


def test_what_fails_for_one_reason_is_told_once(production: Server, preview: Server, tmp_path: Path) -> None:
    """Not again of what reads it, of every partition, of every mask that a condition stands in."""
    pair = Pair.made(production, preview, tmp_path, _FAILING, _FAILING_RULES)
    for done in (pair.plan("--log-format", "json"), pair.plan_mask("--log-format", "json")):
        told = [event["subject"] for event in done.expect(3).events() if event["at"] == "error"]
        assert sorted(told) == ["p1.note", "t.f", "t.note", "u: rows", "u: where"]
        done.expect(3, "SQLSTATE 22P02.*; the same of p2.note and 1 more")


def test_a_refresh_without_buckets_by_the_settings_that_stand_in_the_folder(shop: Shop, tmp_path: Path) -> None:
    """The database alone; again only where it is older than is asked for, or the rules are others."""
    (tmp_path / "masker.yml").write_text(
        f"version: 1\nsource: {{url: '{shop.source}'}}\ntarget: {{url: '{shop.target}', name: app-preview}}\nrules:"
        f" ['{shop.rules}']\n"
    )

    def masker(*arguments: str) -> Done:
        return run(*arguments, folder=tmp_path)

    masker("refresh", "--confirm", "app-preview", "--no-delete").expect(
        2, "--no-delete: of buckets, and no buckets are named"
    )
    masker("refresh", "--confirm", "app-preview", "--unless-fresher-than", "6 days").expect(
        2, "6 days is no age, expected a number with m, h, d or w, such as 6d"
    )
    masker("plan", "refresh").expect(
        0, "settings are those of ./masker.yml", "no buckets are named: the database alone is refreshed"
    )
    done = masker("refresh", "--confirm", "app-preview", "--unless-fresher-than", "6d")
    done.expect(
        0,
        "note: settings are those of ./masker.yml",
        r"refresh \w{8}: no buckets are named, the database alone",
        "refreshed in .*: the database alone, all verified",
    )
    shop.expect_masked()
    assert "looking at both" not in done.err

    fresh = masker("refresh", "--confirm", "app-preview", "--unless-fresher-than", "6d").expect(
        0, rf"✓ {shop.database} was refreshed 0 minutes ago by run \w{{8}} with these rules"
    )
    assert len(fresh.out.splitlines()) == 1
    with (tmp_path / "masker.yml").open("a") as file:
        file.write("refresh: {unless_fresher_than: 6d}\n")
    masker("refresh").expect(0, "was refreshed 0 minutes ago")
    masker("copy").expect(9, "settings are those of ./masker.yml", "--confirm is missing")
    with shop.preview.connect(shop.target) as conn:
        conn.execute("UPDATE masker.run SET refreshed = refreshed - interval '7 days'")
    events = masker("refresh", "--unless-fresher-than", "6d", "--log-format", "json").expect(9).events()
    assert [(event["at"], event.get("code")) for event in events] == [
        ("note", None),
        ("error", "refused"),
        ("done", None),
    ]
    with shop.preview.connect(shop.target) as conn:
        conn.execute("UPDATE masker.run SET refreshed = clock_timestamp()")
    shop.rules.write_text(shop.rules.read_text().replace("phone: phone", "phone: token", 1))
    masker("refresh", "--unless-fresher-than", "6d").expect(9, "--confirm is missing")


def test_without_a_driver_it_is_said_what_is_missing() -> None:
    """PSYCOPG_IMPL=c where the C driver is not installed fails as an import without libpq does."""
    for log in ((), ("--log-format", "logfmt")):
        run("verify", "--gate", "--target", "postgres://h/d", *log, env={"PSYCOPG_IMPL": "c"}).expect(
            2, "libpq: ?.*PostgreSQL's client library is not on this machine|subject=libpq"
        )
