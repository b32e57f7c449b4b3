"""Tables of so many columns that one question cannot be asked about all of them: a SELECT list takes 1,664 entries, a
function 100 arguments."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import Server

_FIXED, _TEXTS, _KEYLESS = 560, 110, 540

_SCRIPT = f"""
CREATE TABLE wide (id int PRIMARY KEY, {", ".join(f"c{n} text" for n in range(_FIXED))});
INSERT INTO wide (id, c0, c300, c559) SELECT n, 'canary', 'canary', 'canary' FROM generate_series(1, 20) n;
CREATE TABLE keyless (word text, {", ".join(f"c{n} text" for n in range(_KEYLESS))});
INSERT INTO keyless (word, c0, c539) SELECT 'word ' || n, 'canary', 'canary' FROM generate_series(1, 20) n;
CREATE TABLE texts (id int PRIMARY KEY, email text, {", ".join(f"k{n} text" for n in range(_TEXTS))});
INSERT INTO texts (id, email, k0) SELECT n, 'canary' || n || '@corp.test', 'kept ' || n FROM generate_series(1, 20) n;
"""

_RULES = f"""
undecided: keep
tables:
  wide: {{columns: {{{", ".join(f"c{n}: {{mask: fixed, value: x}}" for n in range(_FIXED))}}}}}
  keyless: {{columns: {{{", ".join(f"c{n}: {{mask: fixed, value: x}}" for n in range(_KEYLESS))}}}}}
  texts: {{columns: {{email: email}}}}
"""


def test_tables_of_many_columns_are_masked_and_proved(production: Server, preview: Server, tmp_path: Path) -> None:
    """What stands in the last of the columns is looked at as in the first."""
    pair = Pair.made(production, preview, tmp_path, _SCRIPT, _RULES)
    pair.copy().expect(0)
    pair.mask().expect(0)
    for database in (pair.target, pair.restored):
        assert pair.rows("SELECT c0, c300, c559, count(*) FROM wide GROUP BY 1, 2, 3", database) == [
            ("x", "x", "x", 20)
        ]
        assert pair.rows("SELECT c0, c539, count(DISTINCT word) FROM keyless GROUP BY 1, 2", database) == [
            ("x", "x", 20)
        ]
        assert pair.rows(
            "SELECT count(*) FROM texts WHERE email LIKE '%canary%' OR k0 NOT LIKE 'kept %'", database
        ) == [(0,)]
    pair.rows_written("UPDATE wide SET c559 = 'canary' WHERE id = 7; UPDATE texts SET k109 = 'canary' WHERE id = 7")
    pair.verify().expect(8, "wide.c559", "texts.k109")
    with production.connect(pair.source) as conn:
        conn.execute("UPDATE texts SET k109 = 'by ' || email")
    pair.plan().expect(3, "texts.k109: it is kept and shows email of its own row in 20 of 20 sampled rows")
