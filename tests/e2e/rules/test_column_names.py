"""Columns called what our own queries call things: no name of a table may hide one of ours, nor one of ours the
table's."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.executable import run
from tests.servers import database_of

NAMES = (
    "o",
    "m",
    "h",
    "e",
    "p",
    "r",
    "v",
    "l",
    "t",
    "q",
    "s",
    "u",
    "n",
    "d",
    "w",
    "a",
    "b",
    "x",
    "c",
    "g",
    "at",
    "k0",
    "found",
    "rows",
    "count",
    "key",
    "value",
)


def _kind(at: int) -> str:
    return "jsonb" if at % 2 else "text"


def _original(at: int) -> str:
    if at % 2:
        return "jsonb_build_object('a', 'anna.' || i || '@real.test', 'l', jsonb_build_array('x' || i))"
    return f"'bob{at}.' || i || '@real.test'"


def _rule(at: int) -> str:
    return '{mask: json, paths: {$.a: email, "$.l[*]": token}, other: keep}' if at % 2 else "email"


@pytest.mark.parametrize("level", ["sample", "full"])
def test_columns_of_any_name_are_masked_and_proved(databases: tuple[str, str], tmp_path: Path, level: str) -> None:
    source, target = databases
    with psycopg.connect(source, autocommit=True) as conn:
        columns = ", ".join(f'"{name}" {_kind(at)}' for at, name in enumerate(NAMES))
        conn.execute(f"CREATE TABLE one (id integer PRIMARY KEY, {columns})".encode())
        conn.execute(
            f"INSERT INTO one SELECT i, {', '.join(_original(at) for at in range(len(NAMES)))} FROM generate_series(1,"
            " 300) i".encode()
        )
        conn.execute('CREATE TABLE two ("o" integer PRIMARY KEY REFERENCES one, "v" text, "s" jsonb, "first" text)')
        conn.execute(
            """INSERT INTO two SELECT i, 'zed' || i || '@real.test', '{"a": "q@real.test"}', 'x' || i FROM
generate_series(1, 300) i"""
        )
    rules = tmp_path / "rules.yml"
    lines = "".join(f'      "{name}": {_rule(at)}\n' for at, name in enumerate(NAMES))
    two = (
        '  two:\n    columns:\n      "v": email\n      "s": {mask: json, paths: {$.a: {mask: email, by: o}}, other:'
        ' keep}\n      "first": {mask: fixed, value: same}\n'
    )
    rules.write_text(f"version: 1\ntables:\n  one:\n    columns:\n{lines}{two}")
    both = ("--source", source, "--target", target, "--rules", rules, "--verify", level)
    run("copy", *both, "--confirm", database_of(target)).expect(0)
    run("verify", *both).expect(0, "0 failed, 0 not run")
