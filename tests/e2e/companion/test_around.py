"""What is done around a run, as masker.yml says it: hooks, a migration of the new preview, further databases, and the
services of its blobs."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from tests.executable import Done, eventually, run, start
from tests.servers import Server, database_of
from tests.services import web
from tests.shop import Shop


class Team:
    """A shop's masker.yml, written piece by piece."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop = shop
        self.folder = folder

    def refresh(self, settings: str, *more: str) -> Done:
        return run("refresh", *self.configured(settings), "--confirm", "preview", *more)

    def configured(self, settings: str) -> list[str | Path]:
        """Arguments by which a run goes by *settings*."""
        (self.folder / "masker.yml").write_text(
            f"version: 1\nsource: {{url: '{self.shop.source}'}}\ntarget: {{url: '{self.shop.target}', name:"
            f" preview}}\nrules: ['{self.shop.rules}']\n{settings}"
        )
        return ["-c", self.folder / "masker.yml", "--state", self.folder / ".masker"]

    def columns(self, table: str = "users") -> set[str]:
        with psycopg.connect(self.shop.target) as conn:
            rows = conn.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0", [table]
            ).fetchall()
        return {name for (name,) in rows}


@pytest.fixture
def team(shop: Shop, tmp_path: Path) -> Team:
    return Team(shop, tmp_path)


def test_a_preview_is_migrated_looked_at_and_published_and_all_are_told(team: Team) -> None:
    sql = team.folder / "migrate.sql"
    sql.write_text(
        "ALTER TABLE users ADD COLUMN nickname varchar; ALTER TABLE visits ALTER COLUMN seconds TYPE bigint;\n"
        "CREATE TABLE coupons (id serial PRIMARY KEY, percent integer);\n"
    )
    script = team.folder / "migrate"
    script.write_text(
        "import os, psycopg, pathlib\n"
        "with psycopg.connect(os.environ['DATABASE_URL']) as conn:\n"
        f"    conn.execute(pathlib.Path({str(sql)!r}).read_bytes())\n"
        "print('== 20240101000000 AddNickname: migrated (0.0123s) ====')\n"
    )
    team.shop.rules.write_text(
        team.shop.rules.read_text().replace("role: keep", "role: keep\n      nickname: username")
    )
    schema = team.folder / "schema.rb"
    schema.write_text('create_table "users" do |t|\n  t.string "nickname"\nend\n')
    with web() as slack:
        done = team.refresh(
            f"schema: schema.rb\nmigrate: {sys.executable} {script}\nhooks:\n"
            "  before: [echo $MASKER_STAGE >> stages]\n"
            "  restored: ['cat > restored.json; echo $MASKER_STAGE >> stages']\n"
            "  published: ['echo $MASKER_STAGE >> stages', {slack: {url: '" + slack.url + "', locale: ja}}]\n"
            "  failed: [touch failed]\n",
            "--json",
        ).expect(0, "migrated in", "rewritten: visits")
    document = done.json()
    assert document["migration"]["migrations"] == [{"name": "20240101000000 AddNickname", "seconds": 0.0123}]
    assert document["migration"]["rewritten"] == ["visits"]
    assert (team.folder / "stages").read_text().split() == ["before", "restored", "published"]
    told = json.loads((team.folder / "restored.json").read_text())
    assert (told["stage"], told["result"]["migration"]["rewritten"]) == ("restored", ["visits"])
    assert not (team.folder / "failed").exists()
    assert "nickname" in team.columns()
    assert team.columns("coupons") >= {"id", "percent"}
    (message,) = [body["text"] for _, body in slack.said("POST")]
    assert "preview を更新しました: 30,605 行" in message
    run("verify", "--target", team.shop.target, "--gate").expect(0)
    run("verify", "--target", team.shop.target, "--no-source").expect(0)
    run("verify", "-c", team.folder / "masker.yml").expect(0)


