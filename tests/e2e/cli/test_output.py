"""What is printed: results, documents, log lines, plans."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys

import pytest
from psycopg import sql

from tests.executable import ROOT, run
from tests.servers import database_of
from tests.shop import ORDERS, PLANS, USERS, VISITS, Shop

TOTAL = USERS + ORDERS + VISITS + PLANS


def test_a_copy_says_what_it_came_to(shop: Shop) -> None:
    done = shop.copy().expect(0)
    assert re.search(
        rf"✓ {shop.database} published at \d\d:\d\d:\d\d UTC, \d+\.\d s: read \d+\.\d s · verify \d+\.\d s", done.out
    )
    assert re.search(
        rf"{TOTAL:,} rows · \d+\.\d MB moved · 7 columns masked · \d+ checks passed, 0 failed, 0 not run",
        " ".join(done.out.split()),
    )
    assert f"copied visits: {VISITS:,} rows" in done.err
    assert re.search(rf"copying 4 tables, .* into {shop.database}__masker_\w{{8}}", done.err)
    assert "\r" not in done.err
    shop.expect_masked()


def test_a_copy_as_json(shop: Shop) -> None:
    document = shop.copy("--json").expect(0).json()
    assert document["kind"] == "copy"
    assert document["target"] == shop.database
    assert document["published"] is True
    assert document["rows"] == TOTAL
    assert {table["name"]: table["rows"] for table in document["tables"]} == {
        "users": USERS,
        "orders": ORDERS,
        "visits": VISITS,
        "plans": PLANS,
    }
    assert document["checks"]["failed"] == document["checks"]["not_run"] == 0
    assert document["masked_columns"] == 7


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [(["--confirm", "x"], 9, "Refused"), (["--pg-dump", "/nonexistent"], 5, "SourceError")],
)
def test_a_failure_as_json(planned: Shop, arguments: list[str], code: int, kind: str) -> None:
    document = planned.copy("--json", *arguments).expect(code).json()
    assert document["exit_code"] == code
    assert document["error"]["kind"] == kind
    assert document["error"]["message"]


def test_logfmt(shop: Shop) -> None:
    done = shop.copy("--log-format", "logfmt").expect(0)
    events = done.events()
    copied = [event for event in events if "measure#masker.copy" in event]
    assert len(copied) == 4
    assert sum(int(event["count#masker.rows"]) for event in copied) == TOTAL
    assert all(event["measure#masker.copy"].endswith("ms") and int(event["count#masker.bytes"]) > 0 for event in copied)
    assert done.out == "", "the result is told in the log, too"
    start = next(event for event in events if event["at"] == "start")
    assert (start["source"], start["target"]) == (database_of(shop.source), shop.database)
    assert {event["run"] for event in events} == {start["run"]}
    assert [event["at"] for event in events[-2:]] == ["published", "done"]
    assert (events[-1]["verified"], events[-1]["sample#masker.total.rows"]) == ("true", str(TOTAL))


@pytest.mark.parametrize("log_format", ["logfmt", "json"])
def test_what_ends_a_run_before_it_has_begun_is_told_in_the_log(planned: Shop, log_format: str) -> None:
    log = ("--log-format", log_format)
    planned.rules.write_text("version: 1\ntables: {users: {columns: {name: nothing, email: no_such}}}\n")
    errors = [event for event in planned.copy(*log).expect(3).events() if event["at"] == "error"]
    assert [(event["subject"], event["place"].rpartition("/")[2]) for event in errors] == [
        ("users.name", "rules.yml:2:34"),
        ("users.email", "rules.yml:2:50"),
    ]
    assert all(event["code"] == "rules" and event["exit"] == "3" for event in errors)
    missing = run("copy", *log).expect(2).events()
    assert [event["subject"] for event in missing if event["at"] == "error"] == ["--source", "--target", "--rules"]
    assert run("copy", *log, "--no-such").expect(2, "No such option").events()[0]["code"] == "usage"


def test_json_lines(shop: Shop) -> None:
    done = shop.copy("--log-format", "json", "--json").expect(0)
    events = [json.loads(line) for line in done.err.splitlines()]
    assert [event["at"] for event in events if event["at"] != "finish"] == [
        "note",
        "start",
        "source-released",
        "verify",
        "published",
        "done",
    ]
    assert done.events()
    assert done.json()["rows"] == TOTAL


def test_a_plan_touches_nothing_and_needs_no_write_access(shop: Shop) -> None:
    """Roles that may read the source and connect to the target, and nothing else."""
    reader, visitor = (
        shop.production.create_owner(may_create_databases=False),
        shop.preview.create_owner(may_create_databases=False),
    )
    with shop.production.connect(shop.source) as conn:
        conn.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(sql.Identifier(reader)))
    source = shop.production.url(database_of(shop.source), user=reader)
    target = shop.preview.url(shop.database, user=visitor)
    with shop.untouched():
        for publish in ("swap", "direct"):
            done = shop.plan("--source", source, "--target", target, "--publish", publish).expect(
                0, "PostgreSQL 17", "users", "mask"
            )
            assert re.fullmatch(
                r"note: everybody on this machine can read the password of --source and --target .*\n", done.err
            )
            assert "note publishing: target" in " ".join(done.out.split())


def test_a_plan_shows_masks_identities_and_sizes(planned: Shop) -> None:
    done = planned.plan().expect(
        0, r"users .*mask 4 of 7: .*email", r"visits 30 k \d.* copy", "1 foreign key, 3 sequences, statistics"
    )
    assert "key fresh for this run" in " ".join(done.out.split())
    planned.plan("--all").expect(
        0, r"users .*email email .*kept role", r"shipping_name full_name @person by user_id", "visits", "plans"
    )


def test_a_plan_as_sql(planned: Shop) -> None:
    key = "f00dfeed" * 8
    planned.rules.with_name("key").write_text(key)
    first = planned.plan("--sql", "--key-file", planned.rules.with_name("key")).expect(
        0,
        r'COPY "public"."plans" \(.*\) TO STDOUT',
        r"COPY \(SELECT .* FROM ONLY .public.\..users.",
        "CREATE UNIQUE INDEX",
        "ADD CONSTRAINT .fk_orders_user. FOREIGN KEY",
        "VALIDATE CONSTRAINT",
        "ANALYZE",
    )
    second = planned.plan("--sql").expect(0)
    assert first.out == second.out, "a plan does not depend on the key"
    for done in (first, second):
        assert "f00dfeed" not in done.out + done.err
        assert not re.search(r"[0-9a-f]{32}", done.out), "something like a key or a seed is in the plan"


def test_a_plan_as_json(planned: Shop) -> None:
    done = planned.plan("--json", "--log-format", "logfmt").expect(0)
    planned_line, *rest = (event for event in done.events() if event["at"] != "note")
    assert (planned_line["at"], planned_line["kind"], planned_line["columns"], planned_line["source"]) == (
        "planned",
        "copy",
        "7",
        database_of(planned.source),
    )
    lines = {event["table"]: event for event in rest if event["at"] == "table"}
    assert (lines["users"]["action"], lines["users"]["columns"], lines["plans"]["action"], lines["visits"]["rows"]) == (
        "mask",
        "4",
        "copy",
        str(VISITS),
    )
    document = done.json()
    tables = {table["name"]: table for table in document["tables"]}
    assert set(tables) == {"users", "orders", "visits", "plans"}
    assert tables["visits"]["action"] == "copy"
    assert tables["users"]["kept"] == ["role"]
    shipping = next(column for column in tables["orders"]["masked"] if column["column"] == "shipping_name")
    assert shipping["by"] == ["user_id"]
    assert shipping["scope"] == "person"
    assert shipping["rule"].endswith("rules.yml:14:7")
    steps = {step["id"]: step for step in document["steps"]}
    assert set(steps["copy visits"]["needs"]) == {"schema"}
    assert all(need in steps for step in document["steps"] for need in step["needs"])


def test_a_plan_of_a_refresh_tries_the_schema_and_is_told_in_the_log(shop: Shop) -> None:
    before = shop.preview.databases()
    plan = (
        "plan",
        "refresh",
        "--source",
        shop.source,
        "--target",
        shop.target,
        "--rules",
        shop.rules,
        "--log-format",
        "json",
    )
    run(*plan, "--try", "--in-place").expect(2, "makes the schema of a copy, and in place none is made")
    done = run(*plan, "--try").expect(0, "no buckets are named: the database alone is refreshed")
    assert done.out == "", "a plan is told in the log"
    assert {event["at"] for event in done.events()} == {"planned", "table", "note", "done"}
    with shop.production.connect(shop.source) as conn:
        # What only a server's own making of it tells.
        conn.execute(
            "CREATE TRIGGER whole BEFORE UPDATE ON visits FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION"
            " touch()"
        )
        conn.execute("ALTER TABLE visits ADD COLUMN twice integer GENERATED ALWAYS AS (seconds * 2) STORED")
    run(*plan).expect(0)
    (told,) = (event for event in run(*plan, "--try").expect(4).events() if event["at"] == "error")
    assert told["subject"] == "trigger public.visits whole"
    assert shop.preview.databases() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["copy", "--help"],
        ["plan", "copy", "--help"],
        ["refresh", "--help"],
        ["plan", "refresh", "--help"],
        ["verify", "--help"],
        ["rules", "--help"],
        ["demo", "--help"],
        ["--version"],
    ],
)
def test_help(arguments: list[str]) -> None:
    done = run(*arguments).expect(0)
    assert done.out
    assert done.err == ""


def test_colours_are_for_terminals(shop: Shop) -> None:
    assert "\x1b[" in _on_terminal(shop, {})
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", _on_terminal(shop, {"NO_COLOR": "1"})), (
        "a colour in spite of NO_COLOR"
    )
    dumb = _on_terminal(shop, {"TERM": "dumb", "LC_ALL": "C"})
    assert "\x1b" not in dumb
    assert re.search(r"copied visits: .*\r?\n", dumb), "no line where there are no bars"
    spelled = _on_terminal(shop, {"PYTHONIOENCODING": "ascii", "TERM": "dumb"})
    assert spelled.isascii()
    assert re.search(r"^ok \S+ published at", spelled, re.MULTILINE)


def test_names_are_no_markup(shop: Shop) -> None:
    with shop.production.connect(shop.source) as conn:
        conn.execute('CREATE TABLE "a[/]b[bold]" (id integer PRIMARY KEY)')
    shop.plan().expect(0, r'"a\[/\]b\[bold\]"')
    _on_terminal(shop, {})


def _on_terminal(shop: Shop, environment: dict[str, str]) -> str:
    """What a copy writes to a terminal."""
    leader, follower = pty.openpty()
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "MASKER", "NO_COLOR"))} | {
        "TERM": "xterm-256color",
        "COLUMNS": "120",
        "LINES": "40",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "masker", *map(str, shop.arguments("copy"))],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        cwd=ROOT,
        env=own | environment,
    ) as process:
        os.close(follower)
        said = b""
        while True:
            try:
                block = os.read(leader, 65536)
            except OSError:  # the other end is closed
                break
            if not block:
                break
            said += block
        assert process.wait(30) == 0, said.decode()
    os.close(leader)
    text = said.decode()
    assert "canary" not in text.lower()
    assert "published" in text
    return text


def test_a_reader_that_hangs_up(planned: Shop) -> None:
    """``masker plan copy --sql | head -1`` ends without complaint, and not as a success."""
    command = [sys.executable, "-m", "masker", *map(str, planned.arguments("plan copy", "--sql"))]
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "MASKER"))}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=own) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(30) == 141
    assert [line for line in said.splitlines() if not line.startswith(b"note: ")] == []
