"""Conditions that rows must satisfy beyond types and keys: check constraints, domains' checks, the bounds of
partitions.

They are not understood here. The filler draws values, asks the server which rows pass, and draws the others anew, more
and more often from the literals that stand in the condition itself.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from benchmarks.values import Draw
from masker.catalog.types import Catalog, Column, Table, TypeClass
from masker.names import TableName, quote

_STRINGS = re.compile(r"'((?:[^']|'')*)'")
_NUMBERS = re.compile(r"(?<![\w'\"])-?\d+(?:\.\d+)?(?![\w'\"])")
_VALUE = re.compile(r"\bVALUE\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A boolean expression over *columns*; NULL passes."""

    name: str
    columns: tuple[str, ...]
    expression: str

    @property
    def literals(self) -> tuple[str, ...]:
        """The strings and numbers that stand in the expression."""
        strings = [s.replace("''", "'") for s in _STRINGS.findall(self.expression)]
        return tuple(strings + _NUMBERS.findall(_STRINGS.sub("", self.expression)))


def read_conditions(conn: psycopg.Connection, catalog: Catalog) -> Mapping[TableName, Sequence[Condition]]:
    """Every condition by table. Checks that are not valid are among them, since new rows have to pass them too."""
    domains = _domain_checks(conn)
    found: dict[TableName, list[Condition]] = defaultdict(list)
    for table in catalog.tables.values():
        found[table.name] += [Condition(name=c.name, columns=c.columns, expression=c.expression) for c in table.checks]
        for column in table.columns:
            for name, expression in domains.get(column.type.oid, ()):
                # In the text of a replacement a backslash would mean something.
                of_column = _VALUE.sub(quote(column.name).replace("\\", r"\\"), expression)
                found[table.name].append(Condition(name=name, columns=(column.name,), expression=of_column))
        if table.is_partition:
            found[table.name] += _bounds(conn, catalog, table)
    return {name: [c for c in conditions if c.columns] for name, conditions in found.items()}


def _domain_checks(conn: psycopg.Connection) -> Mapping[int, list[tuple[str, str]]]:
    query = """
    WITH RECURSIVE bases AS (
      SELECT oid AS domain, oid AS base FROM pg_type WHERE typtype = 'd'
      UNION SELECT b.domain, t.typbasetype FROM bases b JOIN pg_type t ON t.oid = b.base WHERE t.typtype = 'd'
    )
    SELECT b.domain::int8, c.conname, pg_get_expr(c.conbin, 0) FROM bases b JOIN pg_constraint c ON c.contypid = b.base
    WHERE c.contype = 'c'
    """
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for domain, name, expression in conn.execute(query).fetchall():
        found[domain].append((name, expression))
    return found


def _bounds(conn: psycopg.Connection, catalog: Catalog, table: Table) -> list[Condition]:
    row = conn.execute("SELECT pg_get_partition_constraintdef(%s::oid)", [table.oid]).fetchone()
    columns = {column for name in catalog.ancestors(table.name) for column in catalog.tables[name].partition_key}
    return (
        [Condition(name="the partition's bounds", columns=tuple(sorted(columns)), expression=row[0])]
        if row and row[0]
        else []
    )


def timid_value(column: Column, draw: Draw, literals: Sequence[str]) -> str | None:
    """A value close to one of *literals*, or a short one; None where neither suits the type, or where it would not be
    distinct."""
    random = draw.random
    literal = random.choice(literals) if literals else ""
    match column.type.kind:
        case TypeClass.TEXT if draw.canary or draw.is_distinct:
            made = f"{draw.marker}@mail.example.net"
            return made if len(made) <= (column.type.length or len(made)) else None
        case TypeClass.TEXT:
            made = random.choice([literal, draw.marker[:3], f"{draw.marker}@mail.example.net"])
            return made[: column.type.length]
        case TypeClass.INTEGER | TypeClass.NUMBER if not draw.is_distinct:
            numbers = [int(float(x)) for x in literals if re.fullmatch(r"-?\d{1,9}(\.\d+)?", x)]
            low, high = min(numbers, default=0), max(numbers, default=100)
            return str(random.choice([low, high, low + 1, low - 1, random.randint(low, high)]))
        case TypeClass.DATE | TypeClass.TIMESTAMP:
            moments = sorted(filter(None, map(_moment, literals)))
            if not moments:
                return None
            if draw.is_distinct:
                unit = timedelta(days=1) if column.type.kind is TypeClass.DATE else timedelta(seconds=1)
                moment = moments[0] + draw.row % draw.rows * unit
                return str(moment.date() if column.type.kind is TypeClass.DATE else moment)
            span = (moments[-1] - moments[0]).total_seconds() or 86_400.0
            moment = moments[0] + timedelta(seconds=random.random() * span)
            return str(moment.date() if column.type.kind is TypeClass.DATE else moment)
        case TypeClass.ENUM if not draw.is_distinct:
            return literal if literal in column.type.labels else None
        case TypeClass.JSON | TypeClass.JSONB if draw.canary is None and not draw.is_distinct:
            return random.choice(["{}", "[]"])
        case _:
            return None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
