"""What a rule file says in SQL is what happens: rows, conditions and values as the server itself reads the text."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.executable import Done, run
from tests.servers import Server, database_of
from tests.shop import one

#: Conditions that other readers of SQL read otherwise. Rows are written every hour, half an hour away from any bound.
CONDITIONS = [
    "at > now() - interval '1 day 12:00:00'",
    "at > now() - interval '2 days' + '1 day'::interval",
    "at < now() + interval '3 days ago'",
    "at > current_timestamp - interval(0) '86399.6 seconds'",
    "at > now() - interval '1-1' year to month * 0 - interval '40' hour",
    "at > localtimestamp - interval '1 week -2 days'",
    "at::date = current_date - 1 OR n = 3",
    "NOT n % 3 = ~ -1",
    "n NOT IN (1, 2) = (n BETWEEN SYMMETRIC 60 AND 3)",
    "doc ->> '' IS NULL AND doc ->> 'a.b' = '1'",
    "-2 ^ 2 > 3 AND n < 10",
    "note = 'back\\' OR note LIKE 'b\\_%' OR note = E'it\\'s' OR note = $$it's$$",
    "(n, note) >= (90, 'a') -- and no more )",
    "n = ANY('{1,2,3}'::int[]) /* three */ OR (ARRAY[n, 5])[2:2] = ARRAY[6]",
]

#: Values, each of a text column, and what the server makes of them for row 7.
VALUES = [
    "doc ->> ''",
    "(interval '1 day 12:00:00' - interval '2 days ago')::text",
    "to_char(now() - at, 'FMDDD') || ' days'",
    "left(note, 2) || $q$'$q$ || chr(92) || ~ -1",
    "CASE n % 2 WHEN 1 THEN 'odd' END",
]


def _schema() -> Iterator[str]:
    for number, _ in enumerate(CONDITIONS):
        yield f"CREATE TABLE limited_{number} (n int PRIMARY KEY, at timestamptz, note text, doc jsonb)"
        yield (
            f"INSERT INTO limited_{number} SELECT i, now() - i * interval '1 hour' - interval '30 minutes', CASE i % 5"
            " WHEN 0 THEN 'back\\' WHEN 1 THEN 'it''s' ELSE 'note' END,"
            f' \'{{"a.b": 1, "c": 2}}\' FROM generate_series(0, 99) i'
        )
        yield f"CREATE TABLE partly_{number} AS SELECT * FROM limited_{number}"
        yield f"ALTER TABLE partly_{number} ADD PRIMARY KEY (n)"
    yield (
        "CREATE TABLE made AS SELECT n, at, note, doc, "
        + ", ".join(f"note AS value_{number}" for number, _ in enumerate(VALUES))
        + " FROM limited_0"
    )
    yield "ALTER TABLE made ADD PRIMARY KEY (n)"


def _rules() -> str:
    lines = ["version: 1", "undecided: keep", "tables:"]
    for number, condition in enumerate(CONDITIONS):
        written = "\n".join(f"      {line}" for line in condition.splitlines())
        lines += [f"  limited_{number}:", "    rows: |", written]
        lines += [
            f"  partly_{number}:",
            "    where: |",
            written,
            "    columns:",
            "      note: {mask: fixed, value: masked}",
        ]
    lines += ["  made:", "    columns:"]
    for number, value in enumerate(VALUES):
        lines += [f"      value_{number}:", "        sql: |", f"          {value}"]
    return "\n".join(lines) + "\n"


def _counts(server: Server, url: str) -> tuple[list[object], list[object]]:
    with server.connect(url) as conn:
        limited = [one(conn, f"SELECT count(*) FROM limited_{number}") for number, _ in enumerate(CONDITIONS)]
        kept = [
            one(conn, f"SELECT count(*) FROM partly_{number} WHERE note <> 'masked'")
            for number, _ in enumerate(CONDITIONS)
        ]
    return limited, kept


@pytest.fixture
def source(production: Server) -> str:
    url = production.create_database()
    with production.connect(url) as conn:
        for statement in _schema():
            conn.execute(statement.encode())
    return url


@pytest.fixture
def expected(production: Server, source: str) -> tuple[list[object], list[object], list[object]]:
    """What the server makes of the rules: rows left, rows that stay as they are, values of row 7."""
    with production.connect(source) as conn:
        limited = [one(conn, f"SELECT count(*) FROM limited_{n} WHERE ({c}\n)") for n, c in enumerate(CONDITIONS)]
        kept = [one(conn, f"SELECT count(*) FROM partly_{n} WHERE ({c}\n) IS FALSE") for n, c in enumerate(CONDITIONS)]
        values = [one(conn, f"SELECT ({value}) FROM made WHERE n = 7") for value in VALUES]
    assert len(set(limited)) > 6
    return limited, kept, values


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yml"
    path.write_text(_rules())
    return path


def _values(server: Server, url: str) -> list[object]:
    with server.connect(url) as conn:
        return [one(conn, f"SELECT value_{number} FROM made WHERE n = 7") for number, _ in enumerate(VALUES)]


def test_a_copy_holds_what_was_asked_for(
    production: Server,
    preview: Server,
    source: str,
    rules: Path,
    expected: tuple[list[object], list[object], list[object]],
) -> None:
    target = preview.create_database()
    run("copy", "--source", source, "--target", target, "--rules", rules, "--confirm", database_of(target)).expect(
        0, "0 failed, 0 not run"
    )
    assert (*_counts(preview, target), _values(preview, target)) == expected
    run("verify", "--source", source, "--target", target, "--rules", rules).expect(0, "0 failed, 0 not run")


def test_in_place_what_was_asked_for_is_left(
    production: Server, source: str, rules: Path, expected: tuple[list[object], list[object], list[object]]
) -> None:
    run("mask", "--target", source, "--rules", rules, "--confirm", database_of(source)).expect(0, "0 failed, 0 not run")
    assert (*_counts(production, source), _values(production, source)) == expected


def _check(tmp_path: Path, rows: str, *more: str) -> Done:
    rules = tmp_path / "rules.yml"
    rules.write_text(f"version: 1\ntables:\n  t:\n    rows: {rows}\n")
    return run("rules", "check", "--rules", rules, *more)


def test_sql_is_judged_without_a_server(tmp_path: Path) -> None:
    _check(tmp_path, "\"at > now() - interval '1 day 12:00'\"").expect(0, "read well")
    done = _check(tmp_path, "\"pg_sleep(1) IS NULL AND (SELECT true) AND at = 'today'::date\"")
    done.expect(
        3,
        "3 problems",
        r"rules.yml:4:5",
        r"t: rows: the function pg_sleep\(\) is not allowed here.*column 1 of the expression",
        "a sub-select",
        "'today' would be another time",
    )
    _check(tmp_path, '"at > now() -"').expect(3, "the expression cannot be read: syntax error at end of input")


def test_the_plan_shows_conditions_as_they_were_written(
    production: Server, preview: Server, source: str, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(
        "version: 1\nundecided: keep\ntables:\n  made:\n    where: \"at < now() + interval  '3 days ago'\"\n   "
        " columns: {note: token}\n"
    )
    arguments = ("plan", "copy", "--source", source, "--target", preview.create_database(), "--rules", rules)
    run(*arguments, "--all").expect(0, r"where at < now\(\) \+ interval '3 days ago'")
    shown = next(t for t in run(*arguments, "--json").json()["tables"] if t["name"] == "made")
    assert shown["mask_where"] == "at < now() + interval  '3 days ago'"


#: Conditions that come out otherwise in another time zone or under another order of days and months.
ZONED = [
    "at::date = current_date - 1",
    "at >= (current_date - 1)::timestamptz",
    "extract(hour from at) IN (1, 2)",
    "date_trunc('day', at) = date_trunc('day', now())",
    "wall > localtimestamp - interval '30 hours'",
    "note::date > '2024-02-01'",
    "at > '2024-01-01'",
    "to_char(at, 'HH24') < '07'",
    "wall::timestamptz < now() - interval '1 month' * 0 - interval '50 hours'",
]


def _zoned_source(production: Server) -> str:
    url = production.create_database()
    with production.connect(url) as conn:
        conn.execute(f"ALTER DATABASE \"{database_of(url)}\" SET timezone = 'Asia/Tokyo'")
        conn.execute(f"ALTER DATABASE \"{database_of(url)}\" SET datestyle = 'SQL, DMY'")
    with production.connect(url) as conn:
        for number, _ in enumerate(ZONED):
            conn.execute(
                f"CREATE TABLE z{number} AS SELECT i AS n, now() - i * interval '1 hour' - interval '30 minutes' AS at,"
                " localtimestamp - i * interval '1 hour' - interval '30 minutes' AS wall, '0' || 1 + i % 9 ||"
                " '/02/2024' AS note, ARRAY[now(), now() - i * interval '1 hour'] AS times, tstzrange(now() - i *"
                " interval '1 hour', now()) AS span FROM generate_series(0, 99) i"
            )
            conn.execute(f"ALTER TABLE z{number} ADD PRIMARY KEY (n)")
    return url


def test_time_zone_and_order_of_days_are_the_server_s_own(production: Server, preview: Server, tmp_path: Path) -> None:
    source = _zoned_source(production)
    with production.connect(source) as conn:
        expected = [
            one(conn, f"SELECT array_agg(n ORDER BY n) FROM z{number} WHERE {condition}")
            for number, condition in enumerate(ZONED)
        ]
        conn.execute("SET timezone = 'UTC'")
        conn.execute("SET datestyle = 'ISO, MDY'")
        in_utc = [
            one(conn, f"SELECT array_agg(n ORDER BY n) FROM z{number} WHERE {condition}")
            for number, condition in enumerate(ZONED)
        ]
    assert sum(one == other for one, other in zip(expected, in_utc, strict=True)) <= 2
    rules = tmp_path / "rules.yml"
    rules.write_text(
        "version: 1\nundecided: keep\ntables:\n"
        + "".join(f'  z{number}: {{rows: "{condition}"}}\n' for number, condition in enumerate(ZONED))
    )
    target = preview.create_database()
    plan = run("plan", "copy", "--source", source, "--target", target, "--rules", rules)
    plan.expect(
        0,
        r"SQL of rules: now\(\) and other words for the current time are one time for the whole run: \d{4}-",
        "read dates by DateStyle ISO, DMY, in the time zone Asia/Tokyo, as the server's own sessions do",
    )
    run(
        "copy",
        "--source",
        source,
        "--target",
        target,
        "--rules",
        rules,
        "--confirm",
        database_of(target),
        "--verify",
        "full",
    ).expect(0, "0 failed, 0 not run")
    with preview.connect(target) as conn:
        assert [
            one(conn, f"SELECT array_agg(n ORDER BY n) FROM z{number}") for number, _ in enumerate(ZONED)
        ] == expected
    run("mask", "--target", source, "--rules", rules, "--confirm", database_of(source)).expect(0, "0 failed, 0 not run")
    with production.connect(source) as conn:
        assert [
            one(conn, f"SELECT array_agg(n ORDER BY n) FROM z{number}") for number, _ in enumerate(ZONED)
        ] == expected


def test_the_time_of_the_run_is_kept_for_what_comes_later(production: Server, preview: Server, tmp_path: Path) -> None:
    """Rows that were recent during the copy are so when it is verified, and the next copy has its own time."""
    source, target = production.create_database(), preview.create_database()
    with production.connect(source) as conn:
        conn.execute(
            "CREATE TABLE ticks AS SELECT i AS n, now() - i * interval '1 second' AS at, 'tick ' || i AS word FROM"
            " generate_series(0, 120) i"
        )
        conn.execute("ALTER TABLE ticks ADD PRIMARY KEY (n)")
    rules = tmp_path / "rules.yml"
    rules.write_text(
        'version: 1\ntables:\n  ticks:\n    rows: "at > now() - interval \'1 minute\'"\n    where: "at <'
        " localtimestamp - interval '30 seconds'\"\n    columns: {word: {sql: \"'at ' || now()\"}}\n"
    )
    both = ("--source", source, "--target", target, "--rules", rules)
    run("copy", *both, "--confirm", database_of(target)).expect(0, "0 failed, 0 not run")
    with preview.connect(target) as conn:
        first = conn.execute(
            "SELECT count(*), count(*) FILTER (WHERE word LIKE 'at %'), count(DISTINCT word) FILTER (WHERE word LIKE"
            " 'at %'), max(word) FROM ticks, masker.run WHERE word NOT LIKE 'at %' OR word::text = 'at ' || (record ->>"
            " 'instant')"
        ).fetchone()
    assert first is not None
    assert first[2] == 1
    time.sleep(3)
    run("verify", *both, "--verify", "full").expect(0, "0 failed, 0 not run")
    run("copy", *both, "--confirm", database_of(target)).expect(0)
    with preview.connect(target) as conn:
        assert int(str(one(conn, "SELECT count(*) FROM ticks"))) < first[0]
