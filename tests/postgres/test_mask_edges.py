"""Masking in place where it is awkward: collisions, keys set to NULL, cascades, what belongs to others, large
objects."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from masker.errors import MaskerError, Refused, RuleErrors, TargetError
from masker.findings import FailedChecks
from masker.in_place.events import MaskPlanned
from masker.in_place.run import MaskResult, mask
from masker.in_place.server.residue import detect
from masker.settings import InPlaceOptions, Settings
from tests.postgres import lodge
from tests.servers import Server, ServersByMajor, database_of


class Case:
    """A database of a plain owner, made by a script, and rules for it."""

    def __init__(self, server: Server, folder: Path, script: str, rules: str) -> None:
        self.server = server
        self.url = server.create_database(owner=server.create_owner())
        self.rules = folder / "rules.yml"
        self.rules.write_text(f"version: 1\nundecided: keep\ntables:\n{rules}")
        self.execute(script)

    def execute(self, script: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as conn:
            conn.execute(script.encode())

    def mask(self, key: bytes | None = lodge.KEY, batch_rows: int = 10, workers: int = 2) -> MaskResult:
        settings = Settings(
            source="", target=self.url, rules=(self.rules,), confirm=database_of(self.url), workers=workers, key=key
        )
        return mask(settings, InPlaceOptions(batch_rows=batch_rows, patience_s=5), lambda _event: None)

    def values(self, query: str, *settings: str) -> list[object]:
        with psycopg.connect(self.url) as conn:
            for name in settings:
                conn.execute(f"SET {name} = off".encode())
            return [row[0] for row in conn.execute(query.encode()).fetchall()]

    def strategies(self, result: MaskResult) -> dict[str, tuple[str, str]]:
        return {str(p.table.name): (p.strategy, p.reason) for p in result.plan.places}


@pytest.mark.parametrize("strategy", ["rewrite", "batches"])
def test_a_permutation_of_unique_values(server: Server, tmp_path: Path, strategy: str) -> None:
    """Each batch collides with values that wait to be masked, and in the end with each other."""
    script = """CREATE TABLE seats (id integer PRIMARY KEY, place integer NOT NULL UNIQUE, label text UNIQUE,
tag uuid UNIQUE);
                INSERT INTO seats SELECT n, n, 'label of seat number ' || n, lpad(n::text, 32, '0')::uuid
                FROM generate_series(1, 100) n"""
    columns = """{place: {sql: "101 - place"}, label: {sql: "'label of seat number ' || place"}}"""
    rules = f"  seats: {{strategy: {strategy}, columns: {columns}}}\n"
    case = Case(server, tmp_path, script, rules)

    result = case.mask()

    assert case.strategies(result)["seats"][0] == strategy
    assert case.values("SELECT place FROM seats ORDER BY id") == list(range(100, 0, -1))
    assert case.values("SELECT count(*) FROM seats WHERE label = 'label of seat number ' || place") == [100]


def test_batches_that_collide_only_meanwhile(server: Server, tmp_path: Path) -> None:
    script = (
        "CREATE TABLE seats (id integer PRIMARY KEY, place integer UNIQUE); INSERT INTO seats SELECT n, n FROM"
        " generate_series(1, 100) n"
    )
    case = Case(server, tmp_path, script, '  seats: {strategy: batches, columns: {place: {sql: "place + 7"}}}\n')
    case.mask()
    assert case.values("SELECT place FROM seats ORDER BY id") == list(range(8, 108))


def test_values_that_collide_for_good_fail(server: Server, tmp_path: Path) -> None:
    script = (
        "CREATE TABLE seats (id integer PRIMARY KEY, place integer UNIQUE); INSERT INTO seats SELECT n, n FROM"
        " generate_series(1, 3000) n"
    )
    case = Case(server, tmp_path, script, '  seats: {strategy: batches, columns: {place: {sql: "place % 2000"}}}\n')
    with pytest.raises(TargetError, match="SQLSTATE 23505"):
        case.mask()


def test_a_parent_is_emptied_once_its_children_let_go(server: Server, tmp_path: Path) -> None:
    script = """CREATE TABLE plans (id integer PRIMARY KEY, title text);
                CREATE TABLE users (id integer PRIMARY KEY, plan_id integer CONSTRAINT to_plan REFERENCES plans,
                email text);
                COMMENT ON CONSTRAINT to_plan ON users IS 'theirs';
                INSERT INTO plans SELECT n, 'secret ' || n FROM generate_series(1, 300) n; INSERT INTO users SELECT n,
                n, 'e' || n FROM generate_series(1, 300) n; ANALYZE"""
    case = Case(server, tmp_path, script, "  plans: {rows: none}\n  users: {columns: {plan_id: null, email: email}}\n")
    before = lodge.dump(case.url)
    case.mask()
    lodge.require_equal(before, lodge.dump(case.url))
    assert case.values("SELECT count(*) FROM plans") == [0]
    assert case.values("SELECT count(*) FROM users WHERE plan_id IS NOT NULL") == [0]
    assert case.values("SELECT count(*) FROM pg_stats WHERE tablename = 'plans'") == [0]


def test_a_cascade_that_deletes_more_than_the_rules_say_fails(server: Server, tmp_path: Path) -> None:
    script = """CREATE TABLE users (id integer PRIMARY KEY, email text); CREATE TABLE orders (id integer PRIMARY KEY,
user_id integer REFERENCES users ON DELETE CASCADE);
                INSERT INTO users SELECT n, 'e' || n FROM generate_series(1, 20) n; INSERT INTO orders SELECT n, n
                FROM generate_series(1, 20) n"""
    case = Case(
        server, tmp_path, script, '  users: {rows: "id <= 10", columns: {email: email}}\n  orders: {rows: "id <= 15"}\n'
    )
    with pytest.raises(FailedChecks) as failed:
        case.mask()
    assert {(f.check, f.subject) for f in failed.value.findings.bad} >= {("rows", "orders")}
    assert {f.subject for f in failed.value.findings.bad} == {"orders"}


def test_parents_are_thinned_out_once_children_let_go(server: Server, tmp_path: Path) -> None:
    script = """CREATE TABLE users (id integer PRIMARY KEY, email text); CREATE TABLE orders (id integer PRIMARY KEY,
user_id integer REFERENCES users ON DELETE CASCADE);
                CREATE TABLE visits (user_id integer NOT NULL REFERENCES users);
                INSERT INTO users SELECT n, 'e' || n FROM generate_series(1, 20) n; INSERT INTO orders SELECT n, n
                FROM generate_series(1, 20) n; INSERT INTO visits SELECT n FROM generate_series(1, 20) n"""
    case = Case(
        server,
        tmp_path,
        script,
        '  users: {rows: "id <= 10", columns: {email: email}}\n  orders: {columns: {user_id: null}}\n  visits: {rows:'
        " none}\n",
    )
    before = lodge.dump(case.url)
    case.mask()
    lodge.require_equal(before, lodge.dump(case.url))
    assert case.values("SELECT count(*) FROM orders") == [20]
    assert case.values("SELECT count(*) FROM users") == [10]


def test_what_masker_may_not_make_anew_leads_to_batches(server: Server, tmp_path: Path) -> None:
    script = """CREATE TABLE users (id integer PRIMARY KEY, email text, name text, city text);
