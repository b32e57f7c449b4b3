"""Whether a preview that has a subset can be held against its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.copy.verify_subset import require_drawable, rows_from_before
from masker.errors import UsageError
from masker.postgres.marker import Marker
from masker.settings import Settings
from masker.verify.gate import key_id

KEY = b"k" * 32


def _marker(key: bytes | None) -> Marker:
    record = {"key": key_id(key) if key is not None else None}
    return Marker(state="verified", run="r", record=record, is_its_own=True)


@pytest.mark.parametrize(
    ("given", "of_run", "is_refused"),
    [(KEY, KEY, False), (KEY[:-1] + b"x", KEY, True), (None, KEY, True), (None, None, True)],
)
def test_a_share_takes_the_key_that_drew_it(
    tmp_path: Path, given: bytes | None, of_run: bytes | None, *, is_refused: bool
) -> None:
    rules = tmp_path / "rules.yml"
    settings = Settings(source="", target="", rules=(rules,), key=given)
    for roots, is_drawn in (("{share: 5%}", True), ("{where: id < 9}", False)):
        rules.write_text(f"version: 1\nsubset: {{users: {roots}}}\n")
        if is_refused and is_drawn:
            with pytest.raises(UsageError, match="drawn by the key of the run"):
                require_drawable(settings, _marker(of_run))
        else:
            require_drawable(settings, _marker(of_run))


def test_without_a_run_that_has_read_a_source_no_row_is_from_before() -> None:
    assert rows_from_before(None) == "false"
    assert rows_from_before(_marker(KEY)) == "false"
