"""Tables of extensions and their configuration, and foreign tables: decided, copied, left out with a note, or refused;
never passed over."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.pairs import Pair
from tests.servers import Server

_CONTROL = "comment = 'jobs'\ndefault_version = '1.0'\nrelocatable = false\nschema = 'jobs'\n"

#: Configuration of its own and of its users in one table, users' alone in others, and a table that no dump carries.
_EXTENSION = """
CREATE TABLE job (id bigserial PRIMARY KEY, is_builtin boolean NOT NULL DEFAULT false, schedule text NOT NULL,
username text);
INSERT INTO job (id, is_builtin, schedule, username) VALUES (-1, true, 'daily', 'nobody'), (-2, true, 'weekly',
'nobody');
CREATE TABLE step (job_id bigint REFERENCES job ON DELETE CASCADE, number int, PRIMARY KEY (job_id, number));
CREATE TABLE run (id int PRIMARY KEY, output text);
SELECT pg_extension_config_dump('step', '');
SELECT pg_extension_config_dump('job', 'WHERE NOT is_builtin');
SELECT pg_extension_config_dump('job_id_seq', '');
"""

_SCRIPT = """
CREATE SCHEMA jobs; CREATE EXTENSION jobs SCHEMA jobs;
INSERT INTO jobs.job (schedule, username) SELECT 'hourly', 'canary' || n || '@corp.test' FROM generate_series(1, 5) n;
INSERT INTO jobs.step SELECT n, 1 FROM generate_series(1, 5) n;
INSERT INTO jobs.run VALUES (1, 'canary');
CREATE TABLE users (id int PRIMARY KEY, email text); INSERT INTO users VALUES (1, 'canary@corp.test');
"""

_USERS = "  users: {columns: {email: email}}\n"


@pytest.fixture(scope="module")
def extensible() -> Iterator[Server]:
    """A server that has the extension ``jobs``: since PostgreSQL 18 one may lie anywhere its account may read."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "extension").mkdir()
        (folder / "extension" / "jobs.control").write_text(_CONTROL)
        (folder / "extension" / "jobs--1.0.sql").write_text(_EXTENSION)
        server = Server.start("extensible", 18, settings={"extension_control_path": f"{folder}:$system"})
        yield server
        server.stop()


@pytest.fixture
def jobs(extensible: Server, tmp_path: Path) -> Iterator[Pair]:
    with extensible.forgetting():
        yield Pair.made(extensible, extensible, tmp_path, _SCRIPT, f"tables:\n{_USERS}")


def test_configuration_that_no_rule_carries_is_noted(jobs: Pair) -> None:
    jobs.plan().expect(
        0,
        r"jobs.job \(extension jobs\): its rows of configuration are not copied; add `jobs.job: {rows: all}`",
        r"jobs.run \(extension jobs\): its rows are the extension's own",
    )
    jobs.copy().expect(0)
    assert jobs.rows(
        "SELECT (SELECT array_agg(id ORDER BY id) FROM jobs.job), (SELECT count(*) FROM jobs.step), (SELECT count(*)"
        " FROM jobs.run)"
    ) == [([-2, -1], 0, 0)]
    jobs.decide(
        f"tables:\n{_USERS}  jobs.job: {{rows: none}}\n  jobs.step: {{rows: none}}\n  jobs.run: {{rows: none}}\n"
    )
    assert "extension jobs" not in jobs.plan().expect(0).out


def test_configuration_that_is_carried_has_to_be_decided(jobs: Pair) -> None:
    jobs.decide(f"tables:\n{_USERS}  jobs.job: {{rows: all}}\n")
    for told in (jobs.plan(), jobs.check()):
        told.expect(3, "jobs.job.schedule text, decided by no rule", "jobs.job.username text, decided by no rule")