CREATE TABLE others (id integer PRIMARY KEY, email text);
                CREATE FUNCTION shout(integer) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT upper(name) FROM users
                WHERE id = $1; END;
                INSERT INTO users SELECT n, 'e' || n, 'n' || n, 'c' FROM generate_series(1, 50) n; INSERT INTO others
                SELECT n, 'e' || n FROM generate_series(1, 50) n"""
    case = Case(
        server,
        tmp_path,
        script,
        "  users: {columns: {email: email, name: last_name}}\n  others: {columns: {email: email}}\n",
    )
    with server.connect(case.url) as conn:
        conn.execute("CREATE VIEW strange AS SELECT email FROM others")
    before = lodge.dump(case.url)

    strategies = case.strategies(case.mask())

    assert strategies["users"] == ("batches", "function public.shout(integer) rests on it")
    assert strategies["others"] == ("batches", "view strange belongs to another role")
    lodge.require_equal(before, lodge.dump(case.url))


@pytest.mark.parametrize("major", [15, 18])
def test_filtered_publications_and_virtual_columns(
    servers_by_major: ServersByMajor, tmp_path: Path, major: int
) -> None:
    kind = "VIRTUAL" if major >= 18 else "STORED"
    script = f"""CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, city text);
ALTER TABLE users REPLICA IDENTITY FULL;
                 CREATE TABLE cards (id integer PRIMARY KEY, holder text, first text GENERATED ALWAYS AS (left(holder,
                 1)) {kind});
                 INSERT INTO users SELECT n, 'e' || n, 'c' FROM generate_series(1, 50) n; INSERT INTO cards SELECT n,
                 'Holder ' || n FROM generate_series(1, 50) n"""
    case = Case(
        servers_by_major[major],
        tmp_path,
        script,
        "  users: {columns: {email: email}}\n  cards: {columns: {holder: full_name}}\n",
    )
    case.execute("CREATE PUBLICATION told FOR TABLE users (id, email) WHERE (email <> 'x'), cards")
    before = lodge.dump(case.url)
    result = case.mask()
    lodge.require_equal(before, lodge.dump(case.url))
    assert case.strategies(result)["users"][0] == "rewrite"
    assert case.strategies(result)["cards"][0] == "batches"
    assert case.values("SELECT count(*) FROM cards WHERE first = left(holder, 1) AND holder NOT LIKE 'Holder %'") == [
        50
    ]
    assert "publication told" in {note.subject for note in result.notes}


def test_large_objects_are_removed(server: Server, tmp_path: Path) -> None:
    case = Case(
        server,
        tmp_path,
        "SELECT lo_from_bytea(0, convert_to('largeobject' || lpad(n::text, 5, '0'), 'UTF8')) FROM generate_series(1,"
        " 200) n",
        "  {}\n",
    )
    case.rules.write_text("version: 1\n")
    with pytest.raises(MaskerError, match="1 problem"):
        case.mask()
    case.rules.write_text("version: 1\nlarge_objects: none\n")
    case.mask()
    assert case.values("SELECT count(*) FROM pg_largeobject_metadata") == [0]
    assert server.find_in_files({f"largeobject{n:05}".encode() for n in range(1000)}) == set()


def test_goes_on_with_a_fresh_key_unless_tables_would_disagree(server: Server, tmp_path: Path) -> None:
    script = """CREATE TABLE users (id integer PRIMARY KEY, name text); CREATE TABLE orders (id integer PRIMARY KEY,
user_id integer, name text); CREATE TABLE cities (id integer PRIMARY KEY, name text);
                INSERT INTO users SELECT n, 'name ' || repeat('x', 90) FROM generate_series(1, 3000) n;
                INSERT INTO orders SELECT n, n, 'name ' || repeat('x', 50) FROM generate_series(1, 3000) n;
                INSERT INTO cities SELECT n, 'c' || n FROM generate_series(1, 3000) n;
                ALTER TABLE cities ADD CONSTRAINT odd CHECK (id < 2000 OR name LIKE 'c%')"""
    scoped = "{mask: last_name, by: user_id, scope: person}"
    for_users = "{mask: last_name, scope: person}"
    case = Case(
        server,
        tmp_path,
        script,
        f"  users: {{columns: {{name: {for_users}}}}}\n  orders: {{columns: {{name: {scoped}}}}}\n  cities: {{columns:"
        " {name: token}}\n",
    )
    with pytest.raises(TargetError, match="constraint odd"):
        case.mask(key=None, workers=1)
    case.execute("DELETE FROM cities WHERE id >= 2000")
    result = case.mask(key=None, workers=1)
    assert result.went_on
    assert case.values("SELECT count(*) FROM users u JOIN orders o ON o.user_id = u.id WHERE u.name <> o.name") == [0]

    other = Case(
        server,
        tmp_path,
        script.replace("ALTER TABLE cities", "ALTER TABLE orders").replace("LIKE 'c%'", "LIKE 'name%'"),
        case.rules.read_text().partition("tables:\n")[2],
    )
    with pytest.raises(TargetError, match="constraint odd"):
        other.mask(key=None, workers=1)
    other.execute("DELETE FROM orders WHERE id >= 2000")
    with pytest.raises(Refused, match="share the scope person"):
        other.mask(key=None, workers=1)


def test_a_change_of_the_schema_meanwhile_shuts_the_gate(server: Server, tmp_path: Path) -> None:
    case = Case(
        server,
        tmp_path,
        "CREATE TABLE users (id integer PRIMARY KEY, email text); INSERT INTO users VALUES (1, 'e')",
        "  users: {columns: {email: email}}\n",
    )

    def meddle(event: object) -> None:
        if isinstance(event, MaskPlanned):
            case.execute("CREATE INDEX sudden ON users (email)")

    settings = Settings(
        source="", target=case.url, rules=(case.rules,), confirm=database_of(case.url), workers=1, key=lodge.KEY
    )
    with pytest.raises(FailedChecks) as failed:
        mask(settings, InPlaceOptions(), meddle)
    assert [str(f) for f in failed.value.findings.bad] == ["fail   schema: index public.sudden: was not there before"]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("default 'yamada@corp.co.jp'", ["an e-mail address"]),
        ("user@example.com, a@b.invalid, x@mail.example.org", []),
        ("call +81 90 1234 5678", ["a telephone number"]),
        ("03-1234-5678", ["a telephone number"]),
        ("id 2024-01-02, 10.0.0.1, 12345678", []),
        ("4242 4242 4242 4242", ["a card number"]),
        ("4242 4242 4242 4241", []),
        ("key sk_live_abcdefghijklmnop", ["a token"]),
    ],
)
def test_texts_that_look_personal(text: str, kinds: list[str]) -> None:
    assert detect(text) == kinds


def test_a_schema_that_quotes_somebody_is_noted_and_not_quoted(server: Server, tmp_path: Path) -> None:
    script = """CREATE TABLE users (id integer PRIMARY KEY, email text DEFAULT 'boss@corp.co.jp');
