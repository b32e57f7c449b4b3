"""Masking in place: nothing of the originals stays, nothing else changes, and the values are those of a copy in
flight."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from masker.copy.run import copy
from masker.errors import Refused
from masker.findings import FailedChecks
from masker.in_place.events import MaskPlanned
from masker.in_place.run import MaskResult, mask
from masker.settings import InPlaceOptions, Settings
from masker.verify.gate import check_gate
from tests.postgres import lodge, zoo
from tests.postgres.lodge import KEY, Lodge
from tests.servers import EACH_MAJOR, Server, ServersByMajor, database_of


@pytest.fixture
def made(server: Server, tmp_path: Path) -> Lodge:
    return lodge.build(server, tmp_path, "canarycanary")


@pytest.mark.parametrize("major", EACH_MAJOR)
def test_originals_are_gone_and_the_schema_is_as_it_was(
    servers_by_major: ServersByMajor, tmp_path: Path, major: int
) -> None:
    made = lodge.build(servers_by_major[major], tmp_path, f"canary{major}canary")
    assert len(made.survivors()) > 10_000
    before = made.script()

    result = made.mask()

    assert result.findings.are_good
    lodge.require_equal(before, made.script())
    assert made.survivors() == set()
    with made.server.connect(made.url) as conn:
        assert check_gate(conn, KEY).is_good
        assert lodge.column(conn, "guests", "visits") == [0] * 1500, "triggers acted"
        assert lodge.column(conn, "cards", "uses") == [0] * 1000, "triggers acted"
        assert lodge.column(conn, "audits", "before") == []
        left = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'masker'::regnamespace AND relkind = 'r'"
        ).fetchall()
        assert {name for (name,) in left} == {"run", "described"}


def test_values_are_those_of_a_copy_in_flight_by_rewrites_and_by_batches(made: Lodge, tmp_path: Path) -> None:
    target = made.server.create_database(owner=_owner_of(made.url))
    settings = Settings(
        source=made.url, target=target, rules=(made.rules,), confirm=database_of(target), workers=2, key=KEY
    )
    copied = copy(settings, lambda _event: None)
    assert copied.findings.are_good

    made.mask()
    by_batches = _by_batches(made.server, tmp_path / "batches")

    assert made.survivors() == set()
    with made.server.connect(target) as flown:
        expected = zoo.rows(flown)
    for url in (made.url, by_batches.url):
        with made.server.connect(url) as stayed:
            found = zoo.rows(stayed)
        assert sorted(found) == sorted(expected)
        for table, rows in expected.items():
            assert found[table] == rows, table


def _by_batches(server: Server, folder: Path) -> Lodge:
    """The same lodge, masked. What batches can do they do; tables that a masked key holds together are told to be
    rewritten."""
    rules = re.sub(r"^  (guests|stays):\n", r"  \1:\n    strategy: batches\n", lodge.RULES, flags=re.MULTILINE)
    rules = rules.replace("events: {where", "events: {strategy: batches, where").replace(
        "animals: {columns", "animals: {strategy: batches, columns"
    )
    rules = rules.replace("lists: {columns", "lists: {strategy: batches, columns")
    folder.mkdir()
    made = lodge.build(server, folder, "canarycanary", rules)
    before = made.script()

    result = made.mask(options=InPlaceOptions(batch_rows=100))

    assert {str(p.table.name) for p in result.plan.places if p.strategy == "batches"} >= {
        "guests",
        "stays",
        "events_later",
        "animals",
        "dogs",
        "cards",
        "lists",
    }
    lodge.require_equal(before, made.script())
    with server.connect(made.url) as conn:
        assert lodge.column(conn, "guests", "visits") == [0] * 1500, "triggers acted"
    return made


def test_an_older_snapshot_elsewhere_keeps_nothing(made: Lodge) -> None:
    with _snapshot(made.server.url()):
        made.mask()
        assert made.survivors() == set()


def test_an_older_snapshot_here_shuts_the_gate_until_it_is_gone(made: Lodge) -> None:
    opened: list[psycopg.Connection] = []
    with pytest.raises(FailedChecks) as failed:
        _mask_visited(
            made,
            InPlaceOptions(patience_s=0.5),
            lambda: opened.append(_snapshot(made.server.url(database_of(made.url)))),
        )
    assert {f.check for f in failed.value.findings.bad} == {"residue"}
    with made.server.connect(made.url) as conn:
        assert not check_gate(conn, None).is_good
    with pytest.raises(Refused, match="1 other session is connected"):
        made.mask()
    opened[0].close()

    result = made.mask()

    assert result.went_on
    assert made.survivors() == set()


def test_who_connects_meanwhile_shuts_the_gate_or_is_ended(made: Lodge) -> None:
    opened: list[psycopg.Connection] = []

    def visit(*urls: str) -> None:
        opened[:] = [psycopg.connect(url, application_name="puma: cluster", autocommit=True) for url in urls]

    with pytest.raises(FailedChecks) as failed:
        _mask_visited(made, InPlaceOptions(), lambda: visit(made.url))
    (found,) = failed.value.findings.bad
    told = f'pid {opened[0].info.backend_pid} as {_owner_of(made.url)}, "puma: cluster"'
    assert (found.check, told in found.detail) == ("sessions", True)
    opened[0].close()

    result = _mask_visited(
        made, InPlaceOptions(terminate=True), lambda: visit(made.url, made.server.url(database_of(made.url)))
    )

    assert result.findings.are_good
    own, operator = (conn.info.backend_pid for conn in opened)
    assert [note.text for note in result.notes if note.subject == "sessions"] == [
        (
            f'1 session connected while it was masked and had to be ended: pid {own} as {_owner_of(made.url)}, "puma:'
            ' cluster"'
        ),
        (
            f"1 session connected while it was masked as a superuser, the server's operator: pid {operator} as"
            ' postgres, "puma: cluster"'
        ),
    ]
    with pytest.raises(psycopg.OperationalError):
        opened[0].execute("SELECT 1")
    opened[1].close()


def _mask_visited(made: Lodge, options: InPlaceOptions, visit: Callable[[], None]) -> MaskResult:
    """Mask, and call *visit* when the run has made sure that it is alone. Its own sessions have a name that tells
    nothing."""
    settings = Settings(
        source="",
        target=f"{made.url}?application_name=worker",
        rules=(made.rules,),
        confirm=database_of(made.url),
        workers=2,
        key=KEY,
    )
    return mask(settings, options, lambda event: visit() if isinstance(event, MaskPlanned) else None)


def _snapshot(url: str) -> psycopg.Connection:
    """A session that has taken a snapshot and keeps it."""
    conn = psycopg.connect(url, autocommit=True)
    conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    conn.execute("SELECT 1")
    return conn


def _owner_of(url: str) -> str:
    return str(psycopg.conninfo.conninfo_to_dict(url)["user"])
