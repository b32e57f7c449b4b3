"""``masker protect``: a mark that outlives an upgrade, stays behind when the database is dumped, and that every writing
command obeys."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from masker.demo.installation import find_postgres
from tests.executable import Done, run
from tests.servers import EACH_MAJOR, Server, ServersByMajor, database_of
from tests.shop import one

RULES = "version: 1\ntables:\n  users:\n    columns:\n      email: email\n"


class Place:
    """A database that stands for production, and who owns it."""

    def __init__(self, server: Server, *, role: str | None, folder: Path) -> None:
        self.server = server
        self.url = server.create_database(owner=role) if role else server.create_database()
        self.name = database_of(self.url)
        self.rules = folder / "rules.yml"
        self.rules.write_text(RULES)
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute("CREATE TABLE users (id integer PRIMARY KEY, email text)")
            conn.execute("INSERT INTO users SELECT i, 'canary-' || i || '@shop.test' FROM generate_series(1, 20) i")

    def protect(self, *more: str, env: dict[str, str] | None = None) -> Done:
        return run("protect", *more, env={"MASKER_TARGET": self.url, **(env or {})})

    def comment(self) -> object:
        with self.server.connect() as conn:
            return one(
                conn, "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", self.name
            )

    def say(self, comment: str) -> None:
        with self.server.connect() as conn:
            conn.execute(
                sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(self.name), sql.Literal(comment))
            )

    def state(self) -> object:
        with self.server.connect(self.url) as conn:
            return one(
                conn,
                "SELECT concat_ws(' ', (SELECT oid FROM pg_database WHERE datname = current_database()),"
                " md5(string_agg(u::text, ',' ORDER BY id)), to_regclass('masker.run')) FROM users u",
            )

    @contextmanager
    def untouched(self) -> Iterator[None]:
        before = self.state()
        yield
        assert self.state() == before

    def write(self, command: str, source: str | None = None, target: str | None = None) -> Done:
        target = target or self.url
        given = ["--source", source] if source else []
        return run(
            *command.split(), "--target", target, *given, "--rules", self.rules, "--confirm", database_of(target)
        )


@pytest.fixture(params=EACH_MAJOR)
def server(request: pytest.FixtureRequest, servers_by_major: ServersByMajor) -> Server:
    return servers_by_major[request.param]


@pytest.fixture(params=["superuser", "owner"])
def place(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Place:
    role = server.create_owner() if request.param == "owner" else None
    return Place(server, role=role, folder=tmp_path)


def test_a_protected_database_is_written_to_by_no_command(place: Place) -> None:
    source = place.server.create_database(place.url)
    with place.untouched():
        said = place.protect().expect(0, "no command of masker writes to it", "protected by .* on 20")
        statement = said.out.splitlines()[0]
        assert statement.startswith(
            (f'ALTER DATABASE "{place.name}" SET masker.protected TO ', f'COMMENT ON DATABASE "{place.name}" IS ')
        )
        for command in (
            "mask",
            "mask --first --again --no-source",
            "copy",
            "copy --publish direct",
            "copy --source-is-a-preview",
        ):
            place.write(command, source).expect(
                9, f"target {place.name}: it is protected by .* on 20", "masker protect --off --confirm"
            )
        run("plan", "mask", "--target", place.url, "--rules", place.rules).expect(
            0, "refused: target .* it is protected by"
        )
        place.protect().expect(0, "It was so before")
        place.protect("--off").expect(9, "--confirm is missing, the target database is")
        place.protect("--off", "--confirm", "other").expect(9)
        place.write("mask").expect(9, "it is protected")
        place.protect("--off", "--confirm", place.name).expect(0, "is not protected")
        assert place.comment() is None
        place.protect("--off", "--confirm", place.name).expect(0, "was not before")
    place.write("mask").expect(0)


def test_the_statement_it_prints_is_the_one_write_it_makes(place: Place) -> None:
    """What it prints does the same elsewhere."""
    said = place.protect().expect(0).out.splitlines()[0]
    other = place.server.create_database(place.url)
    with place.server.connect() as conn:
        conn.execute(said.replace(place.name, database_of(other)).encode())
    place.write("mask", target=other).expect(9, "it is protected by")


def test_a_comment_that_was_there_is_kept(server: Server, tmp_path: Path) -> None:
    place = Place(server, role=server.create_owner(), folder=tmp_path)
    place.say("the shop's database\nowned by 'ops'")
    place.protect().expect(0, "COMMENT ON DATABASE")
    assert str(place.comment()).startswith("the shop's database\nowned by 'ops'\nmasker: protected by ")
    place.protect("--off", "--confirm", place.name).expect(0)
    assert place.comment() == "the shop's database\nowned by 'ops'"


def test_what_a_superuser_set_a_superuser_lifts(server: Server, tmp_path: Path) -> None:
    owner = server.create_owner()
    place = Place(server, role=owner, folder=tmp_path)
    run("protect", "--target", server.url(place.name)).expect(0, "ALTER DATABASE")
    place.write("mask").expect(9, r"it is protected by postgres on .* \(setting of the database\)")
    place.protect("--off", "--confirm", place.name).expect(
        6, 'permission denied to set parameter "masker.protected"', "connect as a superuser"
    )
    place.write("mask").expect(9, "it is protected by postgres")
    run("protect", "--off", "--target", server.url(place.name), "--confirm", place.name).expect(
        0, "RESET masker.protected"
    )
    place.write("mask").expect(0)


def test_marks_made_by_hand_count(server: Server, tmp_path: Path) -> None:
    owner = server.create_owner()
    place = Place(server, role=owner, folder=tmp_path)
    for statement in ("ALTER DATABASE {} SET masker.protected = 'on'", "ALTER ROLE {} SET masker.protected = 'true'"):
        name = sql.Identifier(owner if "ROLE" in statement else place.name)
        with server.connect() as conn:
            conn.execute(sql.SQL(statement).format(name))
        place.write("mask").expect(9, r"it is protected \(setting")
        if "ROLE" in statement:
            place.protect("--off", "--confirm", place.name).expect(
                6, r"it is still protected \(setting of the role or the server\)"
            )
        with server.connect() as conn:
            conn.execute(
                sql.SQL(
                    statement.partition(" =")[0].replace("SET masker.protected", "SET masker.protected = 'off'")
                ).format(name)
            )
    place.write("mask").expect(0)


def test_a_role_that_may_do_neither(server: Server, tmp_path: Path) -> None:
    place = Place(server, role=server.create_owner(), folder=tmp_path)
    other = server.url(place.name, user=server.create_owner())
    run("protect", "--target", other).expect(
        6, "may neither set a setting of .* nor comment on it", "connect as the database's owner"
    )


def test_a_dump_does_not_carry_it_along(place: Place, tmp_path: Path) -> None:
    place.protect().expect(0)
    folder = place.server.embedded.bin_dir
    if not (folder / "pg_dump").exists():
        folder = max(find_postgres().items())[1]
    file = tmp_path / "dump"
    subprocess.run([folder / "pg_dump", "-Fc", "-f", file, place.url], check=True)
    restored = place.server.create_database()
    subprocess.run([folder / "pg_restore", "--no-owner", "-d", restored, file], check=True)
    place.write("mask", target=restored).expect(0)
    # With --create it makes the very database again, as an upgrade does.
    said = subprocess.run(
        [folder / "pg_dump", "--create", "--schema-only", place.url], check=True, capture_output=True, text=True
    ).stdout
    assert "masker.protected" in said or "masker: protected" in said


def test_production_is_read_as_ever(place: Place) -> None:
    place.protect().expect(0)
    target = place.server.create_database()
    place.write("copy", place.url, target).expect(0, "published")
    # And the preview made of it is not protected.
    place.write("copy", place.url, target).expect(0, "published")


def test_flags_that_say_nothing(server: Server) -> None:
    run("protect").expect(2, "--target is missing")
    run("protect", "--target", server.url(), "--confirm", "x").expect(2, "--confirm says nothing")


def test_json(server: Server, tmp_path: Path) -> None:
    place = Place(server, role=server.create_owner(), folder=tmp_path)
    document = place.protect("--json").expect(0).json()
    assert document["protected"] is True
    assert document["statements"][0].startswith("COMMENT ON DATABASE")
    assert document["marks"][0].startswith("protected by ")
