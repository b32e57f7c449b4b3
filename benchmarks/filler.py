"""Fills every table of any schema with generated rows that respect its types, keys, checks and references.

Rows depend on the catalog, the seed and the number of rows alone. Tables that hold rows already (``schema_migrations``)
stay as they are. Foreign keys are taken away for the load and put back after it, so that the server proves them;
triggers do not fire.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv
from psycopg import sql

from benchmarks.checks import Condition, read_conditions, timid_value
from benchmarks.keys import KeyPlan, plan_keys
from benchmarks.values import CANARY_PREFIX, Draw, Unfillable, carries_canary, value
from masker.catalog.types import Catalog, Column, ForeignKey, Table, TypeClass
from masker.names import ColumnName, TableName

_NULL_SHARE = 0.1
_ROUNDS = 60  # draws until a row has to satisfy its checks

Values = list[str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was written. *canaries* by column, one a row; *without_canary* are asked-for columns whose type or length
    holds none."""

    rows: Mapping[TableName, int]
    canaries: Mapping[ColumnName, tuple[str, ...]]
    without_canary: tuple[ColumnName, ...]


def fill(
    conn: psycopg.Connection,
    catalog: Catalog,
    rows_per_table: int,
    canaries: Collection[ColumnName] = (),
    seed: int = 1,
) -> Filled:
    """Write *rows_per_table* rows into each table, fewer where its keys or its enums have no room for as many.

    Every value of the columns *canaries* contains 16 hexadecimal digits of its own that begin with CANARY_PREFIX, and
    is not NULL. Raises Unfillable, or psycopg.Error where a constraint was not understood.
    """
    filler = _Filler(conn, catalog, rows_per_table, frozenset(canaries), seed)
    with conn.transaction():
        for table in filler.tables:
            filler.make(table)
        filler.load()
    return Filled(
        rows={table.name: filler.plans[table.name].rows if _filled(table) else 0 for table in filler.tables},
        canaries={column: tuple(made) for column, made in filler.canaries.items()},
        without_canary=tuple(sorted(frozenset(canaries) - filler.canaries.keys())),
    )


