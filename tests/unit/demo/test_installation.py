"""Programs that cannot be run are passed over or named, never half-used."""

from __future__ import annotations

from pathlib import Path

import pytest

from masker.demo.installation import Account, usable_by, version_of
from masker.errors import MaskerError

OURSELVES = Account(user=None, group=None)


def _program(folder: Path, says: str) -> Path:
    folder.mkdir(parents=True)
    program = folder / "postgres"
    program.write_text(f"#!/bin/sh\necho '{says}'\n")
    program.chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ("postgres (PostgreSQL) 17.10", (17, 10)),
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", (15, 18)),
        ("postgres (PostgreSQL) 19beta1", (19, 0)),
        ("something else", None),
    ],
)
def test_the_version_is_read_with_and_without_a_packager(
    tmp_path: Path, says: str, version: tuple[int, int] | None
) -> None:
    assert version_of(_program(tmp_path / "bin", says)) == version


def test_no_program_no_version(tmp_path: Path) -> None:
    assert version_of(tmp_path) is None


def test_programs_that_run_are_used_where_they_are(tmp_path: Path) -> None:
    folder = _program(tmp_path / "bin", "postgres (PostgreSQL) 17.10")
    assert usable_by(OURSELVES, folder) == folder


def test_programs_that_do_not_run_are_named_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(MaskerError, match=r"do not run as user id \d+") as raised:
        usable_by(OURSELVES, tmp_path / "bin")
    assert raised.value.hint
