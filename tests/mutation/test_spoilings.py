"""Verification is tested by what it must catch: a finished preview is spoilt in every way we know, one at a time."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.executable import Done, run
from tests.mutation.conftest import RULES
from tests.mutation.spoilings import GROUPS, SPOILINGS, Spoiling
from tests.servers import Server, database_of

PREVIEW = "library_preview"


@pytest.fixture(scope="session")
def finished(library: str, preview_server: Server) -> Iterator[str]:
    """A finished preview of it, proved in full, to make copies of."""
    target = preview_server.url(PREVIEW)
    run(
        "copy", "--source", library, "--target", target, "--rules", RULES, "--confirm", PREVIEW, "--verify", "full"
    ).expect(0)
    yield PREVIEW
    with preview_server.connect() as conn:
        conn.execute(f'DROP DATABASE IF EXISTS "{PREVIEW}" WITH (FORCE)'.encode())


@pytest.fixture
def spoilt(finished: str, preview: Server) -> str:
    """The URL of a copy of the finished preview, with the marker made its own."""
    target = preview.create_database(finished)
    with preview.connect(target) as conn:
        conn.execute(
            "UPDATE masker.run SET database_oid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    return target


def verify(library: str, target: str) -> Done:
    return run("verify", "--source", library, "--target", target, "--rules", RULES, "--verify", "full")


def spoil(spoiling: Spoiling, target: str, preview: Server) -> None:
    role = preview.create_owner() if "{role}" in spoiling.sql else ""
    sql = (
        spoiling.sql.replace("CREATE ROLE {role}; ", "")
        .replace("{role}", role)
        .replace("{database}", database_of(target))
    )
    with psycopg.connect(target, autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica; SET allow_system_table_mods = on")
        for statement in [sql] if "$$" in sql and "; CREATE EVENT" not in sql else sql.split("; "):
            conn.execute(statement.encode())


def test_a_finished_preview_has_nothing_to_find(library: str, spoilt: str) -> None:
    verify(library, spoilt).expect(0, r"\d+ checks passed, 0 failed, 0 not run")


@pytest.mark.parametrize(
    "spoiling", [pytest.param(each, id=each.name, marks=[] if each.alone else pytest.mark.slow) for each in SPOILINGS]
)
def test_what_is_spoilt_is_found(spoiling: Spoiling, library: str, spoilt: str, preview: Server) -> None:
    spoil(spoiling, spoilt, preview)
    verify(library, spoilt).expect(8, spoiling.finding, "not fit to be used")


@pytest.mark.parametrize("spoilings", GROUPS, ids=lambda group: f"{group[0]} and {len(group) - 1} more")
def test_what_is_spoilt_at_once_is_all_found(
    spoilings: tuple[Spoiling, ...], library: str, spoilt: str, preview: Server
) -> None:
    for spoiling in spoilings:
        spoil(spoiling, spoilt, preview)
    verify(library, spoilt).expect(8, *(spoiling.finding for spoiling in spoilings), "not fit to be used")
