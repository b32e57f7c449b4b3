"""The application's own schema, where its release is ahead of production: tables and columns that rules may name before
a migration has made them.

Only names are read. What is not understood is not there, so that a rule for it is refused as without the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from masker.errors import Position, Problem
from masker.masks.sql.grammar import GrammarError, statements
from masker.names import TableName
from masker.notes import Note
from masker.ruleset.wording import name_parts

#: A table by its schema, None where the file leaves that to the search path, and its name.
_Key = tuple[str | None, str]

_CREATE_TABLE = re.compile(r"""\s*create_table\s*\(?\s*(?:"([^"]+)"|'([^']+)'|:(\w+))(.*)""")
_COLUMN = re.compile(r"""\s*t\.(\w+)\s*\(?\s*(?:"([^"]+)"|'([^']+)'|:(\w+))""")
_END = re.compile(r"\s*end\b")
_PRIMARY_KEY = re.compile(r"""\bprimary_key:\s*(?:"([^"]+)"|'([^']+)'|:(\w+)|\[)""")
_NO_ID = re.compile(r"\bid:\s*false\b")

#: What ``t.`` defines besides columns.
_NO_COLUMNS = frozenset({"index", "foreign_key", "check_constraint", "exclusion_constraint", "unique_constraint"})

#: What psql is told in a dump, which is no SQL.
_OF_PSQL = re.compile(r"^\\\w+.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ApplicationSchema:
    """Columns by table, as *file* defines them."""

    file: str
    tables: Mapping[_Key, frozenset[str]]

    def columns(self, table: TableName) -> frozenset[str]:
        """The columns of *table*; none where the file has no such table. A table without a schema stands for that of
        every schema."""
        return self.tables.get((table.schema, table.name), frozenset()) | self.tables.get(
            (None, table.name), frozenset()
        )

    def table(self, written: str) -> TableName | None:
        """The table that a rule file calls *written*, if there is one here."""
        parts = name_parts(written)
        if parts is None or len(parts) > 2:
            return None
        name = TableName(*parts) if len(parts) == 2 else TableName("public", parts[0])
        return name if (name.schema, name.name) in self.tables or (None, name.name) in self.tables else None

    @property
    def names(self) -> Iterator[str]:
        """The tables as rules may call them."""
        for schema, name in self.tables:
            yield name if schema in {None, "public"} else f"{schema}.{name}"


class Waiting:
    """Rules for what the application's schema has and the database at hand has not."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, None]] = {}

    def add(self, table: object, column: str | None = None) -> None:
        """A rule of *column*, or all of those of *table*."""
        self._found.setdefault(str(table), {}).update({column: None} if column is not None else {})

    def notes(self, file: str) -> Iterator[Note]:
        """One of each table; *file* is where the schema stands."""
        for table, columns in self._found.items():
            what = (
                f"it has no {', '.join(columns)} yet; {file} has" if columns else f"it is not there yet; {file} has it"
            )
            yield Note(subject=table, text=f"{what}, and rules for that wait until a migration has made it")


def absent(meant: str | None, otherwise: str, schema: ApplicationSchema | None, what: str) -> str:
    """What to do about a rule for a table or column (*what*) that is not there: the near miss, or *otherwise*, and
    where else it could be."""
    later = (
        f"{schema.file} has no such {what} either"
        if schema is not None
        else "if a migration is to make it, give --schema db/schema.rb"
    )
    return f"{meant} ({later})" if meant else f"{otherwise}; {later}"


def parse_schema(text: str, file: str) -> ApplicationSchema | Problem:
    """*text* as Rails dumps a schema: Ruby (``db/schema.rb``), or SQL (``db/structure.sql``)."""
    try:
        tables = _of_ruby(text) if file.endswith(".rb") else _of_sql(text)
    except GrammarError as error:
        before = text.encode("utf-8", "surrogateescape")[: max(0, error.offset)]
        position = Position(file, before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
        return Problem(
            "schema",
            f"PostgreSQL's grammar does not read it ({error})",
            "dump it anew: bin/rails db:schema:dump",
            position,
        )
    if not tables:
        return Problem(
            file,
            "it defines no table",
            "expected db/schema.rb, whose name ends in .rb, or db/structure.sql, as bin/rails db:schema:dump writes"
            " them",
        )
    return ApplicationSchema(file, tables)


def _of_ruby(text: str) -> dict[_Key, frozenset[str]]:
    found: dict[_Key, frozenset[str]] = {}
    columns: set[str] | None = None
    for line in text.splitlines():
        if columns is None:
            if (begun := _CREATE_TABLE.match(line)) is None:
                continue
            schema, _, name = next(filter(None, begun.groups()[:3])).rpartition(".")
            columns = set(_key_of(begun[4]))
            key = (schema or None, name)
        elif _END.match(line):
            found[key] = frozenset(columns)
            columns = None
        elif (column := _COLUMN.match(line)) and column[1] not in _NO_COLUMNS:
            columns.add(next(filter(None, column.groups()[1:])))
    return found


def _key_of(options: str) -> Iterator[str]:
    """The key that ``create_table`` adds by itself. One of several columns consists of columns that are listed."""
    if _NO_ID.search(options):
        return
    named = _PRIMARY_KEY.search(options)
    yield from ["id"] if named is None else filter(None, named.groups())


def _of_sql(text: str) -> dict[_Key, frozenset[str]]:
    # Blanks keep the places of what follows.
    trees = statements(_OF_PSQL.sub(lambda line: " " * len(line[0].encode("utf-8", "surrogateescape")), text))
    found: dict[_Key, frozenset[str]] = {}
    for tree in trees:
        match tree:
            case {"CreateStmt": made}:
                columns = set(_defined(made.get("tableElts", ())))
                for parent in made.get("inhRelations", ()):
                    columns |= found.get(_key(parent["RangeVar"]), frozenset())
                found[_key(made["relation"])] = frozenset(columns)
            case {"AlterTableStmt": {"relation": relation, "cmds": commands}}:
                added = [
                    command["AlterTableCmd"]
                    for command in commands
                    if command["AlterTableCmd"].get("subtype") == "AT_AddColumn"
                ]
                if added and (key := _key(relation)) in found:
                    found[key] |= frozenset(_defined(command["def"] for command in added))
            case _:
                pass
    return found


def _defined(elements: Iterable[Any]) -> Iterator[str]:
    for element in elements:
        if (column := element.get("ColumnDef")) is not None:
            yield column["colname"]


def _key(relation: Mapping[str, Any]) -> _Key:
    return relation.get("schemaname"), relation["relname"]
