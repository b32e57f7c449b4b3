"""A preview in a database as Heroku hands it out: one of a plain owner's, with event triggers, schemas and extensions
of the host's; set up by ``masker init`` and refreshed by what it has written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.executable import Done, run
from tests.rails_application import write_application
from tests.servers import Server, database_of
from tests.services import web

#: The host's, as dumps show them: they fire at every definition, and look for extensions in their functions.
_HOST = """
CREATE SCHEMA _heroku; CREATE SCHEMA heroku_ext; GRANT USAGE, CREATE ON SCHEMA heroku_ext TO PUBLIC;
CREATE TABLE _heroku.heartbeat (at timestamptz); REVOKE ALL ON SCHEMA _heroku FROM PUBLIC;
CREATE FUNCTION _heroku.create_ext() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE n text; BEGIN
  IF tg_tag = 'CREATE EXTENSION' AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN
    FOR n IN SELECT s.nspname FROM pg_event_trigger_ddl_commands() r JOIN pg_extension e ON e.oid = r.objid
      JOIN pg_namespace s ON s.oid = e.extnamespace WHERE r.object_type = 'extension' LOOP
      IF n <> 'heroku_ext' THEN RAISE EXCEPTION 'Extensions can only be created on heroku_ext schema'; END IF;
    END LOOP;
  END IF; END $$;