COMMENT ON TABLE users IS 'ask tanaka@corp.co.jp';
                CREATE TYPE number AS ENUM ('03-1234-5678'); CREATE TABLE versions (id integer PRIMARY KEY,
                object text)"""
    case = Case(server, tmp_path, script, "  users: {columns: {email: email}}\n")
    notes = {note.subject: note.text for note in case.mask().notes}
    assert {
        "the comment on table public.users",
        "the default of column email of table public.users",
        "the type public.number",
        "versions",
    } <= set(notes)
    assert not any("tanaka" in text or "boss" in text or "1234" in text for text in notes.values())


def test_a_rule_for_a_table_of_an_extension_is_applied(server: Server, tmp_path: Path) -> None:
    script = (
        "CREATE TABLE h_cron_job (id serial PRIMARY KEY, username text); INSERT INTO h_cron_job (username) VALUES"
        " ('tanaka@corp.test'); CREATE TABLE t (id integer, v text)"
    )
    case = Case(server, tmp_path, script, "  h_cron_job: {columns: {username: email}}\n")
    with server.connect(case.url) as conn:
        conn.execute("CREATE EXTENSION citext; ALTER EXTENSION citext ADD TABLE h_cron_job")
    assert case.mask().findings.are_good
    assert case.values("SELECT count(*) FROM h_cron_job WHERE username = 'tanaka@corp.test'") == [0]


@pytest.mark.parametrize(
    "rule",
    [
        "{columns: {email: email}}",
        "{rows: none}",
        "{columns: {email: 'null'}}",
        "{rows: 'id < 5', columns: {email: keep}}",
    ],
)
def test_a_rule_for_rows_on_another_server_is_refused(server: Server, tmp_path: Path, rule: str) -> None:
    case = Case(server, tmp_path, "CREATE TABLE t (id integer)", f"  legacy_users: {rule}\n")
    with server.connect(case.url) as conn:
        conn.execute(
            "CREATE EXTENSION postgres_fdw; CREATE SERVER legacy FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN"
            " TABLE legacy_users (id integer, email text) SERVER legacy"
        )
    with pytest.raises(RuleErrors) as refused:
        case.mask()
    assert [(p.subject, p.position.line if p.position else 0) for p in refused.value.problems] == [("legacy_users", 4)]
    case.rules.write_text("version: 1\ntables: {legacy_users: {columns: {email: keep}}}\n")
    assert case.mask().findings.are_good


def test_rows_that_are_written_to_an_emptied_table_meanwhile_fail(server: Server, tmp_path: Path) -> None:
    script = """CREATE TABLE audits (line text); CREATE TABLE users (id integer PRIMARY KEY, email text);
