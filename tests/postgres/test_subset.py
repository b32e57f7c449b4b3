"""Subsets of random rows of random schemas: exactly the rows that a person would come to, so that no reference leads to
one that is missing, and none comes for nothing."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from masker.catalog.read import read_catalog
from masker.copy.reading import reading
from masker.copy.subset import SourceRows
from masker.masks.sql.bindings import INSTANT
from masker.names import TableName
from masker.tables.closure import closed
from masker.tables.places import ctid
from tests.servers import Server
from tests.subsets import Place, Refers, Row, edges, expected, plain
from tests.unit.ruleset.files import resolved

_KEY = b"k" * 32
_EXAMPLES = 40


@dataclass
class Made:
    """A random database: what makes it, what refers to what, and what the rules say of it."""

    statements: list[str] = field(default_factory=list)
    refers: list[Refers] = field(default_factory=list)
    references: dict[str, dict[str, str]] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)


def _made(by: random.Random) -> Made:
    made = Made(tables=[f"t{at}" for at in range(by.randint(2, 5))])
    late: list[str] = []
    rows: dict[str, list[dict[str, Any]]] = {}
    columns: dict[str, list[str]] = {
        name: ["id int PRIMARY KEY", "a int", "b int", "UNIQUE (a, b)"] for name in made.tables
    }
    for name in made.tables:
        rows[name] = [{"id": at, "a": at // 3, "b": at % 3} for at in range(by.randint(0, 9))]
    for at in range(by.randint(1, 7)):
        child, parent, column = by.choice(made.tables), by.choice(made.tables), f"c{at}"
        kind = by.choice(["key", "key", "pair", "told", "text", "array", "classes", "global id"])
        ids = [row["id"] for row in rows[parent]]
        loose = [*ids, None, 99]
        of_child = rows[child]
        match kind:
            case "key":
                columns[child].append(f"{column} int")
                late.append(f"ALTER TABLE {child} ADD FOREIGN KEY ({column}) REFERENCES {parent}")
                made.refers.append(plain(child, column, parent))
                for row in of_child:
                    row[column] = by.choice([*ids, None])
            case "pair":
                columns[child] += [f"{column} int", f"{column}b int"]
                late.append(f"ALTER TABLE {child} ADD FOREIGN KEY ({column}, {column}b) REFERENCES {parent} (a, b)")
                made.refers.append(plain(child, f"{column},{column}b", parent, "a,b"))
                for row in of_child:
                    other = by.choice([*rows[parent], None])
                    row[column], row[f"{column}b"] = (other["a"], other["b"]) if other else (by.choice([1, None]), None)
            case "told" | "text":
                key = by.choice(["id", "a"])  # which stands in several rows
                columns[child].append(f"{column} {'text' if kind == 'text' else 'bigint'}")
                made.references.setdefault(child, {})[column] = f"{parent}.{key}"
                made.refers.append(Refers(child, column, parent, (key,), _number_of(column)))
                for row in of_child:
                    value = by.choice(loose)
                    row[column] = str(value) if kind == "text" and value is not None else value
            case "array":
                columns[child].append(f"{column} int[]")
                made.references.setdefault(child, {})[column] = f"{parent}.id"
                made.refers.append(Refers(child, column, parent, ("id",), _numbers_of(column)))
                for row in of_child:
                    row[column] = by.choice([None, [], by.sample(loose, min(2, len(loose)))])
            case _:
                text = "text" if kind == "global id" else "bigint"
                columns[child] += [f"{column} {text}", f"{column}_type text"]
                said = "global_id: true, other: keep" if kind == "global id" else f"type: {column}_type"
                classes = ", ".join(f"{other.upper()}: {other}.id" for other in made.tables)
                made.references.setdefault(child, {})[column] = f"{{{said}, classes: {{{classes}}}}}"
                for each in made.tables:
                    made.refers.append(Refers(child, column, each, ("id",), _of_class(column, each)))
                for row in of_child:
                    of = by.choice([*made.tables, "nothing"])
                    value = by.choice([*[other["id"] for other in rows.get(of, ())], None, 99])
                    row[f"{column}_type"] = of.upper()
                    row[column] = (
                        f"gid://app/{of.upper()}/{value}" if kind == "global id" and value is not None else value
                    )
    for name in made.tables:
        made.statements.append(f"CREATE TABLE {name} ({', '.join(columns[name])})")
        for row in rows[name]:
            values = ", ".join(_literal(value) for value in row.values())
            made.statements.append(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({values})")
    made.statements += late
    return made


def _literal(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case list():
            return f"ARRAY[{', '.join(map(_literal, value))}]::int[]"
        case str():
            return f"'{value}'"
        case _:
            return str(value)


def _number_of(column: str) -> Any:
    return lambda row: [(int(row[column]),)] if row[column] is not None else []


def _numbers_of(column: str) -> Any:
    return lambda row: [(number,) for number in row[column] or ()]


def _of_class(column: str, other: str) -> Any:
    def meant(row: Row) -> list[tuple[int]]:
        if row[column] is None or row[f"{column}_type"] != other.upper():
            return []
        return [(int(str(row[column]).rpartition("/")[2]),)]

    return meant


def _rules(made: Made, by: random.Random) -> tuple[str, dict[str, Any]]:
    names = sorted({f"{one.child}.{one.column}" for one in made.refers})
    root, *others = by.sample(made.tables, by.randint(1, 2))
    whole = (
        by.sample([name for name in made.tables if name not in {root, *others}], by.randint(0, 1))
        if len(made.tables) > 3
        else []
    )
    said: dict[str, Any] = {
        "children": by.choice(["all", "all", "none", by.sample(names, 1)]),
        "without": by.sample(names, by.randint(0, 1)),
        "along": by.sample(names, by.randint(0, 1)),
        "whole": whole,
        "others": by.choice(["whole", "none"]),
        "roots": {root: "where: id % 3 = 1", **dict.fromkeys(others, "where: id = 2")},
    }
    lines = ["undecided: keep", "tables:"]
    for name in made.tables:
        told = ", ".join(f"{column}: {what}" for column, what in made.references.get(name, {}).items())
        lines.append(f"  {name}: {{references: {{{told}}}}}")
    lines += ["subset:", f"  others: {said['others']}"]
    lines += [f"  roots: {{{', '.join(f'{name}: {{{where}}}' for name, where in said['roots'].items())}}}"]
    children = said["children"]
    lines.append(f"  children: {children if isinstance(children, str) else '[' + ', '.join(children) + ']'}")
    lines += [f"  {key}: [{', '.join(said[key])}]" for key in ("without", "along", "whole") if said[key]]
    return "\n".join(lines) + "\n", said


def _expected(
    made: Made, said: Mapping[str, Any], tables: Mapping[str, list[Row]], whole: Collection[str]
) -> set[Place]:
    def named(one: Refers, names: Any) -> bool:
        return f"{one.child}.{one.column}" in names

    roots = {
        (name, at)
        for name, where in said["roots"].items()
        for at, row in enumerate(tables[name])
        if (row["id"] % 3 == 1 if "%" in where else row["id"] == 2)
    }
    children = said["children"]
    return expected(
        tables,
        made.refers,
        roots,
        down=lambda one: (children == "all" or named(one, children)) and not named(one, said["without"]),
        along=lambda one: named(one, said["along"]),
        whole=whole,
    )


def test_a_subset_has_the_rows_that_it_needs_and_no_others(production: Server) -> None:
    with production.connect(production.create_database()) as conn:
        for seed in range(_EXAMPLES):
            by = random.Random(seed)
            made = _made(by)
            rules, said = _rules(made, by)
            with conn.transaction(force_rollback=True):
                for statement in made.statements:
                    conn.execute(statement.encode())
                _compare(conn, made, rules, said, seed)


def _compare(conn: psycopg.Connection, made: Made, rules: str, said: Mapping[str, Any], seed: int) -> None:
    catalog = read_catalog(conn)
    resolution = resolved(catalog, rules)
    found = reading(catalog, resolution, {INSTANT: "2026-01-01"}, {})
    assert found.subset is not None, (seed, rules, found.problems)
    assert found.problems == (), (seed, rules)
    rows = closed(found.subset, SourceRows([conn], catalog, found.subset, _KEY))
    tables, ctids = _rows(conn, made)
    left = [name for name in made.tables if TableName("public", name) not in rows]
    assert set(said["whole"]) <= set(left)
    wanted = _expected(made, said, tables, left)
    came = {(name.name, ctids[name.name].index(ctid(at))) for name, of_table in rows.items() for at in of_table.places}
    limited = {name.name for name in found.subset.limited}
    assert came == {place for place in wanted if place[0] in limited}, (seed, rules, made.statements)
    # Whatever comes, whole tables too, refers to nothing that is missing.
    everything = came | {(name, at) for name in left for at in range(len(tables[name]))}
    for one, child, parent in edges(tables, made.refers):
        assert child not in everything or parent in everything, (seed, rules, one, child)
    assert all(of_table.taken.rows == sum(count for _, count in of_table.taken.why) for of_table in rows.values())


def _rows(conn: psycopg.Connection, made: Made) -> tuple[dict[str, list[Row]], dict[str, list[str]]]:
    tables: dict[str, list[Row]] = {}
    ctids: dict[str, list[str]] = {}
    for name in made.tables:
        cursor = conn.execute(f"SELECT ctid::text, * FROM {name}".encode())
        columns = [item.name for item in cursor.description or ()][1:]
        rows = cursor.fetchall()
        ctids[name] = [row[0] for row in rows]
        tables[name] = [dict(zip(columns, row[1:], strict=True)) for row in rows]
    return tables, ctids


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_a_share_is_of_the_size_it_says_and_the_same_with_the_same_key(production: Server, share: float) -> None:
    with production.connect(production.create_database()) as conn, conn.transaction(force_rollback=True):
        conn.execute(
            "CREATE TABLE users (id bigint, tenant text, PRIMARY KEY (tenant, id)) PARTITION BY HASH (tenant);"
            "CREATE TABLE users_0 PARTITION OF users FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
            "CREATE TABLE users_1 PARTITION OF users FOR VALUES WITH (MODULUS 2, REMAINDER 1);"
            "INSERT INTO users SELECT i, 'tenant ' || i % 7 FROM generate_series(1, 20000) AS i"
        )
        catalog = read_catalog(conn)
        rules = f"undecided: keep\nsubset: {{users: {{share: {share * 100:g}%, where: id > 10000}}}}\n"
        found = reading(catalog, resolved(catalog, rules), {INSTANT: "2026-01-01"}, {})
        assert found.problems == ()
        assert found.subset is not None

        def drawn(key: bytes) -> dict[str, tuple[int, ...]]:
            assert found.subset is not None
            rows = closed(found.subset, SourceRows([conn], catalog, found.subset, key))
            return {name.name: of_table.places for name, of_table in rows.items()}

        first = drawn(_KEY)
        assert drawn(_KEY) == first
        assert drawn(b"o" * 32) != first
        assert sum(map(len, first.values())) == pytest.approx(10_000 * share, rel=0.1)
        assert min(map(len, first.values())) > 10_000 * share / 7
