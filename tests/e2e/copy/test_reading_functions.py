"""What the schema computes or checks by functions that read other tables: by what stands in them when all are loaded,
whatever comes first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.pairs import Pair
from tests.servers import Server

#: The tables that are read are the small ones, so that they are loaded last; one says falsely that it is immutable, one
#: reads by another.
_SCRIPT = """
CREATE SCHEMA s1;
CREATE TABLE s1.zz_words (id int PRIMARY KEY, val varchar(32) NOT NULL UNIQUE, rank int);
INSERT INTO s1.zz_words SELECT n, chr(97 + n), n FROM generate_series(0, 2) n;
CREATE FUNCTION s1.known(p varchar) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT EXISTS (SELECT 1 FROM s1.zz_words
WHERE val = p) $$;
CREATE FUNCTION s1.known_by(p varchar) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN s1.known(p);
END $$;
CREATE FUNCTION s1.rank_of(p varchar) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT rank FROM s1.zz_words
WHERE val = p $$;
CREATE FUNCTION s1.twice(p int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT p * 2 $$;
CREATE DOMAIN s1.word AS varchar CONSTRAINT in_words CHECK (s1.known_by(VALUE));
COMMENT ON CONSTRAINT in_words ON DOMAIN s1.word IS 'one of the words';
CREATE TABLE s1.checked (id int PRIMARY KEY, val varchar NOT NULL CONSTRAINT known CHECK (s1.known(val)),
CONSTRAINT sure CHECK (s1.known_by(val)), CONSTRAINT plain CHECK (s1.twice(id) < 100000), note text);
COMMENT ON CONSTRAINT known ON s1.checked IS 'one of the words';
CREATE TABLE s1.parts (id int, val varchar CONSTRAINT known_part CHECK (s1.known(val))) PARTITION BY RANGE (id);
CREATE TABLE s1.part PARTITION OF s1.parts FOR VALUES FROM (0) TO (50000);
CREATE TABLE s1.parent (id int, val varchar, CONSTRAINT handed_down CHECK (s1.known(val)));
CREATE TABLE s1.child (CONSTRAINT handed_down CHECK (s1.known(val)), more text) INHERITS (s1.parent);
CREATE TABLE s1.spoken (id int PRIMARY KEY, word s1.word, words s1.word[]);
CREATE TABLE s1.computed (id int PRIMARY KEY, val varchar, rank int GENERATED ALWAYS AS (s1.rank_of(val)) STORED);
CREATE TABLE s1.indexed (id int PRIMARY KEY, val varchar, EXCLUDE USING btree ((s1.rank_of(val) + id * 10) WITH =));
CREATE INDEX indexed_rank ON s1.indexed (s1.rank_of(val)); CREATE INDEX indexed_some ON s1.indexed (id)
WHERE s1.known_by(val);
CREATE FUNCTION s1.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NOT s1.known(NEW.val) THEN RAISE 'unknown';
END IF; RETURN NEW; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON s1.checked FOR EACH ROW EXECUTE FUNCTION s1.refuse();
INSERT INTO s1.checked SELECT n, chr(97 + n % 3), 'n' || n FROM generate_series(1, 3000) n;
INSERT INTO s1.parts SELECT id, val FROM s1.checked; INSERT INTO s1.parent SELECT id, val FROM s1.checked;
INSERT INTO s1.child SELECT id, val FROM s1.checked;
INSERT INTO s1.spoken SELECT id, val FROM s1.checked; INSERT INTO s1.computed SELECT id, val FROM s1.checked;
INSERT INTO s1.indexed SELECT id, val FROM s1.checked; ANALYZE;
"""

_CHECKS = """
SELECT coalesce(conrelid::regclass::text, contypid::regtype::text), conname, convalidated, conislocal, coninhcount::int,
obj_description(oid, 'pg_constraint') FROM pg_constraint
WHERE contype = 'c' AND connamespace = 's1'::regnamespace ORDER BY 1, 2
"""


@pytest.mark.parametrize("workers", ["1", "4"])
def test_functions_read_other_tables_when_these_are_loaded(
    production: Server, preview: Server, tmp_path: Path, workers: str
) -> None:
    pair = Pair.made(production, preview, tmp_path, _SCRIPT, "undecided: keep")
    pair.copy("--workers", workers).expect(0, "published", "0 failed")
    assert pair.rows(_CHECKS) == pair.rows(_CHECKS, pair.source)
    assert pair.rows("SELECT count(*), sum(rank)::int FROM s1.computed") == [(3000, 3000)]
    pair.verify().expect(0)
    # What production's own rows break by now is told, and may be carried.
    with_broken = Pair.made(
        production,
        preview,
        tmp_path,
        _SCRIPT.replace("ANALYZE;", "DELETE FROM s1.zz_words WHERE val = 'c'; ANALYZE;"),
        "undecided: keep",
    )
    if workers == "4":
        with_broken.copy().expect(6, "a function that it calls reads rows", "or carry them with `tolerate:`")
        return
    with_broken.decide(
        "undecided: keep\ntolerate: {checks: not_valid}\ntables: {s1.spoken: {rows: none}, s1.computed: {rows: none},"
        " s1.indexed: {rows: none}}"
    )
    with_broken.plan().expect(0, "check known of s1.checked: carried as NOT VALID, since 1,000 rows break it")
    with_broken.copy().expect(
        0, "published", "tolerated: check known of s1.checked, carried as NOT VALID, 1,000 rows break it"
    )
    assert {name: valid for _, name, valid, *_ in with_broken.rows(_CHECKS)} == {
        "handed_down": False,
        "in_words": True,
        "known": False,
        "known_part": False,
        "plain": True,
        "sure": False,
    }
    with_broken.verify().expect(0)


#: Each reads the next one by a function, so that those whose names come first are filled last; one reads such a one by
#: its name.
_VIEWS = """
CREATE TABLE words (id int PRIMARY KEY, val text); INSERT INTO words SELECT n, 'w' || n FROM generate_series(1, 40) n;
CREATE MATERIALIZED VIEW d AS SELECT * FROM words; CREATE UNIQUE INDEX ON d (id);
CREATE FUNCTION of_d() RETURNS bigint LANGUAGE sql STABLE SET search_path = public AS $$ SELECT count(*) FROM d $$;
CREATE MATERIALIZED VIEW c AS SELECT of_d() AS n; CREATE INDEX ON c (n);
CREATE FUNCTION of_c() RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = public AS $$ BEGIN RETURN (SELECT n + 1
FROM c); END $$;
CREATE MATERIALIZED VIEW b AS SELECT of_c() AS n;
CREATE FUNCTION of_b() RETURNS bigint LANGUAGE plpgsql SET search_path = public AS $$ BEGIN RETURN (SELECT n + 1
FROM b); END $$;
CREATE MATERIALIZED VIEW a AS SELECT of_b() AS n;
CREATE MATERIALIZED VIEW above AS SELECT n FROM a;
"""


def test_materialized_views_that_read_each_other_by_functions_are_filled_in_an_order_that_shows_itself(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _VIEWS, "undecided: keep")
    pair.copy("--workers", "1").expect(0, "published", "0 failed")
    assert pair.rows(
        "SELECT a.n::int, b.n::int, c.n::int, above.n::int, count(d.*)::int FROM a, b, c, above, d GROUP BY 1, 2, 3, 4"
    ) == [(42, 41, 40, 42, 40)]
    assert pair.rows("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = indrelid WHERE c.relkind = 'm'") == [
        (2,)
    ]
    # One that production itself could not fill any more is no reason to try for ever.
    emptied = Pair.made(
        production, preview, tmp_path, _VIEWS + "REFRESH MATERIALIZED VIEW d WITH NO DATA;", "undecided: keep"
    )
    emptied.copy().expect(
        6,
        "SQLSTATE 55000",
        "no order fills a, above, b, c: what one of them calls may read a materialized view that holds no rows",
    )
