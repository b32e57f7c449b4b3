"""Masks driven as a copy drives them: rules to the SELECT of a table, the session's settings set, the rows read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import psycopg
from pydantic import TypeAdapter

from masker.catalog.read import read_catalog
from masker.catalog.types import Catalog, ColumnType
from masker.errors import Position
from masker.in_place.server.rewrite import create_functions
from masker.in_place.steps import set_list
from masker.in_place.wrapped import wrapped
from masker.masks.any_mask import AnyMask
from masker.masks.numbers import Shapes
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import INSTANT, FunctionBindings, SessionBindings, derive
from masker.names import TableName, quote
from masker.postgres.connect import Endpoint, apply_settings, connect, parse_url
from masker.ruleset.types import ColumnDecision, TableDecision
from masker.sides import Side
from masker.tables.agreement import agreement
from masker.tables.others import Around
from masker.tables.reading import MaskedTable, mask_table, select

KEY = bytes(range(32))

_RULE: TypeAdapter[MaskRule] = TypeAdapter(AnyMask)


class Masking:
    """A session on a source, under one key and locale. *beside* are the rules of other tables that have to agree, by
    table and column, *shapes* what steers draws from lists; *left_out* are tables without their rows. *catalog* is read
    anew for every question unless it is set."""

    def __init__(
        self, url: str, *, key: bytes = KEY, locale: str = "ja_JP", known: Mapping[str, str] | None = None
    ) -> None:
        endpoint: Endpoint = parse_url(url, Side.SOURCE)
        self.conn: psycopg.Connection = connect(endpoint, settings={"default_transaction_read_only": "off"})
        self.key, self.locale, self.known = key, locale, {INSTANT: "2024-01-31 12:00:00+00", **(known or {})}
        self.shapes: Shapes = {}
        self.beside: dict[str, Mapping[str, Any]] = {}
        self.left_out: set[str] = set()
        self.catalog: Catalog | None = None

    def __enter__(self) -> Masking:
        return self

    def __exit__(self, *_: object) -> None:
        self.conn.close()

    def run(self, *statements: str) -> None:
        """Execute *statements* with public on the search path, as an application would."""
        with self.conn.transaction():
            self.conn.execute("SET LOCAL search_path = public")
            for statement in statements:
                self.conn.execute(statement.encode())

    def statement(
        self, table: str, rules: Mapping[str, Any], *, where: str | None = None
    ) -> tuple[str, SessionBindings]:
        """The SELECT that masks *table* and the bindings it needs. Problems of the rules are failures."""
        bindings = SessionBindings()
        decision, read = self._masked(table, rules, where, bindings)
        return select(decision.table, read), bindings

    def _masked(
        self, table: str, rules: Mapping[str, Any], where: str | None, bindings: SessionBindings | FunctionBindings
    ) -> tuple[TableDecision, MaskedTable]:
        decision, catalog = self._decision(table, rules, where)
        problems: list[Any] = []
        others = [self._decision(name, decided, None)[0] for name, decided in self.beside.items() if name != table]
        made = mask_table(
            decision,
            catalog,
            bindings,
            self.known,
            problems,
            agreement([decision, *others], catalog),
            self.shapes,
            Around(decisions={one.table.name: one for one in others}),
        )
        assert problems == []
        return decision, made

    def items(self, table: str, rules: Mapping[str, Any]) -> dict[str, str]:
        """The masked select items by column; the session is given what they need. Problems of the rules are
        failures."""
        bindings, problems = SessionBindings(), list[Any]()
        decision, catalog = self._decision(table, rules, None)
        read = mask_table(decision, catalog, bindings, self.known, problems, shapes=self.shapes)
        assert problems == [], problems
        self.set(bindings)
        return {name: read.items[name] for name in rules}

    def chance(self, table: str, column: str, rule: Any, bindings: SessionBindings) -> str:
        """The SQL of how likely *rule* makes the very value that *column* has, its bindings added."""
        decision, catalog = self._decision(table, {column: rule}, None)
        (found,) = mask_table(decision, catalog, bindings, self.known, [], shapes=self.shapes).masked
        assert found.chance is not None, rule
        return found.chance

    def problems(self, table: str, rules: Mapping[str, Any], *, where: str | None = None) -> list[str]:
        """Why *rules* cannot be used."""
        return [f"{problem.subject}: {problem.found}" for problem in self._told(table, rules, where)]

    def refusals(self, table: str, rules: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """Why *rules* cannot be used: the column, what was found, and what to do instead, empty if nothing is said."""
        return [
            (problem.subject.removeprefix(f"{table}."), problem.found, problem.hint or "")
            for problem in self._told(table, rules, None)
        ]

    def hints(self, table: str, rules: Mapping[str, Any]) -> list[str]:
        """What to do instead of *rules*."""
        return [str(problem.hint) for problem in self._told(table, rules, None)]

    def _told(self, table: str, rules: Mapping[str, Any], where: str | None) -> list[Any]:
        problems: list[Any] = []
        decision, catalog = self._decision(table, rules, where)
        others = [self._decision(name, decided, None)[0] for name, decided in self.beside.items() if name != table]
        mask_table(
            decision,
            catalog,
            SessionBindings(),
            self.known,
            problems,
            around=Around(decisions={one.table.name: one for one in others}),
        )
        return problems

    def decision(self, table: str, rules: Mapping[str, Any]) -> tuple[TableDecision, Any]:
        """What *rules* decide for *table*, and the catalog."""
        return self._decision(table, rules, None)

    def _decision(self, table: str, rules: Mapping[str, Any], where: str | None) -> tuple[TableDecision, Any]:
        catalog = self.catalog or read_catalog(self.conn)
        found = catalog.tables[TableName("public", table)]
        columns = {}
        for at, (name, written) in enumerate(rules.items(), start=1):
            rule = written if isinstance(written, MaskRule) else _RULE.validate_python(written)
            column = found.column(name)
            assert column is not None, name
            columns[name] = ColumnDecision(
                column=column, rule=rule, position=Position("rules.yml", at, 1), locale=rule.locale or self.locale
            )
        rows: Literal["none", "all"] = "none" if table in self.left_out else "all"
        return TableDecision(table=found, rows=rows, where=where, columns=columns), catalog

    def column_type(self, table: str, name: str) -> ColumnType:
        """The type of a column."""
        column = read_catalog(self.conn).tables[TableName("public", table)].column(name)
        assert column is not None, name
        return column.type

    def set(self, bindings: SessionBindings) -> None:
        """Give the session what *bindings* need."""
        apply_settings(self.conn, derive(self.key, bindings.used))

    def rows(self, table: str, rules: Mapping[str, Any], *, where: str | None = None) -> list[dict[str, Any]]:
        """The masked rows by column, in the order in which they were put in."""
        statement, bindings = self.statement(table, rules, where=where)
        self.set(bindings)
        cursor = self.conn.execute(f"{statement} ORDER BY ctid".encode())
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def in_place(self, table: str, rules: Mapping[str, Any], *, as_text: bool = False) -> list[dict[str, Any]]:
        """What *rules* leave in *table* where it is rewritten, in the order of its rows; then it is as it was."""
        bindings = FunctionBindings()
        decision, made = self._masked(table, rules, None, bindings)
        create_functions(self.conn)
        self.set(bindings)
        with self.conn.transaction(force_rollback=True):
            clauses = []
            for column in [made_of.name for made_of in made.masked]:
                of, item = decision.columns[column].column, made.items[column]
                if "SELECT" in item:
                    function, item = wrapped(decision.table, of, item)
                    self.conn.execute(function.encode())
                collation = f" COLLATE {of.collation}" if of.collation else ""
                clauses.append(f"ALTER COLUMN {quote(column)} TYPE {of.type.sql}{collation} USING {item}")
            self.conn.execute(f"ALTER TABLE {decision.table.name.sql} {', '.join(clauses)}".encode())
            return self.texts(f"TABLE {decision.table.name.sql}") if as_text else self._read(decision.table.name.sql)

    def in_batches(self, table: str, rules: Mapping[str, Any]) -> list[dict[str, str | None]]:
        """What *rules* leave in *table* where its rows are updated, as texts; then it is as it was."""
        bindings = FunctionBindings()
        decision, made = self._masked(table, rules, None, bindings)
        create_functions(self.conn)
        self.set(bindings)
        name = decision.table.name.sql
        with self.conn.transaction(force_rollback=True):
            self.conn.execute(f"UPDATE ONLY {name} SET {set_list(made.masked)}".encode())
            return self.texts(f"TABLE {name}")

    def _read(self, table: str) -> list[dict[str, Any]]:
        cursor = self.conn.execute(f"SELECT * FROM {table} ORDER BY ctid".encode())
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def texts(self, statement: str) -> list[dict[str, str | None]]:
        """All that *statement* says, as text, by its column ``id``."""
        cursor = self.conn.execute(f"SELECT * FROM ({statement}) AS made LIMIT 0".encode())
        names = [column.name for column in cursor.description or ()]
        casts = ", ".join(f"{quote(name)}::text" for name in names)
        cursor = self.conn.execute(f"SELECT {casts} FROM ({statement}) AS made ORDER BY made.id".encode())
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def column(self, qualified: str, rule: Any) -> list[Any]:
        """What *rule* makes of the column ``table.name``."""
        table, name = qualified.split(".")
        return [row[name] for row in self.rows(table, {name: rule})]

    def evaluate(self, expression: str, table: str) -> list[Any]:
        """The value of an SQL expression for each row of *table*."""
        return [
            value
            for (value,) in self.conn.execute(
                f"SELECT {expression} FROM public.{table} ORDER BY ctid".encode()
            ).fetchall()
        ]

    def made_types(self, table: str, rules: Mapping[str, Any]) -> dict[str, str]:
        """The types of the masked select items, length and precision included, by column."""
        statement, bindings = self.statement(table, rules)
        self.set(bindings)
        self.run(f"CREATE TABLE made AS {statement}")
        made = self.declared_types("made", rules)
        self.run("DROP TABLE made")
        return made

    def declared_types(self, table: str, names: Iterable[str]) -> dict[str, str]:
        """The types of the columns *names*."""
        query = "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass"
        kinds: dict[str, str] = dict(self.conn.execute(query, [f"public.{table}"]).fetchall())
        return {name: kinds[name] for name in names}
