"""``masker mask`` as a release pipeline runs it: exit codes, the gate, and runs that are killed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.executable import CANARY, Done, Started, eventually, run, start
from tests.servers import Server, database_of
from tests.shop import RULES, one

KEY = {"MASKER_TEST_KEY": "a key for tests that is long enough, really"}

#: Every text by its own value: were one masked twice or left out, it would not be what one run makes of it.
BY_VALUE = """\
version: 1
locale: en_US
tables:
  users:
    strategy: batches
    columns:
      email: {mask: email, by: value}
      name: {mask: full_name, by: value, scope: person}
      phone: {mask: token, by: value}
      encrypted_password: password
      role: keep
  orders:
    strategy: batches
    columns:
      code: {mask: token, by: value}
      shipping_name: {mask: full_name, by: value, scope: person}
      note: {mask: token, by: value}
  visits:
    strategy: batches
    columns:
      page: {mask: token, by: value}
  plans:
    columns:
      title: keep
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlace:
    """A restored preview and rules, and masker on it."""

    server: Server
    target: str
    rules: Path

    @property
    def database(self) -> str:
        return database_of(self.target)

    def arguments(self, *more: str) -> list[str | Path]:
        # Looks of the test itself would make it look like a database in use.
        return ["mask", "--target", self.target, "--rules", self.rules, "--confirm", self.database, "--first", *more]

    def mask(self, *more: str, env: dict[str, str] | None = None) -> Done:
        return run(*self.arguments(*more), env=env)

    def start(self, *more: str, env: dict[str, str] | None = None) -> Started:
        return start(*self.arguments(*more), env=env)

    def gate(self, *more: str, env: dict[str, str] | None = None) -> Done:
        return run("verify", "--gate", "--target", self.target, *more, env=env)

    def originals(self) -> int:
        """Rows that still hold an original."""
        with self.connect() as conn:
            found = one(
                conn,
                f"SELECT (SELECT count(*) FROM users WHERE users::text ILIKE '%{CANARY}%') + (SELECT count(*) FROM"
                f" orders WHERE orders::text ILIKE '%{CANARY}%')",
            )
        return int(str(found))

    def state(self) -> list[object]:
        """Digests of the tables and of their triggers' states."""
        with self.connect() as conn:
            return [
                one(
                    conn, "SELECT md5(string_agg((u.id, email, name, phone, role)::text, ',' ORDER BY id)) FROM users u"
                ),
                one(conn, "SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM orders o"),
                one(conn, "SELECT md5(string_agg(v::text, ',' ORDER BY id)) FROM visits v"),
                one(
                    conn,
                    "SELECT string_agg(tgname || tgenabled::text, ',' ORDER BY 1) FROM pg_trigger WHERE NOT"
                    " tgisinternal",
                ),
            ]

    def connect(self) -> psycopg.Connection:
        return self.server.connect(self.target)

    @contextmanager
    def visited(self) -> Iterator[psycopg.Connection]:
        """Somebody else is connected."""
        with psycopg.connect(self.server.url(self.database), autocommit=True) as conn:
            yield conn


@pytest.fixture
def place(production: Server, shop_template: str, tmp_path: Path) -> InPlace:
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES)
    return InPlace(server=production, target=production.create_database(shop_template), rules=rules)


def test_masked_verified_and_let_through(place: InPlace, tmp_path: Path) -> None:
    place.gate().expect(8, "carries no marker")

    report = tmp_path / "report.html"
    place.mask("--report", str(report)).expect(0, r"checks passed, 0 failed, 0 not run", "note out of reach")
    assert "Rows were masked where they stood" in report.read_text()
    digest = json.loads((tmp_path / "report.json").read_text())["digest"]
    with place.connect() as conn:
        assert one(conn, "SELECT record -> 'digests' ->> 'report' FROM masker.run") == digest

    assert place.originals() == 0
    place.gate().expect(0)
    place.mask().expect(9, "has masked and verified it already", "--again")
    place.mask("--again").expect(0)
    place.gate().expect(0)