@pytest.mark.timing
def test_what_a_killed_run_has_changed_is_put_back_by_the_next_one_whatever_becomes_of_that(team: Team) -> None:
    with web() as heroku:
        formation = [{"type": "web", "quantity": 2}, {"type": "worker", "quantity": 1}]
        heroku.answers = {"GET /apps/app-preview": {"maintenance": False}, "GET /apps/app-preview/formation": formation}
        preset = f"heroku: {{app: app-preview, token: t, scale: {{worker: 0}}, api: '{heroku.url}'}}"
        stop = '\'test "$AT" != STAGE || (psql -qc "SELECT pg_sleep(60)" "$DATABASE_URL" & touch reached; wait)\''
        settings = "".join(
            (
                f"hooks:\n  before: [{{{preset}}}, {stop.replace('STAGE', 'before')}]\n",
                f"  restored: [{stop.replace('STAGE', 'restored')}]\n",
            )
        )
        changed = [{"maintenance": True}, {"updates": [{"type": "worker", "quantity": 0}]}]
        restored = [{"updates": [{"type": "worker", "quantity": 1}]}, {"maintenance": False}]
        for moment in ("before", "restored"):
            before = team.shop.live_state()
            confirmed = (*team.configured(settings), "--confirm", "preview")
            with start("refresh", *confirmed, env={"AT": moment}) as started:
                eventually((team.folder / "reached").exists)
                started.kill()
            assert team.shop.live_state() == before
            assert [body for _, body in heroku.said("PATCH")] == changed, moment
            # One that is refused, as it is not confirmed, does that all the same.
            run("refresh", *team.configured(settings)).expect(9, "had changed is put back")
            assert [body for _, body in heroku.said("PATCH")] == changed + restored, moment
            (team.folder / "reached").unlink()
            heroku.arrived.clear()
        team.refresh(settings).expect(0, "published")
        assert [body for _, body in heroku.said("PATCH")] == changed + restored

        # So does one that has nothing to do, the preview being fresh.
        left = team.folder / ".masker" / "hooks" / "k3f9x0ab-1.change.json"
        change = {"app": "app-preview", "maintenance": False}
        left.write_text(json.dumps({"run": "k3f9x0ab", "preset": "heroku", "change": change}))
        team.refresh(settings, "--unless-fresher-than", "6d").expect(0, "had changed is put back")
        assert not left.exists()
        assert heroku.said("PATCH")[-1][1] == {"maintenance": False}
    assert team.shop.shadows() == set()


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ("hooks: {before: ['exit 7']}", 8, "hook exit 7: exit 7, expected 0"),
        ("hooks: {restored: ['exit 7']}", 8, "hook exit 7: exit 7, expected 0"),
        ("migrate: exit 7", 8, "migrate exit 7: exit 7, expected 0"),
        ("hooks: {published: [{slack: {url: {env: NOT_SET_HERE}}}]}", 2, "NOT_SET_HERE is not set"),
    ],
)
def test_what_says_no_keeps_the_live_preview(team: Team, settings: str, code: int, words: str) -> None:
    with team.shop.untouched():
        team.refresh(settings + "\n").expect(code, words)
    assert team.shop.shadows() == set()


@pytest.mark.parametrize("name", ["INT", "TERM"])
def test_an_interruption_among_the_last_hooks_is_one(team: Team, name: str) -> None:
    """The preview is published by then, and what is left to be done around it is told."""
    done = team.refresh(f"hooks: {{published: ['kill -{name} $PPID; sleep 60', touch after]}}\n")
    done.expect(130, f"interrupted by SIG{name}", "preview is the new preview; what comes after that is not done")
    assert not (team.folder / "after").exists()
    run("verify", "--target", team.shop.target, "--gate").expect(0)


def test_a_migration_that_adds_what_no_rule_decides_is_not_published(team: Team) -> None:
    add = "psql -q \"$DATABASE_URL\" -c 'ALTER TABLE users ADD COLUMN nickname varchar'"
    with team.shop.untouched():
        done = team.refresh(f"migrate: >-\n  {add}\nhooks: {{failed: ['cat > failed.json']}}\n")
        done.expect(3, "users.nickname .*decided by no rule")
    told = json.loads((team.folder / "failed.json").read_text())
    assert (told["stage"], told["exit_code"], told["status"]) == ("failed", 3, "failed")
    assert "is as it was" in told["left"]


