"""Servers start, die with their parent, and raw files tell what they hold; the demo's production is what it says to
be."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from masker.catalog.read import read_catalog
from masker.demo.acts import fill_production
from masker.demo.production import fill
from masker.demo.search import search_files
from masker.demo.server import EmbeddedServer, sweep
from masker.demo.stage import raised_stage, rules_file
from masker.names import TableName
from masker.ruleset.parse import read_rules
from masker.ruleset.resolve import resolve
from tests.servers import Server, ServersByMajor, database_of, require

AS_OF = date(2026, 11, 24)

_TABLES = "FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace"

_START_AND_WAIT = """
import sys, time
from pathlib import Path
from masker.demo.server import EmbeddedServer
server = EmbeddedServer.start("orphan", bin_dir=Path(sys.argv[1]))
print(server.process_id, server.folder, server._keeper.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("major", [15, 17, 18])
def test_a_server_of_each_version_starts_and_speaks_utf8(servers_by_major: ServersByMajor, major: int) -> None:
    server = servers_by_major[major]
    with server.connect(server.create_database()) as conn:
        answer = conn.execute(
            "SELECT current_setting('server_version_num')::int / 10000, lower('ÄÖ') || '髙橋'"
        ).fetchone()
    assert answer == (major, "äö髙橋")
    assert server.version == major


def test_production_and_preview_are_two_systems(databases: tuple[str, str]) -> None:
    identifiers = set()
    for url in databases:
        with psycopg.connect(url) as conn:
            identifiers.update(conn.execute("SELECT system_identifier FROM pg_control_system()").fetchall())
    assert len(identifiers) == 2


def test_a_wrong_password_is_refused(server: Server) -> None:
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.url().replace(server.embedded.password, "wrong"))


def test_the_unix_socket_works_too(server: Server) -> None:
    with psycopg.connect(server.embedded.socket_url()) as conn:
        assert conn.execute("SELECT inet_client_addr()").fetchone() == (None,)


def test_a_copy_of_a_database_is_made_from_its_url(server: Server) -> None:
    first = server.create_database()
    with server.connect(first) as conn:
        conn.execute("CREATE TABLE t AS SELECT 42 AS n")
    with server.connect(server.create_database(first)) as conn:
        assert conn.execute("SELECT n FROM t").fetchone() == (42,)


def test_a_plain_owner_is_no_superuser_and_owns_its_database(server: Server) -> None:
    owner = server.create_owner(may_create_databases=False)
    with psycopg.connect(server.create_database(owner=owner)) as conn:
        assert conn.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone() == (
            False,
            False,
        )
        conn.execute("CREATE EXTENSION citext")


def test_made_databases_are_dropped(production_server: Server) -> None:
    before = database_of(production_server.create_database())
    with production_server.forgetting():
        name = database_of(production_server.create_database(owner=production_server.create_owner()))
        assert name in production_server.databases()
        session = production_server.connect(name)
    assert name not in production_server.databases()
    assert before in production_server.databases()
    session.close()


def test_sessions_end_and_a_restart_keeps_the_data(server: Server) -> None:
    url = server.create_database()
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE t AS SELECT 1 AS n")
        assert server.terminate_sessions(url) == 1
        with pytest.raises(psycopg.OperationalError):
            conn.execute("SELECT 1")
    server.restart()
    with server.connect(url) as conn:
        assert conn.execute("SELECT n FROM t").fetchone() == (1,)


def test_canaries_are_found_in_the_raw_files(server: Server) -> None:
    there = {f"canary{n:010x}".encode() for n in range(200)}
    absent = {f"canary{n:010x}".encode() for n in range(900, 950)}
    with server.connect(server.create_database()) as conn:
        conn.execute("CREATE TABLE t (small text, big text)")
        conn.execute("ALTER TABLE t ALTER big SET STORAGE EXTERNAL")
        words = sorted(word.decode() for word in there)
        conn.execute(
            "INSERT INTO t SELECT w, repeat('x', 1200) || w || repeat('y', 3000) FROM unnest(%s::text[]) AS w", [words]
        )
    assert server.find_in_files(there | absent) == there


def test_needles_of_different_lengths_are_refused(server: Server) -> None:
    with pytest.raises(ValueError, match="one length"):
        server.find_in_files({b"canary1", b"canary22"})


def test_a_stopped_server_leaves_nothing() -> None:
    with EmbeddedServer.start("short", bin_dir=require(17)) as server:
        process, folder = server.process_id, server.folder
    assert _is_gone(process)
    assert not folder.exists()
    server.stop()


