"""``python -m benchmarks masks``: what each mask costs the server for a value, by a key and by the value itself, less a
plain pass over the same rows.

The time is the processor's, as Linux counts it for the one session, so that other work on the machine changes little.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from pydantic import TypeAdapter

from benchmarks.measure import machine
from masker.catalog.read import read_catalog
from masker.demo.installation import find_postgres
from masker.demo.server import EmbeddedServer
from masker.errors import Position
from masker.masks.any_mask import AnyMask
from masker.masks.rule import MaskRule
from masker.masks.sql.bindings import INSTANT, SessionBindings, derive
from masker.names import TableName
from masker.postgres.connect import apply_settings
from masker.ruleset.types import ColumnDecision, TableDecision
from masker.tables.reading import mask_table, select

_SETTINGS = {"shared_buffers": "256MB", "autovacuum": "off", "max_parallel_workers_per_gather": "0", "jit": "off"}
_RULE: TypeAdapter[MaskRule] = TypeAdapter(AnyMask)
_RUNS = 3

#: By name: the column that is masked, and the rule.
RULES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    **{
        name: ("mail", {"mask": name})
        for name in (
            "first_name", "last_name", "full_name", "email", "phone", "postal_code", "address", "token", "username",
            "ip", "url", "file_name", "user_agent", "company", "job",
        )
    },
    "city": ("mail", {"mask": "address", "part": "city"}),
    "lorem, 160 characters": ("prose", {"mask": "lorem"}),
    "lorem, mixed": ("mixed", {"mask": "lorem"}),
    "card": ("digits", {"mask": "card"}),
    "card, last four kept": ("digits", {"mask": "card", "bin": "keep", "last": 4}),
    "ltree": ("tree", {"mask": "ltree"}),
    "redact_text, 90 characters": ("note", {"mask": "redact_text"}),
    "redact_text, 1,000 characters": ("letter", {"mask": "redact_text"}),
    "json, any depth": ("document", {"mask": "json", "paths": {"$.**.name": {"mask": "last_name"}}, "other": "keep"}),
    "json, one path": ("document", {"mask": "json", "paths": {"$.name": {"mask": "last_name"}}, "other": "keep"}),
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Measure as *arguments* ask; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks masks", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="[%(default)s]")
    parser.add_argument("--locale", default="ja_JP", help="[%(default)s]")
    parser.add_argument("--server", type=int, default=17, help="major version of PostgreSQL [%(default)s]")
    parser.add_argument("--only", nargs="+", choices=sorted(RULES), help="these masks only")
    options = parser.parse_args(arguments)
    bin_dir = find_postgres().get(options.server)
    if bin_dir is None:
        print(f"PostgreSQL {options.server}: not found", file=sys.stderr)
        return 2
    with EmbeddedServer.start("masks", bin_dir=bin_dir, settings=_SETTINGS) as server:
        server.create_database("masks")
        with server.connect("masks") as conn:
            print(f"{machine()}; PostgreSQL {options.server}; {options.rows:,} rows; {options.locale}\n", flush=True)
            print("| µs a value | by key | by value |\n|---|---|---|")
            _fill(conn, options.rows)
            for name, (column, rule) in RULES.items():
                if not options.only or name in options.only:
                    plain = _seconds(conn, f"SELECT sum(octet_length({column}::text)) FROM people")
                    by_key, by_value = (
                        (_masked(conn, column, _RULE.validate_python(one), options.locale) - plain) / options.rows
                        for one in (rule, _by_value(rule))
                    )
                    print(f"| {name} | {by_key * 1e6:.2f} | {by_value * 1e6:.2f} |", flush=True)
    return 0


def _by_value(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """*rule* by the value it masks: of documents by that of each leaf."""
    paths: Mapping[str, Mapping[str, Any]] = rule.get("paths", {})
    if paths:
        return {**rule, "paths": {path: {**leaf, "by": "value"} for path, leaf in paths.items()}}
    return {**rule, "by": "value"}


def _fill(conn: psycopg.Connection, rows: int) -> None:
    conn.execute("CREATE EXTENSION ltree")
    conn.execute(
        "CREATE TABLE people (id int PRIMARY KEY, mail text, prose text, mixed text, document jsonb, digits text, tree"
        " ltree, note text, letter text)"
    )
    conn.execute(
        "INSERT INTO people SELECT n, 'hanako.' || n || '@example.org', left(repeat('many words of a text ', 8), 160),"
        " left(repeat('many words 言葉の数々 ', 12), 160), jsonb_build_object('name', 'x' || n, 'number', n),"
        " '4012-8888-8888-' || lpad((n %% 10000)::text, 4, '0'), ('top.people.x' || n)::ltree, 'Please call James"
        " back on 415-871-2000 or write to hanako.' || n || '@example.org, thanks', left(repeat('Dear Ms Watson, our"
        " order of last week has not arrived, and nobody in your office could say when it will. ', 12), 1000)"
        " FROM generate_series(1, %s) n",
        [rows],
    )
    conn.execute("VACUUM ANALYZE people")


def _masked(conn: psycopg.Connection, column: str, rule: MaskRule, locale: str) -> float:
    catalog, bindings = read_catalog(conn), SessionBindings()
    table = catalog.tables[TableName("public", "people")]
    found = table.column(column)
    if found is None:
        raise ValueError(f"people.{column}: there is no such column")
    decided = ColumnDecision(column=found, rule=rule, position=Position("rules.yml", 1, 1), locale=locale)
    decision = TableDecision(table=table, where=None, columns={column: decided})
    read = mask_table(decision, catalog, bindings, {INSTANT: "2024-01-31 12:00:00+00"}, [])
    apply_settings(conn, derive(bytes(range(32)), bindings.used))
    return _seconds(conn, f"SELECT sum(octet_length({column}::text)) FROM ({select(table, read)}) AS masked")


def _seconds(conn: psycopg.Connection, query: str) -> float:
    """Processor time of the session for *query*, the least of several runs."""
    counted = Path(f"/proc/{conn.info.backend_pid}/schedstat")
    found = []
    for _ in range(_RUNS):
        before = int(counted.read_text().split()[0])
        conn.execute(query.encode())
        found.append(int(counted.read_text().split()[0]) - before)
    return min(found) / 1e9
