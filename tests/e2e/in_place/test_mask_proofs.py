"""What ``masker mask`` proves and leaves in its marker: a later ``masker verify`` needs nothing but the target."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.in_place.test_mask import KEY, InPlace
from tests.executable import Done, run
from tests.servers import Server
from tests.shop import RULES, VISITS, one

_RULES = (
    RULES.replace("page: keep", "page: {mask: token, prefix: /}")
    + "  logs: {columns: {doc: {mask: json, paths: {$.email: email}, other: keep}, line: {sql: 'left(line, 3) || id'},"
    " tags: keep}}\n"
)
_LOGS = """
CREATE TABLE logs (id integer PRIMARY KEY, doc jsonb, line text, tags text[], at timestamptz DEFAULT now());
INSERT INTO logs SELECT n, jsonb_build_object('email', 'canary' || n || '@shop.test', 'n', n), 'log canary ' || n,
ARRAY['a', 'b' || n] FROM generate_series(1, 30000) n; ANALYZE logs
"""


@pytest.fixture
def place(production: Server, shop_template: str, tmp_path: Path) -> InPlace:
    rules = tmp_path / "rules.yml"
    rules.write_text(_RULES)
    made = InPlace(server=production, target=production.create_database(shop_template), rules=rules)
    with made.connect() as conn:
        conn.execute(_LOGS)
    return made


def _verify(place: InPlace, *more: str) -> Done:
    return run("verify", "--target", place.target, *more)


#: Values of one row of thirty thousand, and what a later look says of them.
_VALUES = {
    "UPDATE visits SET page = '/canary/page/777' WHERE id = 777": r"proof: visits\.page",
    """UPDATE logs SET doc = '{"email": "canary777@shop.test", "n": 777}' WHERE id = 777""": r"proof: logs\.doc",
    "UPDATE logs SET line = 'log canary 778' WHERE id = 778": r"proof: logs\.line",
    "UPDATE logs SET tags = '{a}' WHERE id = 779": r"proof: logs\.tags",
    "UPDATE visits SET seconds = seconds + 1 WHERE id = 778": r"proof: visits\.seconds",
    "UPDATE plans SET price = 1 WHERE id = 3": r"proof: plans\.price",
    "UPDATE users SET phone = (SELECT phone FROM users WHERE id = 8) WHERE id = 7": r"proof: users\.phone",
}
_ROWS = {
    "DELETE FROM visits WHERE id = 777": "rows: visits: 29,999 rows found",
    "INSERT INTO plans VALUES (99, 'x', 1)": "rows: plans: 6 rows found",
    "UPDATE logs SET id = 99999 WHERE id = 777": "identity: logs: as many rows as expected, and not the same",
}


def test_one_row_of_thirty_thousand_is_found_later(place: InPlace) -> None:
    place.mask("--verify", "full").expect(0, "0 failed, 0 not run")
    _verify(place, "--verify", "full").expect(0)
    for spoilings in (_VALUES, _ROWS):
        spoilt = replace(place, target=place.server.create_database(place.target))
        with spoilt.connect() as conn:
            conn.execute(
                "UPDATE masker.run SET database_oid = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            for statement in spoilings:
                conn.execute(statement.encode())
        _verify(spoilt).expect(8, *spoilings.values())
    # It was restored from a source that the run has not read.
    _verify(place, "--source", spoilt.target, "--rules", str(place.rules)).expect(
        8, "not-run +source: .*masked the target where it stands and has read no source; leave --source out"
    )


def test_without_proof_the_gate_stays_shut(place: InPlace) -> None:
    key = ("--key-env", "MASKER_TEST_KEY")
    place.mask("--verify", "none", *key, env=KEY).expect(
        8, "not run +proof: the rows of all tables|1 not run", "the gate stays shut"
    )
    place.gate(*key, env=KEY).expect(8, "without proof")
    _verify(place).expect(8)
    # By the same key the masks make what stands there, which is not looked at any more.
    place.mask(*key, env=KEY).expect(9, "has masked it already")
    run("plan", "mask", "--target", place.target, "--rules", place.rules, *key, env=KEY).expect(
        0, "refused: .*has masked it already"
    )
    assert place.originals() == 0


@pytest.mark.parametrize("strategy", ["rewrite", "batches"])
def test_a_kept_column_that_is_altered_on_the_way_ends_the_run(place: InPlace, strategy: str) -> None:
    """Triggers are at rest while rows are masked; the function of an index runs."""
    place.rules.write_text(_RULES.replace("  visits:\n", f"  visits:\n    strategy: {strategy}\n"))
    with place.connect() as conn:
        conn.execute("""
            CREATE FUNCTION changing(bigint) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN
              IF $1 = 777 AND to_regclass('masker.progress') IS NOT NULL THEN UPDATE public.plans SET price = price + 1;
              END IF;
              RETURN $1; END $$;
            CREATE FUNCTION spoil(bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE
            AS $$ BEGIN RETURN public.changing($1); END $$;
            CREATE INDEX spoilt ON visits (spoil(id))""")
    place.mask().expect(8, r"plans\.price")
    place.gate().expect(8)


def test_what_the_planner_keeps_and_no_row_has_ends_the_run(place: InPlace) -> None:
    with place.connect() as conn:
        conn.execute("""
            CREATE FUNCTION noise(text) RETURNS text LANGUAGE plpgsql IMMUTABLE
            AS $$ BEGIN RETURN $1 || random(); END $$;
            CREATE INDEX noisy ON users (noise(name))""")
    place.mask().expect(8, "statistics: values of users: .*noisy.* that the planner keeps of it stand in no row")
    place.gate().expect(8)


def test_a_run_goes_on_by_the_proof_it_began_with(place: InPlace) -> None:
    with place.connect() as conn:
        conn.execute("ALTER TABLE visits ADD CONSTRAINT odd CHECK (id < 20000 OR page LIKE '/canary%')")
    place.mask("--workers", "1").expect(6, "constraint odd")
    with place.connect() as conn:
        conn.execute("ALTER TABLE visits DROP CONSTRAINT odd")
    place.mask("--verify", "full").expect(9, "proves its rows by --verify sample", "go on with --verify sample")
    done = place.mask()
    assert done.code in {0, 8}, done.err  # the constraint is not there any more, which is told
    with place.connect() as conn:
        assert one(conn, "SELECT count(*) FROM visits WHERE page LIKE '/%' AND page NOT LIKE '/canary%'") == VISITS