@pytest.mark.parametrize("publish", ["swap", "direct"])
def test_configuration_is_carried_as_a_dump_carries_it_and_masked(jobs: Pair, publish: str) -> None:
    jobs.decide(
        f"tables:\n{_USERS}  jobs.job: {{columns: {{schedule: keep, username: email}}}}\n  jobs.step: {{rows: all}}\n"
    )
    for _ in range(2):  # a target that is filled directly keeps its extensions, rows included
        jobs.copy("--publish", publish).expect(0)
        assert jobs.rows(
            "SELECT count(*), count(*) FILTER (WHERE is_builtin), count(*) FILTER (WHERE username LIKE '%@example.com')"
            " FROM jobs.job"
        ) == [(7, 2, 5)]
        assert jobs.rows("SELECT count(*), (SELECT last_value FROM jobs.job_id_seq) FROM jobs.step") == [(5, 5)]
    jobs.verify().expect(0)
    jobs.rows_written("DELETE FROM jobs.job WHERE id = 3")
    jobs.verify().expect(8, "jobs.job")


def test_rules_that_cannot_be_applied_are_refused_with_their_place(jobs: Pair) -> None:
    jobs.decide(f"tables:\n{_USERS}  jobs.run:\n    columns: {{output: lorem}}\n")
    for told in (jobs.plan(), jobs.copy(), jobs.check()):
        told.expect(
            3,
            r"rules.yml:5:15 jobs.run: it belongs to the extension jobs, which does not count its rows as"
            r" configuration",
            "`rows: none`",
        )


def test_in_place_rows_of_extensions_have_to_be_decided_and_are_masked(jobs: Pair) -> None:
    jobs.plan_mask().expect(3, "jobs.job.username text, decided by no rule", "jobs.run.output text, decided by no rule")
    jobs.decide(
        f"tables:\n{_USERS}  jobs.job: {{columns: {{schedule: keep, username: email}}}}\n  jobs.run: {{columns:"
        " {output: lorem}}\n"
    )
    jobs.mask().expect(0)
    assert jobs.rows("SELECT count(*) FROM jobs.job WHERE username LIKE 'canary%'", jobs.restored) == [(0,)]
    assert jobs.rows("SELECT count(*) FROM jobs.run WHERE output LIKE 'canary%'", jobs.restored) == [(0,)]


def test_foreign_tables_take_no_rules(production: Server, preview: Server, tmp_path: Path) -> None:
    script = """CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE far (id int, email text) SERVER files OPTIONS (filename '/nowhere');
                CREATE TABLE users (id int PRIMARY KEY, email text)"""
    pair = Pair.made(production, preview, tmp_path, script, f"tables:\n{_USERS}  far: {{columns: {{email: email}}}}\n")
    for told in (pair.plan(), pair.check()):
        told.expect(3, r"rules.yml:4:19 far.email: it is a foreign table: its rows lie on another server")
    pair.plan_mask().expect(3, "far: it is a foreign table")
    for rules in (
        f"tables:\n{_USERS}  far: {{columns: {{email: keep}}}}\n",
        f"tables:\n{_USERS}",
        f"tables:\n{_USERS}  far: {{rows: none}}\n",
        'defaults: [{columns: "*email*", mask: email}]\n',
    ):
        pair.decide(rules)
        pair.plan().expect(0)
    pair.plan_mask().expect(0)


def test_views_take_no_rules(production: Server, preview: Server, tmp_path: Path) -> None:
    script = (
        "CREATE TABLE users (id int PRIMARY KEY, email text); CREATE VIEW seen AS SELECT email FROM users; CREATE"
        " MATERIALIZED VIEW kept AS SELECT email FROM users"
    )
    pair = Pair.made(
        production,
        preview,
        tmp_path,
        script,
        f"tables:\n{_USERS}  seen: {{columns: {{email: email}}}}\n  kept: {{columns: {{email: email}}}}\n",
    )
    for told in (pair.plan(), pair.plan_mask(), pair.check()):
        told.expect(
            3,
            r"rules.yml:4:3 seen: there is no such table .* views cannot be ruled",
            r"rules.yml:5:3 kept: it is a materialized view",
        )