def test_a_setting_reaches_the_server() -> None:
    with (
        EmbeddedServer.start("set", bin_dir=require(17), settings={"work_mem": "7MB"}) as server,
        server.connect() as conn,
    ):
        assert conn.execute("SHOW work_mem").fetchone() == ("7MB",)


@pytest.mark.timing
def test_a_server_ends_with_the_process_that_started_it() -> None:
    process, folder, _ = _orphan(kill_keeper=False)
    assert _is_gone(process)
    sweep()
    assert not folder.exists()


@pytest.mark.skipif(
    not Path("/proc/self/cwd").exists(), reason="a sweep tells a postmaster from other processes by /proc"
)
@pytest.mark.timing
def test_what_a_killed_run_left_is_swept() -> None:
    process, folder, keeper = _orphan(kill_keeper=True)
    assert _is_gone(keeper)
    assert not _is_gone(process, within_s=0.3)
    sweep()
    assert _is_gone(process)
    assert not folder.exists()


@pytest.fixture(scope="module")
def bookshop(production_server: Server) -> Iterator[str]:
    """A small bookshop that belongs to a role without privileges."""
    with production_server.forgetting():
        url = production_server.create_database(owner=production_server.create_owner(may_create_databases=False))
        fill(url, users=400, as_of=AS_OF)
        yield url


def test_the_same_arguments_fill_the_same_rows(bookshop: str, preview: Server) -> None:
    again = preview.create_database()
    fill(again, users=400, as_of=AS_OF)
    assert _digests(again) == _digests(bookshop)


def test_every_part_of_an_application_is_there(bookshop: str) -> None:
    with psycopg.connect(bookshop) as conn:
        catalog = read_catalog(conn)
        rows: dict[str, float] = dict(conn.execute(f"SELECT relname, reltuples {_TABLES}").fetchall())
        empty = {name for name, count in rows.items() if count == 0}
        (environment,) = conn.execute(
            "SELECT value FROM ar_internal_metadata WHERE key = 'environment'"
        ).fetchone() or ("",)
        foreign = conn.execute("SELECT count(*) FROM users WHERE last_name ~ '[A-Za-z]'").fetchone()
    assert empty == {"events_2027_q1"}
    assert environment == "production"
    assert foreign
    assert 0 < foreign[0] < 80
    assert [view.name for view in catalog.materialized_views] == [TableName("public", "best_customers")]
    assert "citext" in {extension.name for extension in catalog.extensions}


def test_references_and_sequences_agree_with_the_rows(bookshop: str) -> None:
    with psycopg.connect(bookshop) as conn:
        unlike = conn.execute(
            "SELECT count(*) FROM orders JOIN users ON users.id = user_id "
            "WHERE (shipping_last_name, shipping_first_name) <> (last_name, first_name)"
        ).fetchone()
        miscounted = conn.execute(
            "SELECT count(*) FROM users WHERE orders_count <> (SELECT count(*) FROM orders WHERE user_id = users.id)"
        ).fetchone()
        following = conn.execute("SELECT nextval('orders_id_seq') - max(id) FROM orders").fetchone()
    assert (unlike, miscounted, following) == ((0,), (0,), (1,))


def test_no_address_number_or_network_is_anybodys(bookshop: str) -> None:
    with psycopg.connect(bookshop) as conn:
        owned = conn.execute(
            "SELECT count(*) FROM users WHERE email !~ '@([a-z]+[.])?example[.](jp|ne[.]jp|co[.]jp)$' AND email !~"
            " '@bookshop[.]example$' OR phone !~ '^0[789]0-0' OR NOT current_sign_in_ip << '100.64.0.0/10'"
        ).fetchone()
    assert owned == (0,)


def test_the_demos_rules_decide_every_column(bookshop: str) -> None:
    with psycopg.connect(bookshop) as conn:
        catalog = read_catalog(conn)
    resolution = resolve(read_rules((rules_file(),)), catalog)
    assert [str(problem) for problem in resolution.problems] == []
    assert resolution.tables[TableName("public", "versions")].rows == "none"
    assert resolution.tables[TableName("public", "users")].columns["reset_password_token"].rule.mask == "null"


def test_the_search_finds_what_leaked_and_nothing_else() -> None:
    with raised_stage() as stage:
        fill_production(stage, 200, lambda _: None)
        clean = search_files(stage)
        with psycopg.connect(stage.source) as source, psycopg.connect(stage.target) as target:
            leaked = [
                email for (email,) in source.execute("SELECT email FROM users WHERE NOT staff ORDER BY id LIMIT 3")
            ]
            target.execute("CREATE TABLE leaks AS SELECT unnest(%s::text[]) AS email", [leaked])
        leaking = search_files(stage)
    assert (clean.found, clean.addresses, clean.control) == (0, 192, 192)
    assert leaking.found == 3


