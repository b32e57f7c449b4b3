"""Masking in place of what PostgreSQL itself does not keep when a column's type is altered."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import psycopg
import pytest

from masker.errors import RuleErrors
from masker.in_place.server.dependents import read_facts
from tests.postgres import lodge
from tests.postgres.test_mask_edges import Case
from tests.servers import EACH_MAJOR, Server, ServersByMajor

_SCRIPT = """
CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, city text);
CREATE INDEX users_low ON users (lower(email));
ALTER INDEX users_low ALTER COLUMN 1 SET STATISTICS 77;
CREATE STATISTICS where_from ON city, id FROM users;
ALTER STATISTICS where_from SET STATISTICS 55;
COMMENT ON STATISTICS where_from IS 'towns';
CREATE TABLE emptied (id integer PRIMARY KEY, secret text);
CREATE INDEX emptied_low ON emptied (lower(secret));
ALTER INDEX emptied_low ALTER COLUMN 1 SET STATISTICS 22;
CREATE STATISTICS secrets ON secret, id FROM emptied;
ALTER STATISTICS secrets SET STATISTICS 11;
CREATE TABLE base (id integer, owner text CONSTRAINT long CHECK (owner <> ''));
CREATE TABLE kid () INHERITS (base);
COMMENT ON CONSTRAINT long ON kid IS 'of the kid';
CREATE TABLE same (id integer, who text, CONSTRAINT long CHECK (who <> '')) PARTITION BY RANGE (id);
CREATE TABLE same_1 PARTITION OF same FOR VALUES FROM (0) TO (50);
CREATE TABLE same_2 PARTITION OF same FOR VALUES FROM (50) TO (500);
CREATE INDEX some_name ON same (who, id); CREATE INDEX ON same (lower(who)); CREATE UNIQUE INDEX ON same (id, who);
COMMENT ON CONSTRAINT long ON same_1 IS 'of the first';
CREATE TABLE own (id integer, who text) PARTITION BY RANGE (id);
CREATE TABLE own_1 (id integer, who text);
CREATE INDEX my_name ON own_1 (who);
ALTER TABLE own ATTACH PARTITION own_1 FOR VALUES FROM (0) TO (500);
CREATE INDEX ON own (who);
CREATE INDEX ON own_1 (lower(who));
ALTER INDEX own_1_lower_idx RENAME TO mine;
CREATE INDEX ON own (lower(who));
ALTER INDEX mine ALTER COLUMN 1 SET STATISTICS 44;
ALTER TABLE own_1 ADD CONSTRAINT my_key UNIQUE (id, who);
ALTER TABLE own ADD UNIQUE (id, who);
ALTER TABLE own_1 CLUSTER ON my_key;
COMMENT ON CONSTRAINT my_key ON own_1 IS 'a key of mine';
CREATE TABLE held (id integer, who text) PARTITION BY RANGE (id);
CREATE TABLE held_1 (id integer, who text);
CREATE INDEX his_name ON held_1 (who);
ALTER TABLE held ATTACH PARTITION held_1 FOR VALUES FROM (0) TO (500);
CREATE INDEX ON held (who);
CREATE INDEX held_1_who_idx ON held_1 (id);
CREATE TABLE twin (id integer, who text) PARTITION BY RANGE (id);
CREATE TABLE twin_1 (id integer, who text);
CREATE INDEX one_name ON twin_1 (who);
CREATE INDEX same_columns ON twin_1 (who);
ALTER TABLE twin ATTACH PARTITION twin_1 FOR VALUES FROM (0) TO (500);
CREATE INDEX ON twin (who);
CREATE INDEX ON twin (who);
CREATE TABLE wide (id integer, who text) PARTITION BY RANGE (id);
CREATE TABLE wide_1 (id integer, who text);
CREATE INDEX wide_1_who_idx ON wide_1 (who) WITH (fillfactor = 50);
ALTER TABLE wide ATTACH PARTITION wide_1 FOR VALUES FROM (0) TO (500);
CREATE INDEX ON wide (who);
CREATE TABLE bare (id integer, secret text) PARTITION BY RANGE (id);
CREATE TABLE bare_1 (id integer, secret text);
CREATE INDEX bare_name ON bare_1 (secret);
ALTER TABLE bare ATTACH PARTITION bare_1 FOR VALUES FROM (0) TO (500);
CREATE INDEX ON bare (secret);
CREATE TABLE said (id integer, who text) PARTITION BY RANGE (id);
CREATE TABLE said_1 PARTITION OF said FOR VALUES FROM (0) TO (500);
CREATE INDEX ON said (who);
COMMENT ON INDEX said_1_who_idx IS 'here only';
CREATE TABLE begun (id integer, who text) PARTITION BY RANGE (id);
CREATE TABLE begun_1 PARTITION OF begun FOR VALUES FROM (0) TO (500);
CREATE INDEX ON ONLY begun (who);
CREATE TABLE named (id integer, who text CONSTRAINT somebody NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE named_1 (id integer, who text CONSTRAINT anybody NOT NULL);
ALTER TABLE named ATTACH PARTITION named_1 FOR VALUES FROM (0) TO (500);
"""

_ROWS = "INSERT INTO {} SELECT n, 'who ' || n FROM generate_series(1, 100) AS n"
_TABLES = ("users", "emptied", "base", "kid", "same", "own", "said", "begun", "named", "held", "twin", "wide", "bare")

_RULES = """  users: {columns: {email: email, city: token}}
  emptied: {rows: none}
  bare: {rows: none}
  bare_1: {rows: none}
""" + "".join(
    f"  {name}: {{columns: {{{column}: token}}}}\n"
    for name, column in {
        **dict.fromkeys(("base", "kid"), "owner"),
        **dict.fromkeys(("same", "own", "said", "begun", "named", "held", "twin", "wide"), "who"),
        **{f"{name}_1": "who" for name in ("same", "own", "said", "begun", "named", "held", "twin", "wide")},
        "same_2": "who",
    }.items()
)


@pytest.mark.parametrize("major", EACH_MAJOR)
def test_all_is_as_it_was(servers_by_major: ServersByMajor, tmp_path: Path, major: int) -> None:
    rows = ";".join(_ROWS.format(name) for name in _TABLES)
    case = Case(servers_by_major[major], tmp_path, f"{_SCRIPT}{rows}; ANALYZE", _RULES)
    before = lodge.dump(case.url)

    result = case.mask()

    assert result.is_verified
    lodge.require_equal(before, lodge.dump(case.url))
    strategies = case.strategies(result)
    is_named = major >= 18
    assert {name: strategy for name, (strategy, _) in strategies.items()} == {
        **dict.fromkeys(("users", "base", "kid", "same_1", "same_2", "own_1", "said_1"), "rewrite"),
        **dict.fromkeys(("held_1", "twin_1", "wide_1", "begun_1"), "batches"),
        "named_1": "batches" if is_named else "rewrite",
        **dict.fromkeys(("emptied", "bare_1"), "empty"),
    }
    assert "his_name of held_1 has a name of its own" in strategies["held_1"][1]
    assert "here only" in before
    for name in _TABLES:
        assert case.values(f"SELECT count(*) FROM {name} AS t WHERE t::text LIKE '%who %'") == [0], name


@pytest.mark.parametrize("rules", ["columns: {code: {mask: token, by: value, scope: c}}", "rows: none"])
def test_keys_whose_triggers_are_disabled_are_refused(server: Server, tmp_path: Path, rules: str) -> None:
    """Made anew they would act."""
    script = """CREATE TABLE codes (code text PRIMARY KEY); CREATE TABLE uses (code text CONSTRAINT uses_code REFERENCES
        codes); INSERT INTO codes SELECT 'code ' || n FROM generate_series(1, 9) AS n"""
    case = Case(server, tmp_path, script, f"  codes: {{{rules}}}\n  uses: {{columns: {{code: KEPT}}}}\n")
    kept = "{mask: token, by: value, scope: c}" if "mask" in rules else "null"
    case.rules.write_text(case.rules.read_text().replace("KEPT", kept))
    with server.connect(case.url) as conn:
        conn.execute("ALTER TABLE uses DISABLE TRIGGER ALL")
        with pytest.raises(RuleErrors, match="1 problem") as refused:
            case.mask()
        assert "triggers of its foreign key uses_code are disabled" in refused.value.problems[0].found
        conn.execute("ALTER TABLE uses ENABLE TRIGGER ALL")
    case.mask()


@pytest.mark.parametrize("resting", ["uses_1", "codes_1"])
def test_keys_whose_triggers_are_disabled_on_a_partition_are_refused(
    server: Server, tmp_path: Path, resting: str
) -> None:
    """On either side, however far below the table that has the key."""
    script = """CREATE TABLE codes (code text PRIMARY KEY) PARTITION BY RANGE (code);
        CREATE TABLE codes_1 PARTITION OF codes DEFAULT;
        CREATE TABLE uses (id integer, code text CONSTRAINT uses_code REFERENCES codes) PARTITION BY RANGE (id);
        CREATE TABLE uses_0 PARTITION OF uses FOR VALUES FROM (0) TO (99) PARTITION BY RANGE (id);
        CREATE TABLE uses_1 PARTITION OF uses_0 DEFAULT;
        INSERT INTO codes SELECT 'code ' || n FROM generate_series(1, 9) AS n"""
    emptied = ("codes", "codes_1")
    rules = "".join(f"  {name}: {{rows: none}}\n" for name in emptied)
    nulls = "".join(f"  {name}: {{columns: {{code: null}}}}\n" for name in ("uses", "uses_0", "uses_1"))
    case = Case(server, tmp_path, script, rules + nulls)
    with server.connect(case.url) as conn:
        conn.execute(f"ALTER TABLE {resting} DISABLE TRIGGER ALL".encode())
        with pytest.raises(RuleErrors, match="1 problem") as refused:
            case.mask()
        assert "triggers of its foreign key uses_code are disabled" in refused.value.problems[0].found
        conn.execute(f"ALTER TABLE {resting} ENABLE TRIGGER ALL".encode())
    case.mask()


@pytest.mark.parametrize("major", EACH_MAJOR)
def test_names_the_server_makes_are_known(servers_by_major: ServersByMajor, major: int) -> None:
    """What it calls an index that nobody has named, of tables and columns short and long."""
    server = servers_by_major[major]
    names = [("t", "c"), ("t" * 58, "c"), ("t", "c" * 60), ("t" * 50, "c" * 50), ("表" * 19, "列" * 20)]
    made = [
        'CREATE INDEX ON "{t}" ("{c}")',
        'CREATE INDEX ON "{t}" (lower("{c}"), id)',
        """CREATE INDEX ON "{t}" ("{c}", ("{c}" || '-')) INCLUDE (id) WHERE "{c}" <> ''""",
        'ALTER TABLE "{t}" ADD UNIQUE (id, "{c}")',
        'ALTER TABLE "{t}" ADD PRIMARY KEY (id, "{c}")',
    ]
    with psycopg.connect(server.create_database(), autocommit=True) as conn:
        for number, ((table, column), index) in enumerate(product(names, made)):
            script = f"""CREATE TABLE "{{t}}" (id integer, "{{c}}" text) PARTITION BY RANGE (id);
                CREATE TABLE "p{{t}}" PARTITION OF "{{t}}" FOR VALUES FROM (0) TO (9); {index}"""
            conn.execute(script.replace("{t}", f"{number}_{table}").replace("{c}", column).encode())
        conn.execute("SET search_path = ''")
        columns = read_facts(conn).columns
    assert len(columns) == 2 * 2 * len(names) * len(made)
    assert not {str(name): facts for name, facts in columns.items() if facts.lost or facts.again}
