"""Ways to reach a server that do and do not work: URLs, passwords, TLS, poolers, pg_dump."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from masker.demo.installation import find_postgres
from masker.postgres.connect import connect, parse_url
from masker.sides import Side
from tests.e2e.pooler import Pooler
from tests.executable import run
from tests.servers import PRODUCTION_MAJOR, Server, database_of
from tests.shop import Shop, one


def changed(url: str, old: str, new: str) -> str:
    assert old in url
    return url.replace(old, new)


@pytest.mark.parametrize(("flag", "code", "side"), [("--source", 5, "source"), ("--target", 6, "target")])
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://u:p@127.0.0.1:1/canarydb", "on 127.0.0.1:1: nothing listens there"),
        ("postgres://u:p@no-such-host.invalid/canarydb", "on no-such-host.invalid: the host name is unknown"),
        ("postgres://u:p@/canarydb?host=%2Fno%2Fsuch%2Ffolder", "on /no/such/folder: nothing listens there"),
    ],
)
def test_a_server_that_cannot_be_reached(planned: Shop, flag: str, code: int, side: str, url: str, words: str) -> None:
    planned.plan(flag, url.replace("canarydb", "preview")).expect(code, f"{side} preview {words}", "check")


@pytest.mark.parametrize(("flag", "code"), [("--source", 5), ("--target", 6)])
def test_a_password_that_is_wrong(planned: Shop, flag: str, code: int) -> None:
    url = planned.source if flag == "--source" else planned.target
    server = planned.production if flag == "--source" else planned.preview
    wrong = changed(url, server.embedded.password, "wr0ng-secret")
    done = planned.plan(flag, wrong).expect(
        code, "the password was not accepted", "check the user and password in the URL"
    )
    assert "wr0ng-secret" not in done.err


@pytest.mark.parametrize(("flag", "code"), [("--source", 5), ("--target", 6)])
def test_a_database_or_role_that_is_not_there(planned: Shop, flag: str, code: int) -> None:
    url = planned.source if flag == "--source" else planned.target
    role = changed(url, "postgres:", "nobody_here:")
    planned.plan(flag, role).expect(code, "the password was not accepted")
    if flag == "--source":
        planned.plan(flag, url + "_missing").expect(code, "there is no such database")
    else:
        planned.plan(flag, url + "_missing", "--publish", "direct").expect(code, "there is no such database")


def test_a_role_that_may_not_connect(planned: Shop) -> None:
    role = planned.production.create_owner()
    database, name = sql.Identifier(database_of(planned.source)), sql.Identifier(role)
    url = planned.production.url(database_of(planned.source), user=role)
    planned.plan("--source", f"{url}?target_session_attrs=standby").expect(
        5, "no host is what target_session_attrs asks for"
    )
    with planned.production.connect() as conn:
        conn.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(database))
        planned.plan("--source", url).expect(5, "the role may not connect to it", "GRANT CONNECT ON DATABASE")
        conn.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO PUBLIC").format(database))
        conn.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(name))
        planned.plan("--source", url).expect(5, "the role may not log in", "ALTER ROLE … LOGIN")


def test_hooks_are_told_the_one_server_that_is_meant(production: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts that the environment names are tried anew by whoever connects next."""
    place = production.embedded
    monkeypatch.setenv("PGHOST", "127.0.0.1,127.0.0.1")
    monkeypatch.setenv("PGPORT", f"1,{place.port}")
    endpoint = parse_url(f"postgresql://postgres:{place.password}@/postgres", Side.TARGET)
    assert "host" not in endpoint.url
    with connect(endpoint):
        assert parse_url(endpoint.url, Side.TARGET).parameters["port"] == str(place.port)


@pytest.mark.parametrize(("flag", "code"), [("--source", 5), ("--target", 6)])
def test_tls_required_of_a_server_without(planned: Shop, flag: str, code: int) -> None:
    url = planned.source if flag == "--source" else planned.target
    planned.plan(flag, url + "?sslmode=require").expect(
        code, "TLS is required by the URL and the server offers none", "sslmode"
    )


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://u:p@h/d?sslmod=require", "source URL: unknown parameter sslmod"),
        ("mysql2://u:p@h/d", "source URL: it starts with mysql2://, expected postgres://"),
        ("production", "source URL: it has no scheme"),
        ("postgres://u:p@h", "source URL: it names no database"),
        ("postgres://u:p%zz@h/d", "source URL: libpq does not accept its percent-encoding"),
        ("postgres://u:p@h:port/d", "source URL: .*port"),
        ("postgres://u:p@[::1/d", "source URL: it cannot be read as a URL"),
    ],
)
def test_a_url_that_is_wrong(planned: Shop, url: str, words: str) -> None:
    planned.plan("--source", url).expect(2, words)


