"""``copy --publish direct`` into a database that its host watches over, as Heroku hands it out: triggers, schemas and
extensions of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg

from tests.e2e.pairs import Pair
from tests.servers import Server, database_of

_HOST = """
CREATE SCHEMA _heroku; CREATE SCHEMA heroku_ext; GRANT USAGE, CREATE ON SCHEMA heroku_ext TO PUBLIC;
CREATE FUNCTION _heroku.check_ext() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE n text; BEGIN
  FOR n IN SELECT s.nspname FROM pg_event_trigger_ddl_commands() r JOIN pg_extension e ON e.oid = r.objid
  JOIN pg_namespace s ON s.oid = e.extnamespace WHERE r.object_type = 'extension' LOOP
    IF n <> 'heroku_ext' AND session_user <> 'postgres' THEN RAISE EXCEPTION
    'Extensions can only be created on heroku_ext schema'; END IF;
  END LOOP; END $$;
CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN END';
CREATE EVENT TRIGGER validate_extension ON ddl_command_end WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION
_heroku.check_ext();
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION public.watch();
CREATE EXTENSION pg_stat_statements SCHEMA heroku_ext;
"""

_APPLICATION = """
CREATE TABLE users (id bigserial PRIMARY KEY, email {}.citext NOT NULL UNIQUE);
INSERT INTO users (email) SELECT 'u' || n || '@corp.test' FROM generate_series(1, 50) n;
"""

_RULES = """
tables:
  users: {columns: {email: email}}
"""


def test_direct_on_a_host_with_event_triggers_of_its_own(production: Server, preview: Server, tmp_path: Path) -> None:
    made = Pair.made(
        production,
        preview,
        tmp_path,
        "CREATE SCHEMA heroku_ext; CREATE EXTENSION citext SCHEMA heroku_ext;" + _APPLICATION.format("heroku_ext"),
        _RULES,
    )
    owner = preview.create_owner(may_create_databases=False)
    url = preview.create_database(owner=owner)
    with preview.connect(url) as host:
        host.execute(_HOST.encode())
        host.execute(f'ALTER SCHEMA public OWNER TO "{owner}"; CREATE TABLE public.stray (id int)'.encode())
    pair = replace(made, target=url)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE old (id int); CREATE EXTENSION citext SCHEMA heroku_ext")

    # The owner of the schema may drop what others have put there: nothing is in the way.
    pair.plan("--publish", "direct").expect(
        0, "event trigger validate_extension: of the target: .* stays", "event trigger watch: of the target"
    )
    pair.copy("--publish", "direct").expect(0, "published", "0 failed, 0 not run")
    assert pair.rows("SELECT evtname FROM pg_event_trigger ORDER BY 1") == [("validate_extension",), ("watch",)]
    assert pair.rows("SELECT count(*) FROM users WHERE email LIKE '%@corp.test'") == [(0,)]

    # What may not be dropped, an extension in another schema and one that the host does not let the role create are
    # told before anything goes.
    with preview.connect(url) as host:
        host.execute("CREATE SCHEMA audit; CREATE TABLE audit.log (id int)")
    in_the_way = "it cannot be emptied, since the role .* does not own schema audit"
    pair.copy("--publish", "direct").expect(9, in_the_way, "OWNER TO")
    with preview.connect(url) as host:
        host.execute("DROP SCHEMA audit CASCADE")
    public = production.create_database()
    with psycopg.connect(public, autocommit=True) as conn:
        conn.execute(("CREATE EXTENSION citext; " + _APPLICATION.format("public")).encode())
    older = replace(pair, source=public)
    older.copy("--publish", "direct").expect(
        4,
        "citext .*in schema public on the source and in heroku_ext on the target, and needed by column email of table"
        " public.users",
    )
    assert pair.rows("SELECT count(*) FROM users") == [(50,)]
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("DROP EXTENSION citext CASCADE")
    older.plan("--publish", "direct").expect(0, "creating extension citext: .* may forbid it in public")
    older.copy("--publish", "direct").expect(
        4, "can only be created on heroku_ext schema", f"{database_of(url)} is as it was"
    )
    assert pair.rows("SELECT count(*) FROM users") == [(50,)]
