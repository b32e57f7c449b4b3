"""A long text that compresses well stands under a btree index; filler of its length does not fit there."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.pairs import Pair
from tests.servers import Server

_SCRIPT = """
CREATE TABLE notes (id int PRIMARY KEY, body text, short text); CREATE INDEX notes_body ON notes (body);
CREATE INDEX notes_short ON notes (short);
INSERT INTO notes SELECT n, repeat('1234567890', 1000), 'canary ' || n FROM generate_series(1, 3) n;
"""


def test_filler_that_is_too_long_for_an_index_is_told_before_and_after(
    production: Server, preview: Server, tmp_path: Path
) -> None:
    pair = Pair.made(production, preview, tmp_path, _SCRIPT, "tables: {notes: {columns: {body: lorem, short: lorem}}}")
    planned = pair.plan().expect(
        0,
        r"notes\.body: lorem makes values as long as their originals, up to 10,000 bytes, which may not fit into the"
        r" index notes_body of notes: it takes 2,704 bytes",
    )
    assert "notes_short" not in planned.out
    pair.plan_mask().expect(0, "may not fit into the index notes_body of notes")
    named = (
        "notes_body",
        "SQLSTATE 54000",
        r"the mask of notes\.body \(lorem, .*\) made a value that does not fit into the index",
    )
    pair.copy().expect(6, *named)
    pair.mask().expect(6, *named)
    pair.decide("tables: {notes: {columns: {body: token, short: lorem}}}")
    pair.copy().expect(0)