def test_no_database_is_published_before_all_are_proved(
    team: Team, production: Server, preview: Server, live_template: str
) -> None:
    queue = production.create_database()
    with psycopg.connect(queue, autocommit=True) as conn:
        conn.execute("CREATE TABLE jobs (id bigserial PRIMARY KEY, arguments text NOT NULL)")
        conn.execute("INSERT INTO jobs (arguments) SELECT 'canary' || i FROM generate_series(1, 9000) i")
    target = preview.create_database(live_template)
    rules = team.folder / "queue.yml"
    rules.write_text('version: 1\ntables:\n  "*": {rows: none}\n')
    further = (
        f"databases:\n  queue:\n    source: {{url: '{queue}'}}\n    target: {{url: '{target}', name: jobs}}\n"
        "    rules: [queue.yml]\n"
    )
    touch = "hooks: {before: [touch begun]}\n"
    team.refresh(further + touch).expect(9, 'the target database is "t.*" \\("jobs" in masker.yml\\)')
    plan = run("plan", "refresh", "-c", team.folder / "masker.yml", "--json").expect(0).json()
    assert [table["name"] for table in plan["databases"]["queue"]["copy"]["tables"]] == ["jobs"]
    page, kept = team.folder / "report.html", ("--history", str(team.folder / "runs"))
    done = team.refresh(further, "--confirm", "jobs", "--json", "--report", str(page), *kept).expect(0)
    assert done.json()["databases"]["queue"]["copy"]["rows"] == 0
    for url in (team.shop.target, target):
        run("verify", "--target", url, "--gate").expect(0)

    (noted,) = run("runs", *kept, "--json").expect(0).json()["runs"]
    assert noted["target"] == f"{team.shop.database}, {database_of(target)}"
    document = json.loads(page.with_suffix(".json").read_text())
    assert document["databases"]["queue"]["status"] == document["status"] == "verified"
    with psycopg.connect(target) as conn:
        marked = conn.execute("SELECT record -> 'digests' ->> 'report' FROM masker.run").fetchone()
    assert marked == (document["databases"]["queue"]["digest"],)
    assert f"Database queue: {database_of(target)}" in page.read_text()

    # The second one cannot be proved right: the first one stays as it was, too.
    rules.write_text('version: 1\ntables:\n  jobs: {columns: {arguments: {sql: "(1 / (id - 8999))::text"}}}\n')
    before = (oid(team.shop.target), oid(target))
    team.refresh(further, "--confirm", "jobs", *kept).expect(5)
    failed = run("report", "latest", "-o", page, *kept, "--json").expect(0).json()
    assert (failed["status"], failed["databases"]["queue"]["status"]) == ("failed", "failed")
    assert (oid(team.shop.target), oid(target)) == before

    same = further.replace(target, team.shop.target)
    team.refresh(same, "--confirm", "jobs").expect(2, "two of them have one target")
    wrong = further.replace(f"target: {{url: '{target}'", f"target: {{url: '{team.shop.source}'")
    team.refresh(wrong + touch, "--confirm", database_of(team.shop.source), "--confirm", "jobs").expect(9)
    # No hook has had the URL of what is not to be written to.
    assert not (team.folder / "begun").exists()