def test_plan_touches_nothing(place: InPlace) -> None:
    before = place.state()
    done = run("plan", "mask", "--target", place.target, "--rules", place.rules)
    done.expect(0, r"users 200 \d+ kB rewrite", "keep")
    assert [
        t["strategy"]
        for t in run("plan", "mask", "--target", place.target, "--rules", place.rules, "--json").json()["tables"]
    ].count("rewrite") == 2
    run("plan", "mask", "--target", place.target, "--rules", place.rules, "--sql").expect(
        0, 'ALTER TABLE "public"."users" ALTER COLUMN "email" TYPE'
    )
    assert place.state() == before
    with place.connect() as conn:
        assert one(conn, "SELECT count(*) FROM pg_namespace WHERE nspname = 'masker'") == 0


@pytest.mark.parametrize("confirm", [[], ["--confirm", "production"]])
def test_refused_without_its_name(place: InPlace, confirm: list[str]) -> None:
    run("mask", "--target", place.target, "--rules", place.rules, *confirm).expect(9, "--confirm")
    assert place.originals() > 0


def test_nothing_is_done_unless_there_is_something_to_do(place: InPlace) -> None:
    """A release phase runs on every change of a setting. A marker that a copy has brought along, and other rules, are
    something to do."""
    application = place.server.create_owner(may_create_databases=False)
    unless = ("mask", "--unless-masked", "--no-source", "--first", "--rules", place.rules, "--target")
    run(*unless, place.target).expect(9, "--confirm is missing")
    place.mask("--unless-masked").expect(0, "its gate is open|masked")
    before = place.state()
    done = run(*unless, place.target).expect(
        0,
        rf"✓ {database_of(place.target)} was masked and verified by run \w{{8}} with these rules: nothing is to be"
        r" done",
    )
    assert (len(done.out.splitlines()), place.state()) == (1, before)
    events = run(*unless, place.target, "--log-format", "logfmt").expect(0).events()
    assert [event["at"] for event in events if event["at"] != "note"] == ["skipped", "done"]
    with place.connect() as conn:
        conn.execute("CREATE TABLE later (id int, email text); ALTER TABLE users ADD COLUMN nickname text")
    run(*unless, place.target).expect(0, "nothing is to be done")

    with psycopg.connect(place.server.url(database_of(place.target), user=application), autocommit=True) as conn:
        assert (
            one(
                conn,
                "SELECT state FROM masker.run WHERE database_oid = (SELECT oid FROM pg_database WHERE datname ="
                " current_database())",
            )
            == "verified"
        )
        for closed in ("SELECT record FROM masker.run", "SELECT * FROM masker.described", "DELETE FROM masker.run"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(closed)
        run("verify", "--gate", "--target", place.server.url(database_of(place.target), user=application)).expect(
            6, "connect as the role that has masked it"
        )

    copied = place.server.create_database(place.target)
    run(*unless, copied, "--confirm", "x").expect(3, "later.email")
    place.rules.write_text(place.rules.read_text().replace("phone: phone", "phone: token", 1) + "undecided: null\n")
    run(*unless, copied).expect(9, "--confirm is missing")
    run(*unless, place.target, "--confirm", database_of(place.target)).expect(
        9, "has masked and verified it already, by other rules for users.phone", "--again"
    )


def test_refused_while_somebody_is_connected(place: InPlace) -> None:
    with place.visited() as visitor:
        visitor.execute("SET application_name = 'bin/rails'")
        place.mask("--first").expect(
            9,
            r"1 other session is connected \(pid \d+ as postgres, .bin/rails.: idle, connected for \d:\d\d:\d\d\)",
            "--terminate",
        )
        place.mask("--first", "--wait", "0.5").expect(9, "1 other session is connected")
        assert place.originals() > 0
        place.mask("--first", "--terminate").expect(0)
        with pytest.raises(psycopg.OperationalError):
            visitor.execute("SELECT 1")


@pytest.mark.timing
def test_waits_for_others_to_go(place: InPlace) -> None:
    with place.visited() as visitor, place.start("--wait", "30") as started:
        time.sleep(2)
        assert started.process.poll() is None
        visitor.close()
        started.wait().expect(0)


def test_refused_with_a_prepared_transaction_or_for_a_stranger(place: InPlace) -> None:
    stranger = place.server.create_owner()
    run(
        "mask",
        "--target",
        place.server.url(place.database, user=stranger),
        "--rules",
        place.rules,
        "--confirm",
        place.database,
    ).expect(6, "does not own the database")


def test_a_marker_that_was_copied_along_opens_nothing(place: InPlace) -> None:
    place.mask(*_key(), env=KEY).expect(0)
    restored = InPlace(server=place.server, target=place.server.create_database(place.target), rules=place.rules)

    restored.gate().expect(8, "for another database")
    place.gate(*_key(), env=KEY).expect(0)
    place.gate(*_key(), env={"MASKER_TEST_KEY": "another key of sufficient length, not the same"}).expect(
        8, "another key, or altered"
    )
    with place.connect() as conn:
        conn.execute("UPDATE masker.run SET record = jsonb_set(record, '{rows}', '[]')")
    place.gate(*_key(), env=KEY).expect(8, "altered")
    restored.mask().expect(0)
    restored.gate().expect(0)


def test_a_restore_over_a_masked_preview_shuts_the_gate(place: InPlace) -> None:
    place.mask().expect(0)
    with place.connect() as conn:
        conn.execute(
            "CREATE TABLE visits_again AS TABLE visits; DROP TABLE visits; ALTER TABLE visits_again RENAME TO visits"
        )
    place.gate().expect(8, "made anew")


@pytest.mark.timing
def test_killed_in_batches_it_goes_on_and_masks_every_row_once(place: InPlace) -> None:
    place.rules.write_text(BY_VALUE)
    whole = InPlace(server=place.server, target=place.server.create_database(place.target), rules=place.rules)
    whole.mask(*_key(), env=KEY).expect(0)
    dice = random.Random(7)
    more = ["--wait", "20", "--batch-rows", "60", "--workers", "3", *_key()]
    half_masked = 0
    for attempt in range(6):
        before = _done(place)
        with place.start(*more, "--throttle", "9000", env=KEY) as started:
            _until_masking(place, started, before)
            time.sleep(dice.uniform(0, 0.6))
            if attempt % 2:
                place.server.terminate_sessions(place.target, application="masker%")
                done = started.wait()
            else:
                done = started.kill()
        if done.code == 0:
            break
        assert done.code in {-9, 6, 8}, done.err
        half_masked += _is_half_masked(place)
        place.gate().expect(8)
    if done.code != 0:
        place.mask(*more, "--terminate", env=KEY).expect(0, "going on")

    assert half_masked > 0, "no run was killed in the midst of it"
    place.gate(*_key(), env=KEY).expect(0)
    assert place.state() == whole.state()


@pytest.mark.timing
def test_a_run_that_goes_on_has_the_time_it_began_at(place: InPlace) -> None:
    place.rules.write_text(BY_VALUE.replace("page: {mask: token, by: value}", "page: {sql: \"'at ' || now()\"}"))
    more = ["--wait", "20", "--batch-rows", "60", "--workers", "2", *_key()]
    half_masked = False
    for _ in range(10):
        before = _done(place)
        with place.start(*more, "--throttle", "9000", env=KEY) as started:
            _until_masking(place, started, before)
            time.sleep(0.3)
            done = started.kill()
        half_masked = half_masked or _is_half_masked(place)
        if half_masked or done.code == 0:
            break
    assert half_masked, "no run was killed in the midst of it"
    place.mask(*more, "--terminate", env=KEY).expect(0, "going on")
    with place.connect() as conn:
        assert (
            one(
                conn,
                "SELECT array_agg(DISTINCT page) = (SELECT ARRAY['at ' || (record ->> 'instant')] FROM masker.run) FROM"
                " visits",
            )
            is True
        )


@pytest.mark.timing
def test_what_was_begun_goes_on_only_by_the_same_rules_and_key(place: InPlace) -> None:
    place.rules.write_text(BY_VALUE)
    with place.start("--wait", "20", "--batch-rows", "200", "--throttle", "200", *_key(), env=KEY) as started:
        started.wait_for("masking ")  # until then a look would count as another session
        eventually(lambda: started.process.poll() is not None or _some_done(place))
        done = started.kill()
        assert done.code == -9, done.err
    place.mask("--terminate").expect(9, "with another key")
    place.rules.write_text(BY_VALUE.replace("phone: {mask: token, by: value}", "phone: phone"))
    place.mask("--terminate", *_key(), env=KEY).expect(9, "by other rules")
    place.rules.write_text(BY_VALUE)
    place.mask("--terminate", *_key(), env=KEY).expect(0, "going on")
    assert place.originals() == 0


def test_a_failure_leaves_the_table_as_it_was_and_says_what_to_do(place: InPlace) -> None:
    place.rules.write_text(RULES.replace("page: keep", "page: token"))
    with place.connect() as conn:
        conn.execute("ALTER TABLE visits ADD CONSTRAINT odd CHECK (id < 20000 OR page LIKE '/%')")
        before = one(conn, "SELECT md5(string_agg(v::text, ',' ORDER BY id)) FROM visits v")
    place.mask(*_key(), env=KEY).expect(6, "constraint odd", "choose another mask", "the same command goes on")
    with place.connect() as conn:
        assert one(conn, "SELECT md5(string_agg(v::text, ',' ORDER BY id)) FROM visits v") == before
    place.gate().expect(8, "has not ended well")
    mended = RULES.replace("page: keep", "page: {mask: token, prefix: /}")
    place.rules.write_text(mended.replace("email: email", "email: token"))
    place.mask(*_key(), env=KEY).expect(9, "has masked .*users by other rules")
    place.rules.write_text(mended)
    place.mask(*_key(), env=KEY).expect(0)


def test_what_stopped_half_way_is_told_to_go_on_only_if_it_can(place: InPlace) -> None:
    """Without a key a run's results are its own: another would make other values of the rest."""
    place.rules.write_text(BY_VALUE)
    with place.connect() as conn:
        conn.execute("ALTER TABLE visits ADD CONSTRAINT odd CHECK (id < 20000 OR page LIKE '/%')")
    done = place.mask("--batch-rows", "500")
    done.expect(6, "constraint odd", "exits 8; without a key of its own no run can go on with it: restore it")
    assert "the same command" not in done.err
    with place.connect() as conn:
        conn.execute("ALTER TABLE visits DROP CONSTRAINT odd")
    place.mask().expect(9, "with another key", f"restore {place.database} and begin anew")


def test_what_has_no_room_for_a_copy_goes_by_batches_and_a_later_run_has_it(place: InPlace) -> None:
    """The strategy stays while a table is half masked: in the second run there is room for a rewrite, which would mask
    it twice."""
    place.rules.write_text(BY_VALUE.replace("    strategy: batches\n", ""))
    with place.connect() as conn:
        conn.execute("VACUUM (FULL, ANALYZE) visits")
    whole = InPlace(server=place.server, target=place.server.create_database(place.target), rules=place.rules)
    whole.mask(*_key(), env=KEY).expect(0)
    settings = place.rules.with_name("masker.yml")
    settings.write_text(f"version: 1\ntarget: {{url: '{place.target}', free_space: 3MB}}\nrules: ['{place.rules}']\n")
    run("plan", "mask", "-c", settings, "--free-space", "much").expect(2, "much is no size, expected .* 20GB")
    run("plan", "mask", "-c", settings).expect(
        0,
        "room up to 3.0 MB more",
        r"visits 30 k \d\.\d MB batches .*does not fit --free-space 3.0 MB",
        "the gate stays shut",
    )

    refused = place.mask("--free-space", "3MB", "--batch-rows", "500", *_key(), env=KEY)

    refused.expect(8, "residue: visits: a second copy of it .* does not fit --free-space 3.0 MB")
    assert place.state() == whole.state()
    with place.connect() as conn:
        assert float(str(one(conn, "SELECT pg_relation_size('visits')"))) < 1.7 * float(str(_size(whole))), (
            "dead rows were not used again"
        )
    place.mask(*_key(), env=KEY).expect(0, "going on")
    assert place.state() == whole.state()


def _size(place: InPlace) -> object:
    with place.connect() as conn:
        return one(conn, "SELECT pg_relation_size('visits')")


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk takes root")
@pytest.mark.usefixtures("small_tablespace")
def test_a_full_disk_leaves_the_table_as_it_was_and_says_what_to_do(place: InPlace) -> None:
    place.rules.write_text(RULES.replace("page: keep", "page: token"))
    with place.connect() as conn:
        conn.execute("ALTER TABLE visits SET TABLESPACE small")
    before = place.state()
    place.mask(*_key(), env=KEY).expect(
        6,
        "the disk is full .*53100.* while visits was rewritten",
        "needs room for a second copy",
        "the same command goes on",
    )
    assert place.state()[2:] == before[2:]
    place.gate().expect(8, "has not ended well")
    with place.connect() as conn:
        conn.execute("ALTER TABLE visits SET TABLESPACE pg_default")
    place.mask(*_key(), env=KEY).expect(0, "going on")


@pytest.fixture
def small_tablespace(production: Server, place: InPlace) -> Iterator[None]:
    """A tablespace called small, on a disk of 8 MB."""
    owner, folder = production.embedded.data_dir.stat(), production.embedded.folder / "small"
    folder.mkdir()
    options = f"size=8m,mode=700,uid={owner.st_uid},gid={owner.st_gid}"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True).returncode:  # noqa: S607 - wherever it is
        pytest.skip("no disk can be mounted here")
    with production.connect() as conn:
        conn.execute(f"CREATE TABLESPACE small LOCATION '{folder}'".encode())
    yield
    with place.connect() as conn:
        conn.execute("ALTER TABLE visits SET TABLESPACE pg_default")
        conn.execute("DROP TABLESPACE small")
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S607
    folder.rmdir()


