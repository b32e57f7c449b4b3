"""Values that are drawn from other rows: once a run, alike in every part, in a copy and in place, and verified."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import Server

SCRIPT = """
    CREATE TABLE users (id int PRIMARY KEY, mail text);
    CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, agent_id text, pay numeric(9,2), kind text,
      day date NOT NULL);
    INSERT INTO users SELECT n, 'canary' || n FROM generate_series(1, 40) n;
    INSERT INTO orders SELECT n, CASE WHEN n % 10 > 0 THEN CASE WHEN n % 2 = 0 THEN 1 ELSE 1 + n % 39 END END,
      (1 + n % 7)::text, 1000 + n % 50, (ARRAY['new', 'paid', 'canary'])[1 + n % 3], date '2020-01-01' + n % 90 FROM
      generate_series(1, 2000) n;
    ANALYZE;
"""

RULES = """
    tables:
      users: {columns: {mail: email}}
      orders:
        columns:
          user_id: fk_choice
          agent_id: fk_choice
          pay: {mask: shuffle, shows_originals: yes}
          kind: {mask: shuffle, shows_originals: yes}
          day: {mask: shuffle, shows_originals: yes, scope: day}
        references: {agent_id: users.id}
"""


def test_values_of_other_rows_are_drawn(production: Server, preview: Server, tmp_path: Path) -> None:
    pair = Pair.made(production, preview, tmp_path, SCRIPT, RULES)
    key = {"MASKER_TEST_KEY": "a key for tests that is long enough, really"}
    pair.copy("--key-env", "MASKER_TEST_KEY", env=key).expect(0)
    pair.mask("--key-env", "MASKER_TEST_KEY", env=key).expect(0)
    for database in (pair.target, pair.restored):
        first, others, nulls, pays, days, agents = pair.rows(
            "SELECT count(*) FILTER (WHERE user_id = 1), count(DISTINCT user_id), count(*) FILTER (WHERE user_id IS"
            " NULL), count(DISTINCT pay), count(DISTINCT day), count(DISTINCT agent_id) FROM orders",
            database,
        )[0]
        assert isinstance(first, int)
        assert 700 < first < 1000, "as often as on production"
        assert (others, nulls, pays, days, agents) == (39, 200, 50, 90, 7)
    moved = "SELECT id, user_id, pay, kind, day FROM orders ORDER BY id"
    copied = pair.rows(moved)
    assert copied == pair.rows(moved, pair.restored)
    assert sum(a[2] == b[2] for a, b in zip(copied, pair.rows(moved, pair.source), strict=True)) < 150
    # What is drawn later would be another list; that of the run stands in the marker.
    with production.connect(pair.source) as conn:
        conn.execute("INSERT INTO users VALUES (41, 'canary'); INSERT INTO orders VALUES (0, 41, '41', 7, 'x', now())")
    pair.verify("--key-env", "MASKER_TEST_KEY", env=key).expect(0)


def test_what_cannot_be_drawn_is_refused(production: Server, preview: Server, tmp_path: Path) -> None:
    script = """
        CREATE TABLE users (id int PRIMARY KEY, code text UNIQUE); CREATE TABLE loose (word text);
        CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, other_id int, part_id int REFERENCES
        users); CREATE TABLE sealed (id int PRIMARY KEY, word text UNIQUE);
        CREATE TABLE recent (id int PRIMARY KEY, word text); INSERT INTO sealed VALUES (5, 'a'), (1005, 'b');
        INSERT INTO users SELECT n, n FROM generate_series(1, 10001) n; INSERT INTO orders SELECT n, n, n, 1 FROM
        generate_series(1, 10001) n;
    """
    rules = """
        tables:
          users: {columns: {code: {mask: shuffle, shows_originals: yes}}}
          recent: {rows: id > 1, columns: {word: {mask: shuffle, shows_originals: yes}}}
          loose: {columns: {word: {mask: shuffle, shows_originals: yes}}}
          orders: {columns: {user_id: fk_choice, other_id: fk_choice, part_id: {mask: fk_choice, by: value}}}
    """
    pair = Pair.made(production, preview, tmp_path, script, rules)
    pair.check().expect(
        3,
        "orders.user_id: fk_choice: it refers to more than 10,000 keys of users",
        "write `id: permute` for users",
        "orders.other_id: fk_choice: it refers to nothing",
        "orders.part_id: integer: one value would become one value again",
        "users.code: a unique index rests on it",
        "loose.word: text: one value would become one value again",
        "recent.word: shuffle: it draws from all rows of the table, and `rows` leaves some of them out",
    )
    pair.decide("tables: {users: {columns: {code: shuffle}}, loose: {rows: none}}")
    pair.check().expect(3, "users.code: the mask shuffle needs shows_originals")

    # Two rows have keys that come to one place in the list.
    pair.decide("undecided: keep\ntables: {sealed: {columns: {word: {mask: encrypted, of: email}}}}")
    names = ("PRIMARY_KEY", "DETERMINISTIC_KEY", "KEY_DERIVATION_SALT")
    env = {f"ACTIVE_RECORD_ENCRYPTION_{name}": "a preview's own" for name in names}
    pair.check(env=env).expect(
        3,
        "sealed.word: a unique index rests on it, and there are 1,000 ciphertexts for keys that go over 1,001 numbers",
    )