def test_a_delta_makes_a_preview_that_is_not_there_yet_with_all_that_is_done_around_it(
    team: Team, production: Server, preview: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", "a key for tests that is long enough, really")
    queue = production.create_database()
    with psycopg.connect(queue, autocommit=True) as conn:
        conn.execute("CREATE TABLE jobs (id bigserial PRIMARY KEY, arguments text NOT NULL)")
    (team.folder / "queue.yml").write_text('version: 1\ntables:\n  "*": {rows: none}\n')
    new = [f"{team.shop.database}_{name}" for name in ("first", "queue")]
    team.shop = replace(team.shop, target=preview.url(new[0]))
    settings = (
        "key: {env: SHOP_KEY}\nhooks: {before: [touch begun]}\n"
        f"databases:\n  queue:\n    source: {{url: '{queue}'}}\n"
        f"    target: {{url: '{preview.url(new[1])}', name: jobs}}\n    rules: [queue.yml]\n"
    )
    try:
        for said in ("everything is copied: there is no preview yet", "bringing what has changed"):
            team.refresh(settings, "--publish", "delta", "--confirm", "jobs").expect(0, said)
    finally:
        with preview.connect() as conn:
            for name in new:
                conn.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())
    assert (team.folder / "begun").exists()


def oid(url: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT oid::int8 FROM pg_database WHERE datname = current_database()").fetchone()
    assert row is not None
    return int(row[0])


def test_a_preview_that_would_read_productions_files_is_not_published(team: Team) -> None:
    with psycopg.connect(team.shop.source, autocommit=True) as conn:
        conn.execute(
            "CREATE TABLE active_storage_blobs (id bigserial PRIMARY KEY, key varchar NOT NULL, service_name"
            " varchar NOT"
            " NULL); CREATE TABLE active_storage_attachments (id bigserial PRIMARY KEY, name varchar, record_type"
            " varchar, record_id bigint, blob_id bigint);"
            "INSERT INTO active_storage_blobs (key, service_name) VALUES ('a', 'amazon'), ('b', 'amazon')"
        )
    rules = team.shop.rules.read_text()
    kept = "  active_storage_blobs: {columns: {key: keep, service_name: SERVICE}}\n"
    attachments = "  active_storage_attachments: {columns: {name: keep, record_type: keep}}\n"
    team.shop.rules.write_text(rules + kept.replace("SERVICE", "keep") + attachments)
    storage = team.folder / "storage.yml"
    storage.write_text("amazon: {service: S3, bucket: shop}\npreview: {service: S3, bucket: <%= ENV['BUCKET'] %>}\n")
    before = oid(team.shop.target)
    done = team.refresh("storage: storage.yml\n")
    done.expect(9, "it has 2 blobs, and in .*storage.yml it is the bucket shop, which is no bucket of the preview's")
    assert oid(team.shop.target) == before
    team.shop.rules.write_text(rules + kept.replace("SERVICE", "{mask: fixed, value: preview}") + attachments)
    team.refresh("storage: storage.yml\n").expect(0)

    # A sync looks at the preview as it is, before it asks any bucket.
    with psycopg.connect(team.shop.target, autocommit=True) as conn:
        conn.execute("UPDATE active_storage_blobs SET service_name = 'amazon'")
    sync = ("sync", "s3://shop-production", "s3://shop-preview", "--confirm", "shop-preview")
    run(*sync, "-c", team.folder / "masker.yml").expect(9, "it is the bucket shop, which is no bucket of the preview's")


def test_the_gate_of_a_database_that_is_masked_in_place_stays_shut_where_a_hook_says_no(team: Team) -> None:
    with psycopg.connect(team.shop.target, autocommit=True) as conn:
        conn.execute("DROP TABLE settled; CREATE TABLE people (id bigserial PRIMARY KEY, email varchar NOT NULL)")
        conn.execute("INSERT INTO people (email) SELECT 'canary' || i FROM generate_series(1, 9) i")
    team.shop.rules.write_text("version: 1\ntables:\n  people: {columns: {email: email}}\n")
    team.refresh("hooks: {restored: ['exit 7']}\n", "--in-place", "--no-source", "--first").expect(8, "exit 7")
    run("verify", "--target", team.shop.target, "--gate").expect(8)
    hook = "hooks: {restored: ['test \"$MASKER_STAGE\" = restored']}\n"
    team.refresh(hook, "--in-place", "--no-source", "--first").expect(0)
    run("verify", "--target", team.shop.target, "--gate").expect(0)