def test_urls_as_rails_writes_them(shop: Shop) -> None:
    """Every scheme, a password that needs percent-encoding, parameters for Active Record, a socket named in the
    query."""
    role = shop.production.create_owner()
    password = "p@ss/w:rd%?#é"
    with shop.production.connect(shop.source) as conn:
        conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        conn.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(sql.Identifier(role)))
    server, database = shop.production.embedded, database_of(shop.source)
    where = f"{role}:{quote(password, safe='')}@127.0.0.1:{server.port}/{database}"
    socket = f"host={quote(str(server.socket_folder), safe='')}&port={server.port}"
    for source in (
        f"postgres://{where}?pool=5&sslmode=prefer&prepared_statements=false",
        f"postgresql://{where}?encoding=unicode&connect_timeout=5&checkout_timeout=5&statement_limit=200",
        f"postgis://{where}?schema_search_path=public%2Cextensions",
        f"postgres://{role}:{quote(password, safe='')}@/{database}?{socket}&pool=5",
    ):
        done = shop.plan("--source", source).expect(0, "users")
        assert "ss/w" not in done.out + done.err
    shop.copy(
        "--target",
        changed(shop.target, "postgresql://", "postgres://") + "?pool=5&sslmode=prefer&prepared_statements=false",
    ).expect(0)
    shop.expect_masked()


