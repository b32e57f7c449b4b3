"""Branches whose names are cut, and pristine copies, which are given up for nothing but another."""

from __future__ import annotations

import psycopg
import pytest

from masker.branches.branch import DRAFT
from masker.branches.make import make_branch, make_pristine, pristine_name
from masker.branches.remove import look
from masker.errors import Refused, TargetError
from masker.postgres.connect import Endpoint, connect, parse_url
from masker.postgres.marker import write_marker
from masker.postgres.target import lock_target, oid_of, shadow_name
from masker.sides import Side
from masker.verify.gate import sealed
from tests.servers import Server

#: More bytes than a draft's name has of a branch's.
_LONG = "preview_of_the_billing_department_in_frankfurt"


def _preview(server: Server, name: str) -> Endpoint:
    """A database with a marker that opens the gate."""
    url = server.create_database(name=name)
    _fill(url, "aaaaaaa1")
    return parse_url(url, Side.TARGET)


def _fill(url: str, run: str, state: str = "verified") -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        write_marker(conn, state, sealed(conn, {"run": run}, state, None))


def test_a_branch_is_not_made_while_what_is_left_of_its_name_is_swept(preview: Server) -> None:
    target = _preview(preview, "swept")
    stem = shadow_name(_LONG, "x" * 8, DRAFT).partition(DRAFT)[0]
    assert stem != _LONG
    with preview.connect() as pruning:
        lock_target(pruning, stem)
        with pytest.raises(Refused, match="another masker run"):
            make_branch(target, _LONG, of="swept", key=None, ttl=None, terminate=False)
    assert _LONG not in preview.databases()


def test_a_pristine_copy_makes_way_only_for_another_of_the_same_preview(preview: Server) -> None:
    names = [f"{_LONG}_{end}" for end in ("one", "two")]
    pristine, another = map(pristine_name, names)
    assert pristine != another
    first, second = (_preview(preview, name) for name in names)
    preview.create_database(name=another)
    with preview.connect() as conn:
        try:
            make_pristine(first, of=names[0], key=None, terminate=False)
            before = oid_of(conn, pristine)
            with pytest.raises(Refused, match="no pristine copy of"):
                make_pristine(second, of=names[1], key=None, terminate=False)
            with connect(first), pytest.raises(TargetError, match="are connected to"):
                make_pristine(first, of=names[0], key=None, terminate=False)
            assert oid_of(conn, pristine) == before
            make_pristine(first, of=names[0], key=None, terminate=False)
            assert oid_of(conn, pristine) not in {None, before}

            # As it was, being filled by another run, that run's but not to be looked at, and then it is.
            for run, state, is_closed, is_over in (
                ("aaaaaaa1", "verified", False, False),
                ("aaaaaaa2", "loading", False, False),
                ("aaaaaaa2", "verified", True, False),
                ("", "", False, True),
            ):
                if run:
                    _fill(preview.url(names[0]), run, state)
                conn.execute(f'ALTER DATABASE "{names[0]}" ALLOW_CONNECTIONS {not is_closed}')
                found = look(first)
                (branch,) = found.branches
                assert found.is_over(branch) is is_over
        finally:
            conn.execute(f'DROP DATABASE IF EXISTS "{pristine}" WITH (FORCE)')


def test_the_pristine_copy_of_a_branch_is_kept_while_the_branch_is_as_it_was(preview: Server) -> None:
    target = _preview(preview, "branched")
    with preview.connect() as conn:
        try:
            make_branch(target, "branch", of="branched", key=None, ttl=None, terminate=False)
            make_pristine(target, of="branch", key=None, terminate=False)
            found = look(target)
            assert [branch.name for branch in found.branches] == ["branch", "branch__masker_untouched"]
            assert not any(map(found.is_over, found.branches))
        finally:
            for name in ("branch", "branch__masker_untouched"):
                conn.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
