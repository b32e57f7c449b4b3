"""Rules put on columns as the plan does it, for tests of masks: with a catalog in a few words, or against a live table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from pydantic import TypeAdapter

from masker.catalog.read import read_catalog
from masker.catalog.types import Catalog, Table
from masker.errors import Position, Problem
from masker.masks.arguments import AnyMask, MaskRule
from masker.masks.bindings import Binding, SessionBindings, derive
from masker.names import TableName
from masker.plan.masking import mask_table, select
from masker.ruleset.types import ColumnDecision, TableDecision

KEY = b"a key for tests, of 32 bytes ..."

_RULE: TypeAdapter[MaskRule] = TypeAdapter(AnyMask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a table would be read: the statement, what its session has to set, and what stands in the way."""

    statement: str
    items: Mapping[str, str]
    used: Mapping[str, Binding]
    problems: tuple[Problem, ...]


def rule(written: Any) -> MaskRule:
    """A rule as a rule file has it: ``email``, ``{mask: email, …}``."""
    return _RULE.validate_python(written)


def reading(
    catalog: Catalog, table: Table, rules: Mapping[str, Any], *, locale: str = "ja_JP", known: Mapping[str, str] | None = None
) -> Reading:
    """*table* of *catalog* under *rules* by column; columns without one are copied as they are."""
    columns = {}
    for name, written in rules.items():
        found, one = table.column(name), rule(written)
        assert found is not None, name
        columns[name] = ColumnDecision(column=found, rule=one, position=Position("rules.yml", 1, 1), locale=one.locale or locale)
    problems: list[Problem] = []
    bindings = SessionBindings()
    read = mask_table(TableDecision(table=table, columns=columns), catalog, bindings, known or {}, problems)
    statement = "" if problems else select(table, read)
    return Reading(statement=statement, items=read.items, used=bindings.used, problems=tuple(problems))


class Masking:
    """A session on an empty database, and its tables read masked."""

    def __init__(self, url: str) -> None:
        self.conn = psycopg.connect(url, autocommit=True)
        self.conn.execute("SET timezone = 'UTC'")

    def execute(self, statements: str) -> None:
        """Run what a test sets up; names are found in public."""
        self.conn.execute("SET search_path = public, pg_catalog")
        self.conn.execute(sql.SQL(statements))  # type: ignore[arg-type]
        self.conn.execute("SET search_path = pg_catalog")

    def read(
        self, table: str, rules: Mapping[str, Any], *, key: bytes = KEY, locale: str = "ja_JP", known: Mapping[str, str] | None = None
    ) -> list[dict[str, Any]]:
        """The rows of *table* under *rules*, in the order of their first column."""
        found = self.reading(table, rules, locale=locale, known=known)
        self.bind(found, key)
        statement = sql.SQL("{} ORDER BY 1").format(sql.SQL(found.statement))  # type: ignore[arg-type]
        return self.rows(statement)

    def rows(self, query: sql.Composable) -> list[dict[str, Any]]:
        """What a query gives, by column."""
        return self.conn.cursor(row_factory=dict_row).execute(query).fetchall()

    def reading(self, table: str, rules: Mapping[str, Any], *, locale: str = "ja_JP", known: Mapping[str, str] | None = None) -> Reading:
        """How *table* is read; asserts that nothing stands in the way."""
        catalog = read_catalog(self.conn)
        found = reading(catalog, catalog.tables[TableName("public", table)], rules, locale=locale, known=known)
        assert not found.problems, found.problems
        return found

    def bind(self, found: Reading, key: bytes = KEY) -> None:
        """Give the session what *found* reads from it."""
        for name, value in derive(key, found.used).items():
            self.conn.execute("SELECT set_config(%s, %s, false)", [name, value])

    def values(self, table: str, column: str, written: Any, **more: Any) -> list[Any]:
        """One column of *table* under one rule."""
        return [row[column] for row in self.read(table, {column: written}, **more)]

    def value(self, query: str) -> Any:
        """What a query's only row and column hold."""
        row = self.conn.execute(sql.SQL(query)).fetchone()  # type: ignore[arg-type]
        assert row is not None
        return row[0]

    def close(self) -> None:
        self.conn.close()