def test_json(place: InPlace) -> None:
    done = place.mask("--json", "--log-format", "logfmt").expect(0)
    events, document = done.events(), done.json()
    assert {event["run"] for event in events} == {document["run"]}
    assert [event["at"] for event in events[-2:]] == ["gate-open", "done"]
    assert document["kind"] == "mask"
    assert document["rows"] == 600
    assert document["checks"]["failed"] == document["checks"]["not_run"] == 0


def _key() -> list[str]:
    return ["--key-env", "MASKER_TEST_KEY"]


def _some_done(place: InPlace) -> bool:
    with place.connect() as conn:
        if one(conn, "SELECT to_regclass('masker.batch') IS NULL"):
            return False
        return bool(
            one(
                conn,
                "SELECT count(*) FILTER (WHERE state = 'done') BETWEEN 1 AND 50 AND bool_or(relation ="
                " 'users'::regclass) FROM masker.batch",
            )
        )


def _is_half_masked(place: InPlace) -> bool:
    with place.connect() as conn:
        # Where the run had come to its checks, the list of batches is gone already.
        is_there = bool(one(conn, "SELECT to_regclass('masker.batch') IS NOT NULL"))
        return is_there and bool(one(conn, "SELECT count(DISTINCT state) > 1 FROM masker.batch"))


def _done(place: InPlace) -> tuple[int, int]:
    """Steps and batches that are ticked off."""
    try:
        with place.connect() as conn:
            row = conn.execute(
                "SELECT (SELECT count(*) FROM masker.progress), (SELECT count(*) FROM masker.batch WHERE state ="
                " 'done')"
            ).fetchone()
    except psycopg.errors.UndefinedTable:
        return 0, 0
    assert row is not None
    return row[0], row[1]


def _until_masking(place: InPlace, started: Started, before: tuple[int, int]) -> None:
    """Wait until the run has done more than the *before* of it, however long it has looked around first, or has
    ended."""
    eventually(lambda: started.process.poll() is not None or _done(place) != before)