INSERT INTO users SELECT n, 'e' || n FROM generate_series(1, 20) n;
                CREATE FUNCTION told(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.audits
                VALUES ($1); RETURN $1; END $$;
                CREATE FUNCTION tells(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.told($1);
                END $$; CREATE INDEX ON users (tells(email))"""
    case = Case(server, tmp_path, script, "  users: {columns: {email: email}}\n  audits: {rows: none}\n")
    with pytest.raises(FailedChecks) as failed:
        case.mask()
    assert ("rows", "audits") in {(f.check, f.subject) for f in failed.value.findings.bad}


def test_columns_may_be_called_as_masker_calls_things(server: Server, tmp_path: Path) -> None:
    script = """CREATE TABLE coefficients (id serial PRIMARY KEY, k0 text, k1 integer); INSERT INTO coefficients (k0,
k1) SELECT 'secret value ' || n, n FROM generate_series(1, 100) n;
                CREATE TABLE t2 (k integer PRIMARY KEY, t text, d text, h bigint, at text, c0 text, d0 text, e0 text,
                t0 text, o1 text, w text, b text);
                INSERT INTO t2 SELECT n, 'secret value ' || n, 'secret value ' || n, n, 'a', 'secret value ' || n, 'd',
                'e', 't', 'o', 'w', 'b' FROM generate_series(1, 100) n;
                CREATE TABLE t3 (d text, n integer); INSERT INTO t3 SELECT 'secret value ' || n, n
                FROM generate_series(1, 100) n;
                CREATE TABLE t4 (k0 integer, k1 text, v text, PRIMARY KEY (k0, k1)); INSERT INTO t4 SELECT n, 'k',
                'secret value ' || n FROM generate_series(1, 100) n"""
    for strategy in ("rewrite", "batches"):
        rules = "".join(
            f"  {table}: {{strategy: {strategy}, columns: {{{columns}}}}}\n"
            for table, columns in (
                ("coefficients", "k0: token"),
                ("t2", "t: token, d: token, c0: token"),
                ("t3", "d: token"),
                ("t4", "k1: keep, v: token"),
            )
        )
        case = Case(server, tmp_path, script, rules)
        assert case.mask().findings.are_good
        assert case.values("SELECT count(*) FROM coefficients WHERE k0 LIKE 'secret%'") == [0]
        assert case.values("SELECT count(*) FROM t2 WHERE concat(t, d, c0) LIKE '%secret%'") == [0]


@pytest.mark.parametrize("major", [15, 18])
def test_a_partition_that_is_half_detached_is_told_before_anything_is_changed(
    servers_by_major: ServersByMajor, tmp_path: Path, major: int
) -> None:
    script = """CREATE TABLE metrics (id bigint, day date NOT NULL, who text) PARTITION BY RANGE (day);
                CREATE TABLE metrics_2020 PARTITION OF metrics FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
                CREATE TABLE metrics_2021 PARTITION OF metrics FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
                INSERT INTO metrics SELECT n, '2020-01-01'::date + n, 'w' || n FROM generate_series(0, 700) n"""
    case = Case(servers_by_major[major], tmp_path, script, "  metrics: {columns: {who: token}}\n")
    with psycopg.connect(case.url) as reader, psycopg.connect(case.url, autocommit=True) as detaching:
        reader.execute("SELECT count(*) FROM metrics")
        detaching.execute("SET statement_timeout = '1s'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            detaching.execute("ALTER TABLE metrics DETACH PARTITION metrics_2020 CONCURRENTLY")
    assert case.values("SELECT count(*) FROM pg_inherits WHERE inhdetachpending") == [1]
    with pytest.raises(MaskerError, match=r"metrics_2020.*detach") as refused:
        case.mask()
    assert "FINALIZE" in str(refused.value.hint)
    assert case.values("SELECT to_regnamespace('masker') IS NULL") == [True]
    case.execute("ALTER TABLE metrics DETACH PARTITION metrics_2020 FINALIZE")
    case.rules.write_text(
        "version: 1\nundecided: keep\ntables:\n  metrics: {columns: {who: token}}\n  metrics_2020: {columns: {who:"
        " token}}\n"
    )
    assert case.mask().findings.are_good
    assert case.values(
        "SELECT (SELECT count(*) FROM metrics WHERE who ~ '^w[0-9]+$') + (SELECT count(*) FROM metrics_2020 WHERE who ~"
        " '^w[0-9]+$')"
    ) == [0]


def test_published_tables_of_which_no_column_tells_the_row_are_masked_and_thinned_out(
    server: Server, tmp_path: Path
) -> None:
    """The server lets no row of them be changed or deleted as they are."""
    script = """CREATE TABLE days (at date NOT NULL, guest text, stays boolean) PARTITION BY RANGE (at);
        CREATE TABLE days_early PARTITION OF days FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
        CREATE TABLE days_late PARTITION OF days DEFAULT;
        INSERT INTO days SELECT '2019-12-01'::date + n, 'guest ' || n, n % 3 = 0 FROM generate_series(1, 60) n;
        CREATE TABLE calls (guest text, stays boolean);
        INSERT INTO calls SELECT 'guest ' || n, n % 3 = 0 FROM generate_series(1, 60) n;
        CREATE TABLE notes (id integer PRIMARY KEY, guest text);
        INSERT INTO notes SELECT n, 'guest ' || n FROM generate_series(1, 60) n;
        ALTER TABLE notes REPLICA IDENTITY NOTHING"""
    rules = """  days: {rows: stays, strategy: batches, columns: {guest: token}}
  calls: {rows: stays, columns: {guest: token}}
  notes: {strategy: batches, columns: {guest: token}}
"""
    case = Case(server, tmp_path, script, rules)
    with server.connect(case.url) as conn:
        conn.execute("CREATE PUBLICATION everything FOR ALL TABLES")
        conn.execute("CREATE PUBLICATION few FOR TABLE days, calls")
    assert case.mask().is_verified
    everybody = "SELECT guest FROM days UNION ALL SELECT guest FROM calls UNION ALL SELECT guest FROM notes"
    assert not any("guest" in str(guest) for guest in case.values(everybody))
    assert case.values(f"SELECT count(*) FROM ({everybody}) AS e") == [100]
    identities = "SELECT concat(relname, relreplident) FROM pg_class WHERE relname = ANY(ARRAY{}) ORDER BY 1"
    assert case.values(identities.format(["days_early", "calls", "notes"])) == ["callsd", "days_earlyd", "notesn"]


@pytest.mark.parametrize("emptied", [False, True], ids=["masked", "emptied"])
def test_tables_that_inherit_from_several(server: Server, tmp_path: Path, emptied: bool) -> None:
    script = """CREATE TABLE swimming (id integer, keeper text);
        CREATE TABLE flying (keeper text, wings integer);
        CREATE TABLE swift () INHERITS (flying);
        CREATE TABLE duck (pond text) INHERITS (swimming, swift);
        INSERT INTO swimming SELECT n, 'keeper ' || n FROM generate_series(1, 30) n;
        INSERT INTO duck SELECT n, 'keeper ' || n, 2, 'pond' FROM generate_series(1, 30) n;
        INSERT INTO swift SELECT 'keeper ' || n, 2 FROM generate_series(1, 30) n;
        ANALYZE"""
    rule = "rows: none" if emptied else "columns: {keeper: token}"
    rules = "".join(f"  {name}: {{{rule}}}\n" for name in ("swimming", "flying", "swift", "duck"))
    case = Case(server, tmp_path, script, rules)
    assert case.mask().is_verified
    assert case.values("SELECT count(*) FROM swimming") == [0 if emptied else 60]
    assert case.values("SELECT count(*) FROM flying WHERE keeper LIKE 'keeper%'") == [0]
    known = "SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND histogram_bounds::text LIKE '%keeper %'"
    assert case.values(known) == [0]
