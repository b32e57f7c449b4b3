"""Production is never written to: every way to name it as a target by mistake is refused, and it is what it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from tests.e2e.pooler import Pooler
from tests.executable import Done, run
from tests.forks import Kind, fork_of
from tests.servers import Server, database_of
from tests.shop import RULES, Shop, fill_shop, one
from tests.standby import standby_of

_STATE = """
SELECT concat_ws(' ', (SELECT oid FROM pg_database WHERE datname = current_database()), (SELECT md5(string_agg(u::text,
',' ORDER BY id)) FROM users u),
  (SELECT md5(string_agg(o::text, ',' ORDER BY id)) FROM orders o), (SELECT count(*) FROM visits),
  to_regclass('masker.run'))
"""


class Production:
    """A production database and what it was."""

    def __init__(self, server: Server, url: str, rules: Path) -> None:
        self.server = server
        self.url = url
        self.name = database_of(url)
        self.rules = rules

    def state(self) -> object:
        with self.server.connect(self.url) as conn:
            return one(conn, _STATE)

    @contextmanager
    def untouched(self) -> Iterator[None]:
        before, databases = self.state(), self.server.databases()
        yield
        assert self.state() == before
        assert self.server.databases() == databases

    def mask(self, *more: str | Path, env: dict[str, str] | None = None) -> Done:
        return run("mask", "--rules", self.rules, "--confirm", self.name, *more, env=env)

    def settings(self, text: str) -> Path:
        path = self.rules.parent / "masker.yml"
        path.write_text(f"version: 1\nrules: [{self.rules.name}]\n{text}")
        return path


@pytest.fixture
def shop_production(production: Server, shop_template: str, rules: Path) -> Production:
    return Production(production, production.create_database(shop_template), rules)


def over_socket(server: Server, url: str) -> str:
    return server.embedded.socket_url(database_of(url))


def by_other_host(server: Server, url: str) -> str:
    return url.replace("127.0.0.1", "localhost")


def over_ipv6(server: Server, url: str) -> str:
    return url.replace("127.0.0.1", "[::ffff:127.0.0.1]")


def as_another_role(server: Server, url: str) -> str:
    owner = server.create_owner()
    with server.connect() as conn:
        conn.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(database_of(url)), sql.Identifier(owner))
        )
    return server.url(database_of(url), user=owner)


def of_several_hosts(server: Server, url: str) -> str:
    port = server.embedded.port
    return f"postgresql://postgres:{server.embedded.password}@127.0.0.1:1,127.0.0.1:{port}/{database_of(url)}"


OTHER_NAMES: list[Callable[[Server, str], str]] = [
    over_socket,
    by_other_host,
    over_ipv6,
    as_another_role,
    of_several_hosts,
]


@pytest.mark.parametrize(
    ("command", "other"),
    [*(("mask", other) for other in OTHER_NAMES), ("copy", over_socket), ("direct", as_another_role)],
)
def test_one_database_by_two_names(
    shop_production: Production, command: str, other: Callable[[Server, str], str]
) -> None:
    place = shop_production
    target = other(place.server, place.url)
    ways = {"mask": ["mask"], "copy": ["copy"], "direct": ["copy", "--publish", "direct"]}
    with place.untouched():
        run(
            *ways[command], "--source", place.url, "--target", target, "--rules", place.rules, "--confirm", place.name
        ).expect(
            9,
            "source and target are the same database",
            "a lock taken on one is seen from the other",
            "give the preview's URL",
        )


@pytest.mark.parametrize("side", ["source", "target"])
def test_one_database_through_a_pooler(shop_production: Production, side: str) -> None:
    place = shop_production
    with Pooler.start(place.server.embedded, "session") as pooler, place.untouched():
        urls = {"source": place.url, "target": place.url, side: pooler.url(place.name)}
        place.mask("--source", urls["source"], "--target", urls["target"]).expect(
            9, "source and target are the same database"
        )


def test_a_pooler_in_transaction_mode_is_left_as_it_was(shop_production: Production) -> None:
    """What masker sets for its session would stay with a backend that serves the application next."""
    place = shop_production
    with Pooler.start(place.server.embedded, "transaction") as pooler, place.untouched():
        url = pooler.url(place.name)
        place.mask("--source", url, "--target", place.url).expect(9, "pooler in transaction mode")
        run("plan", "copy", "--source", url, "--target", place.url, "--rules", place.rules).expect(
            9, "pooler in transaction mode"
        )
        with closing(psycopg.connect(url, autocommit=True, prepare_threshold=None)) as application:
            for _ in range(5):
                assert (
                    one(
                        application,
                        "SELECT current_setting('default_transaction_read_only') || current_setting('search_path')",
                    )
                    == 'off"$user", public'
                )


@pytest.mark.parametrize(
    "command",
    [["mask"], ["refresh", "--in-place", "--confirm", "files"], ["plan", "mask"], ["copy"]],
    ids=lambda c: c[0],
)
def test_one_database_by_masker_yml_alone(shop_production: Production, command: list[str]) -> None:
    place = shop_production
    config = place.settings(
        f"source: {{url: '{place.url}'}}\ntarget: {{url: {{env: PREVIEW_URL}}}}\nbuckets:\n  - {{source:"
        " s3://production, target: s3://files}\n"
    )
    confirmed = [] if command[0] == "plan" else ["--confirm", place.name]
    with place.untouched():
        run(*command, "-c", config, *confirmed, env={"PREVIEW_URL": place.url}).expect(
            9, "source and target are the same database"
        )


def test_one_database_by_the_environment_alone(shop_production: Production) -> None:
    place = shop_production
    both = {"MASKER_SOURCE": place.url, "MASKER_TARGET": over_socket(place.server, place.url)}
    with place.untouched():
        place.mask(env=both).expect(9, "source and target are the same database")
        run("copy", "--rules", place.rules, "--confirm", place.name, env=both).expect(
            9, "source and target are the same database"
        )


@pytest.fixture(scope="module")
def follower(production_server: Server) -> Iterator[Callable[[str], str]]:
    with standby_of(production_server) as made:
        yield made


@pytest.mark.parametrize("command", ["mask", "copy"])
def test_a_follower_as_the_source_of_its_own_primary(
    shop_production: Production, follower: Callable[[str], str], command: str
) -> None:
    place = shop_production
    with place.untouched():
        run(
            command,
            "--source",
            follower(place.name),
            "--target",
            place.url,
            "--rules",
            place.rules,
            "--confirm",
            place.name,
        ).expect(
            9,
            "source and target are the same database",
            "one is a follower of the other: system [0-9]+, oid [0-9]+",
            "name the primary as the source",
        )


def test_a_follower_whose_identity_may_not_be_read(shop_production: Production, follower: Callable[[str], str]) -> None:
    place = shop_production
    role = place.server.create_owner()
    with place.server.connect(place.url) as conn:
        conn.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        conn.execute(sql.SQL("GRANT pg_read_all_data TO {}").format(sql.Identifier(role)))
    with place.untouched():
        source = follower(place.name).replace("postgres:", f"{role}:", 1)
        run("copy", "--source", source, "--target", place.url, "--rules", place.rules, "--confirm", place.name).expect(
            9, "source and target may be the same database", "GRANT EXECUTE ON FUNCTION pg_control_system"
        )


def test_a_follower_as_the_target(shop_production: Production, follower: Callable[[str], str]) -> None:
    place = shop_production
    with place.untouched():
        place.mask("--source", place.url, "--target", follower(place.name)).expect(
            9, "source and target are the same database"
        )


@pytest.mark.parametrize("kind", ["snapshot", "promoted"])
def test_a_fork_of_production_is_another_database(shop_production: Production, kind: Kind) -> None:
    place = shop_production
    with fork_of(place.server, kind) as fork, place.untouched():
        target = fork(place.name)
        run("plan", "mask", "--source", place.url, "--target", target, "--rules", place.rules).expect(
            0, "is of one origin with the source, a fork, a storage snapshot or a branch of it, and another database"
        )
        place.mask("--source", place.url, "--target", target).expect(0, "is of one origin with the source")
        with closing(psycopg.connect(target, autocommit=True)) as conn:
            assert one(conn, "SELECT count(*) FROM users WHERE email LIKE '%canary%'") == 0


def test_a_fork_beside_a_follower_is_told_by_its_timeline(
    shop_production: Production, follower: Callable[[str], str]
) -> None:
    place = shop_production
    with fork_of(place.server, "promoted") as fork, place.untouched():
        place.mask("--source", follower(place.name), "--target", fork(place.name)).expect(
            0, "the source is on timeline 1, the target on 2"
        )


def test_a_snapshot_beside_a_follower_cannot_be_told_from_the_primary(
    shop_production: Production, follower: Callable[[str], str]
) -> None:
    place = shop_production
    with fork_of(place.server, "snapshot") as fork, place.untouched():
        place.mask("--source", follower(place.name), "--target", fork(place.name)).expect(
            9, "the same database", "name the primary as the source"
        )


def test_databases_of_one_name_on_two_servers_are_two(shop_production: Production, preview: Server) -> None:
    place = shop_production
    target = preview.create_database(name=place.name)
    fill_shop(target)
    with place.untouched():
        done = place.mask("--source", place.url, "--target", target).expect(0)
        assert "one origin" not in done.out


def test_a_target_of_several_hosts_is_the_one_that_was_looked_at(shop_production: Production, preview: Server) -> None:
    """What the preview's server refuses a moment later, production's would allow."""
    place = shop_production
    owner = place.server.create_owner()
    with place.server.connect() as conn:
        role, database = sql.Identifier(owner), sql.Identifier(place.name)
        conn.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, role))
        conn.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(preview.embedded.password)))
    preview.create_database(name=place.name, owner=preview.create_owner(owner))
    hosts = ",".join(f"127.0.0.1:{server.embedded.port}" for server in (preview, place.server))
    target = f"postgresql://{owner}:{preview.embedded.password}@{hosts}/{place.name}"
    with place.untouched(), preview.connect() as conn:
        try:
            conn.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
            run(
                "copy", "--source", place.url, "--target", target, "--rules", place.rules, "--confirm", place.name
            ).expect(6, "the role may connect neither to postgres nor to template1")
        finally:
            conn.execute("GRANT CONNECT ON DATABASE postgres, template1 TO PUBLIC")


@pytest.mark.parametrize("command", ["copy", "mask"])
def test_a_source_that_another_one_was_named_instead_of(shop_production: Production, command: str) -> None:
    place = shop_production
    staging = place.server.create_database(place.url)
    config = place.settings(f"source: {{url: '{place.url}'}}\n")
    with place.untouched():
        given = ["--source", staging, "--target", over_socket(place.server, place.url), "--confirm", place.name]
        run(command, "-c", config, *given).expect(9, "source and target are the same database")
        run(command, "--rules", place.rules, *given, env={"MASKER_SOURCE": place.url}).expect(
            9, "source and target are the same database"
        )
        # Of another of the databases that masker.yml names.
        further = f"{{source: {{url: '{place.url}'}}, target: {{url: '{place.url}_preview'}}}}"
        config = place.settings(f"source: {{url: '{staging}'}}\ndatabases: {{stats: {further}}}\n")
        run(command, "-c", config, *given).expect(9, "source and target are the same database")
    nobody = {"MASKER_SOURCE": "postgres://u:p@127.0.0.1:1/production"}
    run(command, "--rules", place.rules, *given, "--json", env=nobody).expect(
        0, "production on 127.0.0.1:1.* could not be compared with the target"
    )


def test_a_target_that_is_protected_while_it_is_copied_is_not_replaced(shop: Shop) -> None:
    with shop.untouched():
        with shop.stalled_on_target() as (started, go_on):
            run("protect", env={"MASKER_TARGET": shop.target}).expect(0)
            go_on()
            started.wait().expect(9, "it is protected by", f"{shop.database} is as it was")
        run("protect", "--off", "--confirm", shop.database, env={"MASKER_TARGET": shop.target}).expect(0)


# Where the source cannot be asked.


def test_a_source_that_does_not_answer_ends_the_run(shop_production: Production) -> None:
    place = shop_production
    nobody = "postgres://u:p@127.0.0.1:1/production"
    with place.untouched():
        place.mask("--source", nobody, "--target", place.url).expect(
            5, "source production on 127.0.0.1:1: nothing listens there", "--no-source"
        )
        place.mask("--source", place.url + "_missing", "--target", place.url).expect(
            5, "there is no such database", "--no-source"
        )
        run(
            "refresh", "--in-place", "-c", _with_buckets(place, nobody), "--confirm", place.name, "--confirm", "files"
        ).expect(5, "nothing listens there", "--no-source")
    place.mask("--source", nobody, "--target", place.url, "--no-source").expect(0)


def _with_buckets(place: Production, source: str) -> Path:
    return place.settings(
        f"source: {{url: '{source}'}}\ntarget: {{url: '{place.url}'}}\nbuckets:\n  - {{source: s3://production, target:"
        " s3://files}\n"
    )


def test_a_source_whose_variable_is_not_set_ends_the_run(shop_production: Production) -> None:
    place = shop_production
    config = place.settings(f"source: {{url: {{env: PRODUCTION_URL}}}}\ntarget: {{url: '{place.url}'}}\n")
    with place.untouched():
        place.mask("-c", config).expect(
            2, "source.url: the environment variable PRODUCTION_URL is not set", "--no-source"
        )
    place.mask("-c", config, "--no-source").expect(0)


# Where no source is known.


@pytest.fixture
def rails_production(shop_production: Production) -> Production:
    with shop_production.server.connect(shop_production.url) as conn:
        conn.execute("CREATE TABLE ar_internal_metadata (key varchar PRIMARY KEY, value varchar)")
        conn.execute("INSERT INTO ar_internal_metadata VALUES ('environment', 'production')")
    shop_production.rules.write_text(
        RULES + "  ar_internal_metadata:\n    columns:\n      key: keep\n      value: keep\n"
    )
    return shop_production


def test_a_target_that_looks_like_production_has_to_be_meant(rails_production: Production) -> None:
    place = rails_production
    with place.untouched():
        place.mask("--target", place.url).expect(
            9,
            "it may be production. There is no source to compare it with, no run of masker has filled or masked it yet",
            "found: ar_internal_metadata says that it is of the environment production",
            "MASKER_SOURCE",
            "--first",
        )
        run("plan", "mask", "--target", place.url, "--rules", place.rules).expect(
            0, "refused: target .* may be production"
        )
    place.mask("--target", place.url, "--first").expect(0)
    # Filled by a run, whatever a restore has made of its tables since.
    with place.server.connect(place.url) as conn:
        conn.execute(
            "DROP TABLE plans; CREATE TABLE plans (id integer PRIMARY KEY, title text NOT NULL, price integer NOT NULL)"
        )
    place.mask("--target", place.url).expect(0)


def test_a_marker_that_came_along_says_nothing(rails_production: Production) -> None:
    place = rails_production
    place.mask("--target", place.url, "--first").expect(0)
    restored = place.server.create_database(place.url)
    run("mask", "--target", restored, "--rules", place.rules, "--confirm", database_of(restored)).expect(
        9, "it may be production"
    )


def test_sessions_of_others_make_a_target_look_like_production(shop_production: Production) -> None:
    place = shop_production
    target = as_another_role(place.server, place.url)
    role = target.partition("://")[2].partition(":")[0]
    with place.untouched(), closing(psycopg.connect(target, application_name="puma: cluster")):
        place.mask("--target", target, "--terminate").expect(
            9, rf'found: 1 session of others in it: {role} \("puma: cluster"\)'
        )


def test_with_a_source_nothing_is_asked(rails_production: Production, databases: tuple[str, str]) -> None:
    """Every preview looks so after pg:copy."""
    place = rails_production
    place.mask("--source", databases[0], "--target", place.url).expect(0)


# A source that is a preview.


def test_urls_that_are_swapped(verified: Shop, shop_production: Production) -> None:
    place = shop_production
    with place.untouched():
        for command in (["copy"], ["copy", "--publish", "direct"], ["mask"]):
            run(
                *command,
                "--source",
                verified.target,
                "--target",
                place.url,
                "--rules",
                place.rules,
                "--confirm",
                place.name,
            ).expect(
                9,
                "source: run [0-9a-z]+ of masker made a preview of it, so it is not production",
                "swapped",
                "--source-is-a-preview",
            )
        run("plan", "copy", "--source", verified.target, "--target", place.url, "--rules", place.rules).expect(
            0, "refused: source: run"
        )


@pytest.mark.parametrize("state", ["loading", "masking", "verified"])
def test_a_preview_in_any_state_is_no_source(verified: Shop, databases: tuple[str, str], state: str) -> None:
    with verified.preview.connect(verified.target) as conn:
        conn.execute("UPDATE masker.run SET state = %s", [state])
    target = databases[1]
    copy = replace(verified, source=verified.target, target=target).copy
    copy().expect(9, "source: run [0-9a-z]+ of masker (began to|made a)")
    copy("--source-is-a-preview").expect(0, "published")


def test_a_preview_whose_marker_may_not_be_read_is_no_source(verified: Shop, databases: tuple[str, str]) -> None:
    reader = verified.preview.create_owner(may_create_databases=False)
    with verified.preview.connect(verified.target) as conn:
        conn.execute(
            sql.SQL(
                "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {0}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public"
                " TO {0}"
            ).format(sql.Identifier(reader))
        )
    source = verified.preview.url(verified.database, user=reader)
    replace(verified, source=source, target=databases[1]).copy().expect(
        9, "a table masker.run that the role may not read", "--source-is-a-preview"
    )


def test_production_that_was_restored_from_a_preview_is_a_source(
    verified: Shop, preview: Server, databases: tuple[str, str]
) -> None:
    """Its marker was written for another database."""
    restored = preview.create_database(verified.target)
    replace(verified, source=restored, target=databases[1]).copy().expect(0, "published")


# Read only.


@pytest.mark.parametrize("command", ["mask", "direct"])
def test_a_target_that_is_set_read_only_is_refused(shop: Shop, shop_production: Production, command: str) -> None:
    place = shop_production
    with place.server.connect(place.url) as conn:
        conn.execute(f"ALTER DATABASE {place.name} SET default_transaction_read_only = on".encode())
    ways = {"mask": ["mask"], "direct": ["copy", "--publish", "direct"]}
    for env in ({}, {"PGOPTIONS": "-c default_transaction_read_only=off"}):
        with place.untouched():
            run(
                *ways[command],
                "--source",
                shop.source,
                "--target",
                place.url,
                "--rules",
                place.rules,
                "--confirm",
                place.name,
                env=env,
            ).expect(9, "default_transaction_read_only is on, set by ALTER DATABASE")
    asked = place.url + "?options=" + quote("-c default_transaction_read_only=on")
    with place.server.connect() as conn:
        conn.execute(f"ALTER DATABASE {place.name} RESET default_transaction_read_only".encode())
    with place.untouched():
        run(
            *ways[command], "--source", shop.source, "--target", asked, "--rules", place.rules, "--confirm", place.name
        ).expect(9, "set by the URL")


@pytest.mark.parametrize("publish", ["swap", "direct"])
def test_a_shell_that_is_read_only_for_psql_does_not_keep_from_publishing(shop: Shop, publish: str) -> None:
    run(*shop.arguments("copy", "--publish", publish), env={"PGOPTIONS": "-c default_transaction_read_only=on"}).expect(
        0, "published"
    )
    shop.expect_masked()


# The names that confirm.


def test_a_name_from_masker_yml_confirms(shop: Shop) -> None:
    config = shop.rules.parent / "masker.yml"
    config.write_text(
        f"version: 1\nsource: {{url: '{shop.source}'}}\ntarget: {{url: '{shop.target}', name: app-preview}}\nrules:"
        f" [{shop.rules.name}]\n"
    )
    with shop.untouched():
        run("copy", "-c", config).expect(
            9, f'the target database is "{shop.database}" \\("app-preview" in masker.yml\\)', "--confirm app-preview$"
        )
        run("copy", "-c", config, "--target", shop.target, "--confirm", "app-preview").expect(
            9, '--confirm says "app-preview", the target database is'
        )
    run("copy", "-c", config, "--confirm", "app-preview").expect(0, "published")
    run("mask", "-c", config, "--confirm", "app-preview", "--again").expect(0)
    run("copy", "-c", config, "--confirm", shop.database).expect(0, "published")


# The target's role.


def test_a_superuser_as_the_target_s_role_is_noted(shop: Shop) -> None:
    said = "target role postgres: is a superuser: functions that the source defines run with its rights on the target"
    shop.plan().expect(0, said)
    assert "target role postgres" in [note["subject"] for note in shop.copy("--json").expect(0).json()["notes"]]
    run("plan", "mask", "--target", shop.target, "--rules", shop.rules).expect(0, said)


def test_a_plain_owner_is_not(shop: Shop) -> None:
    owner = shop.preview.create_owner()
    with shop.preview.connect() as conn:
        conn.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(shop.database), sql.Identifier(owner))
        )
    done = shop.plan("--target", shop.preview.url(shop.database, user=owner)).expect(0)
    assert "target role" not in done.out