def test_the_demo_ends_well_and_leaves_no_server() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "masker", "demo", "--users", "300"], capture_output=True, text=True, env=_environment()
    )
    assert done.returncode == 0, done.stderr
    assert "292 customers' e-mail addresses sought" in done.stdout
    assert ": 0 found" in done.stdout
    assert "0 failed, 0 not run" in done.stdout
    for words in (
        "refreshed in",
        "credentials: 403",
        "a blank page",
        "an avatar: 200",
        "a second sync: 0 copied, 0 deleted",
        "s3://bookshop-empty is empty",
    ):
        assert words in done.stdout, words
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.timing
def test_the_demo_without_buckets_needs_no_s3_server_and_kept_open_ends_by_a_signal() -> None:
    hidden = "import sys; sys.modules['moto'] = None; from masker.__main__ import main; main()"
    command = [sys.executable, "-c", hidden, "demo", "--users", "100"]
    refused = subprocess.run(command, capture_output=True, text=True, env=_environment())
    assert refused.returncode == 2
    assert "pip install 'rails-masker[demo]', or masker demo --no-buckets" in refused.stderr
    said = _kept_open_until(signal.SIGTERM, [*command, "--no-buckets", "--keep"])
    assert "published at" in said
    assert "s3://" not in said


def test_the_demo_in_place_opens_the_gate() -> None:
    command = [sys.executable, "-m", "masker", "demo", "--users", "300", "--in-place"]
    done = subprocess.run(command, capture_output=True, text=True, env=_environment())
    assert done.returncode == 0, done.stderr
    assert "masker verify --gate: shut" in done.stdout
    assert "masker verify --gate: open" in done.stdout
    assert "292 customers' e-mail addresses sought in preview's raw files, log left out" in done.stdout
    assert ": 0 found" in done.stdout
    assert "0 failed, 0 not run" in done.stdout


@pytest.mark.timing
def test_the_demo_kept_open_ends_by_an_interrupt() -> None:
    _kept_open_until(signal.SIGINT, [sys.executable, "-m", "masker", "demo", "--users", "100", "--keep"])


def _kept_open_until(sent: signal.Signals, command: list[str]) -> str:
    """What a demo says that is kept open and, when it is *sent* a signal, ends well."""
    said: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment()
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            said.append(line)
            if "the rules are in" in line:
                break
        (settings,) = (line.split()[-1] for line in said if "masker verify -c" in line)
        assert Path(settings).exists()
        time.sleep(0.2)
        running.send_signal(sent)
        rest, problems = running.communicate(timeout=30)
    assert (running.returncode, problems.count("masker:")) == (0, 0)
    assert "stopped and removed" in rest
    assert not Path(settings).parent.exists()
    return "".join(said)


@pytest.mark.timing
def test_an_interrupted_demo_leaves_no_server() -> None:
    command = [sys.executable, "-m", "masker", "demo", "--users", "5000"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment()
    ) as running:
        assert running.stdout is not None
        assert "two PostgreSQL" in running.stdout.readline()
        running.send_signal(signal.SIGINT)
        _, problems = running.communicate(timeout=30)
    assert running.returncode == 130
    assert problems.splitlines()[-1].startswith("masker: interrupted")


def _environment() -> dict[str, str]:
    """This environment, with this source tree importable and output unbuffered."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUNBUFFERED": "1"}


def _digests(url: str) -> dict[str, str]:
    """A digest of each table's rows, in the order of their text."""
    with psycopg.connect(url) as conn:
        tables = conn.execute(f"SELECT relname {_TABLES}").fetchall()
        digests = {}
        for (name,) in tables:
            rows = conn.execute(
                psycopg.sql.SQL("SELECT t::text FROM {} AS t").format(psycopg.sql.Identifier(name))
            ).fetchall()
            digests[str(name)] = hashlib.sha256("\n".join(sorted(row for (row,) in rows)).encode()).hexdigest()
        return digests


def _orphan(*, kill_keeper: bool) -> tuple[int, Path, int]:
    """The process id, folder and keeper of a server whose parent has just been killed."""
    command = [sys.executable, "-c", _START_AND_WAIT, str(require(17))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_environment()) as parent:
        assert parent.stdout is not None
        process, folder, keeper = parent.stdout.readline().split()
        if kill_keeper:
            os.kill(int(keeper), signal.SIGKILL)
        parent.kill()
    return int(process), Path(folder), int(keeper)


def _is_gone(process: int, within_s: float = 10) -> bool:
    """Whether *process* has ended; one that only waits to be collected by init counts as ended."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
            state = Path(f"/proc/{process}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