@pytest.fixture(scope="module")
def tls_server() -> Iterator[Server]:
    """A server that takes only TLS connections over loopback."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: no certificate for a TLS server")
    server = Server.start("TLS", PRODUCTION_MAJOR)
    data = server.embedded.data_dir
    key, certificate = data / "server.key", data / "server.crt"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    command = [
        openssl,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
        *subject,
    ]
    subprocess.run(command, check=True, capture_output=True)
    owner = data.stat()
    for file in (key, certificate):
        os.chown(file, owner.st_uid, owner.st_gid)
        file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    hba = data / "pg_hba.conf"
    hba.write_text("local all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n")
    with psycopg.connect(server.embedded.socket_url(), autocommit=True) as conn:
        conn.execute("ALTER SYSTEM SET ssl = on")
        conn.execute("SELECT pg_reload_conf()")
    yield server
    server.stop()


def test_a_server_that_takes_only_tls(tls_server: Server, planned: Shop) -> None:
    url = tls_server.url("postgres")
    for flag, code in (("--source", 5), ("--target", 6)):
        planned.plan(flag, url + "?sslmode=disable").expect(
            code, "the server accepts only TLS connections here", "add sslmode=require to the URL"
        )
    root = quote(str(tls_server.embedded.data_dir / "server.key"), safe="")
    planned.plan("--source", f"{url}?sslmode=verify-full&sslrootcert={root}").expect(5, "certificate", "sslrootcert")
    # It connects; that the rules do not fit an empty database is told next.
    planned.plan("--source", url + "?sslmode=require").expect(3, "users: there is no such table")


def test_a_copy_over_tls(tls_server: Server, shop: Shop) -> None:
    with psycopg.connect(tls_server.embedded.socket_url(), autocommit=True) as conn:
        conn.execute("CREATE DATABASE over_tls")
    target = tls_server.url("over_tls") + "?sslmode=require"
    shop.copy("--target", target, "--confirm", "over_tls").expect(0, "published")
    with psycopg.connect(target) as conn:
        assert one(conn, "SELECT count(*) FROM users") == 200


def test_pg_dump_that_is_missing(planned: Shop) -> None:
    planned.copy("--pg-dump", "/nonexistent/pg_dump").expect(
        5, "pg_dump: it cannot be run: /nonexistent/pg_dump", "postgresql-client-17", "--pg-dump"
    )


def test_pg_dump_that_is_older_than_the_server(planned: Shop) -> None:
    old = next((folder / "pg_dump" for major, folder in find_postgres().items() if major < PRODUCTION_MAJOR), None)
    if old is None or not old.is_file():
        pytest.skip(f"no pg_dump older than {PRODUCTION_MAJOR} is installed")
    planned.copy("--pg-dump", old).expect(
        5, r"pg_dump: the newest at hand is \d+\.\d+, the source is PostgreSQL 17", "postgresql-client-17"
    )


@pytest.mark.parametrize(("side", "flag"), [("source", "--source"), ("target", "--target")])
def test_a_pooler_in_transaction_mode_is_refused(shop: Shop, tmp_path: Path, side: str, flag: str) -> None:
    server, url = (shop.production, shop.source) if side == "source" else (shop.preview, shop.target)
    with Pooler.start(server.embedded, "transaction") as pooler, shop.untouched():
        shop.copy(flag, pooler.url(database_of(url))).expect(
            9, f"{side} .*the connection goes through a pooler in transaction mode", "use the direct URL"
        )


def test_a_pooler_in_session_mode_is_as_good_as_none(shop: Shop) -> None:
    with (
        Pooler.start(shop.production.embedded, "session") as first,
        Pooler.start(shop.preview.embedded, "session") as second,
    ):
        shop.copy("--source", first.url(database_of(shop.source)), "--target", second.url(shop.database)).expect(
            0, "published"
        )
    shop.expect_masked()


@pytest.fixture
def services(planned: Shop, tmp_path: Path) -> dict[str, str]:
    """The environment with a service file of two services, passwords in it."""

    def section(name: str, server: Server, url: str, database: str) -> str:
        place = f"host=127.0.0.1\nport={server.embedded.port}"
        return f"[{name}]\n{place}\nuser=postgres\npassword={server.embedded.password}\n{database}"

    file = tmp_path / "services"
    file.write_text(
        section("production", planned.production, planned.source, f"dbname={database_of(planned.source)}\n")
        + section("preview", planned.preview, planned.target, f"dbname={database_of(planned.target)}\n")
        + section("nameless", planned.preview, planned.target, "")
    )
    return {"PGSERVICEFILE": str(file)}


def test_services_that_name_their_databases(planned: Shop, services: dict[str, str]) -> None:
    urls = ["--source", "postgres://?service=production", "--target", "postgres:///?service=preview"]
    done = run("plan", "copy", *urls, "--rules", planned.rules, env=services).expect(
        0, f"target {planned.database}", "users"
    )
    assert not done.err, "nothing secret stands in the command line"
    run("copy", *urls, "--rules", planned.rules, env=services).expect(9, f'the target database is "{planned.database}"')
    run(
        "plan",
        "copy",
        *urls[:2],
        "--target",
        f"postgres:///{planned.database}?service=nameless",
        "--rules",
        planned.rules,
        env=services,
    ).expect(0)


@pytest.mark.parametrize("service", ["nameless", "missing"])
def test_services_that_do_not(planned: Shop, services: dict[str, str], service: str) -> None:
    run(
        "plan",
        "copy",
        "--source",
        f"postgres://?service={service}",
        "--target",
        planned.target,
        "--rules",
        planned.rules,
        env=services,
    ).expect(2, f"source URL: it names no database, and no service file gives the service {service} one")


def test_a_password_in_the_command_line_is_noted_once(planned: Shop) -> None:
    done = planned.plan().expect(0)
    assert (
        done.err.count(
            "note: everybody on this machine can read the password of --source and --target in the list of processes"
        )
        == 1
    )
    quiet = run(
        "plan", "copy", "--rules", planned.rules, env={"MASKER_SOURCE": planned.source, "MASKER_TARGET": planned.target}
    ).expect(0)
    assert not quiet.err


def test_settings_that_sessions_begin_with(shop: Shop) -> None:
    """Letters that the database's own encoding of clients has not; snapshots that have to be safe before anything is
    asked, and are not while the other side has a transaction open."""
    shop.write_rules("locale: en_US", "locale: ja_JP")
    target = shop.production.create_database(shop.source)
    for server, url in ((shop.production, shop.source), (shop.preview, shop.target), (shop.production, target)):
        with server.connect() as conn:
            for setting in (
                "client_encoding TO 'LATIN1'",
                "default_transaction_isolation TO 'serializable'",
                "default_transaction_deferrable TO 'on'",
            ):
                conn.execute(f'ALTER DATABASE "{database_of(url)}" SET {setting}'.encode())
    shop.copy().expect(0)
    shop.expect_masked()
    name = database_of(target)
    run("mask", "--source", shop.source, "--target", target, "--rules", shop.rules, "--confirm", name).expect(0)
