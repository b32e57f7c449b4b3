"""Masks that have to agree, tried on values of both sides: what types, collations and lengths make of an expression
only the server knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from masker.at_once import limited, taken_back
from masker.catalog.types import Column, ColumnType, TypeClass
from masker.errors import Problem
from masker.masks.together import Member
from masker.names import TableName
from masker.postgres.errors import ServerFault, server_errors
from masker.postgres.keyring import in_turn
from masker.postgres.quietly import answer
from masker.sides import Side
from masker.tables.plan import MaskedColumn, TablePlan

#: Values of each of two columns on which their masks are compared.
_VALUES = 500

_TIMEOUT_MS = 15_000

#: Numbers that every integer type of a size holds.
_LIMITS = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1}


def disagreements(
    conn: psycopg.Connection,
    groups: Sequence[Sequence[Member]],
    tables: Sequence[TablePlan],
    bindings: Mapping[str, str],
    side: Side,
) -> list[Problem]:
    """A problem for each column of a group whose mask makes another value of some original and identity than that of
    the group's first. A source's session holds *bindings*."""
    plans = {plan.table.name: plan for plan in tables if plan.action == "mask"}
    problems: list[Problem] = []
    with server_errors(side, "masks that have to agree were compared"):
        for group in groups:
            found = _distinct(group, plans)
            for first, other in ((found[0], other) for other in found[1:]):
                with in_turn(conn, bindings, first.plan.settings | other.plan.settings, side):
                    problems += _compared(conn, first, other, side)
    return problems


@dataclass(frozen=True, slots=True)
class _Masked:
    """A member with its expression."""

    member: Member
    plan: TablePlan
    column: MaskedColumn

    @property
    def keys(self) -> Sequence[Column]:
        """The columns of its identity, none if that is its own value."""
        return () if self.member.identity.by_value else self.member.identity.columns

    @property
    def signature(self) -> tuple[object, ...]:
        """What makes two of them one expression over columns of one type."""
        return (
            self.column.sql,
            self.member.column.name,
            self.member.type.base,
            tuple((key.name, key.type.base) for key in self.keys),
        )

    def values(self) -> sql.Composed:
        """Some of its originals and identities as text: ``v``, ``k0``, ``k1`` …"""
        names = [self.member.column.name, *(key.name for key in self.keys)]
        items = [
            sql.SQL("{}::text AS {}").format(sql.Identifier(name), alias)
            for name, alias in zip(names, _aliases(self.keys), strict=True)
        ]
        there = [sql.SQL("{} IS NOT NULL").format(sql.Identifier(name)) for name in names]
        return sql.SQL("(SELECT {} FROM ONLY {} WHERE {} LIMIT {})").format(
            sql.SQL(", ").join(items),
            sql.Identifier(self.plan.table.name.schema, self.plan.table.name.name),
            sql.SQL(" AND ").join(there),
            sql.Literal(_VALUES),
        )

    def computed(self) -> sql.Composed:
        """What its expression makes of ``s.v`` and ``s.k0`` …, every other column of the row being NULL."""
        given = dict(zip([self.member.column.name, *(key.name for key in self.keys)], _aliases(self.keys), strict=True))
        items = [
            sql.SQL("{}::{} AS {}").format(
                sql.SQL("s.{}").format(given[c.name]) if c.name in given else sql.SQL("NULL"),
                sql.SQL(c.type.base),
                sql.Identifier(c.name),
            )
            for c in self.plan.table.columns
        ]
        return sql.SQL("(SELECT {} AS r FROM (SELECT {}) AS t OFFSET 0)").format(
            sql.SQL(self.column.sql), sql.SQL(", ").join(items)
        )


def _aliases(keys: Sequence[Column]) -> list[sql.Identifier]:
    return [sql.Identifier("v"), *(sql.Identifier(f"k{at}") for at in range(len(keys)))]


def _distinct(group: Sequence[Member], plans: Mapping[TableName, TablePlan]) -> list[_Masked]:
    """The members of *group* that are masked, those of one expression once: partitions of a table are many."""
    found: dict[tuple[object, ...], _Masked] = {}
    for member in group:
        plan = plans.get(member.column.table)
        column = next((m for m in plan.masked if m.name == member.column.name), None) if plan is not None else None
        # Rows that a condition leaves as they are do so by the rules' will.
        if (
            plan is not None
            and column is not None
            and plan.where is None
            and column.drawn is None
            and column.share is None
        ):
            masked = _Masked(member, plan, column)
            found.setdefault(masked.signature, masked)
    return list(found.values())


def _compared(conn: psycopg.Connection, one: _Masked, other: _Masked, side: Side) -> Iterator[Problem]:
    conditions = _conditions(one, other)
    if conditions is None:
        return
    values = sql.SQL("SELECT * FROM ({} UNION {}) AS u({}) WHERE {} OFFSET 0").format(
        one.values(),
        other.values(),
        sql.SQL(", ").join(_aliases(one.keys)),
        sql.SQL(" AND ").join([sql.SQL("v <> ''"), *conditions]),
    )
    query = sql.SQL(
        "SELECT count(*), count(*) FILTER (WHERE a.r::text IS DISTINCT FROM b.r::text) FROM ({}) AS s, LATERAL {} AS a,"
        " LATERAL {} AS b"
    ).format(values, one.computed(), other.computed())
    subject, place = str(other.member.column), one.member.place
    try:
        tried, apart = _counts(conn, query, side)
    except ServerFault as fault:
        if fault.is_connection:
            raise
        found = f"whether it agrees with {place} could not be tried: {fault.text}"
        yield Problem(subject, found, "give the two scopes of their own if they need not agree", other.member.position)
        return
    if apart:
        found = (
            f"it shares scope {other.member.identity.scope}, identity and mask with {place}, and {apart:,} of {tried:,}"
            " values would not agree"
        )
        yield Problem(subject, found, "give both columns one type, or scopes of their own", other.member.position)


def _counts(conn: psycopg.Connection, query: sql.Composed, side: Side) -> tuple[int, int]:
    if side is Side.TARGET:
        with conn.transaction(force_rollback=True):
            conn.execute(limited(_TIMEOUT_MS))
            ((tried, apart),) = answer(conn, query.as_string(conn), 2)
            return int(tried or 0), int(apart or 0)
    try:
        (((tried, apart),),) = taken_back(conn, [query], timeout_ms=_TIMEOUT_MS)
    except psycopg.Error as error:
        raise ServerFault.from_error(error) from None
    return int(tried), int(apart)


def _conditions(one: _Masked, other: _Masked) -> list[sql.Composable] | None:
    """Of values as text, which fit both; None if there is nothing to compare."""
    found: list[sql.Composable] = []
    pairs = [
        (one.member.type, other.member.type),
        *((mine.type, theirs.type) for mine, theirs in zip(one.keys, other.keys, strict=True)),
    ]
    for alias, (mine, theirs) in zip(_aliases(one.keys), pairs, strict=True):
        condition = _fitting(alias, mine, theirs)
        if condition is None:
            return None
        found += condition
    return found


def _fitting(alias: sql.Identifier, mine: ColumnType, theirs: ColumnType) -> list[sql.Composable] | None:
    kinds = {mine.kind, theirs.kind}
    lengths = [kind.length for kind in (mine, theirs) if kind.length is not None]
    found: list[sql.Composable] = (
        [sql.SQL("char_length({}) <= {}").format(alias, sql.Literal(min(lengths)))] if lengths else []
    )
    if kinds == {TypeClass.TEXT} or (len(kinds) == 1 and mine.base == theirs.base):
        return found
    if TypeClass.INTEGER in kinds and kinds <= {TypeClass.INTEGER, TypeClass.TEXT, TypeClass.NUMBER}:
        least = min(_LIMITS.get(kind.name, _LIMITS["int8"]) for kind in (mine, theirs))
        # As the key's own type writes it: 007 is another text.
        found.append(
            sql.SQL("CASE WHEN {} ~ '^(0|-?[1-9][0-9]{{0,18}})$' THEN abs({}::numeric) <= {} END").format(
                alias, alias, sql.Literal(least)
            )
        )
        return found
    if kinds == {TypeClass.UUID, TypeClass.TEXT}:
        found.append(sql.SQL("{} ~ '^[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'").format(alias))
        return found
    return None
