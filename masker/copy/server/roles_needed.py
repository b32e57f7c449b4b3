"""The roles that a schema names and a target may lack: those of policies, and with ``--owners`` and ``--grants`` those
of owners and grants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg

from masker.at_once import filled
from masker.catalog.read import HIDDEN_SCHEMAS
from masker.errors import Problem
from masker.postgres.entries import plain_name
from masker.postgres.errors import server_errors
from masker.queries import queries
from masker.sides import Side

_SQL = queries(__name__)

#: Of the kinds in ``pg_shdepend``: o owner, a grants, r policies. Default privileges belong to the role they are for;
#: the first role of a server, which is everywhere an owner, is not in it.
_NAMED = _SQL["named"]

_THERE = "SELECT rolname, pg_has_role(current_user, oid, {privilege}) FROM pg_roles WHERE rolname = ANY(%s)"

_WORDS = {"o": ("owns", "--owners"), "a": ("has privileges on", "--grants"), "r": ("is named by", "")}


def roles_question(source: psycopg.Connection, *, owners: bool, grants: bool) -> str:
    """What the source is asked for the roles that its schema names."""
    kinds = ["r", *(["o"] if owners or grants else []), *(["a"] if grants else [])]
    return filled(source, _NAMED, {"kinds": kinds, "hidden": list(HIDDEN_SCHEMAS)})


def roles_problems(named: Sequence[Sequence[Any]], target: psycopg.Connection, *, owners: bool) -> Iterator[Problem]:
    """A problem for each role that the source has *named* and the target does not have, or that its role may not act
    for."""
    named = [row for row in named if row[1] != "o" or owners]
    if not named:
        return
    # To own something for a role, or to speak for it, one has to be able to become it.
    query = _THERE.replace("{privilege}", "'SET'" if target.info.server_version >= 160000 else "'MEMBER'")
    with server_errors(Side.TARGET, "its roles were read"):
        there: dict[str, bool] = dict(target.execute(query.encode(), [[row[0] for row in named]]).fetchall())
    for role, kind, acts_for, count, example in named:
        verb, flag = _WORDS[kind] if not acts_for else ("has", "--grants")
        what = f"{verb} {example}" + (f" and {count - 1:,} more" if count > 1 else "")
        without = f", or leave out {flag}" if flag else ""
        if role not in there:
            yield Problem(
                f"role {role}",
                f"it is not on the target, and on the source it {what}",
                f"CREATE ROLE {plain_name(role)} on the target (NOLOGIN will do){without}",
            )
        elif (kind == "o" or acts_for) and not there[role]:
            me = target.info.user
            yield Problem(
                f"role {role}",
                f"on the source it {what}, and the target's role {me} may not act for it",
                f"GRANT {plain_name(role)} TO {plain_name(me)} on the target{without}",
            )