class _Filler:
    """The values made so far, column by column: a column that others reference is made when the first of them asks."""

    def __init__(
        self, conn: psycopg.Connection, catalog: Catalog, rows: int, wanted_canaries: frozenset[ColumnName], seed: int
    ) -> None:
        self.conn = conn
        self.catalog = catalog
        self.wanted_rows = rows
        self.wanted_canaries = wanted_canaries
        self.seed = seed
        self.plans: dict[TableName, KeyPlan] = {}
        self.canaries: dict[ColumnName, list[str]] = {}
        self._made: dict[TableName, dict[str, Values]] = {}
        self._existing: dict[TableName, int] = {
            name: self._count(name) for name, table in catalog.tables.items() if table.has_storage
        }
        self._conditions = read_conditions(conn, catalog)
        self._numbers = iter(range(1, 2**48))
        self.tables = [
            table
            for name, table in sorted(catalog.tables.items())
            if table.has_storage and not self._existing[name] and table.extension is None
        ]

    def _count(self, name: TableName) -> int:
        row = self.conn.execute(
            sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name.schema, name.name))
        ).fetchone()
        return int(row[0]) if row else 0

    # -- making

    def make(self, table: Table) -> None:
        """All columns of *table*."""
        self._plan(table)
        for column in _filled(table):
            self._values(table, column.name)

    def _values(self, table: Table, name: str) -> Values:
        made = self._made.setdefault(table.name, {})
        if name not in made:
            group = self._group(table, name)
            self._make_group(table, group)
        return made[name]

    def _group(self, table: Table, name: str) -> list[Column]:
        """The columns that have to be made together with *name*: those that checks and foreign keys of several columns
        connect."""
        together = {name}
        links = [set(c.columns) for c in self._conditions.get(table.name, ())] + [
            set(k.columns) for k in self._keys_of(table)
        ]
        grew = True
        while grew:
            grew = False
            for link in links:
                if link & together and not link <= together:
                    together |= link
                    grew = True
        return [column for column in _filled(table) if column.name in together]

    def _make_group(self, table: Table, group: list[Column]) -> None:
        plan = self._plan(table)
        conditions = [
            c for c in self._conditions.get(table.name, ()) if {column.name for column in group} & set(c.columns)
        ]
        referring = {column for key in self._keys_of(table) for column in key.columns}
        names = [
            table.column_name(column.name)
            for column in group
            if carries_canary(column.type) and column.name not in referring
        ]
        wanted = [name for name in names if name in self.wanted_canaries]
        # A check such as kind IN ('a', 'b') has no room for a canary: then without any.
        for chosen in (wanted, []):
            self.canaries.update((name, self._canaries(plan.rows)) for name in chosen)
            if (made := self._satisfying(table, group, conditions)) is not None:
                self._made[table.name].update(made)
                return
            for name in chosen:
                del self.canaries[name]
        raise Unfillable(f"{table.name}: no rows found that satisfy {', '.join(c.name for c in conditions)}")

    def _satisfying(self, table: Table, group: list[Column], conditions: list[Condition]) -> dict[str, Values] | None:
        names = {column.name for column in group}
        keys = [key for key in self._keys_of(table) if names & set(key.columns)]
        random = Random(f"{self.seed} {table.name} {' '.join(sorted(names))}")
        rows = list(range(self.plans[table.name].rows))
        made: dict[str, Values] = {name: [None] * len(rows) for name in names}
        for attempt in range(_ROUNDS):
            self._draw(table, group, keys, made, rows, random, attempt)
            rows = self._failing(group, conditions, made, rows)
            if not rows:
                return made
        return None

    def _draw(
        self,
        table: Table,
        group: list[Column],
        keys: list[ForeignKey],
        made: dict[str, Values],
        rows: list[int],
        random: Random,
        attempt: int,
    ) -> None:
        plan = self.plans[table.name]
        decided: set[str] = set()
        for key in keys:
            self._refer(table, key, made, rows, random, decided)
            decided |= set(key.columns)
        for column in group:
            if column.name in decided:
                continue
            name = table.column_name(column.name)
            canaries = self.canaries.get(name)
            is_distinct, spread = column.name in plan.distinct, plan.spread.get(column.name)
            may_be_null = column.is_nullable and column.name not in plan.never_null and canaries is None
            literals = {
                literal
                for c in self._conditions.get(table.name, ())
                if column.name in c.columns
                for literal in c.literals
            }
            for row in rows:
                if may_be_null and random.random() < _NULL_SHARE:
                    made[column.name][row] = None
                    continue
                draw = Draw(
                    random=random,
                    row=spread(row) if spread else row + attempt * plan.rows,
                    rows=plan.rows,
                    is_distinct=is_distinct or spread is not None,
                    canary=canaries[row] if canaries else None,
                )
                timid = timid_value(column, draw, sorted(literals)) if attempt and random.random() < 0.7 else None
                made[column.name][row] = value(column, draw) if timid is None else timid

    def _canaries(self, count: int) -> list[str]:
        """Unlike numbers that follow each other, products with an odd number share no digits; modulo a power of two no
        two are equal."""
        return [f"{CANARY_PREFIX}{next(self._numbers) * 0x9E3779B97F4B % 2**48:012x}" for _ in range(count)]

    def _refer(
        self, table: Table, key: ForeignKey, made: dict[str, Values], rows: list[int], random: Random, decided: set[str]
    ) -> None:
        """Give the columns of *key* the values of some row that it references, one that agrees with what is
        *decided*."""
        plan = self.plans[table.name]
        pairs = list(zip(key.columns, key.referenced_columns, strict=True))
        nullable = [
            c for c in key.columns if c not in decided and c not in plan.never_null and _column(table, c).is_nullable
        ]
        if key.references == table.name and set(key.columns) & set(key.referenced_columns):
            self._refer_to_itself(table, key, made, rows, random, nullable)
            return
        parents = [self._parent_values(key, referenced) for _, referenced in pairs]
        count = len(parents[0])
        agreeing = _by_decided([(made[c], p) for (c, _), p in zip(pairs, parents, strict=True) if c in decided])
        spread = next((plan.spread[c] for c in key.columns if c in plan.spread), None)
        is_distinct = bool(plan.distinct & set(key.columns))
        order = random.sample(range(count), count) if is_distinct else []
        for row in rows:
            if nullable and (not count or (not is_distinct and spread is None and random.random() < _NULL_SHARE)):
                parent = None
            elif agreeing is not None:
                candidates = agreeing(row)
                parent = random.choice(candidates) if candidates else None
            elif spread is not None:
                parent = spread(row) % count
            else:
                parent = order[row] if is_distinct else random.randrange(count)
            for (column, _), values in zip(pairs, parents, strict=True):
                if column not in decided:
                    made[column][row] = None if parent is None else values[parent]

    def _refer_to_itself(
        self,
        table: Table,
        key: ForeignKey,
        made: dict[str, Values],
        rows: list[int],
        random: Random,
        nullable: list[str],
    ) -> None:
        """A key such as (tenant, parent) to (tenant, id) of one table: every row references nothing, or itself where it
        must."""
        shared = set(key.columns) & set(key.referenced_columns)
        for name in shared:
            column = _column(table, name)
            for row in rows:
                made[name][row] = value(
                    column,
                    Draw(random=random, row=row, rows=len(rows), is_distinct=name in self.plans[table.name].distinct),
                )
        for name, referenced in zip(key.columns, key.referenced_columns, strict=True):
            if name not in shared:
                own = None if name in nullable else self._values(table, referenced)
                for row in rows:
                    made[name][row] = own[row] if own else None

    def _parent_values(self, key: ForeignKey, referenced: str) -> Values:
        """What *referenced* holds in every row *key* may point at, partitions of the referenced table taken
        together."""
        tables = [self.catalog.tables[name] for name in self._leaves(key.references)]
        return [
            v
            for table in tables
            for v in (
                self._stored(table.name, referenced) if self._existing[table.name] else self._values(table, referenced)
            )
        ]

    def _stored(self, name: TableName, column: str) -> Values:
        made = self._made.setdefault(name, {})
        if column not in made:
            query = sql.SQL("SELECT {}::text FROM {}").format(
                sql.Identifier(column), sql.Identifier(name.schema, name.name)
            )
            made[column] = [row[0] for row in self.conn.execute(query).fetchall()]
        return made[column]

    def _leaves(self, name: TableName) -> list[TableName]:
        if self.catalog.tables[name].has_storage:
            return [name]
        return [leaf for child in self.catalog.children.get(name, ()) for leaf in self._leaves(child)]

    def _keys_of(self, table: Table) -> list[ForeignKey]:
        keys = list(table.foreign_keys)
        if table.is_partition:
            keys += [
                key for name in self.catalog.ancestors(table.name) for key in self.catalog.tables[name].foreign_keys
            ]
        return keys

    def _plan(self, table: Table) -> KeyPlan:
        if table.name not in self.plans:
            parents = {column: key for key in self._keys_of(table) for column in key.columns}
            checked = {column for condition in self._conditions.get(table.name, ()) for column in condition.columns}
            self.plans[table.name] = KeyPlan(rows=self.wanted_rows)  # what a table that references itself sees of it
            self.plans[table.name] = plan_keys(table, self.wanted_rows, parents, checked, self._room)
        return self.plans[table.name]

    def _room(self, key: ForeignKey) -> int:
        return sum(
            self._existing[name] or self._plan(self.catalog.tables[name]).rows for name in self._leaves(key.references)
        )

    def _failing(
        self, group: list[Column], conditions: list[Condition], made: Mapping[str, Values], rows: list[int]
    ) -> list[int]:
        """Those of *rows* that the server says break a check."""
        if not conditions:
            return []
        columns = [sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.type.base)) for c in group]
        self.conn.execute(
            sql.SQL("CREATE TEMP TABLE candidates (row_number_ int8, {}) ON COMMIT DROP").format(
                sql.SQL(", ").join(columns)
            )
        )
        self._copy(
            sql.Identifier("pg_temp", "candidates"),
            {"row_number_": [str(row) for row in rows]} | {c.name: [made[c.name][row] for row in rows] for c in group},
        )
        broken = " OR ".join(f"NOT coalesce(({c.expression})::boolean, true)" for c in conditions)
        query = sql.SQL("SELECT row_number_ FROM pg_temp.candidates WHERE {} ORDER BY 1").format(sql.SQL(broken))
        failing = [int(row[0]) for row in self.conn.execute(query).fetchall()]
        self.conn.execute("DROP TABLE pg_temp.candidates")
        return failing

    # -- loading

    def load(self) -> None:
        """Everything made, foreign keys away meanwhile, then the sequences."""
        keys = [key for table in self.catalog.tables.values() for key in table.foreign_keys]
        for key in keys:
            self.conn.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(_identifier(key.table), sql.Identifier(key.name))
            )
        for table in self.tables:
            self.conn.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(_identifier(table.name)))
            columns = {column.name: self._made[table.name][column.name] for column in _filled(table)}
            if columns:
                self._copy(_identifier(table.name), columns)
            self.conn.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(_identifier(table.name)))
        for key in keys:
            add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
            self.conn.execute(add.format(_identifier(key.table), sql.Identifier(key.name), sql.SQL(key.definition)))
        for sequence in self.catalog.sequences:
            if (
                sequence.owner is not None
                and _column(self.catalog.tables[sequence.owner.table], sequence.owner.name).type.kind
                is TypeClass.INTEGER
            ):
                column, owner = sql.Identifier(sequence.owner.name), _identifier(sequence.owner.table)
                query = sql.SQL("SELECT setval({}::regclass, max({})) FROM {} HAVING max({}) > 0")
                self.conn.execute(query.format(sql.Literal(sequence.name.sql), column, owner, column))

    def _copy(self, target: sql.Composable, columns: Mapping[str, Sequence[str | None]]) -> None:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        table = pa.table([pa.array(values, pa.string()) for values in columns.values()], names=list(columns))
        written = pa.BufferOutputStream()
        pacsv.write_csv(table, written, pacsv.WriteOptions(include_header=False))
        with self.conn.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(target, names)) as copy:
            copy.write(memoryview(written.getvalue()))


def _filled(table: Table) -> list[Column]:
    return [column for column in table.columns if not column.generated]


def _column(table: Table, name: str) -> Column:
    column = table.column(name)
    if column is None:
        raise KeyError(name)
    return column


def _identifier(name: TableName) -> sql.Identifier:
    return sql.Identifier(name.schema, name.name)


def _by_decided(pairs: list[tuple[Values, Values]]) -> Callable[[int], list[int]] | None:
    """A function from a row to the parents that agree with it in all *pairs* of (decided, parents' values); None
    without any pair."""
    if not pairs:
        return None
    found: dict[tuple[str | None, ...], list[int]] = {}
    for parent, values in enumerate(zip(*(values for _, values in pairs), strict=True)):
        found.setdefault(values, []).append(parent)
    return lambda row: found.get(tuple(decided[row] for decided, _ in pairs), [])