CREATE FUNCTION _heroku.drop_ext() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN IF tg_tag = 'DROP EXTENSION' AND current_query() ~* 'plpgsql' THEN RAISE EXCEPTION 'it stays'; END IF; END $$;
CREATE EVENT TRIGGER log_create_ext ON ddl_command_end EXECUTE FUNCTION _heroku.create_ext();
CREATE EVENT TRIGGER extension_before_drop ON ddl_command_start EXECUTE FUNCTION _heroku.drop_ext();
CREATE EVENT TRIGGER log_drop_ext ON sql_drop EXECUTE FUNCTION _heroku.drop_ext();
"""

_APPLICATION = """
CREATE SCHEMA heroku_ext; CREATE EXTENSION citext SCHEMA heroku_ext;
CREATE TABLE schema_migrations (version varchar PRIMARY KEY);
INSERT INTO schema_migrations VALUES ('20240101000000');
CREATE TABLE users (id bigserial PRIMARY KEY, email heroku_ext.citext NOT NULL UNIQUE, encrypted_password varchar);
INSERT INTO users (email) SELECT 'canary' || n || '@corp.test' FROM generate_series(1, 50) n;
"""

#: One database, as most applications have it.
_FILES = {
    "config/database.yml": 'production: {url: <%= ENV["DATABASE_URL"] %>}\n',
    "config/storage.yml": "local: {service: Disk, root: storage}\n",
}


class Dyno:
    """An application whose masker is started where its variables are."""

    def __init__(self, production: Server, preview: Server, folder: Path, extensions: str) -> None:
        self.root = write_application(folder / "shop", _FILES)
        self.source = production.create_database()
        with psycopg.connect(self.source, autocommit=True) as conn:
            conn.execute(_APPLICATION.encode())
        owner = preview.create_owner(may_create_databases=False)
        self.target = preview.create_database(owner=owner)
        with preview.connect(self.target) as host:
            name = database_of(self.target)
            host.execute(_HOST.encode())
            host.execute(
                f'ALTER ROLE "{owner}" CONNECTION LIMIT 20; ALTER SCHEMA public OWNER TO "{owner}";'
                f'ALTER DATABASE "{name}" SET search_path = "$user", public, heroku_ext;'
                f"CREATE EXTENSION pg_stat_statements SCHEMA {extensions}".encode()
            )
        self.env = {
            "PRODUCTION_DATABASE_URL": self.source,
            "PREVIEW_DATABASE_URL": self.target,
            "PREVIEW_PASSWORD": "for testers",
            "MASKER_KEY": "0123456789abcdef0123456789abcdef",
        }

    def init(self, **env: str) -> Done:
        return run("init", self.root, "--no-boot", "--heroku", "shop-preview", env={**self.env, **env}).expect(0)

    def masker(self, command: str, *more: str) -> Done:
        return run(command, *more, env=self.env, folder=self.root)

    def refresh(self) -> Done:
        return self.masker("refresh", "--confirm", "shop-preview")

    def settings(self) -> str:
        return (self.root / "masker.yml").read_text()

    def say(self, more: str) -> None:
        (self.root / "masker.yml").write_text(self.settings() + more)

    def checks(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for each in self.masker("doctor", "--json").json()["checks"]:
            found.setdefault(each["subject"], []).append(each)
        return found

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.target) as conn:
            return conn.execute(query.encode()).fetchall()


@pytest.fixture
def extensions() -> str:
    return "heroku_ext"


@pytest.fixture
def dyno(production: Server, preview: Server, tmp_path: Path, extensions: str) -> Dyno:
    return Dyno(production, preview, tmp_path, extensions)


def test_a_preview_is_replaced_within_its_database_and_then_brought_up_to_date(dyno: Dyno) -> None:
    dyno.init()
    assert "publish: delta " in dyno.settings()
    assert "#    - bin/rails db:migrate" in dyno.settings()
    assert "migrate:" not in dyno.settings().replace("db:migrate", "")

    # What is still missing is told by the doctor as by the run, before anything is touched.
    (copy,) = dyno.checks()["copy"]
    assert copy["state"] == "red"
    assert copy["remedy"] == "CREATE EXTENSION citext SCHEMA heroku_ext on the target"
    dyno.refresh().expect(9, "CREATE EXTENSION citext SCHEMA heroku_ext on the target")
    with psycopg.connect(dyno.target, autocommit=True) as conn:
        conn.execute("CREATE EXTENSION citext SCHEMA heroku_ext; CREATE TABLE former (id integer)")

    with web() as told:
        hooks = f"before: [touch begun]\n  restored: [{{webhook: {{url: '{told.url}'}}}}]"
        dyno.say(f"hooks:\n  {hooks}\n  published: ['echo $MASKER_STAGE >> stages']\n")
        dyno.refresh().expect(0, "everything is copied: no run of masker has filled the preview", "verified")
        triggers = "SELECT evtname FROM pg_event_trigger ORDER BY 1"
        assert dyno.rows(triggers) == [("extension_before_drop",), ("log_create_ext",), ("log_drop_ext",)]
        assert dyno.rows("SELECT to_regclass('former') IS NULL") == [(True,)]
        assert dyno.rows("SELECT count(*) FROM users WHERE email LIKE '%corp.test'") == [(0,)]

        with psycopg.connect(dyno.source, autocommit=True) as conn:
            conn.execute("INSERT INTO users (email) VALUES ('canary51@corp.test'); DELETE FROM users WHERE id = 1")
        done = dyno.refresh().expect(0, "bringing what has changed")
        assert "everything is copied" not in done.err
        assert dyno.rows("SELECT count(*) FROM users WHERE email NOT LIKE '%corp.test'") == [(50,)]
        assert dyno.rows("SELECT nextval('users_id_seq')") == [(52,)]
    # A preset does not look at the database.
    assert [body["stage"] for _, body in told.said("POST")] == ["restored", "restored"]
    assert (dyno.root / "stages").read_text().split() == ["published", "published"]
    checks = dyno.checks()
    assert {name for name, verdicts in checks.items() if any(v["state"] == "red" for v in verdicts)} == {"production"}
    assert "by schema" in checks["copy"][0]["text"]

    # Nobody sees the new preview before it is published: what is to look at it is refused before a hook is done.
    (dyno.root / "begun").unlink()
    dyno.say("migrate: touch migrated\n")
    dyno.refresh().expect(2, "hooks or migrations are to see the database before it is published", "published: ")
    assert not (dyno.root / "begun").exists()
    assert "hooks or migrations are to see" in dyno.checks()["copy"][0]["text"]


@pytest.mark.parametrize("extensions", ["public"])
def test_a_host_whose_extension_stands_among_the_tables_is_seen_by_init(dyno: Dyno, preview: Server) -> None:
    done = dyno.init()
    assert "publish: direct " in dyno.settings()
    assert "extension pg_stat_statements: it lives in schema public" in done.out
    (dyno.root / "masker.yml").unlink()
    gone = dyno.target.replace(database_of(dyno.target), "nosuchdatabase")
    dyno.init(PREVIEW_DATABASE_URL=gone).expect(0, "was not reached", "masker doctor says whether")
    with preview.connect(dyno.target) as host:
        host.execute("ALTER EXTENSION pg_stat_statements SET SCHEMA heroku_ext")
    told = [each for each in dyno.checks()["copy"] if each["remedy"]]
    assert [each["remedy"] for each in told] == ["publish: schema in masker.yml, or delta with a key"]
    dyno.refresh().expect(0, "all verified")
